"""Foretelling: what a question would open, what that costs, and how precise the answer will be, before it is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from commonweal.disclosure.metered.bound import guess_in_words
from commonweal.gateway.metered.opening import Preview
from commonweal.gateway.metered.path import MeteredPlan


@dataclass(frozen=True)
class Cost:
    """What one account would be charged: `added` to `before`, under `cap`; all rho of zero-concentrated privacy."""

    account: str
    added: float
    before: float
    cap: float

    def in_words(self) -> str:
        """Return the cost as a sentence."""
        after = self.before + self.added
        if not self.added:
            return f"{self.account}: nothing new; {self.before:.4f} of {self.cap:g} is spent"
        return (
            f"{self.account}: {self.added:.4f}, to {after:.4f} of {self.cap:g}; "
            f"then {guess_in_words(min(after, self.cap))}"
        )


def costs(preview: Preview, plan: MeteredPlan) -> tuple[Cost, ...]:
    """Return the cost by account, the dearest first."""
    found = [
        Cost(account, preview.added.get(account, 0.0), before, plan.profile.cap)
        for account, before in sorted(preview.before.items())
    ]
    return tuple(sorted(found, key=lambda cost: -cost.added))


def tables_in_words(preview: Preview, plan: MeteredPlan) -> tuple[str, ...]:
    """Return a line for each table that the question reads: what it is about, and whether it is open."""
    new = set(preview.tables)
    lines = []
    for need in plan.wanted:
        columns = ", ".join(f"{feature.title}" for feature, _ in need.place.columns) or "everybody"
        about = " with ".join(secret.title for secret in need.place.secrets) or "how many there are"
        what = "sums in its levels" if need.sums else "counts"
        state = "new" if need.table in new else "open"
        lines.append(f"{about}, {what} by {columns} ({state})")
    return tuple(dict.fromkeys(lines))


def precision_in_words(plan: MeteredPlan) -> tuple[str, ...]:
    """Return how precise the counts of each measure will be at worst, before small groups are drawn."""
    found: Mapping[str, float] = {
        measure.name: max((need.table.sd for need in plan.wanted), default=0.0) for measure in plan.measures
    }
    worst = max(found.values(), default=0.0)
    half = 1.96 * worst
    return (
        f"a count of one cell is known to within {math.ceil(half)} in 95 of 100 cases, before drawing; "
        "sums and means of small groups to a share of their value that the answer states",
    )


def as_facts(costs_: tuple[Cost, ...]) -> list[dict[str, object]]:
    """Return the costs as JSON-ready values."""
    return [
        {"account": cost.account, "adds": round(cost.added, 6), "spent": round(cost.before, 6), "cap": cost.cap}
        for cost in costs_
    ]
