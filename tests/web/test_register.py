"""The public register as its readers meet it: visitors, officers who moderate, programs, and those who check it themselves."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from markupsafe import escape
from pydantic import BaseModel

from commonweal.agreement import store
from commonweal.agreement.comments import store as comments
from commonweal.agreement.comments.comment import CommentState
from commonweal.errors import NotAllowed
from commonweal.installation.register import public_register
from commonweal.ledger.reading import entries
from commonweal.web.api import register as api
from commonweal.web.pages.register import SENDERS
from commonweal.web.senders import Senders
from tests.acceptance import town as acceptance
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, OTHER_OFFICER, OUTSIDER
from tests.web.served import Served, sent

HERE = "/register/arrears-and-care"
TEXT = (acceptance.FIRST_PATH / "arrears-and-care.yaml").read_text()
MARKS = ("secret-matter", "Zanzibar", "zanzibar")
"""What stands in the agreement that is not public, and nowhere else."""

REGISTER_JSON = {"id", "agreement_name", "isa_status", "purpose", "benefits", "disclosed_information", "method"}
REGISTER_JSON |= {"start_date", "end_date", "review_date", "retention_period", "contact", "notes"}
QUESTION = "select tenancy, count(*) as homes from housing group by tenancy"


@pytest.fixture(scope="module")
def town(town: Served) -> Served:
    """The town with an agreement that is not public, one that nobody has signed, and questions under two of them."""
    hidden = TEXT.replace("id: arrears-and-care", "id: secret-matter").replace("public: true", "public: false")
    hidden = hidden.replace("title: Rent arrears among people who receive care", "title: The Zanzibar matter")
    hidden = hidden.replace("Find where care", "Find in Zanzibar where care")
    acceptance.share(town.installation, hidden)
    drafted = TEXT.replace("id: arrears-and-care", "id: only-drafted").replace(
        "title: Rent", "title: Only drafted rent"
    )
    from commonweal.installation.agreeing import add_text

    add_text(town.installation, drafted, "drafted.yaml")
    gateway = town.installation.gateway(ANALYST)
    gateway.ask(QUESTION, agreement="arrears-and-care")
    gateway.ask(QUESTION, agreement="secret-matter")
    for agreement in ("arrears-and-care", "secret-matter"):
        with pytest.raises(Exception, match="cannot be answered"):
            gateway.ask("select uprn from housing", agreement=agreement)
    return town


@pytest.fixture(autouse=True)
def _a_new_day() -> Iterator[None]:
    SENDERS.forget()
    yield


def commented(town: Served, text: str, name: str = "") -> str:
    visitor = town.browser()
    assert sent(visitor, f"{HERE}/comment", {"text": text, "name": name}).status_code == 303
    with town.installation.reading() as connection:
        return comments.comments(connection, state=CommentState.HELD)[-1].id


def moderated(town: Served, email: str, identifier: str, act: str, **fields: str) -> int:
    person = town.browser(email)
    return sent(person, f"/register/moderation/{identifier}/{act}", dict(fields), at="/").status_code


PUBLIC = [
    "/register",
    "/register?words=rent",
    "/register?words=zanzibar",
    "/register?organisation=northbank",
    "/register/statistics",
    "/register/feed.xml",
    "/register/agreements.json",
    "/register/agreements.json?page=2&items=1",
    HERE,
    f"{HERE}/agreement.json",
    f"{HERE}/register.json",
    f"{HERE}/atrs.json",
    f"{HERE}/atrs.md",
    f"{HERE}/document.json",
    f"{HERE}/proof.tlog-proof",
    f"{HERE}/comments.json",
    f"{HERE}/comments.csv",
    "/api/register",
    "/api/register?words=zanzibar",
    "/api/register/statistics",
    "/api/register/checkpoint",
    "/api/register/agreements/arrears-and-care",
]


@pytest.mark.parametrize("path", PUBLIC)
def test_nothing_of_what_is_not_public_shows(town: Served, path: str) -> None:
    said = town.browser().get(path)
    assert said.status_code == 200
    shown = said.text.replace("words=zanzibar", "").replace('value="zanzibar"', "")
    assert not any(mark in shown for mark in MARKS)
    assert "only-drafted" not in shown and "Only drafted" not in shown
    with town.installation.reading() as connection:  # there is something that could have been shown
        assert store.agreement(connection, "secret-matter").title == "The Zanzibar matter"


@pytest.mark.parametrize("identifier", ["secret-matter", "only-drafted", "not-there"])
@pytest.mark.parametrize("rest", ["", "/agreement.json", "/proof.tlog-proof", "/document.json", "/comment", "/atrs.md"])
def test_what_is_not_public_is_as_if_it_were_not_there(town: Served, identifier: str, rest: str) -> None:
    there = town.browser().get(f"/register/{identifier}{rest}")
    nowhere = town.browser().get(f"/register/nowhere-at-all{rest}")
    assert there.status_code == nowhere.status_code == 404

    def told(text: str) -> str:
        return re.sub(r"<code>[0-9a-f]{16}</code>", "", text)

    assert told(there.text) == told(nowhere.text)


def test_a_comment_on_what_is_not_public_is_refused(town: Served) -> None:
    visitor = town.browser()
    assert sent(visitor, "/register/secret-matter/comment", {"text": "x"}, at=f"{HERE}/comment").status_code == 404


def test_figures_count_public_agreements_only(town: Served) -> None:
    figures = town.browser().get("/api/register/statistics").json()
    assert figures["agreements"] == 1
    assert figures["questions"] == {"answered": 1, "refused": 1, "failed": 0, "rehearsed": 0}
    assert sum(each["number"] for each in figures["refusals"]) == 1
    assert figures["months"][-1]["outcomes"]["answered"] == 1


def test_figures_follow_the_record(town: Served) -> None:
    before = public_register(town.installation).read().statistics.questions.answered
    town.installation.gateway(ANALYST).ask(QUESTION, agreement="arrears-and-care")
    assert public_register(town.installation).read().statistics.questions.answered == before + 1
    with town.installation.reading() as connection:
        ledger = sum(each.kind == "question.answered" for each in entries(connection, kind="question"))
    assert ledger == before + 2  # one of them is under the agreement that is not public


def test_nobody_who_asks_or_checks_is_named(town: Served) -> None:
    for path in PUBLIC:
        text = town.browser().get(path).text
        assert "analyst@" not in text and "Ana Lyst" not in text, path
    assert "2 analysts" in town.browser().get(HERE).text


def test_reading_sets_no_cookie_and_may_be_kept(town: Served) -> None:
    for path in PUBLIC:
        said = town.browser().get(path)
        assert "set-cookie" not in said.headers
        assert said.headers["cache-control"] == "public, max-age=60"
        again = town.browser().get(path, headers={"if-none-match": said.headers["etag"]})
        assert again.status_code == 304 and not again.content


def test_a_page_made_for_somebody_is_not_kept(town: Served) -> None:
    said = town.browser(OFFICER).get(HERE)
    assert said.headers["cache-control"] == "no-store"
    assert "Record an incident" in said.text
    assert "Record an incident" not in town.browser().get(HERE).text


def test_it_is_searched_and_filtered(town: Served) -> None:
    def found(query: str) -> int:
        return town.browser().get(f"/api/register?{query}").json()["total"]

    assert found("words=rent+ARREARS") == found("words=absence") == found("organisation=county_police") == 1
    assert found("purpose=prevention&status=in-force&theme=prevention") == 1
    assert found("words=rent+penguins") == found("organisation=elsewhere") == found("status=ended") == 0
    assert "No agreement meets all of this" in town.browser().get("/register?words=penguins").text


def test_what_is_typed_into_the_search_is_shown_as_words(town: Served) -> None:
    said = town.browser().get('/register?words="><script>alert(1)</script>')
    assert "<script>alert" not in said.text and "&lt;script&gt;" in said.text


def test_the_shape_of_the_digital_economy_act_register(town: Served) -> None:
    told = town.browser().get("/register/agreements.json?page=1&items=1").json()
    assert set(told) == {"agreements", "links"}
    assert told["links"] == {"page_size": 1, "current_page": 1}
    one = told["agreements"][0]["agreement"]
    assert one["data"].keys() >= REGISTER_JSON
    assert one["data"]["isa_status"] == "Active"
    assert one["data"]["id"] == "arrears-and-care"
    assert [each["control_person"]["data"]["name"] for each in one["controllers"]] == [
        "Northbank",
        "Riverside Nhs",
        "County Police",
    ]
    assert one["powers"][0]["power"]["data"] == {"name": "Care Act 2014 s.6", "status": "in force"}
    assert one["processors"] == []
    assert town.browser().get("/register/agreements.json?items=101").status_code == 422


def test_the_feed_is_atom_and_its_ids_stay(town: Served) -> None:
    said = town.browser().get("/register/feed.xml")
    assert said.headers["content-type"] == "application/atom+xml"
    feed = Xml.fromstring(said.text)
    space = {"a": "http://www.w3.org/2005/Atom"}
    ids = [each.text for each in feed.findall("a:entry/a:id", space)]
    assert len(ids) >= 4 and len(set(ids)) == len(ids)
    assert all(each and each.startswith("urn:uuid:") for each in ids)
    assert set(ids) <= {each.text for each in Xml.fromstring(town.browser().get("/register/feed.xml").text).iter()}
    assert {"id", "title", "updated", "link"} <= {each.tag.partition("}")[2] for each in feed}


def test_the_draft_says_what_is_missing(town: Served) -> None:
    told = town.browser().get(f"{HERE}/atrs.json").json()
    assert told["status"] == "draft"
    assert "Senior responsible owner" in told["missing"]
    known = {field["name"]: field for section in told["sections"] for field in section["fields"]}
    assert known["Contact e-mail"]["value"] == "ig@northbank.example"
    assert known["Senior responsible owner"]["missing"]
    text = town.browser().get(f"{HERE}/atrs.md").text
    assert "*Missing. Name the role that answers for the tool.*" in text


def test_a_comment_is_held_until_it_is_published(town: Served) -> None:
    identifier = commented(town, "Why is\nethnicity needed?", "Jo")
    assert "ethnicity needed" not in town.browser().get(HERE).text
    assert "ethnicity needed" in town.browser(OFFICER).get("/register/moderation").text
    assert moderated(town, OFFICER, identifier, "publish") == 303
    assert "ethnicity needed" in town.browser().get(HERE).text
    assert moderated(town, OTHER_OFFICER, identifier, "answer", answer="To see who is missed.", changed="None.") == 303
    page = town.browser().get(HERE).text
    assert "To see who is missed." in page and "What changed:" in page
    told = town.browser().get(f"/api{HERE.replace('register/', 'register/agreements/')}/comments").json()["comments"]
    mine = next(each for each in told if each["id"] == identifier)
    assert (mine["name"], mine["answered_by"]) == ("Jo", "riverside_nhs")


def test_what_is_recorded_of_comments_holds_no_words(town: Served) -> None:
    identifier = commented(town, "Mumbojumbo about us", "Marmaduke")
    assert moderated(town, OFFICER, identifier, "reject", reason="Gobbledygook") == 303
    with town.installation.reading() as connection:
        found = list(entries(connection, kind="comment"))
    mine = [each for each in reversed(found) if each.body["comment"] == identifier]
    assert [each.kind for each in mine] == ["comment.received", "comment.rejected"]
    assert set(mine[0].body) == {"agreement", "comment"}
    assert set(mine[1].body) == {"agreement", "comment", "organisation", "by"}
    told = json.dumps([dict(each.body) for each in found])
    assert not re.search("Mumbojumbo|Marmaduke|Gobbledygook", told)
    assert "Mumbojumbo" not in town.browser().get(HERE).text
    assert moderated(town, OFFICER, identifier, "publish") == 409


def test_rejected_words_are_erased_when_their_time_is_over(town: Served) -> None:
    identifier = commented(town, "To be erased")
    assert moderated(town, OFFICER, identifier, "reject", reason="Not about it") == 303
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        comments.sweep(connection, now + timedelta(days=89))
        assert comments.comment(connection, identifier).text == "To be erased"
        assert comments.sweep(connection, now + timedelta(days=91)) >= 1
    assert moderated(town, OFFICER, identifier, "publish") == 404


INJECTIONS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "=1+1", "'; drop table x; --"]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_comment_is_words_wherever_it_is_shown(town: Served, text: str) -> None:
    identifier = commented(town, text, text)
    for path in ("/register/moderation", f"/register/moderation/{identifier}"):
        assert_words(town.browser(OFFICER).get(path).text, text)
    assert moderated(town, OFFICER, identifier, "publish") == 303
    assert moderated(town, OFFICER, identifier, "answer", answer=text, changed=text) == 303
    page = town.browser().get(HERE).text
    assert_words(page, text)
    rows = list(csv.DictReader(io.StringIO(town.browser().get(f"{HERE}/comments.csv").text)))
    mine = next(each for each in rows if each["id"] == identifier)
    assert mine["text"] == (f"'{text}" if text.startswith("=") else text)


def assert_words(page: str, text: str) -> None:
    assert "<script>alert" not in page and "<img src=x" not in page
    assert str(escape(text)) in page


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"text": ""}, "Write your comment."),
        ({"text": "x" * 2001}, "2,000 characters or fewer"),
        ({"text": "x", "name": "y" * 101}, "100 characters or fewer"),
        ({"text": "x\u202ey"}, "cannot be shown"),
        ({"text": "x\x00y"}, "cannot be shown"),
    ],
)
def test_what_is_wrong_with_a_comment_is_said_at_its_field(town: Served, fields: dict[str, str], problem: str) -> None:
    said = sent(town.browser(), f"{HERE}/comment", fields)
    assert said.status_code == 422
    assert said.text.count(problem) == 2  # in the summary and at the field


def test_one_address_sends_five_a_day(town: Served) -> None:
    for number in range(5):
        commented(town, f"Comment {number}")
    refused = sent(town.browser(), f"{HERE}/comment", {"text": "One more"})
    assert refused.status_code == 429
    SENDERS.forget()  # as the timer does when the day is over
    commented(town, "The day after")


def test_nothing_of_an_address_is_kept_for_longer() -> None:
    senders = Senders(most=1, seconds=0.05)
    senders.count("203.0.113.7")
    assert senders.known() == 1
    key = senders._key
    for _ in range(200):
        if not senders.known():
            break
        __import__("time").sleep(0.01)
    assert senders.known() == 0 and not senders._key
    senders.count("203.0.113.7")
    assert senders._key != key
    senders.forget()
    senders.count("2001:db8:1:2::1")
    with pytest.raises(Exception, match="as many comments"):
        senders.count("2001:db8:1:2::ffff")


def test_only_officers_of_a_party_moderate(town: Served) -> None:
    identifier = commented(town, "Not for everybody")
    for email in (ANALYST, ADMINISTRATOR, OUTSIDER):
        assert town.browser(email).get("/register/moderation").status_code == 403
        for act in ("publish", "reject", "answer"):
            assert moderated(town, email, identifier, act, reason="x", answer="x") == 403
    assert town.browser().get("/register/moderation").status_code == 303
    with town.installation.reading() as connection:
        assert comments.comment(connection, identifier).state is CommentState.HELD


def test_an_officer_who_is_no_party_is_refused(town: Served) -> None:
    from commonweal.identity.person import Role
    from commonweal.installation import acts
    from commonweal.installation.listening import publish_comment

    acts.add_organisation(town.installation, "elsewhere", "Elsewhere")
    acts.add_person(town.installation, "officer@elsewhere.example", "elsewhere", [Role.OFFICER])
    identifier = commented(town, "Of other people's business")
    stranger = "officer@elsewhere.example"
    assert moderated(town, stranger, identifier, "publish") == 403
    assert town.browser(stranger).get(f"/register/moderation/{identifier}").status_code == 403
    assert town.browser(stranger).get("/register/moderation").status_code == 403
    assert town.browser(stranger).get(f"{HERE}/incident").status_code == 403
    assert town.browser(stranger).post(f"/api/comments/{identifier}/publish").status_code == 403
    with pytest.raises(NotAllowed):
        publish_comment(town.installation, identifier, "elsewhere")


def test_moderating_by_program(town: Served) -> None:
    identifier = commented(town, "By program")
    person = town.browser(OFFICER)
    path = f"/api/comments/{identifier}"
    assert person.post(f"{path}/publish", headers={"origin": "https://evil.example"}).status_code == 403
    assert person.post(f"{path}/publish").json()["state"] == "published"
    assert person.post(f"{path}/reject", json={"reason": "x"}).status_code == 409
    assert person.post(f"{path}/answer", json={"answer": "Yes."}).json()["answer"] == "Yes."
    assert identifier in person.get("/api/agreements/arrears-and-care/comments").text
    assert town.browser(ANALYST).get("/api/agreements/arrears-and-care/comments").status_code == 403


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/register", api.AgreementList),
        ("/api/register/statistics", api.Figures),
        ("/api/register/checkpoint", api.CheckpointText),
        ("/api/register/agreements/arrears-and-care", api.AgreementTold),
        ("/api/register/agreements/arrears-and-care/comments", api.Comments),
        ("/api/register/agreements/arrears-and-care/proof", api.ProofTold),
    ],
)
def test_programs_get_what_is_described(town: Served, path: str, model: type[BaseModel]) -> None:
    said = town.browser().get(path)
    assert model.model_validate(said.json(), strict=False)
    assert said.headers["access-control-allow-origin"] == "*"
    described = town.application.openapi()["paths"]
    route = path.replace("arrears-and-care", "{identifier}")
    assert {"200", "304"} <= described[route]["get"]["responses"].keys()


INCIDENT = {
    "happened": "2026-11-20",
    "what": "An answer was sent to the wrong address.",
    "done": "It was deleted there.",
    "told_ico": "not-needed",
    "affected": "nobody",
}


def test_an_incident_is_told(town: Served) -> None:
    assert sent(town.browser(OFFICER), f"{HERE}/incident", INCIDENT).status_code == 303
    page = town.browser().get(HERE).text
    assert "sent to the wrong address" in page and "It touched nobody." in page
    with town.installation.reading() as connection:
        recorded = next(iter(entries(connection, kind="incident")))
    assert recorded.kind == "incident.recorded" and "wrong address" not in json.dumps(dict(recorded.body))


def test_an_incident_is_kept_back_for_a_stated_time_only(town: Served) -> None:
    day = public_register(town.installation).read().at.date()
    held = INCIDENT | {"what": "A hole that is still open.", "held_until": str(day + timedelta(days=3))}
    missing = sent(town.browser(OFFICER), f"{HERE}/incident", held)
    assert missing.status_code == 422 and "Say why it is kept back" in missing.text
    too_long = held | {"held_because": "x", "held_until": str(day + timedelta(days=91))}
    assert sent(town.browser(OFFICER), f"{HERE}/incident", too_long).status_code == 422
    told = held | {"held_because": "It is being mended."}
    assert sent(town.browser(OFFICER), f"{HERE}/incident", told).status_code == 303
    assert "still open" not in town.browser().get(HERE).text
    assert "still open" in town.browser(OFFICER).get(f"{HERE}/incident").text
    from commonweal.agreement.incidents.store import shown

    with town.installation.reading() as connection:
        assert not any("still open" in each.what for each in shown(connection, {1}, "arrears-and-care", day))
        later = shown(connection, {1}, "arrears-and-care", day + timedelta(days=4))
    assert next(each for each in later if "still open" in each.what).held_because == "It is being mended."


def test_an_incident_by_program(town: Served) -> None:
    person, path = town.browser(OTHER_OFFICER), "/api/agreements/arrears-and-care/incidents"
    made = person.post(path, json=INCIDENT)
    assert made.status_code == 201 and made.json()["organisation"] == "riverside_nhs"
    assert made.json() in person.get(path).json()["incidents"]
    assert person.post(path, json=INCIDENT | {"happened": "2099-01-01"}).status_code == 422
    for email in (ANALYST, OUTSIDER):
        assert town.browser(email).post(path, json=INCIDENT).status_code == 403
    assert town.browser().post(path, json=INCIDENT).status_code == 401


def test_what_is_wrong_with_an_incident_is_said_and_kept(town: Served) -> None:
    said = sent(town.browser(OFFICER), f"{HERE}/incident", {"happened": "2099-01-01", "what": "<b>typed</b>"})
    assert said.status_code == 422
    assert "Say what was done." in said.text and "&lt;b&gt;typed" in said.text
    late = sent(town.browser(OFFICER), f"{HERE}/incident", INCIDENT | {"happened": "2099-01-01"})
    assert late.status_code == 422 and "has not come yet" in late.text


def test_an_incident_suspends_in_the_same_moment(town: Served) -> None:
    said = INCIDENT | {"what": "Stop everything."} | {"suspend": "suspend"}
    assert sent(town.browser(OFFICER), f"{HERE}/incident", said).status_code == 303
    with pytest.raises(Exception, match="not in force"):
        town.installation.gateway(ANALYST).ask(QUESTION, agreement="arrears-and-care")
    with town.installation.reading() as connection:
        kinds = [each.kind for each in entries(connection, agreement="arrears-and-care", limit=9)]
    assert kinds[kinds.index("agreement.suspended") + 1] == "incident.recorded"  # newest first
    told = town.browser().get(f"{HERE}/register.json").json()["agreement"]["data"]
    assert told["isa_status"] == "Suspended"
    from commonweal.agreement.state import Act
    from commonweal.installation.agreeing import happen

    happen(town.installation, Act.RESUME, "arrears-and-care", "northbank", "A secret reason for the parties")
    assert "A secret reason" not in town.browser().get(HERE).text
    assert "lifted its suspension" in town.browser().get(HERE).text


def test_a_citizen_checks_it_with_no_network_and_no_installation(town: Served, tmp_path: Path) -> None:
    visitor = town.browser()
    for name, path in (("p.tlog-proof", f"{HERE}/proof.tlog-proof"), ("d.json", f"{HERE}/document.json")):
        (tmp_path / name).write_bytes(visitor.get(path).content)
    (tmp_path / "key.txt").write_bytes(visitor.get("/register/key.txt").content)
    done = alone(tmp_path, sys.executable, "-m", "commonweal.cli.main", "ledger", "verify-proof", "p.tlog-proof", "--key", "key.txt", "--json")  # fmt: skip
    proven = json.loads(done.stdout)
    assert proven["proven"] is True
    body = proven["entry"]["body"]
    digest = subprocess.run(["sha256sum", "d.json"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert body["public_hash"] == digest.split()[0]
    with town.installation.reading() as connection:
        assert body["content_hash"] == store.agreement(connection, "arrears-and-care").content_hash
    (tmp_path / "check.sh").write_bytes(visitor.get("/static/check.sh").content)
    said = alone(tmp_path, "sh", "check.sh", "p.tlog-proof", "key.txt", "d.json")
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("proven:") == 2


@pytest.mark.parametrize("what", ["p.tlog-proof", "d.json", "key.txt", "entry", "step"])
def test_what_was_changed_is_not_proven(town: Served, tmp_path: Path, what: str) -> None:
    visitor = town.browser()
    proof = visitor.get(f"{HERE}/proof.tlog-proof").text
    lines = proof.split("\n")
    if what == "p.tlog-proof":
        lines[-4] = lines[-4].replace("A", "B") if "A" in lines[-4] else lines[-4].swapcase()
    if what == "entry":
        lines[1] = lines[1][:-8] + ("AAAA" if lines[1][-8:-4] != "AAAA" else "BBBB") + lines[1][-4:]
    if what == "step":
        lines[3] = ("A" if lines[3][0] != "A" else "B") + lines[3][1:]
    (tmp_path / "p.tlog-proof").write_text("\n".join(lines))
    document = visitor.get(f"{HERE}/document.json").text
    (tmp_path / "d.json").write_text(document.replace("council_tax", "councel_tax") if what == "d.json" else document)
    key = visitor.get("/register/key.txt").text
    (tmp_path / "key.txt").write_text(key.replace("+", "x+", 1) if what == "key.txt" else key)
    (tmp_path / "check.sh").write_bytes(visitor.get("/static/check.sh").content)
    said = alone(tmp_path, "sh", "check.sh", "p.tlog-proof", "key.txt", "d.json")
    assert said.returncode == 1 and "NOT PROVEN" in said.stderr


def alone(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of an installation around it, and with no network where that can be arranged."""
    paths = os.pathsep.join(str(Path(each).resolve()) for each in ("src",))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "HOME": str(folder)}
    without = ["unshare", "--net", "--map-root-user"]
    works = subprocess.run([*without, "true"], capture_output=True, check=False).returncode == 0
    whole = [*without, *command] if works else list(command)
    return subprocess.run(whole, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_statements_are_there_for_everybody(town: Served) -> None:
    visitor = town.browser()
    for path in re.findall(r'href="(/[a-z]+)"', visitor.get("/").text):
        if path in {"/accessibility", "/privacy", "/help", "/register"}:
            assert visitor.get(path).status_code == 200
    text = visitor.get("/privacy").text
    assert "commonweal-session" in text and "commonweal-visit" in text
    statement = visitor.get("/accessibility").text
    for needed in ("Enforcement procedure", "Compliance status", "Preparation of this statement", "Feedback"):
        assert needed in statement
