"""Asking from the web: agreement, editor, dress rehearsal, answer, refusal; as a page, by the API, in a real browser."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from commonweal.agreement.state import Act as AgreementAct
from commonweal.errors import Busy
from commonweal.identity import tokens
from commonweal.installation import agreeing
from commonweal.ledger.reading import entries
from commonweal.web.asking import Doorway
from tests.web.browser import Screens
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, OUTSIDER
from tests.web.served import BASE, Served, sent

AGREEMENT = "arrears-and-care"
SQL = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by tenancy"
REFUSED = "select tenancy, avg(uprn) as mean\nfrom housing group by tenancy"
UNREADABLE = "select max(arrears) as most from housing"


def kinds(town: Served, kind: str) -> int:
    with town.installation.reading() as connection:
        return sum(1 for _ in entries(connection, kind=kind))


def program(town: Served, email: str = ANALYST, agreement: str = AGREEMENT) -> TestClient:
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        _, secret = tokens.make(
            connection, email, name="a test", agreements=frozenset({agreement}), until=now + timedelta(days=1), now=now
        )
    client = TestClient(town.application, base_url=BASE, raise_server_exceptions=False)
    client.headers["authorization"] = f"Bearer {secret}"
    return client


def put(client: TestClient, sql: str = SQL, **more: object):  # type: ignore[no-untyped-def]
    headers = more.pop("headers", {})
    return client.post("/api/questions", json={"sql": sql, "agreement": AGREEMENT, **more}, headers=headers)


def test_the_editor_shows_what_may_be_asked_about(town: Served) -> None:
    page = town.browser(ANALYST).get(f"/ask?agreement={AGREEMENT}")
    assert page.status_code == 200
    for words in ("social_care", "in bands of 5 years", "northbank/person.uprn", "How many people by sex?"):
        assert words in page.text, words
    assert town.browser(ANALYST).get("/ask").text.count("Your question, in SQL") == 1


def test_who_is_named_in_nothing_is_told_what_to_do(town: Served) -> None:
    page = town.browser(ADMINISTRATOR).get("/ask")
    assert "No agreement that is in force names you" in page.text
    assert town.browser(ADMINISTRATOR).get(f"/ask?agreement={AGREEMENT}").status_code == 403
    assert town.browser(OUTSIDER).get(f"/ask?agreement={AGREEMENT}").status_code == 403
    assert town.browser(ANALYST).get("/ask?agreement=nothing").status_code == 404


def test_a_rehearsal_releases_nothing(town: Served) -> None:
    answered = kinds(town, "question.answered")
    page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": SQL, "act": "explain"})
    assert page.status_code == 200
    assert "What will happen" in page.text
    assert "4 rows would be shown, 2 of their 12 cells withheld" in page.text
    assert "<strong>Permits</strong>" in page.text
    assert SQL in page.text
    assert kinds(town, "question.answered") == answered
    assert kinds(town, "question.explained") > 0


def test_running_it_leads_to_the_answer(town: Served) -> None:
    person = town.browser(ANALYST)
    done = sent(person, "/ask", {"agreement": AGREEMENT, "sql": SQL, "act": "run"})
    assert done.status_code == 303
    assert done.headers["location"].startswith("/answers/")
    again = person.get(f"/ask?answer={done.headers['location'].rpartition('/')[2]}")
    assert SQL in again.text


def test_a_refusal_is_a_page_with_a_way_on(town: Served) -> None:
    page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": REFUSED, "act": "run"})
    assert page.status_code == 403
    assert "This question cannot be answered under Rent arrears among people who receive care" in page.text
    assert '<mark class="cw-meant">uprn</mark>' in page.text
    assert "Put this in the editor" in page.text
    assert "Recorded as entry" in page.text
    assert "/requests/new" not in page.text  # nobody but the asker can change this
    dressed = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": REFUSED, "act": "explain"})
    assert dressed.status_code == 403


def test_there_is_always_something_that_could_be_asked(town: Served) -> None:
    page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": UNREADABLE, "act": "run"})
    assert page.status_code == 403
    assert "What is the mean arrears by tenancy?" in page.text


def test_who_can_change_it_has_an_address(town: Served) -> None:
    sql = "select ward, sex, count(*) as n from housing join person on person.postcode = housing.ward group by 1, 2"
    page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": sql, "act": "run"})
    assert page.status_code == 403
    assert "ig@riverside.example" in page.text
    assert "mailto:ig%40riverside.example" in page.text


def test_an_empty_question_is_asked_for_again(town: Served) -> None:
    page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": "  ", "act": "run"})
    assert page.status_code == 422
    assert 'href="#sql"' in page.text
    put_in = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "use": "select 1 as nearest"})
    assert "select 1 as nearest</textarea>" in put_in.text


def test_nothing_in_a_question_runs_in_a_page(town: Served) -> None:
    evil = 'select tenancy as "<script>alert(1)</script>", count(*) as "\'><img src=x onerror=alert(2)>" from housing group by 1 -- </textarea><script>'
    for act in ("explain", "run"):
        person = town.browser(ANALYST)
        page = sent(person, "/ask", {"agreement": AGREEMENT, "sql": evil, "act": act})
        if page.status_code == 303:
            page = person.get(page.headers["location"])
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "</textarea><script>" not in page.text
    refused = sent(
        town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": "select <script>x</script>", "act": "run"}
    )
    assert "<script>x" not in refused.text


def test_screen_and_every_form_say_the_same_cells(town: Served) -> None:
    client = program(town)
    as_json = put(client)
    assert as_json.status_code == 200
    body = as_json.json()
    as_csv = put(client, headers={"accept": "text/csv"})
    as_arrow = put(client, headers={"accept": "application/vnd.apache.arrow.stream"})
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert as_arrow.headers["content-type"] == "application/vnd.apache.arrow.stream"
    table = pa.ipc.open_stream(as_arrow.content).read_all()
    hidden = {(cell["row"], cell["column"]) for cell in body["withheld"]}
    assert hidden
    assert [list(row.values()) for row in table.to_pylist()] == body["answer"]["rows"]
    beside = json.loads(table.schema.metadata[b"commonweal"])
    assert beside["withheld"] == body["withheld"]
    lines = [line.split(",") for line in as_csv.text.splitlines()]
    assert lines[0] == body["answer"]["columns"]
    for number, (line, row) in enumerate(zip(lines[1:], body["answer"]["rows"], strict=True)):
        for name, text, value in zip(lines[0], line, row, strict=True):
            assert text == ("[c]" if (number, name) in hidden else str(value))
    page = town.browser(ANALYST).get(f"/answers/{body['receipt']['index']}").text
    assert page.count('<span class="cw-withheld">[c]</span></td>') == len(hidden)
    for row in body["answer"]["rows"]:
        assert f"{row[1]:,}" in page


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/html, text/csv;q=0.2", "text/csv; charset=utf-8"),
        ("image/png", "application/problem+json"),
        ("application/json;q=0", "application/problem+json"),
    ],
)
def test_a_program_has_the_form_it_accepts(town: Served, accept: str, kind: str) -> None:
    found = put(program(town), headers={"accept": accept})
    assert found.headers["content-type"] == kind
    assert found.status_code == (406 if "problem" in kind else 200)


def test_a_refusal_is_a_problem(town: Served) -> None:
    refused = put(program(town), REFUSED)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert body["code"] == "refused"
    assert body["clause"] and body["reasons"] and body["remedy"] and body["nearest"] and body["who"]
    assert body["reference"].startswith("entry ")


def test_an_explanation_by_a_program(town: Served) -> None:
    told = put(program(town), explain=True)
    assert [step["step"] for step in told.json()["explanation"]][-2:] == ["protect", "cost"]
    assert put(program(town), REFUSED, explain=True).status_code == 403


def test_who_may_ask(town: Served) -> None:
    assert put(town.browser()).status_code == 401
    assert put(program(town, OUTSIDER)).status_code == 403
    other = put(program(town, agreement="another"))
    assert other.status_code == 403
    assert other.json()["code"] == "not-allowed"
    from_elsewhere = put(town.browser(ANALYST), headers={"sec-fetch-site": "cross-site"})
    assert from_elsewhere.status_code == 403
    assert put(town.browser(ANALYST)).status_code == 200
    assert put(program(town), more="x").status_code == 422
    assert program(town).post("/api/questions", content="no json").status_code == 422


def test_a_key_asks_once(town: Served) -> None:
    client = program(town)
    first = put(client, headers={"idempotency-key": "one"})
    asked = kinds(town, "question.asked")
    again = put(client, headers={"idempotency-key": "one"})
    assert (again.status_code, again.content) == (200, first.content)
    as_csv = put(client, headers={"idempotency-key": "one", "accept": "text/csv"})
    assert as_csv.headers["content-location"] == first.headers["content-location"]
    assert kinds(town, "question.asked") == asked
    other = put(client, "select count(*) as n from housing", headers={"idempotency-key": "one"})
    assert other.status_code == 422
    assert put(program(town), headers={"idempotency-key": "one"}).json()["receipt"] != first.json()["receipt"]


def test_a_key_remembers_refusals_and_explanations(town: Served) -> None:
    client = program(town)
    first = put(client, REFUSED, headers={"idempotency-key": "no"})
    again = put(client, REFUSED, headers={"idempotency-key": "no"})
    without = {name: value for name, value in first.json().items() if name != "instance"}
    assert {name: value for name, value in again.json().items() if name != "instance"} == without
    told = put(client, explain=True, headers={"idempotency-key": "told"})
    recorded = kinds(town, "question.explained")
    assert put(client, explain=True, headers={"idempotency-key": "told"}).json() == told.json()
    assert kinds(town, "question.explained") == recorded


def test_a_doorway_turns_away_whom_it_has_no_place_for() -> None:
    door = Doorway(of_all=2, of_one=1)
    with door.through("a"):
        with pytest.raises(Busy), door.through("a"):
            pass
        with door.through("b"), pytest.raises(Busy), door.through("c"):
            pass
    with door.through("a"):
        pass
    found: list[str] = []

    def go() -> None:
        with door.through("a"):
            found.append("in")

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert found == ["in"]


def test_from_the_editor_to_a_file_in_a_browser(screens: Screens, tmp_path: Path) -> None:
    screen = screens.of(ANALYST)
    page = screen.open("/ask")
    page.focus("#sql")
    page.keyboard.type("select ten")
    assert page.locator("#sql-suggestions [role=option]").all_inner_texts() == ["tenancy"]
    page.keyboard.press("ArrowDown")
    screen.check()
    page.keyboard.press("Enter")
    assert page.input_value("#sql") == "select tenancy"
    page.keyboard.type(", count(*) as homes\nfrom housing h\ngroup by h.ten")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.input_value("#sql").endswith("group by h.tenancy")
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("heading", name="What will happen").wait_for()
    screen.check()
    page.get_by_role("button", name="Run").click()
    page.wait_for_url("**/answers/*")
    assert page.locator("img[src$='picture.svg']").evaluate("image => image.complete && image.naturalWidth > 0")
    screen.check()
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").click()
    coming.value.save_as(tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_text().startswith("tenancy,homes")
    screen.open("/ask")
    page.fill("#sql", REFUSED)
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="This question cannot be answered").wait_for()
    screen.complaints.clear()  # a refusal is told to programs as 403, which the browser notes
    screen.check()
    page.get_by_role("button", name="Put this in the editor").first.click()
    assert page.input_value("#sql").startswith("SELECT tenancy, count(*)")


def test_everything_works_without_scripts(screens: Screens) -> None:
    page = screens.of(ANALYST, scripts=False).open("/ask")
    page.fill("#sql", SQL)
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("heading", name="What will happen").wait_for()
    page.get_by_role("button", name="Run").click()
    page.wait_for_url("**/answers/*")
    assert page.locator("td .cw-withheld").count() == 2


def test_z_a_suspended_agreement_is_refused_with_its_clause(town: Served) -> None:
    agreeing.happen(town.installation, AgreementAct.SUSPEND, AGREEMENT, "northbank", "a test asks", by=OFFICER)
    try:
        page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": SQL, "act": "run"}, at="/catalogue")
        assert page.status_code == 403
        assert "term and signatures" in page.text
        assert put(program(town)).json()["clause"] == "term and signatures"
    finally:
        agreeing.happen(town.installation, AgreementAct.RESUME, AGREEMENT, "northbank", "it is over", by=OFFICER)
