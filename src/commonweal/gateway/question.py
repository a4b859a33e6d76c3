"""Questions: what somebody asks, under which agreement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question in SQL, by one person, under one agreement."""

    sql: str
    agreement: str
    person: str
