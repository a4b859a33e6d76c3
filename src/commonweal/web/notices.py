"""What a page says at its top after something was done: a closed list, so that an address can make it say nothing else."""

from __future__ import annotations

NOTICES: dict[str, str] = {
    "signed-in": "You are signed in.",
    "signed-out": "You have signed out.",
    "saved": "Saved.",
    "comment-received": "Thank you. Somebody of the organisations will read your comment before it is shown here.",
    "comment-published": "The comment is published.",
    "comment-rejected": "The comment is rejected. Its words will be erased after 90 days.",
    "comment-answered": "The answer is published.",
    "incident-recorded": "The incident is recorded.",
    "incident-suspended": "The incident is recorded, and the agreement is suspended: nothing is answered any more.",
    "cancelling": "It will stop soon.",
}
"""The words by the name that stands in the address: ?done=saved."""
