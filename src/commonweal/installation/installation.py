"""One running commonweal: its folder, settings, keys, ledger and database, opened together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.errors import NotFound, UsageMistake
from commonweal.installation.database import Database
from commonweal.installation.folder import SETTINGS, Layout, installation_name, name_from
from commonweal.installation.keys import Keys, create_keys
from commonweal.installation.making import make
from commonweal.installation.new_file import write_new
from commonweal.installation.schema import create_database, ready_database
from commonweal.installation.settings import TEMPLATE, Settings, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.engines.duckdb_engine import DuckDBEngine
    from commonweal.gateway.gateway import Gateway
    from commonweal.gateway.least_copies import Unneeded
    from commonweal.gateway.output_checking import OutputChecking
    from commonweal.gateway.surroundings import Surroundings
    from commonweal.ledger import Ledger


class Installation:
    """One installation, opened. Safe to share between threads; close it, or use it as a context manager."""

    def __init__(self, layout: Layout, settings: Settings, keys: Keys, database: Database) -> None:
        """Take the parts, each checked already; `open_installation` is how one is made."""
        self.layout = layout
        self.settings = settings
        self.keys = keys
        self.database = database
        self._making = threading.RLock()
        self._engine: DuckDBEngine | None = None
        self._surroundings: Surroundings | None = None

    @property
    def folder(self) -> Path:
        """Return the folder it lives in, absolute."""
        return self.layout.folder

    @cached_property
    def ledger(self) -> Ledger:
        """Return the audit trail, signing with the installation's key under its name. It holds no state of its own."""
        from commonweal.ledger import Ledger  # imported when used: opening a folder needs no ledger

        return Ledger(self.settings.name, self.keys.installation, self.keys.secret("ledger-hash"))

    def transaction(self) -> AbstractContextManager[Connection]:
        """Give a connection that may write; all of it is committed at the end, or none (`Unavailable`)."""
        return self.database.transaction()

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one state of the database and cannot write."""
        return self.database.reading()

    @property
    def engine(self) -> DuckDBEngine:
        """Return the one engine of all threads; its process starts with the first question, or `prepare`."""
        from commonweal.engines.duckdb_engine import DuckDBEngine  # imported when used: opening a folder needs none

        with self._making:
            if self._engine is None:
                limits = self.settings.limits.as_limits()
                log = self.layout.logs / "engine.log"
                treated = self.layout.treated
                self._engine = DuckDBEngine(treated / ".spill", limits, log=log, folder_of_tables=treated)
            return self._engine

    @property
    def surroundings(self) -> Surroundings:
        """Return what the gateway needs around it: one engine for all threads, whose process starts when first asked."""
        with self._making:
            if self._surroundings is None:
                self._surroundings = self._made_surroundings()
            return self._surroundings

    def _made_surroundings(self) -> Surroundings:
        from commonweal.gateway.surroundings import Surroundings  # imported when used: it loads the gateway
        from commonweal.gateway.timing import Steps
        from commonweal.gateway.turns import Quota, Turns

        timing, limits = self.settings.timing, self.settings.limits
        return Surroundings(
            reading=self.reading,
            transaction=self.transaction,
            ledger=self.ledger,
            engine=self.engine,
            secret=self.keys.secret,
            public_keys=self.keys.public_keys,
            treated=self.layout.treated,
            outputs=self.layout.outputs,
            limits=limits.as_limits(),
            turns=Turns(Quota(limits.questions_at_once, limits.questions_together, limits.questions_waiting)),
            steps=Steps(timing.first / 1000, timing.growth),
        )

    def gateway(
        self,
        person: str,
        *,
        second_factor: bool = False,
        holds: Callable[[Connection], bool] = lambda _connection: True,
    ) -> Gateway:
        """Return the gateway for one person, by e-mail address; whether they may ask is each agreement's to say.

        `second_factor`: they have given one; `holds`: what they proved who they are with still does (their session, their
        token). Pages and API take both from whom they found asking.
        """
        from commonweal.gateway.gateway import Gateway  # see above

        return Gateway(person, self.surroundings, _leave_open, second_factor, holds)

    def output_checking(self, person: str, *, second_factor: bool = False) -> OutputChecking:
        """Return output checking for one person, by e-mail address: asking for outputs, checking them, fetching them."""
        from commonweal.gateway.output_checking import OutputChecking  # see above

        return OutputChecking(person, self.surroundings, second_factor)

    def delete_unneeded(self) -> tuple[Unneeded, ...]:
        """Delete the treated tables of agreements that have stopped, and of replaced data, and outputs and
        answers whose time is over; record it.

        Returns what could not be deleted; the next question tries again. Call it outside a transaction.
        """
        from commonweal.gateway.least_copies import LeastCopies  # imported when used: opening a folder needs no gateway

        copies = LeastCopies(self.layout.treated, self.reading, self.transaction, self.ledger, self.keys.public_keys)
        left = copies.delete()
        self.output_checking("").sweep()
        self.surroundings.retention.delete()
        return left

    def close(self) -> None:
        """End the engine, if it was started, and close the database."""
        with self._making:
            if self._engine is not None:
                self._engine.close()
            if self._surroundings is not None:
                self._surroundings.presenter.close()
        self.database.close()

    def __enter__(self) -> Installation:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Return where it is."""
        return f"Installation({str(self.folder)!r})"


