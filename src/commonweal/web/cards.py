"""Datasets as cards of a list: what it is, who is in it, how fresh, and under which agreements the reader may ask.

The pages and the HTTP API show the same cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from fastapi import Request
from sqlalchemy import Connection

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import about_whom, joins_of
from commonweal.catalogue.search import Found, Index, Wanted
from commonweal.catalogue.standards import STANDARDS
from commonweal.identity.permission import Act, Thing
from commonweal.identity.person import Person
from commonweal.installation.involvement import Stands
from commonweal.web.asker import Asker


@dataclass(frozen=True)
class Agreed:
    """An agreement, as a line beside a dataset: its id, and what people call it."""

    id: str
    title: str


@dataclass(frozen=True)
class Card:
    """One dataset in a list. `rows` is in words: exact for its stewards, else about how many."""

    reference: str
    organisation: str
    description: str
    about: tuple[str, ...]
    joins: tuple[str, ...]
    as_of: date
    rows: str
    ask_under: tuple[Agreed, ...]


def index_of(request: Request) -> Index:
    """Return the index of this process, made with the first search."""
    found = getattr(request.app.state, "search", None)
    if found is None:
        found = request.app.state.search = Index()
    return cast(Index, found)


def found_in(request: Request, connection: Connection, wanted: Wanted) -> Found:
    """Return the references of what is wanted, best first, from an index that is up to date."""
    index = index_of(request)
    index.refresh(connection)
    return index.search(wanted)


def may_ask_under(stand: Sequence[Stands], person: Person) -> tuple[Stands, ...]:
    """Return the agreements in force that name a person."""
    return tuple(each for each in stand if each.standing.in_force and each.names(person))


def datasets_of(stand: Sequence[Stands]) -> frozenset[str]:
    """Return the datasets that some of these agreements are about."""
    return frozenset(terms.dataset for each in stand for terms in each.agreement.data)


def cards(connection: Connection, asker: Asker, references: Sequence[str], under: Sequence[Stands]) -> tuple[Card, ...]:
    """Return the cards of datasets, in their order; `under` are the agreements that the reader may ask under."""
    titles = organisation_titles(connection)
    return tuple(_card(each, titles, asker, under) for each in catalogue.datasets_named(connection, references))


def organisation_titles(connection: Connection) -> dict[str, str]:
    """Return what people call each organisation."""
    return {each.name: each.title for each in catalogue.organisations(connection)}


def rows_in_words(dataset: Dataset, asker: Asker) -> str:
    """Return how many rows there are: to its stewards exactly, to others about how many.

    An exact number that changes by one tells that one person came or went.
    """
    rows = dataset.snapshot.rows
    if may_change(asker, dataset):
        return f"{rows:,} {'row' if rows == 1 else 'rows'}"
    return f"about {rounded(rows):,} rows" if rows >= 100 else "fewer than 100 rows"


def rounded(rows: int) -> int:
    """Return a number to two figures: 2,597 becomes 2,600."""
    size = int(10 ** max(len(str(rows)) - 2, 0))
    return round(rows / size) * size


def may_change(asker: Asker, dataset: Dataset) -> bool:
    """Tell whether somebody may change a dataset."""
    return asker.may(Act.CHANGE_DATASET, Thing(organisation=dataset.organisation))


def _card(dataset: Dataset, titles: Mapping[str, str], asker: Asker, under: Sequence[Stands]) -> Card:
    return Card(
        dataset.reference,
        titles.get(dataset.organisation, dataset.organisation),
        dataset.contract.description,
        tuple(about_whom(dataset.contract)),
        tuple(STANDARDS[standard].title for standard in joins_of(dataset.contract)),
        dataset.snapshot.as_of,
        rows_in_words(dataset, asker),
        tuple(Agreed(s.agreement.id, s.agreement.title) for s in under if s.uses(dataset.reference)),
    )
