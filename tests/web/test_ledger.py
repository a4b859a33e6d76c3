from __future__ import annotations

import re
import sqlite3
from html import unescape

import pytest

from commonweal.identity.person import Role
from commonweal.installation import acts
from commonweal.ledger.entry import Entry
from commonweal.ledger.proof import verify_proof
from commonweal.ledger.reading import entries
from commonweal.web.pages import ledger as pages
from tests.web.people import ADMINISTRATOR, ANALYST, CHECKER, HEAD, OFFICER, OTHER_OFFICER, OUTSIDER, STEWARD
from tests.web.served import Served, sent

SQL = "SELECT tenancy, count(*) AS homes FROM northbank.housing WHERE ward = 'W07' GROUP BY tenancy"


@pytest.fixture(scope="module")
def asked(town: Served) -> Entry:
    """Let the analyst ask something; return the entry that says so."""
    with town.installation.gateway(ANALYST) as gateway:
        gateway.ask(SQL, agreement="arrears-and-care")
    return newest(town, "question.asked")


def newest(town: Served, kind: str) -> Entry:
    with town.installation.reading() as connection:
        return next(entries(connection, kind=kind))


def numbers(page: str) -> list[int]:
    """Return the entries that a page lists, in its order."""
    return [int(each) for each in re.findall(r'<th scope="row"[^>]*><a class="govuk-link" href="/ledger/(\d+)"', page)]


def test_those_who_look_after_the_record_see_all_and_others_what_is_theirs(town: Served, asked: Entry) -> None:
    for email in (OFFICER, OTHER_OFFICER, HEAD, ADMINISTRATOR):
        assert numbers(town.browser(email).get("/ledger").text)[:2] == [asked.index + 1, asked.index]
    assert numbers(town.browser(ANALYST).get("/ledger").text)[0] == asked.index
    for email in (STEWARD, CHECKER, OUTSIDER):
        page = town.browser(email).get("/ledger").text
        assert asked.index not in numbers(page)
    assert town.browser().get("/ledger").status_code == 303


@pytest.mark.parametrize(
    ("search", "is_there"),
    [
        ({"person": "Analyst@northbank.example"}, True),
        ({"person": OFFICER}, False),
        ({"dataset": "northbank/housing", "kind": "question"}, True),
        ({"dataset": "northbank/hous"}, False),
        ({"agreement": "arrears-and-care"}, True),
        ({"agreement": "arrears"}, False),
        ({"kind": "question.asked"}, True),
        ({"kind": "dataset"}, False),
        ({"since": "2001-01-01", "until": "2999-01-01"}, True),
        ({"until": "2001-01-01"}, False),
        ({"since": "2999-01-01"}, False),
        ({"person": "<script>alert(1)</script>@x.example"}, False),
    ],
)
def test_searching(town: Served, asked: Entry, search: dict[str, str], is_there: bool) -> None:
    page = town.browser(OFFICER).get("/ledger", params=search)
    assert "<script>alert" not in page.text
    assert (asked.index in numbers(page.text)) is is_there


def test_a_search_that_cannot_be_read_says_where(town: Served) -> None:
    page = town.browser(OFFICER).get("/ledger", params={"person": "nobody", "since": "yesterday"})
    assert page.status_code == 422
    assert "This is not an e-mail address." in page.text
    assert "Write the day as 2026-11-24." in page.text


def test_pages_follow_each_other(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "A_PAGE", 7)
    officer, seen, address = town.browser(OFFICER), [], "/ledger"
    while address:
        page = officer.get(address).text
        seen += numbers(page)
        older = re.search(r'href="([^"]+)">Older entries', page)
        address = unescape(older[1]) if older else ""
    monkeypatch.setattr(pages, "A_PAGE", 500)
    assert seen == numbers(officer.get("/ledger").text) == sorted(set(seen), reverse=True)
    assert len(seen) > 14
    others = numbers(town.browser(OTHER_OFFICER).get("/ledger").text)
    assert set(seen) - set(others), "what is of northbank's people alone is not riverside's to read"


