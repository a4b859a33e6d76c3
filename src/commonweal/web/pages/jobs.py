"""Jobs: a page that says how far long work is; with scripts it renews itself."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.identity.permission import Act, Thing
from commonweal.installation.jobs import queue
from commonweal.installation.jobs.job import Job
from commonweal.web.asker import Here, Signed
from commonweal.web.forms import page_router
from commonweal.web.page import Page, go, show

router = page_router()

NAMES = {"ledger.verify": "Verifying the record", "question": "A question", "mail": "A mail", "housekeeping": "Tidying"}
"""What people call each kind of work."""

WHERE = {"ledger.verify": "/ledger", "question": "/answers"}
"""Where to go on once a kind of work is done."""


@dataclass(frozen=True, kw_only=True)
class JobsPage(Page):
    """A person's jobs."""

    jobs: tuple[Job, ...]
    names: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class JobPage(Page):
    """One job, and where to go on."""

    job: Job
    why: str
    remedy: str
    onward: str | None


@router.get("/jobs")
def jobs_page(request: Request, installation: Here, asker: Signed) -> Response:
    """List a person's jobs."""
    with installation.reading() as connection:
        found = queue.jobs_of(connection, asker.person.email)
    return show(request, "jobs/list.html", JobsPage(title="Your jobs", seen_by="you", jobs=found, names=NAMES))


@router.get("/jobs/{identifier}")
def job_page(identifier: str, request: Request, installation: Here, asker: Signed) -> Response:
    """Show how far a job is."""
    with installation.reading() as connection:
        found = queue.job(connection, identifier)
    asker.must(Act.SEE_JOBS, Thing(maker=found.person))
    error = dict((found.error or {}).get("error", {}))
    page = JobPage(
        title=NAMES.get(found.kind, "A job"),
        seen_by="you",
        back=("/jobs", "Your jobs"),
        job=found,
        why=str(error.get("message", "")),
        remedy=str(error.get("remedy", "")),
        onward=WHERE.get(found.kind),
    )
    return show(request, "jobs/show.html", page)


@router.post("/jobs/{identifier}/cancel")
def cancel(identifier: str, installation: Here, asker: Signed) -> Response:
    """Cancel a job."""
    with installation.transaction() as connection:
        asker.must(Act.SEE_JOBS, Thing(maker=queue.job(connection, identifier).person))
        queue.cancel(connection, installation.ledger, identifier, installation.ledger.now(connection))
    return go(f"/jobs/{identifier}", done="cancelling")
