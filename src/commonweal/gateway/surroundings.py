"""What the gateway needs around it, put together by the installation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from commonweal.engines.engine import Engine, Limits
from commonweal.gateway.kept.keeping import Retention
from commonweal.gateway.least_copies import LeastCopies
from commonweal.gateway.presentation import Presenter
from commonweal.gateway.remembered import Remembered
from commonweal.gateway.timing import Steps
from commonweal.gateway.turns import Turns
from commonweal.ledger.ledger import Ledger
from commonweal.risk.question import Risk

if TYPE_CHECKING:
    from commonweal.gateway.metered.path import Shared
    from commonweal.query.question import Query

MOST_READ = 512


@dataclass(frozen=True)
class Surroundings:
    """The metadata database (for reading and for changing), the ledger, the engine, keys, and where files lie.

    `secret` gives 32 bytes for a purpose, the same as long as the installation lives; `public_keys` the organisations' keys,
    against which signatures are checked. `treated` is the folder of treated tables, `outputs` that of sealed outputs;
    `steps` says when outcomes are handed over, `turns` whose question is worked on.
    """

    reading: Callable[[], AbstractContextManager[Connection]]
    transaction: Callable[[], AbstractContextManager[Connection]]
    ledger: Ledger
    engine: Engine
    secret: Callable[[str], bytes]
    public_keys: Callable[[], Mapping[str, bytes]]
    treated: Path
    outputs: Path
    limits: Limits = field(default_factory=Limits)
    presenter: Presenter = field(default_factory=Presenter)
    risk: Risk = field(default_factory=Risk)
    steps: Steps = field(default_factory=Steps)
    turns: Turns = field(default_factory=Turns)

    @cached_property
    def questions(self) -> Remembered[Query]:
        """Return the questions that have been read."""
        return Remembered(MOST_READ)

    @cached_property
    def recorded(self) -> Remembered[str]:
        """Return the questions as they are recorded, by what they are without the layout of their words."""
        return Remembered(MOST_READ)

    @cached_property
    def shared(self) -> Shared:
        """Return what all metered questions share."""
        from commonweal.gateway.metered.path import Shared  # it needs this module

        return Shared(self)

    @cached_property
    def least_copies(self) -> LeastCopies:
        """Return what deletes treated tables that are not needed any more."""
        return LeastCopies(self.treated, self.reading, self.transaction, self.ledger, self.public_keys)

    @cached_property
    def retention(self) -> Retention:
        """Return what deletes kept answers whose time is over."""
        return Retention(self.reading, self.transaction, self.ledger)
