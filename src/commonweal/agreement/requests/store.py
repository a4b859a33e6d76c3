"""Requests kept: each move with its ledger entry in the caller's transaction.

The ledger holds no words and no SQL, only keyed hashes; the texts lie beside it and can be erased.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from commonweal.agreement.comments.comment import written
from commonweal.agreement.requests.request import ERASED, OPEN, AccessRequest, RequestMove, RequestState, Said, Wanted
from commonweal.agreement.requests.tables import moves as move_table
from commonweal.agreement.requests.tables import requests as table
from commonweal.errors import BadInput, Conflict, NotFound
from commonweal.ledger.entry import Entry
from commonweal.ledger.keyed import full_texts

MOST_OPEN = 20
"""Requests of one person that may wait at once: people have to read each of them."""

LONGEST_QUESTION = 20_000


class Recorder(Protocol):
    """What this room needs of the ledger."""

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> Entry:
        """Append an entry in the connection's transaction."""
        ...

    def person(self, connection: sa.Connection, email: str, /) -> str:
        """Return the keyed hash that stands for a person."""
        ...

    def text(self, connection: sa.Connection, text: str, /) -> str:
        """Return the keyed hash of a text, and remember the text where it can be erased."""
        ...


def checked(wanted: Wanted) -> Wanted:
    """Return what is wanted with its words as they are kept; `BadInput` when something is missing or cannot be shown."""
    if not wanted.datasets:
        raise BadInput("It is not said which datasets are asked for.", remedy="Name at least one.")
    strays = [each for each in wanted.columns if each.rpartition(".")[0] not in wanted.datasets]
    if strays:
        raise BadInput(
            f"The column {strays[0]} is of no dataset that is asked for.",
            remedy="Ask for its dataset too, or leave it out.",
        )
    return replace(
        wanted,
        purpose=written(wanted.purpose, "what it is for"),
        benefit=written(wanted.benefit, "who benefits"),
        sql=written(wanted.sql, "the question", longest=LONGEST_QUESTION, needed=False),
        datasets=tuple(sorted(set(wanted.datasets))),
        columns=tuple(sorted(set(wanted.columns))),
    )


def make(
    c: sa.Connection, recorder: Recorder, wanted: Wanted, *, version: int, by: str, organisation: str, at: datetime
) -> AccessRequest:
    """Keep and record a request; that its datasets, columns and agreement exist, the caller has made sure.

    `version` is the newest of its agreement, 0 without one. `Conflict` when too many of this person wait already.
    """
    wanted = checked(wanted)
    waiting = sa.select(sa.func.count()).where(table.c.requester == by, table.c.state.in_([s.value for s in OPEN]))
    if (c.scalar(waiting) or 0) >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} requests of yours wait already.",
            why="People have to read each of them.",
            remedy="Wait for answers, or withdraw some.",
        )
    hashes = {
        "question": recorder.text(c, wanted.sql) if wanted.sql else "",
        "purpose": recorder.text(c, wanted.purpose),
        "benefit": recorder.text(c, wanted.benefit),
    }
    number = c.execute(
        sa.insert(table).values(
            requester=by,
            organisation=organisation,
            agreement=wanted.agreement,
            version=version,
            entry=wanted.entry,
            datasets=list(wanted.datasets),
            columns=list(wanted.columns),
            state=RequestState.ASKED.value,
            granted="",
            asked_at=_written(at),
            changed_at=_written(at),
            **hashes,
        )
    ).inserted_primary_key
    assert number is not None, "the database numbers requests"
    facts: dict[str, Any] = {"datasets": list(wanted.datasets), "columns": list(wanted.columns)}
    facts |= {name: digest for name, digest in hashes.items() if digest}
    if wanted.entry is not None:
        facts["asked"] = wanted.entry
    made = request(c, int(number[0]))
    _note(c, recorder, made, RequestMove.MADE, by, organisation, "", at, facts)
    return request(c, made.number)


