"""Agreements on the web: seen by whom they concern, read, added, signed, stopped, compared; pages and API alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from commonweal.agreement import store
from commonweal.agreement.state import Act
from commonweal.identity import sessions, tokens
from commonweal.installation import agreeing
from commonweal.ledger.reading import entries
from commonweal.web.cookies import session_cookie
from tests.web import agreements as made
from tests.web.people import (
    ADMINISTRATOR,
    ANALYST,
    CHECKER,
    HEAD,
    OFFICER,
    OTHER_OFFICER,
    OTHER_STEWARD,
    OUTSIDER,
    STEWARD,
)
from tests.web.served import Served, csrf, sent

ID = "arrears-and-care"
TWO = "two-bodies"
EVIL = "evil"
BOTH = ("northbank", "riverside_nhs")
PAGES = ("", "/compare?from=1&to=1", "/export", "/export?format=odrl", "/risk.svg", "/sign", "/suspend", "/end")


@pytest.fixture(scope="module", autouse=True)
def agreed(town: Served) -> Iterator[None]:
    made.add(town.installation, made.document(TWO), signed_by=BOTH)
    made.add(town.installation, made.evil("evil-in-force"), signed_by=BOTH)
    made.add(town.installation, made.evil(EVIL), signed_by=BOTH)
    made.add(town.installation, made.document(EVIL, version=2, title=made.EVIL))
    agreeing.happen(town.installation, Act.SUSPEND, EVIL, "northbank", made.EVIL)
    yield


def new(town: Served, identifier: str, *, signed_by: tuple[str, ...] = ()) -> str:
    """Add an agreement for one test alone."""
    return made.add(town.installation, made.document(identifier), signed_by=signed_by).id


def state(town: Served, identifier: str) -> str:
    with town.installation.reading() as connection:
        now = town.installation.ledger.now(connection)
        return store.current_standing(connection, identifier, now).state.value


def signature_form(client: TestClient, identifier: str) -> dict[str, str]:
    page = client.get(f"/agreements/{identifier}/sign").text
    found = re.search(r'name="expected" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return {"expected": found[1], "read": "yes"}


@pytest.mark.parametrize("path", ["", "/add", "/in-tray", "/map", "/calendar", f"/{ID}", f"/{ID}?version=1", f"/{ID}/compare"])  # fmt: skip
def test_an_officer_reads_every_page(town: Served, path: str) -> None:
    page = town.browser(OFFICER).get(f"/agreements{path}")
    assert page.status_code == 200
    assert "<h1" in page.text


def test_a_visitor_signs_in_first(town: Served) -> None:
    visitor = town.browser()
    for path in ("/agreements", f"/agreements/{ID}", "/agreements/calendar.ics", f"/agreements/{ID}/export"):
        assert visitor.get(path).status_code == 303, path
    assert visitor.get(f"/api/agreements/{ID}").status_code == 401


# --- who sees what


@pytest.mark.parametrize("rest", PAGES)
def test_an_organisation_that_is_no_party_sees_nothing_of_an_agreement(town: Served, rest: str) -> None:
    other = town.browser(OUTSIDER)
    page = other.get(f"/agreements/{TWO}{rest}")
    assert page.status_code == 403
    assert "Title of" not in page.text
    assert town.browser(OFFICER).get(f"/agreements/{TWO}{rest}").status_code == 200


def test_nor_in_lists_calendar_map_or_api(town: Served) -> None:
    other = town.browser(OUTSIDER)
    for path in ("", "/map", "/calendar", "/calendar.ics", "/in-tray", "?words=title"):
        text = other.get(f"/agreements{path}").text
        assert f"Title of {TWO}" not in text, path
    assert [each["id"] for each in other.get("/api/agreements").json()["agreements"]] == [ID]
    for path in ("", "/versions", "/export", "/compare?from=1&to=1"):
        refused = other.get(f"/api/agreements/{TWO}{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


def test_an_officer_of_another_organisation_can_do_nothing_to_it(town: Served) -> None:
    """The police's officer would be needed for that; the analyst's page says what role or place is missing."""
    other = town.browser(OUTSIDER)
    mark = csrf(other.get("/agreements"))
    for act in ("sign", "suspend", "resume", "withdraw", "end", "assessment"):
        answer = other.post(f"/agreements/{TWO}/{act}", data={"csrf": mark, "reason": "x", "read": "yes"})
        assert answer.status_code == 403, act
    assert state(town, TWO) == "in-force"


@pytest.mark.parametrize("email", [ANALYST, STEWARD, CHECKER, HEAD, ADMINISTRATOR])
def test_only_officers_add_sign_and_stop(town: Served, email: str) -> None:
    person = town.browser(email)
    page = person.get(f"/agreements/{TWO}")
    assert page.status_code == 200
    assert f"/agreements/{TWO}/suspend" not in page.text
    assert "/agreements/add" not in page.text + person.get("/agreements").text
    mark = csrf(page)
    for path in ("add", f"{TWO}/sign", f"{TWO}/suspend", f"{TWO}/end"):
        assert person.get(f"/agreements/{path}").status_code == 403, path
        answer = person.post(f"/agreements/{path}", data={"csrf": mark, "reason": "x", "text": "x"})
        assert answer.status_code == 403, path
    assert state(town, TWO) == "in-force"


def test_pairs_of_questions_are_for_officers_and_checkers(town: Served) -> None:
    words = "Questions about nearly the same people"
    assert words in town.browser(OFFICER).get(f"/agreements/{ID}").text
    assert words in town.browser(CHECKER).get(f"/agreements/{ID}").text
    assert words not in town.browser(ANALYST).get(f"/agreements/{ID}").text


def test_what_is_not_there_is_said_without_naming_others(town: Served) -> None:
    missing = town.browser(OUTSIDER).get("/agreements/two-bodie")
    assert missing.status_code == 404
    assert TWO not in missing.text
    assert town.browser(OFFICER).get(f"/agreements/{TWO}?version=7").status_code == 404
    assert town.browser(OFFICER).get(f"/agreements/{TWO}?version=x").status_code == 422


# --- the list


def test_the_list_is_searched_and_filtered(town: Served) -> None:
    person = town.browser(OFFICER)
    assert f"Title of {TWO}" in person.get("/agreements?words=TITLE+social_care&state=in+force").text
    assert f"Title of {TWO}" not in person.get("/agreements?words=title+police_incident").text
    assert "Nothing fits" in person.get("/agreements?state=ended").text
    police = person.get("/agreements?organisation=county_police").text
    assert "Rent arrears" in police
    assert f"Title of {TWO}" not in police
    assert person.get("/agreements?page=99").status_code == 200


def test_an_empty_list_says_what_to_do(town: Served) -> None:
    from commonweal.identity.person import Role
    from commonweal.installation import acts

    acts.add_organisation(town.installation, "lonely", "Lonely Council")
    acts.add_person(town.installation, "officer@lonely.example", "lonely", [Role.OFFICER])
    assert "Add one from a file to begin" in town.browser("officer@lonely.example").get("/agreements").text


# --- adding


def test_what_is_wrong_is_listed_with_its_line_and_what_would_mend_it(town: Served) -> None:
    person = town.browser(OFFICER)
    text = made.written(made.document("broken")).replace("necessity:", "necesity:")
    page = sent(person, "/agreements/add", {"text": text, "act": "add"})
    assert page.status_code == 422
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "necesity" in each)
    assert re.search(rf"numeric\">{line}</td>", page.text)
    assert "Did you mean `necessity`?" in page.text
    assert "necesity:" in page.text, "what was typed is still there"
    assert person.get("/agreements/broken").status_code == 404


def test_checking_adds_nothing_and_adding_does(town: Served) -> None:
    person = town.browser(OFFICER)
    text = made.written(made.document("from-a-page"))
    checked = sent(person, "/agreements/add", {"text": text, "act": "check"})
    assert checked.status_code == 200
    assert person.get("/agreements/from-a-page").status_code == 404
    added = sent(person, "/agreements/add", {"text": text, "act": "add"})
    assert added.headers["location"] == "/agreements/from-a-page?version=1&done=agreement-added"
    assert "Each party can sign it now" in person.get(added.headers["location"]).text
    with town.installation.reading() as connection:
        kinds = [entry.kind for entry in entries(connection, agreement="from-a-page")]
    assert kinds == ["agreement.assessed", "agreement.added"]
    again = sent(person, "/agreements/add", {"text": text, "act": "add"})
    assert again.status_code == 422
    assert "version: 2" in again.text


def test_a_file_is_read_in_place_of_the_text(town: Served) -> None:
    person = town.browser(OFFICER)
    content = made.written(made.document("from-a-file")).encode()
    data = {"csrf": csrf(person.get("/agreements/add")), "act": "add", "text": "nonsense"}
    added = person.post("/agreements/add", data=data, files={"file": ("../../x.yaml", content)})
    assert added.status_code == 303
    bad = person.post("/agreements/add", data=data, files={"file": ("x.yaml", b"\xff\xfe\x00")})
    assert bad.status_code == 422
    assert "not UTF-8" in bad.text
    nothing = person.post("/agreements/add", data=data | {"text": ""})
    assert nothing.status_code == 422


def test_nobody_puts_a_version_in_the_place_of_an_agreement_that_is_none_of_theirs(town: Served) -> None:
    from commonweal.identity.person import Role
    from commonweal.installation import acts

    acts.add_person(town.installation, "officer@police.example", "county_police", [Role.OFFICER])
    theirs = made.document(TWO, version=2)
    whole = made.yaml.safe_load((made.FIRST_PATH / "arrears-and-care.yaml").read_text())
    theirs["parties"] = [party for party in whole["parties"] if party["organisation"] == "county_police"]
    theirs["data"] = [terms for terms in whole["data"] if terms["dataset"].startswith("county_police/")]
    theirs |= {"links": [], "people": [{"email": OUTSIDER, "role": "analyst"}]}
    text = made.written(theirs)
    other = town.browser("officer@police.example")
    refused = sent(other, "/agreements/add", {"text": text, "act": "add"})
    assert refused.status_code == 403, re.findall(r"<td.*?</td>", refused.text)
    assert other.post("/api/agreements", json={"text": text}).status_code == 403
    with town.installation.reading() as connection:
        assert store.agreement(connection, TWO).version == 1
    mine = sent(other, "/agreements/add", {"text": made.written(theirs | {"id": "own", "version": 1}), "act": "add"})
    assert mine.status_code == 303, "the same document under an id of their own is theirs to add"
    assert sent(town.browser(OFFICER), "/agreements/add", {"text": text, "act": "add"}).status_code == 403


# --- signing


def test_two_officers_sign_and_it_is_in_force(town: Served) -> None:
    identifier = new(town, "to-sign")
    ours, theirs = (town.browser(email, second_factor=True) for email in (OFFICER, OTHER_OFFICER))
    assert f"Title of {identifier}" in ours.get("/agreements/in-tray").text
    page = ours.get(f"/agreements/{identifier}/sign").text
    for words in ("What changes when you sign", "It waits for riverside_nhs", "What is enforced", "What is only promised", "risk"):  # fmt: skip
        assert words in page
    signed = sent(ours, f"/agreements/{identifier}/sign", signature_form(ours, identifier))
    assert signed.status_code == 303
    assert state(town, identifier) == "proposed"
    assert f"Title of {identifier}" not in ours.get("/agreements/in-tray").text
    assert "comes into force at once" in theirs.get(f"/agreements/{identifier}/sign").text
    sent(theirs, f"/agreements/{identifier}/sign", signature_form(theirs, identifier))
    assert state(town, identifier) == "in-force"
    assert "has signed this version" in theirs.get(f"/agreements/{identifier}/sign").text
    with town.installation.reading() as connection:
        last = next(entries(connection, agreement=identifier, kind="agreement.signed"))
        assert "by" in last.body
        assert "assessment" in last.body


def test_what_was_shown_is_what_is_signed(town: Served) -> None:
    identifier = new(town, "moving")
    person = town.browser(OFFICER, second_factor=True)
    form = signature_form(person, identifier)
    made.add(town.installation, made.document(identifier, version=2, publication="Everything, after all."))
    conflict = sent(person, f"/agreements/{identifier}/sign", form)
    assert conflict.status_code == 409
    assert "nothing was signed" in conflict.text
    assert sent(person, f"/agreements/{identifier}/sign", {"read": "yes"}).status_code == 409
    assert state(town, identifier) == "draft"


def test_the_box_has_to_be_ticked(town: Served) -> None:
    identifier = new(town, "unread")
    person = town.browser(OFFICER, second_factor=True)
    answer = sent(person, f"/agreements/{identifier}/sign", signature_form(person, identifier) | {"read": ""})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert state(town, identifier) == "draft"


def test_without_an_assessment_nothing_is_signed(town: Served) -> None:
    """The town's first agreement was put there without one; a version 2 of it likewise."""
    person = town.browser(OFFICER)
    page = person.get(f"/agreements/{ID}/sign")
    assert "has not been assessed" in page.text
    assert 'name="expected"' not in page.text
    done = sent(person, f"/agreements/{ID}/assessment", {}, at=f"/agreements/{ID}/sign")
    assert done.headers["location"] == f"/agreements/{ID}/sign?done=agreement-assessed"
    assert "may be chosen" in person.get(f"/agreements/{ID}").text
    picture = person.get(f"/agreements/{ID}/risk.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.text.startswith("<svg")


def test_a_second_factor_of_long_ago_is_not_enough(town: Served) -> None:
    identifier = new(town, "stale")
    client = town.browser()
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        session, _ = sessions.begin(connection, OFFICER, now)
        _, secret = sessions.confirmed(connection, session, now - timedelta(minutes=30))
    client.cookies.set(session_cookie(town.installation.settings.web), secret)
    refused = sent(client, f"/agreements/{identifier}/sign", signature_form(client, identifier))
    assert refused.status_code in (303, 403)
    assert state(town, identifier) == "draft"
    fresh = town.browser(OFFICER, second_factor=True)
    sent(fresh, f"/agreements/{identifier}/sign", signature_form(fresh, identifier))
    assert state(town, identifier) == "proposed"


# --- stopping


def test_suspended_with_a_reason_and_resumed_by_the_same_party_only(town: Served) -> None:
    identifier = new(town, "to-stop", signed_by=BOTH)
    ours, theirs = town.browser(OFFICER), town.browser(OTHER_OFFICER)
    missing = sent(ours, f"/agreements/{identifier}/suspend", {"reason": "  "})
    assert missing.status_code == 422
    done = sent(ours, f"/agreements/{identifier}/suspend", {"reason": "A complaint <b>is</b> looked into"})
    assert done.headers["location"].endswith("done=agreement-suspend")
    assert state(town, identifier) == "suspended"
    page = theirs.get(f"/agreements/{identifier}").text
    assert "A complaint &lt;b&gt;is&lt;/b&gt; looked into" in page
    assert f"/agreements/{identifier}/resume" not in page
    assert sent(theirs, f"/agreements/{identifier}/resume", {"reason": "no"}).status_code == 409
    assert f"Title of {identifier}" in ours.get("/agreements/in-tray").text.split("Suspended by us")[1]
    assert f"/agreements/{identifier}/resume" in ours.get(f"/agreements/{identifier}").text
    sent(ours, f"/agreements/{identifier}/resume", {"reason": "It was unfounded"})
    assert state(town, identifier) == "in-force"
    sent(theirs, f"/agreements/{identifier}/withdraw", {"reason": "We leave"})
    assert state(town, identifier) == "suspended"
    sent(ours, f"/agreements/{identifier}/end", {"reason": "Then it is over"})
    assert state(town, identifier) == "ended"
    assert sent(ours, f"/agreements/{identifier}/suspend", {"reason": "again"}).status_code == 409


def test_acts_need_the_mark_of_the_session(town: Served) -> None:
    person = town.browser(OFFICER)
    for act in ("sign", "suspend", "end", "assessment"):
        assert person.post(f"/agreements/{TWO}/{act}", data={"reason": "x"}).status_code == 403
    assert state(town, TWO) == "in-force"


# --- comparing


def test_versions_are_compared_in_plain_words(town: Served) -> None:
    identifier = new(town, "compared", signed_by=BOTH)
    second = made.document(identifier, version=2)
    second["data"][0]["columns"]["dob"] = {"band": "10 years"}
    second["people"].append({"email": CHECKER, "role": "checker"})
    made.add(town.installation, second)
    person = town.browser(OFFICER)
    page = person.get(f"/agreements/{identifier}/compare?from=1&to=2").text
    assert "2 differences: 1 lets more be seen, 1 lets less be seen." in page
    assert "is now in bands of 10 years" in page
    assert "checker@northbank.example is named now, as checker, and may ask." in page
    assert page == person.get(f"/agreements/{identifier}/compare").text, "the last two, unless told"
    assert "is now in bands of 10 years" in person.get(f"/agreements/{identifier}/sign").text
    assert "A newer version is on its way" in person.get(f"/agreements/{identifier}").text
    assert person.get(f"/agreements/{identifier}/compare?from=1&to=9").status_code == 404
    same = person.get(f"/api/agreements/{identifier}/compare?from=1&to=2").json()
    assert [each["effect"] for each in same["differences"]] == ["loosened", "tightened"]
    assert town.browser(CHECKER).get(f"/agreements/{identifier}/compare?from=1&to=2").status_code == 200


def test_a_version_is_seen_by_those_it_concerns_and_the_others_are_not(town: Served) -> None:
    identifier = new(town, "widened", signed_by=BOTH)
    wider = made.yaml.safe_load((made.FIRST_PATH / "arrears-and-care.yaml").read_text())
    made.add(town.installation, wider | {"id": identifier, "version": 2, "title": "Now with the police"})
    other = town.browser(OUTSIDER)
    assert "Now with the police" in other.get(f"/agreements/{identifier}").text
    assert other.get(f"/agreements/{identifier}?version=1").status_code == 403
    assert other.get(f"/agreements/{identifier}/compare?from=1&to=2").status_code == 403
    assert "Version 1" not in other.get(f"/agreements/{identifier}").text


# --- what people wrote stays words


@pytest.mark.parametrize("path", [
    "", f"/{EVIL}", f"/{EVIL}/sign", f"/{EVIL}/suspend", f"/{EVIL}/compare?from=1&to=2", f"/{EVIL}?version=2", "/in-tray",
    "/map", "/calendar", "?words=%3Cscript%3Ealert(1)%3C/script%3E&state=%22%3E%3Cimg+src%3Dx%3E",
])  # fmt: skip
def test_no_word_of_an_agreement_becomes_markup(town: Served, path: str) -> None:
    page = town.browser(OFFICER).get(f"/agreements{path}")
    assert page.status_code == 200
    assert "&lt;script&gt;" in page.text, "it is there, as words"
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", page.text)
    assert not re.search(r"<img(?! src=\"/agreements/)", page.text)
    assert not re.search(r"<[^>]*\son[a-z]+=", page.text)
    assert "49" not in re.sub(r"[0-9a-f]{12,}", "", page.text).replace("2049", ""), "nothing is worked out"


def test_files_are_downloads_of_their_type(town: Served) -> None:
    person = town.browser(OFFICER)
    for form, kind, ending in (
        ("yaml", "application/yaml", "yaml"),
        ("json", "application/json", "json"),
        ("odrl", "application/ld+json", "odrl.jsonld"),
    ):
        file = person.get(f"/agreements/{EVIL}/export?version=1&format={form}")
        assert file.headers["content-type"].startswith(kind)
        assert file.headers["content-disposition"] == f'attachment; filename="{EVIL}-1.{ending}"'
        assert file.headers["x-content-type-options"] == "nosniff"
    with town.installation.reading() as connection:
        document = store.agreement(connection, EVIL, 1)
    assert person.get(f"/agreements/{EVIL}/export?version=1&format=json").content == document.canonical
    assert person.get(f"/agreements/{EVIL}/export?format=exe").status_code == 422
    calendar = person.get("/agreements/calendar.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert f"URL:http://127.0.0.1:8765/agreements/{TWO}\r\n" in calendar.text


# --- counts and meter


def test_questions_are_counted_by_outcome_without_words_or_names(town: Served) -> None:
    from commonweal.errors import Refused

    gateway = town.installation.gateway(ANALYST)
    sql = "SELECT tenancy, count(*) AS secretalias FROM northbank.housing GROUP BY tenancy"
    gateway.ask(sql, agreement=ID)
    with pytest.raises(Refused):
        gateway.ask("SELECT * FROM northbank.housing", agreement=ID)
    page = town.browser(OUTSIDER).get(f"/agreements/{ID}").text
    assert "secretalias" not in page
    row = re.search(r"Questions of the last 30 days.*?<tbody.*?</tbody>", page, re.DOTALL)
    assert row is not None
    assert re.findall(r"numeric\">(\d+)</td>", row[0]) == ["2", "1", "1", "0", "0"]
    assert "has no meter" in page


# --- the API


def token(town: Served, email: str, *identifiers: str) -> dict[str, str]:
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        _, secret = tokens.make(
            connection, email, name="test", agreements=frozenset(identifiers), until=now + timedelta(days=1), now=now
        )
    return {"Authorization": f"Bearer {secret}"}


def test_programs_do_what_pages_do(town: Served) -> None:
    identifier = "by-program"
    ours, client = token(town, OFFICER, identifier), town.browser()
    text = made.written(made.document(identifier))
    checked = client.post("/api/agreements/check", json={"text": text.replace("onward", "onwards")}, headers=ours)
    assert (checked.status_code, checked.json()["usable"]) == (200, False)
    added = client.post("/api/agreements", json={"text": text}, headers=ours)
    assert added.status_code == 201, added.text
    expected = {"expected": added.json()["content_hash"]}
    officer, other = (town.browser(email, second_factor=True) for email in (OFFICER, OTHER_OFFICER))
    stale = officer.post(f"/api/agreements/{identifier}/sign", json={"expected": "0" * 64})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    first = officer.post(f"/api/agreements/{identifier}/sign", json=expected)
    assert first.json()["state"] == "proposed"
    second = other.post(f"/api/agreements/{identifier}/sign", json=expected)
    assert second.json()["in_force"]
    for act, then in (("suspend", "suspended"), ("resume", "in-force"), ("withdraw", "suspended"), ("end", "ended")):
        done = client.post(f"/api/agreements/{identifier}/{act}", json={"reason": "why"}, headers=ours)
        assert (done.status_code, done.json()["state"]) == (200, then), act
    assert client.get(f"/api/agreements/{identifier}/versions", headers=ours).json()["counting"] == 1


def test_a_token_is_for_its_agreements_only(town: Served) -> None:
    client, mine = town.browser(), token(town, OFFICER, TWO)
    assert client.get(f"/api/agreements/{TWO}", headers=mine).status_code == 200
    assert client.get(f"/api/agreements/{ID}", headers=mine).status_code == 403
    assert [each["id"] for each in client.get("/api/agreements", headers=mine).json()["agreements"]] == [TWO]
    assert {due["agreement"] for due in client.get("/api/agreements/calendar", headers=mine).json()["due"]} == {TWO}
    assert client.post(f"/api/agreements/{ID}/suspend", json={"reason": "x"}, headers=mine).status_code == 403
    text = made.written(made.document("not-mine"))
    assert client.post("/api/agreements", json={"text": text}, headers=mine).status_code == 403


def test_another_site_cannot_use_the_session(town: Served) -> None:
    person = town.browser(OFFICER)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = person.post(f"/api/agreements/{TWO}/suspend", json={"reason": "x"}, headers=headers)
        assert answer.status_code == 403
    assert state(town, TWO) == "in-force"


def test_what_is_known_is_not_sent_again(town: Served) -> None:
    identifier = new(town, "tagged", signed_by=BOTH)
    person = town.browser(OFFICER)
    first = person.get(f"/api/agreements/{identifier}")
    tag = first.headers["etag"]
    assert first.json()["content_hash"][:32] in tag
    assert "in-force" in tag
    again = person.get(f"/api/agreements/{identifier}", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    agreeing.happen(town.installation, Act.SUSPEND, identifier, "northbank", "why")
    changed = person.get(f"/api/agreements/{identifier}", headers={"if-none-match": tag})
    assert (changed.status_code, changed.json()["state"]) == (200, "suspended")


def test_lists_come_in_pages_that_leave_nothing_out(town: Served) -> None:
    person = town.browser(OFFICER)
    whole = [(e["id"], e["version"]) for e in person.get("/api/agreements?limit=200").json()["agreements"]]
    found, cursor = [], ""
    while cursor is not None:
        page = person.get("/api/agreements", params={"limit": 2, "cursor": cursor}).json()
        assert len(page["agreements"]) <= 2
        found += [(each["id"], each["version"]) for each in page["agreements"]]
        cursor = page["next_cursor"]
    assert found == whole
    assert len(found) > 4
    for wrong in ("limit=0", "cursor=x", "cursor=a@b", "cursor=@1"):
        assert person.get(f"/api/agreements?{wrong}").status_code == 422


def test_the_shapes_are_documented_and_kept(town: Served) -> None:
    person = town.browser(OFFICER)
    documented = person.get("/api/openapi.json").json()
    others = ("/comments", "/incidents")  # what the public register has below them
    paths = {path for path in documented["paths"] if path.startswith("/api/agreements") and not path.endswith(others)}
    assert len(paths) == 14
    shown = person.get(f"/api/agreements/{TWO}").json()
    assert set(shown) == set(documented["components"]["schemas"]["AgreementShown"]["properties"])
    flows = person.get("/api/agreements/map").json()["flows"]
    assert {(flow["owner"], flow["recipient"]) for flow in flows if flow["agreement"] == TWO} == {
        ("riverside_nhs", "northbank")
    }
    assert json.dumps(documented).count("application/problem+json") > 20


def test_the_steward_of_the_other_party_reads_too(town: Served) -> None:
    assert town.browser(OTHER_STEWARD).get(f"/agreements/{TWO}").status_code == 200
