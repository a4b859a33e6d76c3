"""The queue and its workers, in a real installation: nothing lost, nothing done by two, everything recorded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commonweal.errors import BadInput, Busy, Conflict, NotFound
from commonweal.installation import Installation, create
from commonweal.installation.jobs import queue
from commonweal.installation.jobs.job import Job, JobState
from commonweal.installation.jobs.worker import Work, Workers
from commonweal.ledger.reading import entries

PERSON = "a.person@northbank.example"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with create(tmp_path / "here", "here.example") as made:
        yield made


def put(installation: Installation, kind: str = "count", **arguments: object) -> Job:
    with installation.transaction() as c:
        return queue.add(c, installation.ledger, kind, arguments, at=installation.ledger.now(c), person=PERSON)


def seen(installation: Installation, job: Job) -> Job:
    with installation.reading() as c:
        return queue.job(c, job.id)


def until_final(installation: Installation, job: Job, seconds: float = 20) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = seen(installation, job)
        if found.is_final:
            return found
        time.sleep(0.02)
    raise AssertionError(f"still {found.state}")


def recorded(installation: Installation) -> list[str]:
    with installation.reading() as c:
        return [entry.kind for entry in entries(c, kind="job")]


def counting(work: Work) -> int:
    total = work.job.arguments["to"]
    for number in range(total):
        work.report(number + 1, total)
    return int(total)


def test_a_job_is_done_and_recorded(installation: Installation) -> None:
    workers = Workers(installation, {"count": counting})
    workers.start()
    job = put(installation, to=3)
    workers.call()
    done = until_final(installation, job)
    workers.stop()
    assert (done.state, done.result, done.done, done.total) == (JobState.DONE, 3, 3, 3)
    assert recorded(installation) == ["job.done", "job.added"]  # the newest first
    with installation.reading() as c:
        assert PERSON not in "".join(str(entry.body) for entry in entries(c, kind="job"))


def test_many_workers_do_each_job_once(installation: Installation) -> None:
    done: list[str] = []
    lock = threading.Lock()

    def note(work: Work) -> None:
        with lock:
            done.append(work.job.id)

    jobs = [put(installation) for _ in range(40)]
    pools = [Workers(installation, {"count": note}, threads=4) for _ in range(2)]
    for pool in pools:
        pool.start()
    for job in jobs:
        until_final(installation, job)
    for pool in pools:
        pool.stop()
    assert sorted(done) == sorted(job.id for job in jobs)


def test_an_error_for_people_ends_it_and_is_theirs_to_read(installation: Installation) -> None:
    def wrong(_work: Work) -> None:
        raise BadInput("The file cannot be read.", why="It is empty.", remedy="Send another.")

    def broken(_work: Work) -> None:
        raise ValueError("0123456789 is a value of the data")

    workers = Workers(installation, {"wrong": wrong, "broken": broken})
    workers.start()
    first, second = (
        until_final(installation, put(installation, "wrong")),
        until_final(installation, put(installation, "broken")),
    )
    workers.stop()
    assert first.state is second.state is JobState.FAILED
    assert first.error is not None
    assert first.error["error"]["message"] == "The file cannot be read."
    assert "0123456789" not in str(second)


def test_what_may_come_is_waited_for(installation: Installation) -> None:
    def busy(_work: Work) -> None:
        raise Busy("Wait.", why="Many wait.", remedy="Try later.", retry_after=1)

    workers = Workers(installation, {"busy": busy})
    workers.start()
    job = put(installation, "busy")
    while seen(installation, job).tries == 0 or seen(installation, job).state is JobState.RUNNING:
        time.sleep(0.02)
    workers.stop()
    assert seen(installation, job).state is JobState.WAITING
    with installation.transaction() as c:
        assert queue.take(c, {"busy"}, "w", installation.ledger.now(c)) is None
        later = installation.ledger.now(c) + timedelta(minutes=1)
        for tries in range(2, queue.TRIES + 1):
            taken = queue.take(c, {"busy"}, "w", later)
            assert taken is not None
            assert taken.tries == tries
            queue.give_back(c, installation.ledger, job.id, "w", {}, later)
            later += timedelta(hours=1)
        assert queue.job(c, job.id).state is JobState.FAILED


def test_waiting_and_running_jobs_are_cancelled(installation: Installation) -> None:
    begun = threading.Event()

    def endless(work: Work) -> None:
        while True:
            begun.set()
            work.report(1, 2)
            time.sleep(0.01)

    waiting = put(installation, "nobody-does-this")
    running = put(installation, "endless")
    workers = Workers(installation, {"endless": endless})
    workers.start()
    assert begun.wait(10)
    with installation.transaction() as c:
        now = installation.ledger.now(c)
        assert queue.cancel(c, installation.ledger, waiting.id, now).state is JobState.CANCELLED
        queue.cancel(c, installation.ledger, running.id, now)
        with pytest.raises(Conflict):
            queue.cancel(c, installation.ledger, waiting.id, now)
        with pytest.raises(NotFound):
            queue.cancel(c, installation.ledger, "none", now)
    assert until_final(installation, running).state is JobState.CANCELLED
    workers.stop()
    assert recorded(installation).count("job.cancelled") == 2


def test_a_worker_that_went_silent_loses_its_job_and_cannot_end_it(installation: Installation) -> None:
    job = put(installation)
    with installation.transaction() as c:
        now = installation.ledger.now(c)
        assert queue.take(c, {"count"}, "first", now) is not None
        assert queue.take(c, {"count"}, "second", now + queue.LEASE / 2) is None
        later = now + queue.LEASE
        taken = queue.take(c, {"count"}, "second", later)
        assert taken is not None
        assert taken.tries == 2
        assert not queue.renew(c, job.id, "first", later)
        assert not queue.finish(c, installation.ledger, job.id, "first", 1, later)
        assert queue.finish(c, installation.ledger, job.id, "second", 2, later)
    assert seen(installation, job).result == 2
    assert recorded(installation).count("job.done") == 1


def test_stopping_puts_the_job_back(installation: Installation) -> None:
    begun = threading.Event()

    def slow(work: Work) -> None:
        begun.set()
        while work.is_wanted():
            time.sleep(0.01)
        work.report(1, 2)

    job = put(installation, "slow")
    workers = Workers(installation, {"slow": slow})
    workers.start()
    assert begun.wait(10)
    workers.stop()
    left = seen(installation, job)
    assert (left.state, left.tries) == (JobState.WAITING, 0)


KILLED = """
import sys, time
from commonweal.installation import open_installation
from commonweal.installation.jobs.worker import Workers

def begin(work):
    work.report(1, 2)
    print("begun", flush=True)
    time.sleep(60)

with open_installation(sys.argv[1]) as installation:
    workers = Workers(installation, {"count": begin})
    workers.start()
    time.sleep(60)
"""


def test_a_worker_that_is_killed_leaves_the_job_to_others(installation: Installation) -> None:
    job = put(installation, to=2)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(installation.folder)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert seen(installation, job).state is JobState.RUNNING
    with installation.transaction() as c:
        taken = queue.take(c, {"count"}, "another", installation.ledger.now(c) + queue.LEASE)
    assert taken is not None
    assert (taken.id, taken.done, taken.tries) == (job.id, 1, 2)


def test_old_jobs_are_deleted(installation: Installation) -> None:
    job = put(installation)
    with installation.transaction() as c:
        now = installation.ledger.now(c)
        queue.cancel(c, installation.ledger, job.id, now)
        assert queue.counts(c) == {"waiting": 0, "running": 0}
        assert queue.delete_ended(c, now) == 0
        assert queue.delete_ended(c, now + timedelta(days=1)) == 1
        assert queue.jobs_of(c, PERSON) == ()
