"""The sections of a dataset's page, each a function of its own: a room that comes later adds its section to `SECTIONS`.

A section has a title, the name of the template that lays it out, and the values that the template shows as `section`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import Connection

from commonweal.catalogue.contract import Column
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import KIND_IN_WORDS, joins_of, standard_of
from commonweal.catalogue.level_bounds import in_words
from commonweal.catalogue.standards import STANDARDS
from commonweal.gateway.metered.accounts import accounts
from commonweal.gateway.metered.opening import tag
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation.involvement import Stands
from commonweal.ledger.entry import Entry
from commonweal.ledger.searching import Sought, months, search
from commonweal.web.asker import Asker
from commonweal.web.cards import may_change


@dataclass(frozen=True)
class Shown:
    """What a section's function has before it: the dataset, who looks, the agreements as they stand, the connection."""

    request: Request
    connection: Connection
    installation: Installation
    asker: Asker
    dataset: Dataset
    agreements: tuple[Stands, ...]

    @property
    def visible(self) -> tuple[Stands, ...]:
        """Return the agreements that use it and that this reader may see: public ones, and those that concern them."""
        person = self.asker.person
        return tuple(
            each
            for each in self.agreements
            if each.uses(self.dataset.reference) and (each.agreement.transparency.public or each.involves(person))
        )

    @property
    def own(self) -> tuple[Stands, ...]:
        """Return those in force that concern this reader: whose treatments they meet."""
        person = self.asker.person
        return tuple(each for each in self.visible if each.standing.in_force and each.involves(person))


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: its title and the template that lays it out; subclasses hold the values."""

    title: str
    template: str


@dataclass(frozen=True)
class ColumnLine:
    """One column as the table shows it; `treatments` are in the order of the section's agreements."""

    name: str
    meaning: str
    standard: str
    type: str
    kind: str
    kind_in_words: str
    treatments: tuple[str, ...]
    levels: str


@dataclass(frozen=True, kw_only=True)
class Columns(Section):
    """The columns, and the agreements whose treatments stand beside them."""

    agreements: tuple[str, ...]
    lines: tuple[ColumnLine, ...]


@dataclass(frozen=True)
class Join:
    """A way to bring this dataset together with others: by a standard, or between two columns under an agreement."""

    words: str
    address: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Joins(Section):
    """What it can be joined to."""

    agreed: tuple[Join, ...]
    standards: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AgreementLine:
    """An agreement that uses the dataset."""

    id: str
    title: str
    state: str
    because: str
    may_ask: bool


@dataclass(frozen=True, kw_only=True)
class Agreements(Section):
    """The agreements that use it, as far as this reader may see them, and how many others there are."""

    lines: tuple[AgreementLine, ...]
    others: int


@dataclass(frozen=True, kw_only=True)
class Questions(Section):
    """How many questions read it, by month."""

    by_month: tuple[tuple[str, int], ...]
    total: int


@dataclass(frozen=True)
class MeterLine:
    """One account of the meter: what it is about, which snapshot, what is spent of the cap, and the best guess."""

    secret: str
    is_present: bool
    spent: float
    cap: float
    guess: float
    tables: int


@dataclass(frozen=True)
class SnapshotLine:
    """When the data was read, by which ledger entry, with how many rows (nothing where the reader is not told)."""

    day: str
    what: str
    snapshot: str
    rows: int | None
    entry: int | None


@dataclass(frozen=True, kw_only=True)
class Releases(Section):
    """The snapshots there were, what was set aside from the present one, and the meter by snapshot."""

    snapshots: tuple[SnapshotLine, ...]
    set_aside: int | None
    sees_meter: bool
    meter: tuple[MeterLine, ...]


@dataclass(frozen=True, kw_only=True)
class Downloads(Section):
    """Where the contract and the public description are to be had."""

    reference: str


def columns(shown: Shown) -> Section:
    """Return the columns with their meaning, kind, levels, and what each of the reader's agreements does to them."""
    own = shown.own
    return Columns(
        title="Columns",
        template="catalogue/sections/columns.html",
        agreements=tuple(each.agreement.title for each in own),
        lines=tuple(_column(column, shown.dataset.reference, own) for column in shown.dataset.contract.columns),
    )


def _column(column: Column, reference: str, own: tuple[Stands, ...]) -> ColumnLine:
    standard = standard_of(column)
    return ColumnLine(
        column.name,
        column.description,
        STANDARDS[standard].title if standard in STANDARDS else "",
        column.logical_type,
        column.kind.value if column.kind else "",
        KIND_IN_WORDS[column.kind] if column.kind else "cannot be shared until it has a kind",
        tuple(_treatment(each, reference, column.name) for each in own),
        in_words(column.levels) if column.levels else "",
    )


def _treatment(stands: Stands, reference: str, column: str) -> str:
    terms = stands.agreement.terms(reference)
    treatment = terms.columns.get(column) if terms else None
    return treatment.describe() if treatment else "not shared"


