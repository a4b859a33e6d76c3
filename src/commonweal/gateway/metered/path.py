"""The metered steps of the path: what a question reads, what it opens and costs, and what is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlglot import exp

from commonweal.agreement.document import Agreement
from commonweal.catalogue.dataset import Dataset
from commonweal.disclosure.metered.profile import Metered
from commonweal.errors import Refused
from commonweal.gateway.metered.opening import Meter, Preview, check
from commonweal.gateway.metered.reading import Reading
from commonweal.gateway.metered.recognition import recognised
from commonweal.gateway.metered.trial import Trial
from commonweal.gateway.plan import notes_of, with_date, with_dates
from commonweal.gateway.remembered import Remembered
from commonweal.query.question import Query

if TYPE_CHECKING:
    from commonweal.gateway.metered.cells import ReadCells
    from commonweal.gateway.metered.needs import Needs
    from commonweal.gateway.metered.tables import Need, Tables
    from commonweal.gateway.surroundings import Surroundings
    from commonweal.query.measure import Measure


MOST_PLANS = 512


class Shared:
    """What all questions share: the meter, the noisy tables, and the trial of expressions."""

    def __init__(self, around: Surroundings) -> None:
        """Take what the gateway has around it."""
        self._around = around
        self.trial = Trial()
        self.meter = Meter(around.ledger)
        self.plans: Remembered[MeteredPlan] = Remembered(MOST_PLANS)
        self.outcomes: Remembered[object] = Remembered(MOST_PLANS)

    @cached_property
    def tables(self) -> Tables:
        """Return the noisy tables."""
        from commonweal.gateway.metered.tables import Tables  # it loads numpy, which a refusal does not need

        return Tables(self._around)


@dataclass(frozen=True)
class MeteredPlan:
    """A question as readings, one for each measure, and the tables that they need, with the presentation above."""

    measures: tuple[Measure, ...]
    needs: tuple[Needs, ...]
    wanted: tuple[Need, ...]
    presentation: exp.Query
    titles: tuple[str, ...]
    profile: Metered
    notes: tuple[str, ...]
    key: object = None

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Return the readings."""
        return tuple(need.lattice.reading for need in self.needs)


def metered_plan(
    query: Query, datasets: Mapping[str, Dataset], agreement: Agreement, profile: Metered, shared: Shared
) -> MeteredPlan:
    """Return the plan of a permitted question, decided from words, contracts and the agreement alone.

    Raises:
        Refused: when it is outside what the shared tables hold.
    """
    key = (query.canonical, query.titles, agreement.content_hash, _state(datasets))
    return shared.plans.get(key, lambda: _planned(query, datasets, agreement, profile, shared, key))


def _state(datasets: Mapping[str, Dataset]) -> tuple[object, ...]:
    """Return all that a plan depends on in the datasets that exist."""
    return tuple((reference, d.snapshot.id, d.snapshot.as_of, d.contract) for reference, d in sorted(datasets.items()))


def _planned(
    query: Query, datasets: Mapping[str, Dataset], agreement: Agreement, profile: Metered, shared: Shared, key: object
) -> MeteredPlan:
    from commonweal.gateway.metered.answering import needed
    from commonweal.gateway.metered.lattice import lattice_of
    from commonweal.gateway.metered.needs import Needs
    from commonweal.gateway.metered.quotients import bounded

    as_of = max((datasets[reference].snapshot.as_of for reference in query.datasets), default=date.min)
    contracts = {reference: dataset.contract for reference, dataset in datasets.items()}
    needs: list[Needs] = []
    wanted: list[Need] = []
    notes = dict.fromkeys(notes_of(query, agreement))
    measures = tuple(with_dates(measure, as_of) for measure in query.measures)
    for measure in measures:
        reading = recognised(measure, contracts, agreement, as_of, shared.trial)
        own = Needs(reading.frame, datasets, lattice_of(reading, together=profile.formal), profile.formal)
        needs.append(own)
        wanted += needed(own)
        notes |= dict.fromkeys(reading.notes)
    presentation = with_date(query.presentation, as_of)
    assert isinstance(presentation, exp.Query)
    named = {measure.name: own.lattice.reading for measure, own in zip(measures, needs, strict=True)}
    presentation = bounded(presentation, named)
    return MeteredPlan(
        measures, tuple(needs), tuple({n.table: n for n in wanted}.values()), presentation, query.titles, profile,
        tuple(notes), key,
    )  # fmt: skip


def or_checked(refusal: Refused, agreement: Agreement) -> Refused:
    """Return a refusal of what shared tables cannot answer, with the way by output checking where it is agreed."""
    checking = agreement.safeguards.output_checking
    if checking is None or not checking.allowed:
        return refusal
    way = f"Or let checkers decide: commonweal output request --agreement {agreement.id} --reason WHY SQL"
    return Refused(
        refusal.clause, refusal.reasons, remedy=f"{refusal.remedy} {way}".strip(), who=refusal.who,
        nearest=refusal.nearest, reference=refusal.reference, details=refusal.details,
    )  # fmt: skip


def previewed(plan: MeteredPlan, connection: Connection, shared: Shared) -> Preview:
    """Return what the plan would open and cost."""
    return shared.meter.preview(connection, [need.table for need in plan.wanted])


def checked(plan: MeteredPlan, connection: Connection, shared: Shared) -> Preview:
    """Return what the plan opens; Refused when that would take an account over the profile's cap."""
    preview = previewed(plan, connection, shared)
    check(preview, plan.profile.cap)
    return preview


def opened(preview: Preview, connection: Connection, shared: Shared, *, asked: int, agreement: str) -> None:
    """Open the tables of a checked preview in the ledger, in the same transaction."""
    shared.meter.open(connection, preview, asked=asked, agreement=agreement)


def measured(
    plan: MeteredPlan, shared: Shared, still_allowed: Callable[[], bool], *, plain: bool = False
) -> dict[str, ReadCells]:
    """Return what is read for every measure, by its name."""
    from commonweal.gateway.metered.answering import Answering, sets_of
    from commonweal.gateway.metered.cells import cells_of

    shared.tables.prepare(plan.wanted, still_allowed)
    found: dict[str, ReadCells] = {}
    for measure, needs in zip(plan.measures, plan.needs, strict=True):
        answering = Answering(needs, shared.tables, still_allowed, plain)
        rows = [answering.rows(members) for members in sets_of(needs.lattice.reading)]
        found[measure.name] = cells_of(measure, needs.lattice.reading, rows, plan.profile)
    return found
