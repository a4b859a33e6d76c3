"""The queue of jobs. Every function works inside the caller's transaction and never commits.

A job is taken by one worker for as long as its lease; a worker that dies loses it, and another tries again. Work must
therefore bear being done twice up to the moment at which it is finished.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, Select, func, insert, or_, select, update

from commonweal.errors import Conflict, NotFound
from commonweal.installation.jobs.job import FINAL, Job, JobState
from commonweal.installation.jobs.tables import job as table

LEASE = timedelta(seconds=30)
"""How long a worker may be silent before its job is another's."""

TRIES = 5
"""How often a job is begun before it is given up."""

_BACK_OFF = timedelta(seconds=5)


class Recorder(Protocol):
    """The ledger, as far as jobs need it."""

    def append(self, connection: Connection, kind: str, body: Mapping[str, Any]) -> object:
        """Append an entry."""

    def person(self, connection: Connection, email: str) -> str:
        """Return the keyed hash of a person."""


def add(
    connection: Connection,
    recorder: Recorder,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    at: datetime,
    person: str | None = None,
    after: timedelta = timedelta(),
) -> Job:
    """Put a job in the queue, to be begun `after` some time, and record it; its arguments are not in the record."""
    identifier = secrets.token_hex(16)
    connection.execute(
        insert(table).values(
            id=identifier,
            kind=kind,
            person=person,
            arguments=json.dumps(dict(arguments)),
            state=JobState.WAITING.value,
            done=0,
            total=0,
            tries=0,
            not_before=_written(at + after),
            cancelling=0,
            added=_written(at),
        )
    )
    _record(connection, recorder, "job.added", identifier, kind, person)
    return job(connection, identifier)


def is_waiting(connection: Connection, kinds: Collection[str], now: datetime) -> bool:
    """Return whether there is a job to take."""
    return connection.execute(_takeable(kinds, now)).first() is not None


def has_waiting(connection: Connection, kind: str) -> bool:
    """Return whether a job of a kind waits, whenever it is to begin."""
    chosen = select(table.c.id).where((table.c.kind == kind) & (table.c.state == JobState.WAITING.value)).limit(1)
    return connection.execute(chosen).first() is not None


def take(connection: Connection, kinds: Collection[str], worker: str, now: datetime) -> Job | None:
    """Take the job that has waited longest, or one whose worker has gone silent; None when there is nothing to do."""
    chosen = _takeable(kinds, now).with_for_update(skip_locked=True)
    identifier = connection.execute(chosen).scalar_one_or_none()
    if identifier is None:
        return None
    connection.execute(
        update(table)
        .where(table.c.id == identifier)
        .values(
            state=JobState.RUNNING.value,
            worker=worker,
            lease_until=_written(now + LEASE),
            begun=_written(now),
            tries=table.c.tries + 1,
        )
    )
    return job(connection, identifier)


def renew(
    connection: Connection, identifier: str, worker: str, now: datetime, progress: tuple[int, int] | None = None
) -> bool:
    """Say that a worker is still at its job and how far; return whether it should go on.

    False when somebody wants it cancelled, or when the lease was lost to another worker.
    """
    values: dict[str, object] = {"lease_until": _written(now + LEASE)}
    if progress is not None:
        values |= {"done": progress[0], "total": progress[1]}
    mine = _mine(identifier, worker)
    changed = connection.execute(update(table).where(mine).values(values)).rowcount
    wanted = select(table.c.cancelling).where(table.c.id == identifier)
    return changed == 1 and not connection.execute(wanted).scalar_one()


def finish(
    connection: Connection, recorder: Recorder, identifier: str, worker: str, result: Any, now: datetime
) -> bool:
    """Finish a job with its result, which is plain values; return False, and change nothing, if it is no longer ours."""
    values = {"state": JobState.DONE.value, "result": json.dumps(result), "ended": _written(now), "lease_until": None}
    return _end(connection, recorder, identifier, worker, values, "job.done")


def give_back(
    connection: Connection, recorder: Recorder, identifier: str, worker: str, error: Mapping[str, Any], now: datetime
) -> bool:
    """Give back a job that failed for want of something that may come: it is tried again later, at most `TRIES` times."""
    found = job(connection, identifier)
    if found.tries >= TRIES:
        return fail(connection, recorder, identifier, worker, error, now)
    later = now + _BACK_OFF * 2 ** (found.tries - 1)
    values = {"state": JobState.WAITING.value, "worker": None, "lease_until": None, "not_before": _written(later)}
    return connection.execute(update(table).where(_mine(identifier, worker)).values(values)).rowcount == 1


def fail(
    connection: Connection, recorder: Recorder, identifier: str, worker: str, error: Mapping[str, Any], now: datetime
) -> bool:
    """End a job that cannot be done; `error` is what its owner is told."""
    values = {"state": JobState.FAILED.value, "error": json.dumps(dict(error)), "ended": _written(now)}
    return _end(connection, recorder, identifier, worker, values | {"lease_until": None}, "job.failed")


