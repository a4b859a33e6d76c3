"""The public register of an installation: gathered when it is asked for, and kept until the record or the day changes."""

from __future__ import annotations

import threading
from datetime import date, datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from commonweal.agreement import store
from commonweal.agreement.register.gathering import Told, around, counted, told_of
from commonweal.agreement.register.public import PublicAgreement, Register
from commonweal.agreement.register.statistics import statistics_of
from commonweal.agreement.register.tally import Tally
from commonweal.agreement.term import day_of
from commonweal.errors import NotFound
from commonweal.ledger.head import read_head

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.installation.installation import Installation
    from commonweal.ledger.receipt import Receipt


class PublicRegister:
    """The register of one installation. Everything in it follows from what is recorded and from the day.

    So an agreement is gathered again only when something about it was recorded, or a day has begun, and numbers are counted
    on. Safe to share between threads.
    """

    def __init__(self, installation: Installation) -> None:
        """Take the installation."""
        self._installation = installation
        self._tally = Tally()
        self._lock = threading.Lock()
        self._told: dict[str, tuple[tuple[object, ...], Told]] = {}
        self._known: tuple[tuple[int, date], Register] | None = None

    def read(self) -> Register:
        """Return the register as it is now."""
        installation = self._installation
        with self._lock, installation.reading() as connection:
            now, head = installation.ledger.now(connection), read_head(connection)
            state = (head.size if head else 0, day_of(now))
            if self._known is None or self._known[0] != state:
                self._tally.read_on(connection)
                found = counted(self._gathered(connection, now), self._tally, now)
                register = Register(installation.settings.name, now, found, statistics_of(found))
                self._known = (state, register)
            return self._known[1]

    def _gathered(self, connection: Connection, now: datetime) -> list[Told]:
        """Return what is told of every agreement; those about which nothing new was recorded today are known already."""
        near = around(connection, now, dict(self._installation.keys.public_keys()))
        today = day_of(now)
        for identifier in store.identifiers(connection):
            state = (today, *self._tally.state_of(identifier))
            if identifier not in self._told or self._told[identifier][0] != state:
                self._told[identifier] = (state, told_of(near, identifier))
        return [told for _, told in self._told.values()]

    def agreement(self, identifier: str) -> PublicAgreement:
        """Return a public agreement; `NotFound` in the same words whether there is none, or one that is not public."""
        return found_in(self.read(), identifier)

    def checkpoint(self) -> str:
        """Return the newest signed checkpoint of the record; nothing when nothing was recorded yet."""
        with self._installation.reading() as connection:
            head = read_head(connection)
            return head.checkpoint if head else ""

    def receipt(self, agreement: PublicAgreement) -> Receipt:
        """Return the proof of the entry that holds the hashes of an agreement; `NotFound` if it was added before there
        were such.
        """
        if agreement.entry is None:
            raise NotFound(
                "There is no proof of this version.",
                why="It was added before the hash of the public document was recorded.",
                remedy="A new version will have one.",
            )
        with self._installation.reading() as connection:
            return self._installation.ledger.receipt(connection, agreement.entry)


_REGISTERS: WeakKeyDictionary[Installation, PublicRegister] = WeakKeyDictionary()
_MAKING = threading.Lock()


def public_register(installation: Installation) -> PublicRegister:
    """Return the register of an installation, the same one each time."""
    with _MAKING:
        return _REGISTERS.setdefault(installation, PublicRegister(installation))


def found_in(register: Register, identifier: str) -> PublicAgreement:
    """Return an agreement of a register; `NotFound` if it has none of that id."""
    found = register.find(identifier)
    if found is None:
        raise NotFound(
            "There is no public agreement of this name.",
            why="The register shows agreements that are public and that a party has signed.",
            remedy="See the list of them, or search it.",
        )
    return found