def move(
    c: sa.Connection,
    recorder: Recorder,
    number: int,
    kind: RequestMove,
    after: RequestState,
    *,
    by: str,
    organisation: str,
    words: str = "",
    at: datetime,
    granted: str = "",
) -> AccessRequest:
    """Keep and record what was done about an open request; who may do so, the caller has made sure.

    `Conflict` when nothing can be done about it any more; `BadInput` without words where they are needed.
    """
    found = request(c, number)
    if not found.is_open:
        raise Conflict(
            f"Request {number} is {found.state.value}, so nothing more can be said or decided.",
            why="That is final.",
            remedy="Make a new request.",
        )
    needed = kind in (RequestMove.SAID, RequestMove.DECLINED)
    what = "the reason" if kind is RequestMove.DECLINED else "what you want to say"
    text = written(words, what, needed=needed)
    digest = recorder.text(c, text) if text else ""
    changes = {"state": after.value, "changed_at": _written(at), "granted": granted}
    c.execute(sa.update(table).where(table.c.number == number).values(changes))
    facts = ({"words": digest} if digest else {}) | ({"granted": granted} if granted else {})
    _note(c, recorder, found, kind, by, organisation, digest, at, facts)
    return request(c, number)


def request(c: sa.Connection, number: int) -> AccessRequest:
    """Return a request with all that was said; `NotFound` if there is none of this number."""
    row = c.execute(sa.select(table).where(table.c.number == number)).first()
    if row is None:
        raise NotFound(f"There is no request {number}.", remedy="See yours with: commonweal request list --as EMAIL")
    return _requests(c, [row])[0]


def requests(c: sa.Connection, states: Collection[RequestState] = ()) -> tuple[AccessRequest, ...]:
    """Return requests with all that was said, newest first: all, or those in some states."""
    wanted = sa.select(table).order_by(table.c.number.desc())
    if states:
        wanted = wanted.where(table.c.state.in_([state.value for state in states]))
    return _requests(c, list(c.execute(wanted)))


def _note(
    c: sa.Connection,
    recorder: Recorder,
    about: AccessRequest,
    kind: RequestMove,
    by: str,
    organisation: str,
    words: str,
    at: datetime,
    facts: Mapping[str, Any],
) -> None:
    """Append the entry of a move, and keep the move with its number."""
    body: dict[str, Any] = {"request": about.number, "organisation": organisation, "person": recorder.person(c, by)}
    if about.agreement:
        body["agreement"] = about.agreement
    entry = recorder.append(c, f"request.{kind.value}", body | dict(facts))
    c.execute(
        sa.insert(move_table).values(
            request=about.number,
            place=len(about.moves),
            move=kind.value,
            person=by,
            organisation=organisation,
            words=words,
            at=_written(at),
            entry=entry.index,
        )
    )


def _requests(c: sa.Connection, rows: list[Any]) -> tuple[AccessRequest, ...]:
    numbers = [row.number for row in rows]
    said = sa.select(move_table).where(move_table.c.request.in_(numbers)).order_by(move_table.c.place)
    kept = list(c.execute(said))
    hashes = {digest for row in rows for digest in (row.question, row.purpose, row.benefit)} | {m.words for m in kept}
    texts = {"": ""} | dict.fromkeys(hashes - {""}, ERASED) | full_texts(c, hashes - {""})
    return tuple(_request(row, [each for each in kept if each.request == row.number], texts) for row in rows)


def _request(row: Any, said: list[Any], texts: Mapping[str, str]) -> AccessRequest:
    moves = tuple(
        Said(
            RequestMove(each.move),
            each.person,
            each.organisation,
            texts[each.words],
            datetime.fromisoformat(each.at),
            each.entry,
        )
        for each in said
    )
    return AccessRequest(
        row.number,
        row.requester,
        row.organisation,
        row.agreement,
        row.version,
        texts[row.question],
        row.entry,
        texts[row.purpose],
        texts[row.benefit],
        tuple(row.datasets),
        tuple(row.columns),
        RequestState(row.state),
        row.granted,
        datetime.fromisoformat(row.asked_at),
        datetime.fromisoformat(row.changed_at),
        moves,
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
