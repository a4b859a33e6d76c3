"""Requests, looks and decisions in the metadata database. Every function works inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from commonweal.gateway.output_checking import tables
from commonweal.gateway.output_checking.request import Decision, Kind, Request, Verdict, Wanted
from commonweal.gateway.output_checking.state import OPEN, State


def add(c: sa.Connection, request: Request) -> Request:
    """Keep a new request and return it with its number (the number it came with is not used)."""
    values = asdict(request) | {
        "datasets": json.dumps(request.datasets),
        "requested_at": request.requested_at.isoformat(),
        "changed_at": request.changed_at.isoformat(),
    }
    del values["number"]
    number = c.execute(sa.insert(tables.requests).values(values)).inserted_primary_key
    assert number is not None
    found = request_of(c, int(number[0]))
    assert found is not None
    return found


def request_of(c: sa.Connection, number: int) -> Request | None:
    """Return a request by its number, or None."""
    row = c.execute(sa.select(tables.requests).where(tables.requests.c.number == number)).mappings().first()
    return None if row is None else _request(row)


def requests(c: sa.Connection, *states: State) -> tuple[Request, ...]:
    """Return the requests in these states (all without any), newest first."""
    query = sa.select(tables.requests).order_by(tables.requests.c.number.desc())
    if states:
        query = query.where(tables.requests.c.state.in_([state.value for state in states]))
    return tuple(_request(row) for row in c.execute(query).mappings())


def open_of(c: sa.Connection, requester: str, agreement: str) -> int:
    """Return how many requests of one person under one agreement wait for checkers."""
    where = sa.and_(
        tables.requests.c.requester == requester,
        tables.requests.c.agreement == agreement,
        tables.requests.c.state.in_([state.value for state in OPEN]),
    )
    return c.scalar(sa.select(sa.func.count()).select_from(tables.requests).where(where)) or 0


def change(c: sa.Connection, number: int, at: datetime, **values: Any) -> None:
    """Change parts of a request, and when it last changed."""
    plain = {name: value.value if isinstance(value, State) else value for name, value in values.items()}
    if "datasets" in plain:
        plain["datasets"] = json.dumps(plain["datasets"])
    c.execute(
        sa.update(tables.requests).where(tables.requests.c.number == number).values(changed_at=at.isoformat(), **plain)
    )


def note_look(c: sa.Connection, request: Request, checker: str, at: datetime) -> None:
    """Keep that a checker has looked at what is sealed now."""
    key = {"request": request.number, "round": request.round, "checker": checker}
    c.execute(sa.delete(tables.looks).filter_by(**key))
    c.execute(sa.insert(tables.looks).values(**key, seal=request.seal, at=at.isoformat()))


def looked_at(c: sa.Connection, request: Request, checker: str, *, sealed: bool) -> bool:
    """Tell whether a checker has looked in this round; with `sealed`, at exactly what is sealed now."""
    found = c.scalar(
        sa.select(tables.looks.c.seal).filter_by(request=request.number, round=request.round, checker=checker)
    )
    return found is not None and (not sealed or (bool(request.seal) and found == request.seal))


def add_decision(c: sa.Connection, decision: Decision, at: datetime) -> None:
    """Keep a decision; a checker has one in each round."""
    c.execute(sa.insert(tables.decisions).values(**asdict(decision), at=at.isoformat()))


def decisions(c: sa.Connection, request: Request) -> tuple[Decision, ...]:
    """Return the decisions of a request's present round, in the order in which they were made."""
    query = (
        sa.select(tables.decisions)
        .filter_by(request=request.number, round=request.round)
        .order_by(tables.decisions.c.at, tables.decisions.c.checker)
    )
    return tuple(
        Decision(
            row.request, row.round, row.checker, row.organisation, Verdict(row.verdict), row.salt, row.reason, row.text
        )
        for row in c.execute(query)
    )


def open_texts(c: sa.Connection, request: Request) -> None:
    """Empty the words of the present round's decisions: the erasable side table has them now."""
    c.execute(sa.update(tables.decisions).filter_by(request=request.number, round=request.round).values(text=""))


def _request(row: Mapping[Any, Any]) -> Request:
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    return Request(
        **values
        | {
            "kind": Kind(values["kind"]),
            "wanted": Wanted(values["wanted"]),
            "state": State(values["state"]),
            "datasets": tuple(json.loads(values["datasets"])),
            "requested_at": datetime.fromisoformat(values["requested_at"]),
            "changed_at": datetime.fromisoformat(values["changed_at"]),
        }
    )
