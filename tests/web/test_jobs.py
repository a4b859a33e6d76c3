from __future__ import annotations

from commonweal.installation.jobs import queue
from commonweal.installation.jobs.job import Job
from tests.web.browser import Screens
from tests.web.people import ANALYST, OFFICER
from tests.web.served import Served, sent


def put(town: Served, person: str, kind: str = "question") -> Job:
    with town.installation.transaction() as c:
        now = town.installation.ledger.now(c)
        return queue.add(c, town.installation.ledger, kind, {"sql": "SELECT 1"}, at=now, person=person)


def test_a_job_is_its_owners(town: Served) -> None:
    job = put(town, ANALYST)
    own, other = town.browser(ANALYST), town.browser(OFFICER)
    assert job.id in own.get("/jobs").text
    assert job.id not in other.get("/jobs").text
    assert own.get(f"/api/jobs/{job.id}").json()["state"] == "waiting"
    assert "SELECT" not in own.get(f"/api/jobs/{job.id}").text
    assert other.get(f"/jobs/{job.id}").status_code == 403
    assert other.get(f"/api/jobs/{job.id}").status_code == 403
    assert other.post(f"/api/jobs/{job.id}/cancel").status_code == 403
    assert own.get("/api/jobs/none").status_code == 404


def test_a_job_is_cancelled(town: Served) -> None:
    person = town.browser(ANALYST)
    job = put(town, ANALYST)
    assert sent(person, f"/jobs/{job.id}/cancel", {}, at=f"/jobs/{job.id}").status_code == 303
    assert "Cancelled" in person.get(f"/jobs/{job.id}").text
    second = put(town, ANALYST)
    assert person.post(f"/api/jobs/{second.id}/cancel").json()["state"] == "cancelled"
    assert person.post(f"/api/jobs/{second.id}/cancel").status_code == 409
    assert (
        person.post(f"/api/jobs/{put(town, ANALYST).id}/cancel", headers={"origin": "https://x.y"}).status_code == 403
    )


def test_the_workers_of_a_served_installation_do_jobs(town: Served, screens: Screens) -> None:
    job = put(town, ANALYST, "ledger.verify")
    screen = screens.of(ANALYST)
    page = screen.open(f"/jobs/{job.id}")
    page.get_by_text("Done").wait_for(timeout=20_000)  # the page renews itself
    screen.check()
    assert town.browser(ANALYST).get(f"/api/jobs/{job.id}").json()["result"]["entries"] > 0
    for path in ("/jobs", f"/jobs/{put(town, ANALYST).id}"):
        screen.open(path)
        screen.check()
