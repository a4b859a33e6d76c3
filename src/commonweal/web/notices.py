"""What a page says at its top after something was done: a closed list, so that an address can make it say nothing else."""

from __future__ import annotations

NOTICES: dict[str, str] = {
    "signed-in": "You are signed in.",
    "signed-out": "You have signed out.",
    "saved": "Saved.",
    "answer-deleted": "The answer is deleted. The record of it stays.",
    "cancelling": "It will stop soon.",
}
"""The words by the name that stands in the address: ?done=saved."""
