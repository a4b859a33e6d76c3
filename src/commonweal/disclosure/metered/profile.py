"""Metered profiles: what they promise, and what an agreement may tighten of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

CAP = 0.128
"""The most that one secret and snapshot may cost: nobody guesses a fair bit about one person better than 60 %."""


@dataclass(frozen=True)
class Metered:
    """A profile whose answers are read from shared noisy tables.

    `threshold`: fewest subjects in a group that is shown. `cap`: the most rho that one secret and snapshot may cost.
    `formal`: integer noise on separate tables, and no decision that looks at data, not even at numbers known to all.
    Raises ValueError when a number makes no sense.
    """

    name: str
    threshold: int = 10
    cap: float = CAP
    formal: bool = False

    def __post_init__(self) -> None:
        """Check that every number makes sense."""
        if self.threshold < 1:
            raise ValueError("the threshold must be at least 1")
        if not 0 < self.cap <= CAP:
            raise ValueError(f"the cap is above 0 and at most {CAP:g}")

    def tightened(self, minimum_count: int | None = None) -> Metered:
        """Return the profile with a higher threshold; ValueError for a lower one."""
        if minimum_count is None:
            return self
        if minimum_count < self.threshold:
            raise ValueError(
                f"minimum_count may only be tightened: it is {self.threshold} in the profile, "
                f"and {minimum_count} would loosen it"
            )
        return replace(self, threshold=minimum_count)


METERED: Mapping[str, Metered] = MappingProxyType(
    {"standard": Metered("standard"), "formal": Metered("formal", formal=True)}
)
"""The metered profiles by the name that an agreement writes."""
