"""Questions: what somebody asks, under which agreement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def always(_connection: Connection) -> bool:
    """Hold, whatever happens: for who owns the folder, and needs no session."""
    return True


@dataclass(frozen=True)
class Question:
    """One question in SQL, by one person, under one agreement.

    `plain`: under a metered profile, small groups are shown as they were released, without being drawn.
    `second_factor`: who asks has given one. `holds` is what their right to ask now rests on, such as a session that has
    not been ended: it is looked at again while the question runs, and before its answer is handed over.
    """

    sql: str
    agreement: str
    person: str
    plain: bool = False
    second_factor: bool = False
    holds: Callable[[Connection], bool] = field(default=always, repr=False, compare=False)
