"""Drafts on the web: begun, answered part by part, kept when wrong, proposed, signed; the library; comments on clauses."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from commonweal.agreement.drafting import store as drafts
from commonweal.agreement.drafting.parts import PARTS
from commonweal.agreement.library.shipped import NAMES
from commonweal.installation import drafting
from commonweal.ledger.reading import entries
from tests.web import agreements as made
from tests.web.browser import Screens
from tests.web.people import ANALYST, OFFICER, OTHER_OFFICER, OTHER_STEWARD, OUTSIDER, STEWARD
from tests.web.served import Served, csrf, sent

NEW = "/agreements/drafts/new"


def begun(client: TestClient, **given: str) -> str:
    """Begin a draft; return its address."""
    answer = sent(client, NEW, {"from": "nothing"} | given)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as JSON has it: days as text."""
    return dict(json.loads(json.dumps(document, default=str)))


def of(town: Served, address: str) -> drafts.Draft:
    with town.installation.reading() as connection:
        return drafts.draft(connection, address.rsplit("/", 1)[1])


def whole(town: Served, identifier: str, **changes: object) -> str:
    """Put a whole agreement as a draft of the officer's; return its address."""
    document = plain(made.document(identifier, **changes))
    return f"/agreements/drafts/{drafting.make(town.installation, 'northbank', document, by=OFFICER).id}"


def test_every_part_of_a_draft_is_shown(town: Served) -> None:
    officer = town.browser(OFFICER)
    for address in (begun(officer), whole(town, "shown")):
        page = officer.get(address)
        assert page.status_code == 200
        for part in PARTS:
            assert part.title in page.text
            answer = officer.get(f"{address}/{part.name}")
            assert answer.status_code == 200, answer.text
            assert part.asks in answer.text


def test_a_wrong_part_is_kept_as_typed_and_shown_at_its_field(town: Served) -> None:
    officer = town.browser(OFFICER)
    address = begun(officer)
    answer = sent(
        officer,
        f"{address}/dates",
        {"term-from": "31/02/2027", "term-until": "31 May 2028", "term-grace_days": "many", "act": "on"},
    )
    assert answer.status_code == 422
    assert 'value="31/02/2027"' in answer.text
    assert 'value="many"' in answer.text
    assert 'id="term-from-error"' in answer.text
    assert 'id="term-grace_days-error"' in answer.text
    assert 'id="term-until-error"' not in answer.text
    assert of(town, address).document["term"] == {"from": "31/02/2027", "until": "2028-05-31", "grace_days": "many"}
    assert 'value="31/02/2027"' in officer.get(f"{address}/dates").text
    page = officer.get(address).text
    assert "in part" in page
    assert "term.from" in page
    assert sent(officer, f"{address}/dates", {"term-from": "x", "act": "leave"}).status_code == 303


def test_a_draft_that_is_not_whole_is_not_proposed(town: Served) -> None:
    officer = town.browser(OFFICER)
    address = begun(officer)
    answer = sent(officer, f"{address}/propose", {}, at=address)
    assert answer.status_code == 422
    assert "so it cannot be used" in answer.text
    assert of(town, address).document["commonweal"] == "agreement/1"


def test_two_people_do_not_overwrite_each_other(town: Served) -> None:
    officer = town.browser(OFFICER)
    address = begun(officer)
    assert sent(officer, f"{address}/name", {"title": "First", "revision": "1", "act": "leave"}).status_code == 303
    answer = sent(officer, f"{address}/name", {"title": "Second", "revision": "1", "act": "leave"})
    assert answer.status_code == 422
    assert "Somebody saved this draft meanwhile" in answer.text
    assert 'value="Second"' in answer.text
    assert of(town, address).document["title"] == "First"


def test_the_library_and_every_clause_of_it_are_shown(town: Served) -> None:
    analyst = town.browser(ANALYST)
    page = analyst.get("/agreements/library").text
    for name in (*NAMES, "here-arrears-and-care"):
        assert f"/agreements/library/{name}" in page
        shown = analyst.get(f"/agreements/library/{name}")
        assert shown.status_code == 200
        assert ANALYST not in shown.text.partition("<main")[2]
    for part in PARTS:
        answer = analyst.get(f"/agreements/library/clauses?part={part.name}")
        assert answer.status_code == 200
    assert analyst.get("/agreements/library/nothing").status_code == 404
    assert analyst.get("/agreements/library/clauses?part=nothing").status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_a_part_is_taken_from_the_library(town: Served, name: str) -> None:
    officer = town.browser(OFFICER)
    address = begun(officer)
    for part in PARTS[1:]:
        answer = sent(officer, f"{address}/{part.name}", {"act": "copy", "from": name})
        assert answer.headers["location"].endswith("done=part-copied")
    found = of(town, address)
    assert found.document["purpose"]["necessity"]
    assert "title" not in found.document
    assert {each.message for each in drafting.look(town.installation, found).problems if each.path == "term"} == set()


