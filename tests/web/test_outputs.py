"""Output checking on pages and by the API: asked for, checked blind by two, released, fetched."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from tests import output_town as outputs
from tests.web import browser
from tests.web.browser import Screens
from tests.web.served import Served, sent

SECRET = ("143015", "143,015")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Served]:
    with outputs.made(tmp_path) as installation:
        yield Served(installation)


def asked(town: Served, reason: str = outputs.REASON) -> int:
    """Ask a question under the agreement, then for its exact figures, from the answer's entry, on the page."""
    answer = town.installation.gateway(outputs.ANALYST).ask(outputs.SQL, agreement="arrears")
    person = town.browser(outputs.ANALYST)
    at = f"/outputs/new?entry={answer.receipt.index}"
    page = person.get(at)
    assert page.status_code == 200
    assert "group by tenancy" in page.text
    fields = {"entry": str(answer.receipt.index), "reason": reason, "wanted": "exact"}
    done = sent(person, "/outputs/new", fields, at=at)
    assert done.status_code == 303, done.text
    return int(done.headers["location"].split("?")[0].rpartition("/")[2])


def looked(person: TestClient, number: int) -> str:
    done = sent(person, f"/outputs/{number}/check", {})
    assert done.status_code == 200, done.text
    return done.text


def decided(person: TestClient, number: int, verdict: str = "approve", reason: str = "It is public.") -> str:
    looked(person, number)
    at = f"/outputs/{number}/check"
    done = sent(person, f"/outputs/{number}/decide", {"verdict": verdict, "reason": reason}, at=at)
    assert done.status_code == 303, done.text
    return str(person.get(f"/outputs/{number}").text)


def test_two_checkers_release_what_the_requester_never_saw_before(town: Served) -> None:
    number = asked(town)
    analyst, own, other = (town.browser(email) for email in (outputs.ANALYST, outputs.OWN, outputs.OTHER))
    before = own.get(f"/outputs/{number}/check").text
    assert not any(secret in before for secret in SECRET), "opening the address is no look"
    assert "output.viewed" not in outputs.kinds(town.installation)
    sheet = looked(own, number)
    assert any(secret in sheet for secret in SECRET), "there is something that could leak"
    assert "threshold" in sheet
    decided(own, number, reason="The hostels stand in the council's report.")
    blind = other.get(f"/outputs/{number}").text + looked(other, number)
    assert "council's report" not in blind
    assert "council&#39;s report" not in blind
    waiting = analyst.get(f"/outputs/{number}").text
    assert "Partly checked" in waiting
    assert not any(secret in waiting for secret in SECRET)
    assert outputs.OWN not in waiting
    assert sent(analyst, f"/outputs/{number}/fetch", {}, at=f"/outputs/{number}").status_code == 409
    after = decided(other, number)
    assert "council&#39;s report" in after, "after their own decision they see the other's"
    fetched = sent(analyst, f"/outputs/{number}/fetch", {}, at=f"/outputs/{number}")
    assert fetched.status_code == 200
    assert fetched.headers["content-disposition"].startswith("attachment")
    rows = [row for row in csv.reader(io.StringIO(fetched.text)) if row and not row[0].startswith("#")]
    assert any("hostel" in row and str(outputs.SUM) in row for row in rows), fetched.text
    assert outputs.kinds(town.installation)[-2:] == ["output.released", "output.fetched"]


