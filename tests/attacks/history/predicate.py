"""Conditions on what is known of people: conjunctions of value lists, and their signed sums, with their words in SQL.

``a and not b`` is the conjunction a less the conjunction (a and b): so the answer to any question is a signed sum of
answers to conjunctions, however it was worded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.residents.people import BANDS, ETHNICITIES, SEXES, SIZES, TENANCIES
from tests.residents.sharing import WARD_NAMES

EXTRA = {"sector": 30, "month": 24}
"""A second geography that does not nest in wards, and the month somebody moved in: known too, where a family uses them."""
ALL_SIZES = {**SIZES, **EXTRA}
TITLES = {"ward": WARD_NAMES, "sex": SEXES, "ethnicity": ETHNICITIES, "tenancy": TENANCIES, "band": BANDS}

Values = tuple[int, ...]
Conjunction = tuple[tuple[str, Values], ...]
"""Sorted columns with the sorted values allowed in each; a column with all its values is left out."""


def conjunction(given: Mapping[str, int | Iterable[int]]) -> Conjunction:
    """Return the canonical conjunction of some columns' values."""
    lists = {
        name: (values,) if isinstance(values, int) else tuple(sorted(set(values))) for name, values in given.items()
    }
    return tuple(sorted((name, each) for name, each in lists.items() if len(each) < ALL_SIZES[name]))


EVERYBODY: Conjunction = ()


def both(one: Conjunction, other: Conjunction) -> Conjunction:
    """Return the conjunction of two."""
    merged = dict(one)
    for name, values in other:
        merged[name] = tuple(sorted(set(merged[name]) & set(values))) if name in merged else values
    return tuple(sorted(merged.items()))


@dataclass(frozen=True)
class Predicate:
    """A condition: its signed conjunctions, and its words. Two wordings of one condition are two predicates.

    `snapshot`: of which state of the data it is asked.
    """

    terms: tuple[tuple[int, Conjunction], ...]
    words: str
    snapshot: int = 0

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that it names."""
        return frozenset(name for _, each in self.terms for name, _ in each)


def _terms(given: Iterable[tuple[int, Conjunction]]) -> tuple[tuple[int, Conjunction], ...]:
    added: dict[Conjunction, int] = {}
    for sign, each in given:
        if all(values for _, values in each):
            added[each] = added.get(each, 0) + sign
    return tuple((sign, each) for each, sign in added.items() if sign)


def words(each: Conjunction) -> str:
    """Return a conjunction in SQL."""
    return " AND ".join(_in(name, values) for name, values in each) or "TRUE"


def _in(name: str, values: Values) -> str:
    if not values:
        return "FALSE"
    if name == "age":
        return f"age_in_years(date_of_birth) IN ({', '.join(str(5 * each) for each in values)})"
    if name in TITLES:
        return f"{name} IN ({', '.join(repr(TITLES[name][each]) for each in values)})"
    return f"{name} IN ({', '.join(map(str, values))})"


def within(each: Conjunction) -> Predicate:
    """Return the condition of being in a conjunction."""
    return Predicate(_terms([(1, each)]), words(each))


def without(each: Conjunction, left_out: Conjunction) -> Predicate:
    """Return the condition of being in the first conjunction and not in the second."""
    return Predicate(_terms([(1, each), (-1, both(each, left_out))]), f"{words(each)} AND NOT ({words(left_out)})")


def either(one: Conjunction, other: Conjunction) -> Predicate:
    """Return the condition of being in the first or in the second."""
    terms = _terms([(1, one), (1, other), (-1, both(one, other))])
    return Predicate(terms, f"({words(one)}) OR ({words(other)})")


def outside_but(inside: Conjunction, left: Conjunction) -> Predicate:
    """Return the condition of not being in `inside`, or being in `left` as well: the tracker's second question."""
    terms = _terms([(1, EVERYBODY), (-1, inside), (1, both(inside, left))])
    return Predicate(terms, f"NOT ({words(inside)}) OR ({words(left)})")