def test_the_columns_are_proposed_safe_with_their_effect(town: Served) -> None:
    officer = town.browser(OFFICER)
    address = begun(officer)
    sent(officer, f"{address}/data", {"data-0-dataset": "northbank/person", "data-0-because": "x", "act": "leave"})
    page = officer.get(f"{address}/columns").text
    assert "A date is seen only as the first day of its band of years." in page
    assert re.search(r'<option value="\{&#34;band&#34;: &#34;5 years&#34;\}" selected', page)
    answer = sent(officer, f"{address}/columns", {"data-0-columns-dob": '{"band": "5 years"}', "act": "leave"})
    assert answer.status_code == 303
    assert of(town, address).document["data"][0]["columns"] == {"dob": {"band": "5 years"}}
    wrong = sent(officer, f"{address}/columns", {"data-0-columns-dob": "shred", "act": "on"})
    assert wrong.status_code == 422
    assert 'id="data-0-columns-dob-error"' in wrong.text


# --- who may


def test_other_organisations_see_and_do_nothing(town: Served) -> None:
    address = whole(town, "hidden", title="A hidden title")
    for email in (OTHER_OFFICER, OTHER_STEWARD, OUTSIDER):
        other = town.browser(email)
        for rest in ("", "/law", "/document.yaml"):
            answer = other.get(f"{address}{rest}")
            assert (answer.status_code, "A hidden title" in answer.text) == (403, False), (email, rest)
        mark = csrf(other.get("/agreements"))
        for rest in ("/law", "/propose", "/delete", "/comments"):
            answer = other.post(f"{address}{rest}", data={"csrf": mark, "sure": "yes", "comment": "x", "clause": "law"})
            assert answer.status_code == 403, (email, rest)
    assert "A hidden title" not in town.browser(OTHER_OFFICER).get("/agreements/drafts").text
    assert of(town, address).revision == 1


def test_a_steward_reads_and_comments_and_changes_nothing(town: Served) -> None:
    address = whole(town, "read-only")
    steward = town.browser(STEWARD)
    assert "Save and go on" not in steward.get(f"{address}/law").text
    assert sent(steward, f"{address}/law", {"act": "leave"}, at=address).status_code == 403
    assert sent(steward, f"{address}/comments", {"clause": "law", "comment": "Why?"}, at=address).status_code == 303
    assert town.browser(ANALYST).get(address).status_code == 403
    assert town.browser().get(address).status_code == 303


def test_nobody_drafts_over_an_agreement_of_others(town: Served) -> None:
    theirs = made.document("theirs-alone")
    theirs["parties"] = [each for each in theirs["parties"] if each["organisation"] != "northbank"]
    theirs["data"] = [each for each in theirs["data"] if each["dataset"].startswith("riverside")]
    theirs |= {"links": [], "people": []}
    made.add(town.installation, theirs)
    officer = town.browser(OFFICER)
    assert sent(officer, NEW, {"from": "version:theirs-alone"}).status_code == 403
    address = whole(town, "theirs-alone", version=2)
    answer = sent(officer, f"{address}/propose", {}, at=address)
    assert answer.status_code == 422
    assert "your organisation is not a party to it" in answer.text


# --- words that try to be scripts


def test_words_that_try_to_be_scripts_are_words_in_every_field(town: Served) -> None:
    officer = town.browser(OFFICER)
    address = begun(officer)
    for part in PARTS:
        page = officer.get(f"{address}/{part.name}").text
        names = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', page)) - {"csrf", "revision", "from"}
        answer = sent(officer, f"{address}/{part.name}", {"act": "leave"} | dict.fromkeys(names, made.EVIL))
        assert answer.status_code == 303, answer.text
        assert "<script>alert" not in officer.get(f"{address}/{part.name}").text
    evil = drafting.make(town.installation, "northbank", plain(made.evil("evil")), by=OFFICER).id
    for place in (address, f"/agreements/drafts/{evil}"):
        sent(officer, f"{place}/comments", {"clause": "law", "comment": made.EVIL}, at=place)
        for rest in ("", *(f"/{part.name}" for part in PARTS)):
            page = officer.get(f"{place}{rest}")
            assert page.status_code == 200
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
            assert "49 " not in page.text
        assert "&lt;script&gt;alert(" in officer.get(place).text
    assert "<script>alert" not in officer.get("/agreements/drafts").text