def test_nobody_checks_their_own_and_strangers_see_nothing(town: Served) -> None:
    number = asked(town)
    analyst = town.browser(outputs.ANALYST)
    page = analyst.get(f"/outputs/{number}/check")
    assert page.status_code == 403
    assert "Nobody checks their own output" in page.text
    at = f"/outputs/{number}"
    for path in ("check", "file"):
        assert sent(analyst, f"/outputs/{number}/{path}", {}, at=at).status_code == 403
    said = {"verdict": "approve", "reason": "fine"}
    assert sent(analyst, f"/outputs/{number}/decide", said, at=at).status_code == 403
    for email in (outputs.STRANGER, outputs.ELSEWHERE, outputs.COLLEAGUE):
        stranger = town.browser(email)
        assert stranger.get(f"/outputs/{number}").status_code == 404
        assert stranger.get(f"/outputs/{number}/check").status_code == 404
        assert f"/outputs/{number}" not in stranger.get("/outputs").text
        assert stranger.get(f"/api/outputs/{number}").status_code == 404
        for act in ("check", "decide", "withdraw", "fetch", "file"):
            assert sent(stranger, f"/outputs/{number}/{act}", said, at="/you").status_code == 404
    assert outputs.kinds(town.installation) == ["output.requested"]
    assert town.browser(outputs.ANALYST).get(f"/outputs/{10**30}").status_code == 404
    assert town.browser().get(f"/outputs/{number}").status_code in (303, 401)


def test_what_people_write_is_text(town: Served) -> None:
    number = asked(town, HOSTILE)
    own = town.browser(outputs.OWN)
    pages = [own.get(f"/outputs/{number}/check").text, looked(own, number), decided(own, number, reason=HOSTILE)]
    pages.append(town.browser(outputs.ANALYST).get(f"/outputs/{number}").text)
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_a_decision_needs_a_look_a_verdict_and_a_reason_without_figures(town: Served) -> None:
    number = asked(town)
    own = town.browser(outputs.OWN)
    at = f"/outputs/{number}/check"
    unseen = sent(own, f"/outputs/{number}/decide", {"verdict": "approve", "reason": "fine"}, at=at)
    assert unseen.status_code == 409
    looked(own, number)
    empty = sent(own, f"/outputs/{number}/decide", {"reason": ""}, at=at)
    assert empty.status_code == 422
    assert 'href="#verdict"' in empty.text
    telling = sent(own, f"/outputs/{number}/decide", {"verdict": "reject", "reason": "It is 143015.625"}, at=at)
    assert telling.status_code == 422
    assert "output.decided" not in outputs.kinds(town.installation)


def test_sent_back_answered_and_taken_back(town: Served) -> None:
    number = asked(town)
    analyst = town.browser(outputs.ANALYST)
    decided(town.browser(outputs.OWN), number, "ask", "Why do you need the hostels?")
    assert "Why do you need" not in analyst.get(f"/outputs/{number}").text
    decided(town.browser(outputs.OTHER), number, "approve")
    page = analyst.get(f"/outputs/{number}")
    assert "Why do you need the hostels?" in page.text
    assert "1 output with checkers&#39; questions for you" in analyst.get("/").text
    again = sent(analyst, f"/outputs/{number}/resubmit", {"reason": "For the report."}, at=f"/outputs/{number}")
    assert again.status_code == 303
    assert "1 output to check" in town.browser(outputs.OTHER).get("/").text
    back = sent(analyst, f"/outputs/{number}/withdraw", {}, at=f"/outputs/{number}")
    assert back.status_code == 303
    assert "Taken back" in analyst.get(f"/outputs/{number}").text
    assert town.browser(outputs.OWN).get(f"/outputs/{number}/check").status_code == 409


def test_a_question_of_somebody_else_or_without_output_checking_is_refused(town: Served) -> None:
    answer = town.installation.gateway(outputs.ANALYST).ask(outputs.SQL, agreement="arrears")
    colleague = town.browser(outputs.COLLEAGUE)
    page = colleague.get(f"/outputs/new?entry={answer.receipt.index}")
    assert page.status_code == 403
    assert "group by tenancy" not in page.text
    assert "None of the agreements in force" in town.browser(outputs.OWN).get("/outputs/new").text
    assert colleague.get("/outputs/new?entry=1").status_code == 403


def test_what_another_clause_forbids_is_no_matter_for_checkers(town: Served) -> None:
    fields = {"agreement": "arrears", "reason": "Please.", "wanted": "exact", "sql": outputs.ROWS}
    page = sent(town.browser(outputs.ANALYST), "/outputs/new", fields)
    assert page.status_code == 403
    assert "does not let checkers release any" in page.text
    assert outputs.kinds(town.installation) == ["output.refused"]