def create(folder: Path | str, name: str | None = None) -> Installation:
    """Make a new installation in a new or empty folder and open it; whole, or not at all.

    `name` becomes the origin of its ledger; without one it is made from the folder's name. `Conflict` when there is
    something in the folder, `Unavailable` when it cannot be written there.
    """
    folder = Path(folder).absolute()
    chosen = name_from(folder) if name is None else installation_name(name)

    def fill(layout: Layout) -> None:
        write_new(layout.settings, TEMPLATE.format(name=chosen).encode(), mode=0o644)
        settings = read_settings(layout.settings, os.environ)
        create_keys(layout.keys)
        create_database(settings.database.path(layout.folder))

    make(folder, fill)
    return open_installation(folder)


def open_installation(folder: Path | str) -> Installation:
    """Open the installation in exactly this folder, upgrading its database first if an older commonweal made it.

    `NotFound` if there is none; `BadInput` for wrong settings; `Conflict` for keys that others may read and for a
    folder of a newer commonweal; `Unavailable` when the keys or the database cannot be used.
    """
    layout = Layout(Path(folder).absolute())
    if not layout.settings.is_file():
        raise NotFound(
            "There is no commonweal installation in this folder.",
            why=f"It has no {SETTINGS}.",
            remedy="Make one with: commonweal init DIR",
        )
    settings = read_settings(layout.settings, os.environ)
    keys = Keys(layout.keys)
    path = settings.database.path(layout.folder)
    ready_database(path)
    return Installation(layout, settings, keys, Database(path, folder=layout.folder))


def open_gateway(folder: Path | str = ".", *, person: str | None = None) -> Gateway:
    """Open the installation in `folder` and return its gateway for one person: ``commonweal.open``.

    `person` is the e-mail address of who asks, by default that in COMMONWEAL_PERSON; `UsageMistake` if there is neither.
    """
    installation = open_installation(folder)
    asking = person or os.environ.get("COMMONWEAL_PERSON", "")
    if not asking:
        installation.close()
        raise UsageMistake(
            "It is not said who asks.",
            why="every question is asked by somebody named in its agreement.",
            remedy='Write commonweal.open(folder, person="you@organisation.example"), or set COMMONWEAL_PERSON.',
        )
    gateway = installation.gateway(asking)
    return replace(gateway, closing=installation.close)


def _leave_open() -> None:
    """Do nothing: who opened the installation closes it, and with it the engine that its gateways share."""
