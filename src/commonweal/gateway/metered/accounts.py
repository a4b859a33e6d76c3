"""Accounts: what the shared tables have cost, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from commonweal.disclosure.metered.bound import percent_of_guess, stated_guess
from commonweal.disclosure.metered.profile import CAP
from commonweal.gateway.metered.opening import KIND
from commonweal.ledger.canonical import JSON
from commonweal.ledger.reading import entries


@dataclass(frozen=True)
class Account:
    """What one secret of one snapshot has cost (`rho`), and how often a fair bit of one person can at most be guessed."""

    secret: str
    snapshot: str
    rho: float
    cap: float
    tables: int

    @property
    def guess(self) -> float:
        """Return the most that anybody, who knows everything else, guesses a fair bit of one person by (0.5 to 1)."""
        return stated_guess(self.rho)

    @property
    def percent(self) -> str:
        """Return the guess in per cent, as it is stated everywhere."""
        return percent_of_guess(self.rho)

    @property
    def dataset(self) -> str:
        """Return the dataset that the secret is about, as ``organisation/name``."""
        return self.secret.rpartition(" ")[2].partition(".")[0]

    def as_dict(self) -> dict[str, object]:
        """Return the account as JSON-ready values."""
        return {
            "secret": self.secret, "snapshot": self.snapshot, "rho": round(self.rho, 6), "cap": self.cap,
            "left": round(max(self.cap - self.rho, 0.0), 6), "best_guess": self.guess, "tables": self.tables,
        }  # fmt: skip


@dataclass(frozen=True)
class OverSnapshots:
    """What one secret has cost over all its snapshots: what was told of somebody who did not change between them."""

    secret: str
    snapshots: int
    rho: float

    @property
    def guess(self) -> float:
        """Return the most that a fair bit that never changed is guessed by (0.5 to 1)."""
        return stated_guess(self.rho)

    @property
    def percent(self) -> str:
        """Return the guess in per cent, as it is stated everywhere."""
        return percent_of_guess(self.rho)

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            "secret": self.secret, "snapshots": self.snapshots, "rho": round(self.rho, 6),
            "best_guess": self.guess,
        }  # fmt: skip


@dataclass(frozen=True)
class OpenTable:
    """One open table: its family, its columns, the ledger entry that opened it, and under which agreement."""

    table: str
    columns: tuple[str, ...]
    entry: int
    agreement: str
    rho: Mapping[str, float]

    def as_dict(self) -> dict[str, object]:
        """Return the table as JSON-ready values."""
        return {
            "table": self.table, "columns": list(self.columns), "entry": self.entry, "agreement": self.agreement,
            "rho": dict(self.rho),
        }  # fmt: skip


def accounts(connection: Connection) -> tuple[Account, ...]:
    """Return all accounts, the dearest first, added up from the ledger."""
    spent: dict[str, float] = {}
    number: dict[str, int] = {}
    for table in open_tables(connection):
        for account, rho in table.rho.items():
            spent[account] = spent.get(account, 0.0) + rho
            number[account] = number.get(account, 0) + 1
    found = []
    for account, rho in spent.items():
        secret, _, snapshot = account.rpartition("@")
        found.append(Account(secret, snapshot, rho, CAP, number[account]))
    return tuple(sorted(found, key=lambda account: (-account.rho, account.secret)))


def over_snapshots(found: Iterable[Account]) -> tuple[OverSnapshots, ...]:
    """Return the secrets that have been told of in more than one snapshot, the dearest first."""
    by_secret: dict[str, list[Account]] = {}
    for account in found:
        by_secret.setdefault(account.secret, []).append(account)
    several = [
        OverSnapshots(secret, len(each), sum(account.rho for account in each))
        for secret, each in by_secret.items()
        if len(each) > 1
    ]
    return tuple(sorted(several, key=lambda each: (-each.rho, each.secret)))


def open_tables(connection: Connection) -> tuple[OpenTable, ...]:
    """Return all open tables in the order in which they were opened."""
    found = []
    for entry in entries(connection, kind=KIND):
        body: Mapping[str, JSON] = entry.body
        columns, rho = body["columns"], body["rho"]
        assert isinstance(columns, list)
        assert isinstance(rho, dict)
        names = tuple(str(column[0]) for column in columns if isinstance(column, list))
        charged = {account: float(each) for account, each in rho.items() if isinstance(each, (int, float))}
        found.append(OpenTable(str(body["table"]), names, entry.index, str(body["agreement"]), charged))
    return tuple(reversed(found))


def is_open(connection: Connection, snapshot: str) -> bool:
    """Return whether any table about a snapshot, by its `tag`, is open."""
    return any(account.endswith(f"@{snapshot}") for table in open_tables(connection) for account in table.rho)
