"""Limits: what to change in an agreement so that less could be learnt about one person, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commonweal.catalogue.contract import Kind
from commonweal.deidentification.as_it_is import Keep
from commonweal.deidentification.column_types import is_date, is_number
from commonweal.disclosure.metered.profile import METERED
from commonweal.risk.admitted import MOST_COLUMNS
from commonweal.risk.facts import Facts, SharedColumn
from commonweal.risk.of_data import FINE
from commonweal.risk.of_time import YEAR
from commonweal.risk.traits import is_offence

NOISE = ((6, 14), (8, 17), (10, 20), (12, 26))
"""Standard deviation of the noise of `standard`, for up to so many quasi columns of one subject."""

FEWEST, FEWEST_IN_A_SMALL_POPULATION = 10, 20


@dataclass(frozen=True)
class Limit:
    """One piece of advice: the key of the agreement, what to write there, and why."""

    path: str
    advice: str
    reason: str

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {"path": self.path, "advice": self.advice, "reason": self.reason}


def noise(width: int) -> int | None:
    """Return the standard deviation of the noise of `standard` for a number of quasi columns; None if it takes so many not."""
    return next((deviation for most, deviation in NOISE if width <= most), None)


def limits(facts: Facts) -> tuple[Limit, ...]:
    """Return what is advised, the most telling first."""
    return (*_columns(facts), *_treatments(facts), _count(facts), *_noise(facts), *_term(facts))


def _columns(facts: Facts) -> Iterator[Limit]:
    for each in facts.of_kind(Kind.SPECIAL):
        if facts.agreement.legal.special_category is None and not is_offence(each.column):
            yield Limit(_path(each), "withhold", "it is special category data, and no condition for it is named")
    if facts.width > MOST_COLUMNS and facts.widest is not None:
        fineness = {(each.dataset, each.column.name): each for each in facts.columns}
        finest = sorted((fineness[one] for one in facts.widest.quasi), key=lambda each: -each.levels)
        for each in finest[: facts.width - MOST_COLUMNS]:
            yield Limit(
                _path(each), "withhold", f"a {facts.widest.title} may be told by {MOST_COLUMNS} columns at most"
            )


def _treatments(facts: Facts) -> Iterator[Limit]:
    for each in sorted(facts.of_kind(Kind.QUASI), key=lambda one: -one.levels):
        coarser = _coarser(each)
        if each.levels > FINE and coarser:
            yield Limit(_path(each), coarser, f"about {each.levels:,.0f} levels are left; fewer people are then alone")


def _coarser(each: SharedColumn) -> str:
    """Return a coarser treatment of a column to write, or nothing when there is none to name."""
    kept = isinstance(each.treatment, Keep)
    if is_date(each.column.physical_type):
        return {"keep": "{band: 5 years}", "month": "quarter", "quarter": "year"}.get(each.treatment.name, "")
    if each.column.standard == "postcode":
        return "district" if each.treatment.name in ("keep", "sector") else ""
    if is_number(each.column.physical_type) and kept:
        return f"{{band: {max(5, round(each.levels / 20))}}}"
    return "{codes: ...}" if kept else ""


def _count(facts: Facts) -> Limit:
    small = any(bands.size_rank <= 1 for bands in facts.measured.values())
    fewest = FEWEST_IN_A_SMALL_POPULATION if small and facts.of_kind(Kind.SPECIAL) else FEWEST
    why = "ten of everyone counted is what UK research environments ask for"
    if fewest > FEWEST:
        why = "a dataset is small and special category data is shared"
    return Limit("safeguards.minimum_count", f"{fewest} or more", why)


def _noise(facts: Facts) -> Iterator[Limit]:
    deviation = noise(facts.width)
    chosen = str(facts.agreement.safeguards.profile)
    if deviation is not None and facts.width and (chosen in METERED or facts.secrets):
        reason = (
            f"under the profile standard counts carry noise of standard deviation {deviation} for {facts.width} columns"
        )
        narrower = [most for most, less in NOISE if less < deviation]
        advice = f"{facts.width} columns" + (f"; with {narrower[-1]} or fewer the noise is less" if narrower else "")
        yield Limit("data.columns", advice, reason)


def _term(facts: Facts) -> Iterator[Limit]:
    term = facts.agreement.term
    if (term.until - term.start).days + 1 > YEAR:
        yield Limit(
            "term.until", "a year after `from`", "risk builds up with every snapshot; a reviewed version can go on"
        )
    if (term.review - term.start).days > YEAR:
        yield Limit("term.review", "within a year of `from`", "what others know and can compute grows")


def _path(each: SharedColumn) -> str:
    return f"data: {each.dataset}.{each.column.name}"
