"""Questions: what somebody asks, under which agreement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question in SQL, by one person, under one agreement.

    `plain`: under a metered profile, small groups are shown as they were released, without being drawn.
    """

    sql: str
    agreement: str
    person: str
    plain: bool = False
