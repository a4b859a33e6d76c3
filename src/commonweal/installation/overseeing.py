"""What of the record an organisation oversees: what happened under its agreements, to its data and to its people.

Several organisations share an installation and its ledger. Whoever looks after the record for one of them reads what
concerns that one, and what concerns nobody in particular; never who asked what between others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.agreement import store as agreements
from commonweal.catalogue import store as catalogue
from commonweal.errors import CommonwealError
from commonweal.ledger.reading import entry as stored_entry
from commonweal.ledger.searching import texts_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.ledger.entry import Entry

_PEOPLE = ("person", "by", "asker")


@dataclass(frozen=True)
class Overseen:
    """An organisation, the agreements (by id) to any version of which it is a party, and all organisations there are."""

    organisation: str
    agreements: frozenset[str]
    organisations: frozenset[str]

    def holds(self, connection: Connection, entry: Entry) -> bool:
        """Tell whether an entry is for this organisation to read; an outcome is, when the question is."""
        body = entry.body
        if entry.kind == "organisation.added":
            return True
        if agreement := body.get("agreement"):
            return str(agreement).partition("@")[0] in self.agreements
        asked = body.get("asked")
        if isinstance(asked, int):
            try:
                return self.holds(connection, stored_entry(connection, asked))
            except CommonwealError:
                return False
        if organisation := body.get("organisation"):
            return organisation == self.organisation
        owners = {text.partition("/")[0] for text in texts_of(body) if "/" in text} & self.organisations
        if owners:
            return self.organisation in owners
        return not any(name in body for name in _PEOPLE)


def overseen_by(connection: Connection, organisation: str) -> Overseen:
    """Return what an organisation oversees now."""
    known = frozenset(each.name for each in catalogue.organisations(connection))
    theirs = frozenset(
        latest.id
        for latest in agreements.agreements(connection)
        if any(organisation in version.organisations for version in agreements.versions(connection, latest.id))
    )
    return Overseen(organisation, theirs, known)
