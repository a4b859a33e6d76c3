"""What a page says at its top after something was done: a closed list, so that an address can make it say nothing else."""

from __future__ import annotations

NOTICES: dict[str, str] = {
    "signed-in": "You are signed in.",
    "signed-out": "You have signed out.",
    "saved": "Saved.",
    "confirmed": "Thank you. You can go on for ten minutes.",
    "password-changed": "Your password is changed. Your other sessions have ended.",
    "others-ended": "Your other sessions have ended.",
    "token-revoked": "The token is revoked. Nothing works with it any more.",
    "roles-changed": "The roles are changed.",
    "person-removed": "The person is removed. Their sessions have ended and their tokens are revoked.",
    "agreement-added": "The agreement was added. Each party can sign it now.",
    "agreement-assessed": "The risk was assessed.",
    "agreement-signed": "You have signed for your organisation.",
    "agreement-suspend": "The agreement is suspended: nothing is answered under it.",
    "agreement-resume": "Your organisation's suspension is lifted.",
    "agreement-withdraw": "Your organisation has withdrawn: nothing is answered under the agreement.",
    "agreement-end": "The agreement has ended.",
    "answer-deleted": "The answer is deleted. The record of it stays.",
    "contract-mended": "The contract is mended, and the data was read by it.",
    "data-replaced": "The dataset has a new snapshot.",
    "comment-received": "Thank you. Somebody of the organisations will read your comment before it is shown here.",
    "comment-published": "The comment is published.",
    "comment-rejected": "The comment is rejected. Its words will be erased after 90 days.",
    "comment-answered": "The answer is published.",
    "incident-recorded": "The incident is recorded.",
    "incident-suspended": "The incident is recorded, and the agreement is suspended: nothing is answered any more.",
    "cancelling": "It will stop soon.",
}
"""The words by the name that stands in the address: ?done=saved."""
