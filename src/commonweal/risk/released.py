"""Released: what is out already, read from the record: questions run, tables opened, agreements on the same secrets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, func, select

from commonweal.agreement.document import Agreement
from commonweal.agreement.state import Act
from commonweal.agreement.store import agreements, events
from commonweal.catalogue.contract import Contract, Kind
from commonweal.ledger.entry import Entry
from commonweal.ledger.reading import entries_after
from commonweal.ledger.tables import entry_table

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = frozenset({Kind.SENSITIVE, Kind.SPECIAL})
ASKED = "question.asked"
OPENED = "meter.opened"

_ASKED_AFTER = select(func.count(), func.max(entry_table.c.idx)).where(
    entry_table.c.agreement.between(bindparam("first"), bindparam("last")),
    entry_table.c.idx > bindparam("after"),
    entry_table.c.kind == ASKED,
)
_REFERENCE = re.compile(r"[a-z][a-z0-9_-]*/[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class SameSecret:
    """Another agreement that shares sensitive or special columns (``organisation/dataset.column``) with this one."""

    agreement: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Released:
    """Questions that were permitted and run under the agreement (any version), tables that the meter has opened on its
    datasets (for everybody) with the rho of the fullest account on them, and the other living agreements on the same
    secrets.
    """

    questions: int = 0
    tables: int = 0
    spent: float = 0.0
    same_secrets: tuple[SameSecret, ...] = ()


NOTHING = Released()


def released(
    connection: Connection,
    agreement: Agreement,
    contracts: Mapping[str, Contract],
    today: date,
    openings: Openings | None = None,
) -> Released:
    """Return what the record says was released about what the agreement shares; `openings` remembers what it has read."""
    tables, spent = (openings or Openings()).on(connection, [terms.dataset for terms in agreement.data])
    return Released(
        questions_after(connection, agreement.id, -1)[0],
        tables,
        spent,
        tuple(_same_secrets(connection, agreement, contracts, today)),
    )


def questions_after(connection: Connection, agreement: str, index: int) -> tuple[int, int]:
    """Return how many questions were run under an agreement after an entry, and the newest one's index (or `index`)."""
    which = {"first": f"{agreement}@", "last": f"{agreement}A", "after": index}
    count, newest = connection.execute(_ASKED_AFTER, which).one()
    return count, index if newest is None else newest


class Openings:
    """The noisy tables that were opened, each read from the record once. Safe to share between threads."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lock = Lock()
        self._upto = -1
        self._read: list[tuple[frozenset[str], Mapping[str, float]]] = []

    def on(self, connection: Connection, datasets: Iterable[str]) -> tuple[int, float]:
        """Return how many noisy tables were opened on any of some datasets, and the rho of the fullest account on them.

        Entries ``meter.opened`` hold what a table cost (`rho`: account to rho); an account is named by its dataset.
        """
        with self._lock:
            for entry in entries_after(connection, OPENED, self._upto):
                self._read.append(_opening(entry))
                self._upto = entry.index
            read = self._read[:]
        wanted = set(datasets)
        tables, accounts = 0, defaultdict[str, float](float)
        for about, costs in read:
            if wanted.isdisjoint(about):
                continue
            tables += 1
            for account, rho in costs.items():
                if not wanted.isdisjoint(_REFERENCE.findall(account)):
                    accounts[account] += rho
        return tables, max(accounts.values(), default=0.0)


def _opening(entry: Entry) -> tuple[frozenset[str], Mapping[str, float]]:
    """Return the datasets that an opened table is about, and what it cost by account."""
    charged = entry.body.get("rho")
    costs = {
        name: float(rho) if isinstance(rho, int | float | str) else 0.0
        for name, rho in (charged.items() if isinstance(charged, dict) else ())
    }
    named = " ".join([*costs, str(entry.body.get("table", ""))])
    return frozenset(_REFERENCE.findall(named)), costs


def _same_secrets(
    connection: Connection, agreement: Agreement, contracts: Mapping[str, Contract], today: date
) -> Iterator[SameSecret]:
    own = secrets(agreement, contracts)
    for other in agreements(connection):
        shared = own & secrets(other, contracts)
        if other.id == agreement.id or not shared or other.term.until < today:
            continue
        if not any(event.act is Act.END for event in events(connection, other.id)):
            yield SameSecret(other.id, tuple(sorted(shared)))


def secrets(agreement: Agreement, contracts: Mapping[str, Contract]) -> frozenset[str]:
    """Return the sensitive and special columns that an agreement shares, as ``organisation/dataset.column``."""
    return frozenset(
        f"{terms.dataset}.{name}"
        for terms in agreement.data
        if terms.dataset in contracts
        for name, treatment in terms.columns.items()
        if treatment.name != "withhold"
        and name in contracts[terms.dataset].by_name
        and contracts[terms.dataset].by_name[name].kind in SECRET
    )