def test_a_file_goes_the_same_way(town: Served) -> None:
    analyst, own, other = (town.browser(email) for email in (outputs.ANALYST, outputs.OWN, outputs.OTHER))
    mark = analyst.get("/outputs/new").text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    body = {"csrf": mark, "agreement": "arrears", "reason": "A model.", "wanted": "exact"}
    done = analyst.post("/outputs/new", data=body, files={"file": ("../coefficients.csv", b"a,b\n<b>1</b>,2\n")})
    assert done.status_code == 303, done.text
    number = int(done.headers["location"].split("?")[0].rpartition("/")[2])
    assert "&lt;b&gt;1&lt;/b&gt;,2" in looked(own, number)
    kept = sent(own, f"/outputs/{number}/file", {}, at=f"/outputs/{number}/check")
    assert kept.content == b"a,b\n<b>1</b>,2\n"
    decided(own, number)
    decided(other, number)
    fetched = sent(analyst, f"/outputs/{number}/fetch", {}, at=f"/outputs/{number}")
    assert fetched.content == kept.content
    assert "coefficients.csv" in fetched.headers["content-disposition"]
    assert fetched.headers["content-type"].startswith("application/octet-stream")


def test_the_api_does_what_the_pages_do(town: Served) -> None:
    analyst, own, other = (town.browser(email) for email in (outputs.ANALYST, outputs.OWN, outputs.OTHER))
    body = {"agreement": "arrears", "reason": outputs.REASON, "sql": outputs.SQL, "wanted": "exact"}
    made = analyst.post("/api/outputs", json=body)
    assert made.status_code == 201, made.text
    number = made.json()["number"]
    assert analyst.post(f"/api/outputs/{number}/decide", json={"verdict": "approve", "reason": "x"}).status_code == 403
    for checker in (own, other):
        assert str(outputs.SUM) in checker.post(f"/api/outputs/{number}/look").text
        done = checker.post(f"/api/outputs/{number}/decide", json={"verdict": "approve", "reason": "It is public."})
        assert done.status_code == 200, done.text
    assert analyst.get(f"/api/outputs/{number}").json()["state"] == "released"
    assert [each["number"] for each in analyst.get("/api/outputs").json()["outputs"]] == [number]
    assert str(outputs.SUM) in analyst.post(f"/api/outputs/{number}/fetch").text
    forged = analyst.post(f"/api/outputs/{number}/fetch", headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403


def test_from_exception_to_fetched_table_in_a_browser(town: Served, chrome: Browser, tmp_path: Path) -> None:
    answer = town.installation.gateway(outputs.ANALYST).ask(outputs.SQL, agreement="arrears")
    with browser.serving(town) as address:
        screens = Screens(town, address, chrome)
        analyst = screens.of(outputs.ANALYST, scripts=True)
        page = analyst.open(f"/answers/{answer.receipt.index}")
        page.locator("a[href*='/outputs/new']").first.click()
        analyst.check()
        page.get_by_label("Exact figures").check()
        page.get_by_label("Why it is needed").fill(outputs.REASON)
        page.get_by_role("button", name="Ask for it").click()
        analyst.check()
        number = page.url.split("?")[0].rpartition("/")[2]
        for email in (outputs.OWN, outputs.OTHER):
            checker = screens.of(email)
            sheet = checker.open("/outputs")
            checker.check()
            sheet.get_by_role("link", name=f"Output {number}").click()
            checker.check()
            sheet.get_by_role("button", name="Look at the output").click()
            assert "143" in (sheet.text_content("main") or "")
            checker.check()
            sheet.get_by_label("Approve").check()
            sheet.get_by_label("Why").fill("It is public.")
            sheet.get_by_role("button", name="Record my decision").click()
            checker.check()
        page.reload()
        analyst.check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Fetch it as CSV").click()
        download.value.save_as(tmp_path / "output.csv")
        assert str(outputs.SUM) in (tmp_path / "output.csv").read_text()