def joins(shown: Shown) -> Section | None:
    """Return the joins that agreements allow, and the standards by which it could be joined to others."""
    reference, agreed = shown.dataset.reference, []
    for each in shown.visible:
        for left, right in each.agreement.links:
            for mine, other in ((left, right), (right, left)):
                if mine.startswith(f"{reference}."):
                    elsewhere = other.partition(".")[0]
                    words = f"{mine.partition('.')[2]} with {other}"
                    agreed.append(Join(words, f"/catalogue/{elsewhere}", each.agreement.title))
    standards = joins_of(shown.dataset.contract)
    if not agreed and not standards:
        return None
    named = tuple((standard, STANDARDS[standard].title) for standard in standards)
    return Joins(
        title="Joins to other datasets", template="catalogue/sections/joins.html", agreed=tuple(agreed), standards=named
    )


def agreements(shown: Shown) -> Section:
    """Return the agreements that use the dataset."""
    using = [each for each in shown.agreements if each.uses(shown.dataset.reference)]
    visible, lines = shown.visible, []
    for each in visible:
        terms = each.agreement.terms(shown.dataset.reference)
        may_ask = each.standing.in_force and each.names(shown.asker.person)
        because = (terms.because or "") if terms else ""
        lines.append(
            AgreementLine(each.agreement.id, each.agreement.title, each.standing.state.value, because, may_ask)
        )
    return Agreements(
        title="Agreements that use it",
        template="catalogue/sections/agreements.html",
        lines=tuple(lines),
        others=len(using) - len(visible),
    )


def questions(shown: Shown) -> Section:
    """Return how many questions were asked of it, by month, from the ledger."""
    counted = months(shown.connection, "question.asked", shown.dataset.reference)
    return Questions(
        title="Questions asked of it",
        template="catalogue/sections/questions.html",
        by_month=tuple(counted.items())[:24],
        total=sum(counted.values()),
    )


def releases(shown: Shown) -> Section:
    """Return the snapshots, and what shared tables have cost by snapshot."""
    reference, steward = shown.dataset.reference, may_change(shown.asker, shown.dataset)
    present, sees = tag(shown.dataset), sees_meter(shown.asker, shown.dataset, shown.agreements)
    meter = tuple(
        MeterLine(
            _secret(each.secret, reference), each.snapshot == present, each.rho, each.cap, each.guess, each.tables
        )
        for each in accounts(shown.connection)
        if sees and each.dataset == reference
    )
    kept = search(shown.connection, Sought(kind="dataset", dataset=reference), limit=20)
    return Releases(
        title="Snapshots and the meter",
        template="catalogue/sections/releases.html",
        snapshots=tuple(_snapshot(entry, steward) for entry in kept),
        set_aside=shown.dataset.snapshot.rejected_rows if steward else None,
        sees_meter=sees,
        meter=tuple(sorted(meter, key=lambda each: (not each.is_present, -each.spent))),
    )


def sees_meter(asker: Asker, dataset: Dataset, stand: Sequence[Stands]) -> bool:
    """Tell whether somebody may see what is spent on a dataset: its stewards, and whom an agreement about it concerns."""
    if may_change(asker, dataset):
        return True
    return any(each.uses(dataset.reference) and asker.may(Act.SEE_METER, each.thing) for each in stand)


def _secret(secret: str, reference: str) -> str:
    """Return what an account is about, without the dataset's name that stands at the top of the page."""
    if secret.endswith(f" {reference}"):
        return "being in it" if secret.startswith("being") else "how many records somebody has"
    return secret.removeprefix(f"{reference}.")


def _snapshot(entry: Entry, steward: bool) -> SnapshotLine:
    what = {"dataset.added": "added", "dataset.replaced": "contract or data replaced"}.get(entry.kind, entry.kind)
    if "urgent" in entry.body:
        what += ", as urgent"
    rows = entry.body.get("rows")
    known = rows if steward and isinstance(rows, int) else None
    # A snapshot is named by its content: who knows all but one row could try rows until the name fits.
    named = str(entry.body.get("snapshot", ""))[:16] if steward else ""
    return SnapshotLine(entry.time.date().isoformat(), what, named, known, entry.index if steward else None)


def downloads(shown: Shown) -> Section:
    """Return where the contract and the description are to be had."""
    return Downloads(
        title="Contract and description",
        template="catalogue/sections/downloads.html",
        reference=shown.dataset.reference,
    )


SECTIONS: list[Callable[[Shown], Section | None]] = [
    columns,
    joins,
    agreements,
    questions,
    releases,
    downloads,
]
"""The sections in the order of the page. One that returns nothing is left out."""


def sections_of(shown: Shown) -> tuple[Section, ...]:
    """Return the sections of a dataset's page."""
    return tuple(made for make in SECTIONS if (made := make(shown)) is not None)