# --- proposing


def test_proposing_makes_the_agreement_and_takes_the_comments_along(town: Served) -> None:
    officer, address = town.browser(OFFICER), whole(town, "proposed-here")
    assert "Nothing is missing or wrong" in officer.get(address).text or "warning" in officer.get(address).text
    sent(officer, f"{address}/comments", {"clause": "law", "comment": "Which section?"}, at=address)
    answer = sent(officer, f"{address}/propose", {}, at=address)
    assert answer.headers["location"] == "/agreements/proposed-here?version=1&done=draft-proposed"
    assert officer.get(address).status_code == 404
    other = town.browser(OTHER_STEWARD)
    page = other.get("/agreements/proposed-here?version=1").text
    assert "Which section?" in page
    assert "Which section?" not in town.browser(ANALYST).get("/agreements/proposed-here?version=1").text
    number = re.search(r"/agreements/proposed-here/comments/([0-9a-f]{32})", page)
    assert number is not None
    at = "/agreements/proposed-here?version=1"
    resolved = sent(other, f"/agreements/proposed-here/comments/{number[1]}?version=1", {"act": "resolve"}, at=at)
    assert resolved.status_code == 303
    assert "resolved" in officer.get(at).text
    again = sent(other, f"/agreements/proposed-here/comments/{number[1]}?version=1", {"act": "resolve"}, at=at)
    assert again.status_code == 409
    with town.installation.reading() as connection:
        found = [each for each in entries(connection) if each.kind.startswith(("comment.", "draft."))]
    kinds = [each.kind for each in found]
    for kind in ("draft.made", "draft.proposed", "comment.made", "comment.resolved"):
        assert kind in kinds
    assert "Which section?" not in str([each.body for each in found])


def test_the_next_version_is_drafted_and_a_draft_is_deleted(town: Served) -> None:
    officer = town.browser(OFFICER)
    made.add(town.installation, made.document("grows"), signed_by=("northbank", "riverside_nhs"))
    address = begun(officer, **{"from": "version:grows"})
    assert of(town, address).document["version"] == 2
    answer = sent(officer, f"{address}/propose", {}, at=address)
    assert answer.headers["location"].startswith("/agreements/grows?version=2")
    gone = begun(officer)
    assert sent(officer, f"{gone}/delete", {}, at=gone).status_code == 422
    assert sent(officer, f"{gone}/delete", {"sure": "yes"}, at=gone).status_code == 303
    assert officer.get(gone).status_code == 404


# --- programs


def test_programs_draft_put_and_propose(town: Served) -> None:
    officer = town.browser(OFFICER)
    made_there = officer.post(
        "/api/drafts", json={"library": "housing-and-care", "stands_for": {"council": "northbank"}}
    )
    assert made_there.status_code == 201, made_there.text
    draft = f"/api/drafts/{made_there.json()['id']}"
    assert made_there.json()["document"]["parties"][0]["organisation"] == "northbank"
    document = plain(made.document("by-program"))
    for part in PARTS:
        answer = officer.put(f"{draft}/parts/{part.name}", json={"document": document})
        assert answer.status_code == 200, answer.text
    wrong = officer.put(f"{draft}/parts/dates", json={"document": {"term": {"from": "soon"}}}).json()
    assert wrong["document"]["term"] == {"from": "soon"}
    assert (wrong["usable"], wrong["progress"]["dates"]) == (False, "in part")
    assert officer.post(f"{draft}/propose").status_code == 422
    stale = {"document": document, "revision": 1}
    assert officer.put(f"{draft}/parts/dates", json=stale).status_code == 409
    right = officer.put(f"{draft}/parts/dates", json={"document": document}).json()
    assert right["usable"], right["problems"]
    assert next(each["id"] for each in officer.get("/api/drafts").json()["drafts"]) == right["id"]
    for email in (OTHER_OFFICER, OUTSIDER, ANALYST):
        other = town.browser(email)
        assert other.get(draft).status_code == 403
        assert other.put(f"{draft}/parts/law", json={"document": {}}).status_code == 403
        assert other.delete(draft).status_code == 403
    deep: dict[str, Any] = {}
    for _ in range(150):
        deep = {"x": deep}
    for odd in (
        {"legal": deep},
        {"legal": "\ud800"},
        {"data": "x"},
        {"data": [1, None, ["x"]]},
        {"data": [{"columns": 3}]},
    ):
        for part in ("law", "data", "columns", "links"):
            answer = officer.put(f"{draft}/parts/{part}", content=json.dumps({"document": odd}))
            assert answer.status_code in (200, 422), (odd, part)
            assert officer.get(draft.replace("/api/", "/agreements/") + f"/{part}").status_code == 200
    infinite = officer.put(f"{draft}/parts/law", content='{"document": {"legal": 1e999}}')
    assert infinite.status_code == 422
    for part in ("law", "data", "columns", "links"):
        officer.put(f"{draft}/parts/{part}", json={"document": document})
    assert officer.put(f"{draft}/parts/nothing", json={"document": {}}).status_code == 422
    assert officer.post(f"{draft}/propose").json()["id"] == "by-program"
    assert officer.get(draft).status_code == 404


