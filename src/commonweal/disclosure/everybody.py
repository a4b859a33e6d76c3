"""Everybody: groups by a secret may not show that (nearly) all of a larger group share it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from commonweal.disclosure.evidence import Counts, Flags
from commonweal.disclosure.keys import OUTSIDE, packed
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="class disclosure by groups",
    promise="Where a question groups by something sensitive, a group is shown only if the other values of it, within the "
    "same values of the other keys, hold at least the threshold of entities of every kind between them.",
    source="SDAP Handbook (class disclosure, full cells); ACRO `zeros_are_disclosive`",
    choice="Such a group looks like a small one, its name included. An entity with several values counts to each. A secret "
    "by which the question already chooses its rows is none any more.",
)


def nearly_all(
    entities: Sequence[Counts],
    sets: Counts,
    codes: NDArray[np.int64],
    grouping_sets: tuple[tuple[int, ...], ...],
    sensitive: tuple[int, ...],
    rules: Rules,
) -> Flags:
    """Return which cells leave fewer than the threshold of any kind (an array each) to the other values of the secret."""
    flags = np.zeros(len(sets), dtype=np.bool_)
    if not rules.class_disclosure:
        return flags
    for number, positions in enumerate(grouping_sets):
        secrets = [position for position in positions if position in sensitive]
        members = np.flatnonzero(sets == number)
        if not secrets or len(members) == 0:
            continue
        others = codes[members].copy()
        others[:, secrets] = OUTSIDE
        groups, group = np.unique(packed(others), return_inverse=True)
        for kind in entities:
            own = kind[members]
            # Sums of doubles: exact far beyond any count of people.
            rest = np.bincount(group, own.astype(np.float64), len(groups))[group] - own
            flags[members] |= rest < rules.threshold
    return flags