def test_an_entry_is_for_those_it_is_about(town: Served, asked: Entry) -> None:
    outcome = asked.index + 1
    for index in (asked.index, outcome):
        for email in (ANALYST, OFFICER, HEAD, ADMINISTRATOR):
            assert town.browser(email).get(f"/ledger/{index}").status_code == 200, (email, index)
        for email in (STEWARD, CHECKER, OUTSIDER):
            assert town.browser(email).get(f"/ledger/{index}").status_code == 403
            assert town.browser(email).get(f"/ledger/{index}/proof").status_code == 403
        assert town.browser().get(f"/ledger/{index}").status_code == 303
    page = town.browser(ANALYST).get(f"/ledger/{asked.index}").text
    assert "A question was asked of northbank/housing under arrears-and-care@1, for prevention." in page
    assert "W07" not in page  # what was written in the question is a hash
    assert town.browser(OFFICER).get("/ledger/99999").status_code == 404
    assert town.browser(OFFICER).get("/ledger/-1").status_code == 404
    assert town.browser(OFFICER).get("/ledger/x").status_code == 404


def test_what_happens_to_public_agreements_is_for_everybody(town: Served) -> None:
    signed = newest(town, "agreement.signed")
    page = town.browser().get(f"/ledger/{signed.index}")
    assert page.status_code == 200
    assert "signed version 1 of arrears-and-care" in page.text
    assert town.browser(OUTSIDER).get(f"/ledger/{signed.index}").status_code == 200
    person = newest(town, "person.added")
    assert town.browser().get(f"/ledger/{person.index}").status_code == 303


def test_whoever_has_the_hash_has_the_proof_and_it_verifies_offline(town: Served, asked: Entry) -> None:
    visitor = town.browser()
    key = visitor.get("/ledger/key").text.strip()
    assert key == str(town.installation.ledger.key)
    proof = visitor.get(f"/ledger/{asked.index}/proof", params={"leaf": asked.leaf_hash})
    assert proof.headers["content-disposition"].endswith(f'entry-{asked.index}.tlog-proof"')
    assert verify_proof(proof.text, key).entry == asked
    wrong = visitor.get(f"/ledger/{asked.index}/proof", params={"leaf": "0" * 64})
    absent = visitor.get("/ledger/99999/proof", params={"leaf": asked.leaf_hash})
    other = visitor.get(f"/ledger/{asked.index - 1}/proof", params={"leaf": asked.leaf_hash})
    assert (wrong.status_code, absent.status_code, other.status_code) == (404, 404, 404)
    plain = [re.sub(r"Reference <code>\w+|\d+", "", each.text) for each in (wrong, absent, other)]
    assert plain[0] == plain[1] == plain[2]


def test_everybody_has_the_checkpoint(town: Served) -> None:
    first = town.browser().get("/ledger/checkpoint")
    assert first.headers["content-type"].startswith("text/plain")
    origin, size, _ = first.text.split("\n")[:3]
    assert origin == town.installation.settings.name
    assert (town.installation.layout.checkpoints / f"{int(size):012d}.txt").read_text() == first.text
    before = newest(town, "person.added").index
    assert town.browser().get("/ledger/checkpoint").text == first.text
    assert newest(town, "person.added").index == before


def test_the_whole_is_verified_and_a_changed_byte_is_found(town: Served) -> None:
    officer = town.browser(OFFICER)
    kept = officer.get("/ledger/checkpoint").text
    page = sent(officer, "/ledger/verify", {"against": kept})
    assert page.status_code == 200
    assert "every entry, hash and signature is whole" in page.text
    assert re.search(r"entries were checked in \d+\.\d seconds", page.text)
    assert "of the checkpoint you gave" in page.text
    assert sent(officer, "/ledger/verify", {"against": "no checkpoint"}).status_code == 422
    for email in (ANALYST, STEWARD, CHECKER):
        assert town.browser(email).get("/ledger/verify").status_code == 403
    path = town.installation.settings.database.path(town.installation.folder)
    with sqlite3.connect(path) as database:
        whole = database.execute("SELECT entry FROM ledger_entry WHERE idx = 3").fetchone()[0]
        database.execute(
            "UPDATE ledger_entry SET entry = ? WHERE idx = 3", (whole.replace(b"northbank", b"northbanx"),)
        )
    database.close()
    try:
        found = sent(officer, "/ledger/verify", {})
        assert "is whole" not in found.text
        assert "entry 3" in found.text
    finally:
        with sqlite3.connect(path) as database:
            database.execute("UPDATE ledger_entry SET entry = ? WHERE idx = 3", (whole,))
        database.close()
    assert "is whole" in sent(officer, "/ledger/verify", {}).text