# --- in a real browser, without scripts


def test_an_officer_drafts_from_the_library_and_two_organisations_sign(screens: Screens) -> None:
    screen = screens.of(OFFICER, scripts=False, second_factor=True)
    page = screen.open("/agreements/library/housing-and-care")
    page.get_by_role("button", name="Draft one like it").click()
    page.get_by_label("In the place of council", exact=True).select_option("northbank")
    page.get_by_label("In the place of integrated-care-board", exact=True).select_option("riverside_nhs")
    page.get_by_label("In the place of council/tenancies").select_option("northbank/housing")
    page.get_by_label("In the place of integrated-care-board/care_packages").select_option("riverside_nhs/social_care")
    page.get_by_role("button", name="Begin the draft").click()
    draft = page.url.partition("?")[0]

    def answer(part: str, texts: dict[str, str]) -> None:
        page.goto(f"{draft}/{part}")
        for label, text in texts.items():
            page.get_by_label(label, exact=True).first.fill(text)
        page.get_by_role("button", name="Save and go on").click()
        assert "There is a problem" not in page.inner_text("main"), page.inner_text("main")

    answer("name", {"Title": "Arrears and care, drafted", "Short name": "drafted-here"})
    page.goto(f"{draft}/law")
    page.get_by_label("What the assessment came to").select_option("proceed-with-safeguards")
    days = {"Day on which it was completed": "1 October 2026", "Day on which it will be reviewed": "2099-10-01"}
    answer_here(page, days)
    answer("data", {"Only rows where": "tenancy <> 'leasehold'"})
    page.goto(f"{draft}/columns")
    assert "tenancy_type" not in page.inner_text("main")
    page.get_by_role("button", name="Save and go on").click()
    assert "There is a problem" not in page.inner_text("main"), page.inner_text("main")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Save and go on").click()
    answer("people", {"Email address": ANALYST})
    answer(
        "dates", {"First day": "1 November 2026", "Last day": "2099-10-31", "Day by which it is reviewed": "2099-04-30"}
    )
    page.goto(draft)
    page.get_by_role("button", name="Propose it to the parties").click()
    assert "Each party can sign it now" in page.inner_text("main")
    for email in (OFFICER, OTHER_OFFICER):
        signer = screens.of(email, scripts=False, second_factor=True).open("/agreements/drafted-here/sign")
        signer.get_by_label("I have read this").check()
        signer.get_by_role("button", name="Sign version 1").click()
    assert "In force until 31 October 2099" in screens.of(ANALYST).open("/agreements/drafted-here").inner_text("main")
    assert screen.elsewhere == []


def answer_here(page, texts):  # type: ignore[no-untyped-def]
    for label, text in texts.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Save and go on").click()
    assert "There is a problem" not in page.inner_text("main"), page.inner_text("main")


@pytest.mark.parametrize("kind", ["empty", "whole", "evil"])
def test_every_page_of_a_draft_is_fit_for_everyone(screens: Screens, kind: str) -> None:
    document = {"empty": {"commonweal": "agreement/1"}, "whole": made.document("whole"), "evil": made.evil("evil")}[
        kind
    ]
    draft = drafting.make(screens.town.installation, "northbank", plain(document), by=OFFICER)
    drafting.comment_on(
        screens.town.installation, f"draft:{draft.id}", "law", "northbank", "Which section?", by=STEWARD
    )
    screen = screens.of(OFFICER)
    parts = [part.name for part in PARTS] if kind == "evil" else ["who", "columns", "links"]
    for rest in ("", *(f"/{name}" for name in parts)):
        screen.open(f"/agreements/drafts/{draft.id}{rest}")
        screen.check()
