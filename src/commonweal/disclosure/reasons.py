"""Reasons: what is said in the place of a number. Always the same words for one column, so that the words tell
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from commonweal.disclosure.cells import Aggregate, Measured
from commonweal.disclosure.profile import Rules

_NUMBER = re.compile(r"_[0-9]+$")
PLURALS = {"person": "people", "child": "children", "man": "men", "woman": "women"}


def plural(kind: str) -> str:
    """Return the plural of an entity kind: people, households, properties, businesses."""
    if kind in PLURALS:
        return PLURALS[kind]
    if kind.endswith("y") and kind[-2:-1] not in "aeiou":
        return kind[:-1] + "ies"
    return kind + ("es" if kind.endswith(("s", "x", "ch", "sh")) else "s")


def either(words: Sequence[str]) -> str:
    """Return the words joined by commas and a last "or"."""
    return ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + words[-1]


def in_words(kinds: Sequence[str]) -> str:
    """Return what kinds of entity there are, in an order that does not depend on how a question names its tables.

    A kind that is there twice is numbered from the second on (``person_2``); it is said once.
    """
    return either(sorted({plural(_NUMBER.sub("", kind)) for kind in kinds}))


def reason(aggregate: Aggregate, kinds: Sequence[str], rules: Rules, with_totals: bool, repeated: bool = False) -> str:
    """Return why a number of this column is withheld.

    Zero, a few, nearly everybody and everybody, a cell withheld for itself and one withheld to protect another get
    the same words. `with_totals`: the answer has totals, so that the last may occur;
    `repeated`: a count over which entities repeat, so that one or two may dominate it.
    """
    people = in_words(kinds)
    few = f"fewer than {rules.threshold} {people}"
    if aggregate.measured is Measured.QUANTILE:
        return f"fewer than {max(rules.threshold, rules.quantile_side)} {people} on one side of it"
    parts = [few]
    if aggregate.partial and rules.class_disclosure:
        parts.append(f"all but fewer than {rules.threshold}")
    summed = aggregate.measured in (Measured.AMOUNT, Measured.MOMENT)
    if (summed or repeated) and (rules.dominance is not None or rules.p_percent is not None):
        parts.append("too much of it from one or two")
    if summed and rules.class_disclosure:
        parts.append("the same value for all")
    if with_totals:
        parts.append("a number from which such a one would follow")
    return either(parts)


def notes(aggregates: Sequence[Aggregate], kinds: Sequence[str], rules: Rules, has_keys: bool) -> tuple[str, ...]:
    """Return sentences for the reader: what the rules did to every answer of this form, whatever the data."""
    measured = {aggregate.measured for aggregate in aggregates}
    people = in_words(kinds)
    found = []
    if has_keys:
        found.append(
            f"Groups of fewer than {rules.threshold} {people} are left out, or stand without numbers; so do empty ones."
        )
    if measured & {Measured.ROWS, Measured.ENTITIES, Measured.VALUES, Measured.INDICATOR}:
        if rules.perturbation is not None:
            found.append(f"Counts are shifted by up to {rules.perturbation.largest_shift} by the cell key method.")
        elif rules.rounding > 1:
            found.append(f"Counts are rounded to the nearest {rules.rounding}.")
    if measured & {Measured.AMOUNT, Measured.MOMENT}:
        found.append(
            "Amounts are scaled to the shown counts and rounded, so that their averages stay right to about one part "
            "in the count."
        )
    if Measured.QUANTILE in measured:
        found.append("Medians and other quantiles are rounded to three significant figures.")
    return tuple(found)
