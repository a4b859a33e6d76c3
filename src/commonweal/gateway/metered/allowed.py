"""Allowed: what shared tables can hold; a reading outside is refused with what to leave out."""

from __future__ import annotations

import numpy as np

from commonweal.gateway.metered.feature import Feature, Form
from commonweal.gateway.metered.reading import Condition, KeyReading, Reading, Statistic, Target, features_of
from commonweal.gateway.metered.refusals import dropping, outside

MOST_QUASI = 4
MOST_SECRETS = 2


def check(reading: Reading) -> None:
    """Refuse what no table can hold: more columns than may be joined, and secrets mixed with columns in one condition."""
    parts: list[KeyReading | Condition] = [*reading.keys, *reading.where]
    parts += [c for target in reading.targets for c in target.conditions]
    for part in parts:
        if len({feature.secret for feature in part.features}) > 1:
            raise outside(
                "one condition or key mixes what others may know with what they must not learn.",
                "Join the two with AND, or group by them apart.",
            )
    for target in reading.targets:
        quasi, secrets = features_of(reading, target)
        if len(quasi) > MOST_QUASI:
            names = ", ".join(feature.title for feature in quasi)
            raise outside(
                f"one of its numbers needs {len(quasi)} columns at once ({names}), and tables hold {MOST_QUASI}.",
                f"Leave out a condition or a key, for example {quasi[-1].title}.",
                hint=dropping([feature.column for feature in quasi]),
            )
        if len(secrets) > MOST_SECRETS:
            raise outside(
                "one of its numbers joins more than two secrets: " + ", ".join(f.title for f in secrets) + ".",
                "Ask about two at a time.",
                hint=dropping([feature.column for feature in secrets]),
            )
        _check_flags(reading, target, secrets)


def _check_flags(reading: Reading, target: Target, secrets: tuple[Feature, ...]) -> None:
    """Refuse numbers that would count one person for several levels."""
    flags = [feature for feature in secrets if feature.form is Form.FLAGS]
    if not flags:
        return
    subject, key = reading.frame.subject, reading.frame.key
    if target.statistic is not Statistic.COUNT:
        raise outside(
            f"it counts or sums records by {flags[0].title}.",
            f"Count people instead: count(DISTINCT {key}).",
        )
    if len(secrets) > 1:
        raise outside(
            f"it joins {flags[0].title}, of which one {subject} can have several, with another secret.",
            "Ask about one.",
            hint=dropping([f.column for f in (*flags, *(f for f in secrets if f not in flags))]),
        )
    if any(flags[0] in part.features for part in reading.keys):
        return
    chosen = [c.holds for c in (*reading.where, *target.conditions) if flags[0] in c.features]
    if flags[0].levels.most > 1 and np.logical_and.reduce(chosen).sum() > 1:
        raise outside(
            f"it counts who has any of several {flags[0].title}, of which one {subject} can have more than one.",
            f"Ask about one at a time, or GROUP BY {flags[0].column}.",
        )
