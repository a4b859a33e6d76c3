"""Which agreements there are and how each stands now: for lists, cards and what waits for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.agreement import store
from commonweal.identity.permission import Thing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.agreement.standing import Standing
    from commonweal.identity.person import Person
    from commonweal.installation.installation import Installation


@dataclass(frozen=True)
class Stands:
    """The version of an agreement that counts now, and where it stands."""

    agreement: Agreement
    standing: Standing

    @property
    def thing(self) -> Thing:
        """Return the agreement as permission sees it."""
        return thing_of(self.agreement)

    def names(self, person: Person) -> bool:
        """Tell whether it names a person, so that they may ask under it while it is in force."""
        return self.agreement.person(person.email) is not None

    def involves(self, person: Person) -> bool:
        """Tell whether it names a person, or their organisation is a party."""
        return person.organisation in self.agreement.organisations or self.names(person)

    def uses(self, dataset: str) -> bool:
        """Tell whether it is about a dataset."""
        return self.agreement.terms(dataset) is not None


def thing_of(agreement: Agreement) -> Thing:
    """Return an agreement as permission sees it: its parties, and whom it names."""
    named = frozenset(person.email.casefold() for person in agreement.people)
    return Thing(parties=frozenset(agreement.organisations), named=named)


def all_that_stand(installation: Installation, connection: Connection) -> tuple[Stands, ...]:
    """Return every agreement as it stands now, by id."""
    now, keys = installation.ledger.now(connection), dict(installation.keys.public_keys())
    found = []
    for latest in store.agreements(connection):
        current = store.current(connection, latest.id, now, public_keys=keys)
        found.append(Stands(current.agreement, current.standing))
    return tuple(found)
