"""Jobs: how far long work is, and cancelling it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from commonweal.identity.permission import Act, Thing
from commonweal.installation.jobs import queue
from commonweal.installation.jobs.job import Job as Kept
from commonweal.installation.jobs.job import JobState
from commonweal.web.api.problems import problems
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import must_be_ours

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


class Job(BaseModel):
    """One piece of work: `done` of `total` (0 while it is not known), and its `result` or `error` once it has ended."""

    job: str
    kind: str
    state: JobState
    done: int
    total: int
    cancelling: bool
    added: str
    begun: str | None
    ended: str | None
    result: Any = None
    error: dict[str, Any] | None = None


class Jobs(BaseModel):
    """A person's jobs, the newest first."""

    jobs: list[Job]


@router.get("", responses=problems())
def jobs(installation: Here, asker: Signed) -> Jobs:
    """List your jobs."""
    with installation.reading() as connection:
        found = queue.jobs_of(connection, asker.person.email)
    return Jobs(jobs=[_shown(each) for each in found])


@router.get("/{identifier}", responses=problems(404))
def job(identifier: str, installation: Here, asker: Signed) -> Job:
    """Show one of your jobs."""
    with installation.reading() as connection:
        found = queue.job(connection, identifier)
    _must_be_own(asker, found)
    return _shown(found)


@router.post("/{identifier}/cancel", responses=problems(404, 409))
def cancel(identifier: str, request: Request, installation: Here, asker: Signed) -> Job:
    """Cancel one of your jobs; running work stops soon after."""
    must_be_ours(request)
    with installation.transaction() as connection:
        _must_be_own(asker, queue.job(connection, identifier))
        found = queue.cancel(connection, installation.ledger, identifier, installation.ledger.now(connection))
    return _shown(found)


def _must_be_own(asker: Asker, found: Kept) -> None:
    asker.must(Act.SEE_JOBS, Thing(maker=found.person))


def _shown(found: Kept) -> Job:
    return Job(**found.as_dict(), result=found.result)
