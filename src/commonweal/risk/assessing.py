"""Assessing: what an assessment needs is gathered from database and data, and put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from commonweal.agreement.document import Agreement
from commonweal.agreement.term import day_of
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.catalogue.store import organisations
from commonweal.engines.engine import Limits
from commonweal.risk.assessment import AgreementAssessment, assess
from commonweal.risk.facts import facts
from commonweal.risk.measured import Measured
from commonweal.risk.released import Released, released
from commonweal.risk.uniqueness import measure


@dataclass(frozen=True)
class Gathered:
    """What the database says about an agreement at a moment; it can be assessed without holding the database."""

    agreement: Agreement
    datasets: Mapping[str, Dataset]
    titles: Mapping[str, str]
    released: Released
    now: datetime

    def measured(
        self,
        spill: Path,
        limits: Limits | None = None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> dict[str, Measured]:
        """Return what can be measured on the data; it takes about as long as a group-by over each dataset."""
        return measure(self.agreement, self.datasets, spill=spill, limits=limits, progress=progress)

    def assessment(self, measured: Mapping[str, Measured] | None = None) -> AgreementAssessment:
        """Return the assessment; without `measured` the findings on the data say that nothing was measured."""
        contracts = {reference: dataset.contract for reference, dataset in self.datasets.items()}
        known = facts(
            self.agreement,
            contracts,
            today=day_of(self.now),
            titles=self.titles,
            measured=measured,
            released=self.released,
        )
        snapshots = {reference: dataset.snapshot.id for reference, dataset in self.datasets.items()}
        return assess(known, snapshots)


def gather(connection: Connection, agreement: Agreement, now: datetime) -> Gathered:
    """Return what the database says about an agreement, whether it was added or not."""
    wanted = {terms.dataset for terms in agreement.data}
    datasets = {d.reference: d for d in stored_datasets(connection) if d.reference in wanted}
    contracts = {reference: dataset.contract for reference, dataset in datasets.items()}
    titles = {organisation.name: organisation.title for organisation in organisations(connection)}
    before = released(connection, agreement, contracts, day_of(now))
    return Gathered(agreement, datasets, titles, before, now)