@pytest.mark.parametrize(
    ("about", "named", "is_there"),
    [
        ("dataset", "northbank/housing", True),
        ("dataset", "northbank/school", False),
        ("agreement", "arrears-and-care", True),
        ("entity", "household", True),
        ("asker", ANALYST, True),
        ("asker", STEWARD, False),
    ],
)
def test_who_used_data_and_why(town: Served, asked: Entry, about: str, named: str, is_there: bool) -> None:
    officer = town.browser(OFFICER)
    away = sent(officer, "/ledger/who", {"about": about, about: named, "reason": "Request 2026/114"})
    made = newest(town, "report.made")
    assert away.headers["location"] == f"/ledger/who/{made.index}"
    page = officer.get(f"/ledger/who/{made.index}").text
    assert "Request 2026/114" in page
    assert f"Recorded as entry {made.index}" in page
    assert (f'href="/ledger/{asked.index}"' in page) is is_there
    if is_there:
        assert ANALYST in page
        assert "answered, " in page
    assert "W07" not in page
    assert "2026/114" not in str(made.body)
    assert made.body["person"] == town.installation.ledger.person_hash(OFFICER)
    assert made.body["reason"] == town.installation.ledger.hashed("Request 2026/114", "text")


def test_a_report_stays_what_it_was(town: Served, asked: Entry) -> None:
    officer = town.browser(OFFICER)
    address = sent(officer, "/ledger/who", {"about": "dataset", "dataset": "northbank/housing", "reason": "x"})
    path = address.headers["location"]
    before = officer.get(f"{path}.csv").text
    with town.installation.gateway(ANALYST) as gateway:
        gateway.ask("SELECT count(*) AS n FROM northbank.housing", agreement="arrears-and-care")
    assert officer.get(f"{path}.csv").text == before
    assert before.splitlines()[0] == "entry,time,person,agreement,purpose,datasets,outcome,sql"
    for other in (OTHER_OFFICER, HEAD, ANALYST):
        assert town.browser(other).get(path).status_code in {403, 404}
        assert town.browser(other).get(f"{path}.csv").status_code in {403, 404}


def test_a_report_needs_a_reason_and_something_to_be_about(town: Served) -> None:
    officer, before = town.browser(OFFICER), newest(town, "report.made").index
    for form in (
        {"about": "dataset", "dataset": "northbank/housing", "reason": " "},
        {"about": "dataset", "dataset": "northbank/nothing", "reason": "x"},
        {"about": "entity", "entity": "dragon", "reason": "x"},
        {"about": "asker", "asker": "nobody@x.example", "reason": "x"},
        {"about": "dataset", "dataset": "", "reason": "x"},
        {"about": "everything", "reason": "x"},
        {"about": "dataset", "dataset": "northbank/housing", "reason": "x", "since": "soon"},
    ):
        page = sent(officer, "/ledger/who", form)
        assert page.status_code == 422, form
        assert "There is a problem" in page.text
    assert newest(town, "report.made").index == before
    for email in (ANALYST, STEWARD, HEAD, ADMINISTRATOR):
        assert town.browser(email).get("/ledger/who").status_code == 403


def test_who_is_asked_about_does_not_learn_of_it(town: Served) -> None:
    sent(town.browser(OFFICER), "/ledger/who", {"about": "asker", "asker": ANALYST, "reason": "An inquiry"})
    made = newest(town, "report.made").index
    assert made not in numbers(town.browser(ANALYST).get("/ledger").text)
    assert town.browser(ANALYST).get(f"/ledger/{made}").status_code == 403
    assert made in numbers(town.browser(OFFICER).get("/ledger").text)


def test_a_spreadsheet_runs_nothing_of_a_report(town: Served) -> None:
    from commonweal.installation.who import to_csv
    from tests.web.reports import report_with

    rows = to_csv(report_with("=HYPERLINK(1)", "@x", "+1", " -2", "\tx", "plain")).splitlines()[1:]
    assert all(",'" in row or row.startswith("'") for row in rows[:-1]), rows
    assert ",'" not in rows[-1]


def test_somebody_who_was_erased_is_a_hash(town: Served) -> None:
    acts.add_person(town.installation, "gone@northbank.example", "northbank", [Role.ANALYST])
    officer = town.browser(OFFICER)
    sent(officer, "/ledger/who", {"about": "asker", "asker": "gone@northbank.example", "reason": "x"})
    made = newest(town, "report.made").index
    assert "gone@northbank.example" in officer.get(f"/ledger/who/{made}").text
    with town.installation.transaction() as connection:
        town.installation.ledger.forget_person(connection, "gone@northbank.example")
    page = officer.get(f"/ledger/who/{made}").text
    assert "gone@northbank.example" not in page
    assert "somebody who was erased" in page
