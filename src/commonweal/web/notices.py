"""What a page says at its top after something was done: a closed list, so that an address can make it say nothing else."""

from __future__ import annotations

NOTICES: dict[str, str] = {
    "signed-in": "You are signed in.",
    "signed-out": "You have signed out.",
    "saved": "Saved.",
    "contract-mended": "The contract is mended, and the data was read by it.",
    "data-replaced": "The dataset has a new snapshot.",
    "cancelling": "It will stop soon.",
}
"""The words by the name that stands in the address: ?done=saved."""