def release(connection: Connection, identifier: str, worker: str, now: datetime) -> bool:
    """Put back a job whose worker stops working: it did nothing wrong, so the try is not counted."""
    values: dict[str, object] = {"state": JobState.WAITING.value, "worker": None, "lease_until": None}
    values |= {"not_before": _written(now), "tries": table.c.tries - 1}
    return connection.execute(update(table).where(_mine(identifier, worker)).values(values)).rowcount == 1


def stopped(connection: Connection, recorder: Recorder, identifier: str, worker: str, now: datetime) -> bool:
    """End a job that its worker stopped because somebody wanted it cancelled."""
    values = {"state": JobState.CANCELLED.value, "ended": _written(now), "lease_until": None}
    return _end(connection, recorder, identifier, worker, values, "job.cancelled")


def cancel(connection: Connection, recorder: Recorder, identifier: str, now: datetime) -> Job:
    """Cancel a job: at once if it waits, as soon as its worker hears of it if it runs; `Conflict` if it has ended."""
    found = job(connection, identifier)
    if found.is_final:
        raise Conflict(
            "This job has ended already.", why=f"It is {found.state.value}.", remedy="There is nothing to do."
        )
    if found.state is JobState.WAITING:
        values: dict[str, object] = {"state": JobState.CANCELLED.value, "ended": _written(now), "cancelling": 1}
        connection.execute(update(table).where(table.c.id == identifier).values(values))
        _record(connection, recorder, "job.cancelled", identifier, found.kind, found.person)
    else:
        connection.execute(update(table).where(table.c.id == identifier).values(cancelling=1))
    return job(connection, identifier)


def job(connection: Connection, identifier: str) -> Job:
    """Return a job; `NotFound` if there is none."""
    row = connection.execute(select(table).where(table.c.id == identifier)).mappings().first()
    if row is None:
        raise NotFound("There is no such job.", why="It may have been deleted.", remedy="Begin it again.")
    return _job(row)


def jobs_of(connection: Connection, person: str, *, limit: int = 50) -> tuple[Job, ...]:
    """Return a person's jobs, the newest first."""
    chosen = select(table).where(table.c.person == person).order_by(table.c.added.desc(), table.c.id).limit(limit)
    return tuple(_job(row) for row in connection.execute(chosen).mappings())


def delete_ended(connection: Connection, before: datetime) -> int:
    """Delete jobs that ended before a moment; return how many."""
    final = [state.value for state in FINAL]
    old = table.c.state.in_(final) & (table.c.ended < _written(before))
    return connection.execute(table.delete().where(old)).rowcount


def counts(connection: Connection) -> dict[str, int]:
    """Return how many jobs are in each state that is not final."""
    chosen = select(table.c.state, func.count().label("jobs")).group_by(table.c.state)
    found: dict[str, int] = {row.state: row.jobs for row in connection.execute(chosen)}
    return {state.value: found.get(state.value, 0) for state in JobState if state not in FINAL}


def _takeable(kinds: Collection[str], now: datetime) -> Select[str]:
    free = (table.c.state == JobState.WAITING.value) & (table.c.not_before <= _written(now))
    left = (table.c.state == JobState.RUNNING.value) & (table.c.lease_until <= _written(now))
    return (
        select(table.c.id)
        .where(table.c.kind.in_(sorted(kinds)), or_(free, left))
        .order_by(table.c.not_before, table.c.added, table.c.id)
        .limit(1)
    )


def _mine(identifier: str, worker: str) -> Any:
    return (table.c.id == identifier) & (table.c.worker == worker) & (table.c.state == JobState.RUNNING.value)


def _end(
    connection: Connection, recorder: Recorder, identifier: str, worker: str, values: Mapping[str, Any], kind: str
) -> bool:
    """End a job that is ours, with its entry; False if it is another's by now."""
    if connection.execute(update(table).where(_mine(identifier, worker)).values(dict(values))).rowcount != 1:
        return False
    ended = job(connection, identifier)
    _record(connection, recorder, kind, identifier, ended.kind, ended.person)
    return True


def _record(
    connection: Connection, recorder: Recorder, kind: str, identifier: str, of: str, person: str | None
) -> None:
    body: dict[str, Any] = {"job": identifier, "of": of}
    if person is not None:
        body["person"] = recorder.person(connection, person)
    recorder.append(connection, kind, body)


def _job(row: RowMapping) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        person=row["person"],
        arguments=json.loads(row["arguments"]),
        state=JobState(row["state"]),
        done=row["done"],
        total=row["total"],
        result=json.loads(row["result"]) if row["result"] else None,
        error=json.loads(row["error"]) if row["error"] else None,
        tries=row["tries"],
        cancelling=bool(row["cancelling"]),
        added=_read(row["added"]),
        begun=_read(row["begun"]) if row["begun"] else None,
        ended=_read(row["ended"]) if row["ended"] else None,
    )


def _written(moment: datetime) -> str:
    """Return a moment so that the order of texts is the order of moments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
