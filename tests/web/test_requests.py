"""Requests for access on pages, by the API and at the terminal: made from a refusal, talked about, granted or declined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from commonweal.identity import tokens
from commonweal.ledger.reading import entries
from tests.web import agreements, browser
from tests.web.browser import Screens
from tests.web.people import (
    ADMINISTRATOR,
    ANALYST,
    HEAD,
    OFFICER,
    OTHER_OFFICER,
    OTHER_STEWARD,
    OUTSIDER,
    STEWARD,
)
from tests.web.served import BASE, Served, copied, sent

AGREEMENT = "arrears-and-care"
REFUSED = "select ward, count(*) as n\nfrom housing join person on person.postcode = housing.ward group by 1"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
WORDS = {"purpose": "See where arrears grow.", "benefit": "Tenants get help sooner."}


@pytest.fixture
def town(built: Path, tmp_path: Path) -> Iterator[Served]:
    with copied(built, tmp_path / "town") as installation:
        yield Served(installation)


def refused(town: Served, sql: str = REFUSED) -> str:
    """Ask what is refused, and return the address of the request that the refusal offers."""
    page = sent(town.browser(ANALYST), "/ask", {"agreement": AGREEMENT, "sql": sql, "act": "run"})
    assert page.status_code == 403
    found = re.search(r'href="(/requests/new\?[^"]+)"', page.text)
    assert found is not None, page.text
    return found.group(1).replace("&amp;", "&")


def made(town: Served, email: str = ANALYST, **more: str | list[str]) -> int:
    fields = WORDS | {"agreement": AGREEMENT, "datasets": ["northbank/housing"]} | more
    done = sent(town.browser(email), "/requests/new", fields)
    assert done.status_code == 303, done.text
    return int(done.headers["location"].split("?")[0].rpartition("/")[2])


def kinds(town: Served) -> list[str]:
    with town.installation.reading() as connection:
        return [each.kind for each in entries(connection, kind="request")][::-1]


def granting_version(town: Served, *, signed_by: tuple[str, ...] = ("northbank", "riverside_nhs"), name: str = ANALYST):  # type: ignore[no-untyped-def]
    """Add an agreement that names somebody and shares the housing data, signed by some of its parties."""
    document = agreements.document("wider") | {"people": [{"email": name, "role": "analyst"}]}
    return agreements.add(town.installation, document, signed_by=signed_by)


def test_a_refusal_leads_to_a_request_filled_in_with_the_question(town: Served) -> None:
    address = refused(town)
    page = town.browser(ANALYST).get(address)
    assert page.status_code == 200
    assert "person.postcode = housing.ward" in page.text
    for value in ("northbank/housing.ward", "northbank/person.postcode"):
        assert re.search(rf'value="{value}" checked', page.text), value
    assert re.search(r'value="northbank/housing" checked', page.text)


def test_the_conversation_waits_for_one_side_after_the_other(town: Served) -> None:
    number = made(town, columns=["northbank/housing.tenancy"])
    analyst, owner = town.browser(ANALYST), town.browser(STEWARD)
    assert "1 request for access to your data" in owner.get("/").text
    assert "Waiting for you" in town.browser(OFFICER).get("/requests").text
    at = f"/requests/{number}"
    assert sent(owner, f"{at}/say", {"said": "Would bands do?"}, at=at).status_code == 303
    assert "for access to your data" not in owner.get("/").text
    assert "1 request of yours with an answer" in analyst.get("/").text
    assert "Would bands do?" in analyst.get(at).text
    assert sent(analyst, f"{at}/say", {"said": "They would."}, at=at).status_code == 303
    assert "1 request for access to your data" in owner.get("/").text
    assert sent(owner, f"{at}/decline", {"reason": ""}, at=at).status_code == 422
    assert sent(owner, f"{at}/decline", {"reason": "Ask for counts."}, at=at).status_code == 303
    assert "Ask for counts." in analyst.get(at).text
    assert sent(analyst, f"{at}/say", {"said": "Why?"}, at="/you").status_code == 409
    assert kinds(town) == ["request.made", "request.said", "request.said", "request.declined"]


def test_the_record_holds_no_words_and_no_sql(town: Served) -> None:
    number = made(town, sql="select secretword from housing")
    sent(town.browser(STEWARD), f"/requests/{number}/say", {"said": "quietword"}, at=f"/requests/{number}")
    with town.installation.reading() as connection:
        bodies = str([each.body for each in entries(connection, kind="request")])
    assert "quietword" in town.browser(ANALYST).get(f"/requests/{number}").text
    for word in ("secretword", "quietword", WORDS["purpose"], WORDS["benefit"], ANALYST):
        assert word not in bodies, word


def test_others_see_nothing_and_do_nothing(town: Served) -> None:
    number = made(town)
    at = f"/requests/{number}"
    for email in (OUTSIDER, OTHER_OFFICER, OTHER_STEWARD, HEAD, ADMINISTRATOR):
        person = town.browser(email)
        assert person.get(at).status_code == 404, email
        assert f'href="{at}"' not in person.get("/requests").text
        assert person.get(f"/api/requests/{number}").status_code == 404
        for act in ("say", "grant", "decline", "withdraw"):
            fields = {"said": "x", "reason": "x", "granted": "wider@1"}
            assert sent(person, f"{at}/{act}", fields, at="/you").status_code == 404, (email, act)
    assert kinds(town) == ["request.made"]
    assert town.browser(ANALYST).get(f"/requests/{10**30}").status_code == 404


def test_nobody_decides_on_their_own(town: Served) -> None:
    number = made(town, STEWARD, agreement="", datasets=["northbank/housing"])
    person, at = town.browser(STEWARD), f"/requests/{number}"
    assert "Decide" not in person.get(at).text
    granting_version(town, name=STEWARD)
    for act in ("grant", "decline"):
        done = sent(person, f"{at}/{act}", {"reason": "x", "granted": "wider@1"}, at=at)
        assert done.status_code == 403
        assert "Nobody decides on their own request" in done.text
    analyst = made(town)
    done = sent(town.browser(ANALYST), f"/requests/{analyst}/decline", {"reason": "x"}, at=f"/requests/{analyst}")
    assert done.status_code == 403
    withdrawn = sent(town.browser(OFFICER), f"{at}/withdraw", {}, at=at)
    assert withdrawn.status_code == 403
    assert sent(person, f"{at}/withdraw", {}, at=at).status_code == 303


def test_only_a_version_that_permits_it_grants_it(town: Served) -> None:
    number = made(town, columns=["northbank/housing.tenancy"])
    owner, at = town.browser(OFFICER), f"/requests/{number}"
    assert "There is none yet" in owner.get(at).text
    for reference, words in (
        (f"{AGREEMENT}@1", "only a version after 1"),
        ("nothing@1", "nothing"),
        ("wider", "arrears-and-care@2"),
    ):
        done = sent(owner, f"{at}/grant", {"granted": reference}, at=at)
        assert done.status_code in (409, 422), done.text
        assert words in done.text
    granting_version(town, signed_by=("northbank",))
    half = sent(owner, f"{at}/grant", {"granted": "wider@1"}, at=at)
    assert half.status_code == 409
    assert "not all of its parties" in half.text
    agreements_sign(town, "wider", "riverside_nhs")
    page = owner.get(at).text
    assert "wider@1" in page
    assert sent(owner, f"{at}/grant", {"granted": "wider@1"}, at=at).status_code == 303
    assert "/agreements/wider?version=1" in town.browser(ANALYST).get(at).text


def agreements_sign(town: Served, identifier: str, organisation: str) -> None:
    from commonweal.installation import agreeing

    agreeing.sign(town.installation, identifier, organisation)


def test_what_people_write_is_text(town: Served) -> None:
    number = made(town, purpose=HOSTILE, benefit=HOSTILE, sql=f"select '{HOSTILE}'")
    at = f"/requests/{number}"
    owner = town.browser(OFFICER)
    sent(owner, f"{at}/say", {"said": HOSTILE}, at=at)
    pages = [owner.get(at).text, owner.get("/requests").text]
    sent(owner, f"{at}/decline", {"reason": HOSTILE}, at=at)
    pages += [town.browser(ANALYST).get(at).text]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_a_form_with_problems_is_shown_again(town: Served) -> None:
    person = town.browser(ANALYST)
    page = sent(person, "/requests/new", {"agreement": AGREEMENT, "purpose": "For care", "benefit": ""})
    assert page.status_code == 422
    assert 'href="#benefit"' in page.text
    assert 'href="#datasets"' in page.text
    assert "For care" in page.text
    assert kinds(town) == []
    unknown = sent(person, "/requests/new", WORDS | {"datasets": ["northbank/nothing"]})
    assert unknown.status_code == 404
    assert person.get("/requests/new?agreement=nothing").status_code == 404
    assert person.get(f"/requests/new?agreement={AGREEMENT}&entry=1").status_code == 403
    granting_version(town)
    assert town.browser(OUTSIDER).get("/requests/new?agreement=wider").status_code == 403
    foreign = sent(
        town.browser(OUTSIDER), "/requests/new", WORDS | {"agreement": "wider", "datasets": "northbank/housing"}
    )
    assert foreign.status_code == 403
    assert town.browser(OUTSIDER).get("/requests/new?dataset=northbank/housing").status_code == 200


def test_the_api_does_what_the_pages_do(town: Served) -> None:
    refused(town)
    with town.installation.reading() as connection:
        entry = next(iter(entries(connection, kind="question.refused"))).index
    analyst, owner = town.browser(ANALYST), town.browser(OFFICER)
    done = analyst.post("/api/requests", json=WORDS | {"agreement": AGREEMENT, "entry": entry})
    assert done.status_code == 201, done.text
    told = done.json()
    assert told["question"] == REFUSED
    assert told["datasets"] == ["northbank/housing", "northbank/person"]
    assert "northbank/housing.ward" in told["columns"]
    assert "northbank/person.postcode" in told["columns"]
    number = told["number"]
    assert owner.post(f"/api/requests/{number}/say", json={"words": "Why?"}).json()["state"] == "answered"
    assert [each["number"] for each in owner.get("/api/requests").json()["requests"]] == [number]
    assert analyst.post(f"/api/requests/{number}/decline", json={"reason": "x"}).status_code == 403
    assert owner.post(f"/api/requests/{number}/grant", json={"agreement": f"{AGREEMENT}@1"}).status_code == 409
    assert owner.post(f"/api/requests/{number}/decline", json={"reason": "No."}).json()["state"] == "declined"
    assert analyst.post(f"/api/requests/{number}/withdraw").status_code == 409
    forged = analyst.post("/api/requests", json=WORDS, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403


def test_a_token_reaches_requests_under_its_own_agreement_only(town: Served) -> None:
    here, elsewhere = made(town), made(town, agreement="")
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        _, secret = tokens.make(
            connection,
            ANALYST,
            name="a test",
            agreements=frozenset({AGREEMENT}),
            until=now + timedelta(days=1),
            now=now,
        )
    program = TestClient(town.application, base_url=BASE, headers={"authorization": f"Bearer {secret}"})
    assert [each["number"] for each in program.get("/api/requests").json()["requests"]] == [here]
    assert program.get(f"/api/requests/{here}").status_code == 200
    assert program.get(f"/api/requests/{elsewhere}").status_code == 403
    assert program.post(f"/api/requests/{elsewhere}/withdraw").status_code == 403
    free = program.post("/api/requests", json=WORDS | {"datasets": ["northbank/housing"]})
    assert free.status_code == 403
    assert kinds(town) == ["request.made", "request.made"]


def test_from_refused_to_granted_in_a_browser(town: Served, chrome: Browser) -> None:
    with browser.serving(town) as address:
        screens = Screens(town, address, chrome)
        analyst, owner = screens.of(ANALYST), screens.of(OFFICER)
        page = analyst.open(f"/ask?agreement={AGREEMENT}")
        page.get_by_label("Your question, in SQL").fill(REFUSED)
        page.get_by_role("button", name="See what will happen").click()
        page.get_by_role("link", name="Ask for it to be permitted").click()
        analyst.complaints.clear()  # a refusal is said to be an error
        analyst.check()
        assert "person.postcode = housing.ward" in (page.text_content("main") or "")
        page.get_by_label("postcode", exact=True).first.uncheck()
        page.get_by_label("What it is for").fill(WORDS["purpose"])
        page.get_by_label("Who benefits").fill(WORDS["benefit"])
        page.get_by_role("button", name="Send the request").click()
        analyst.check()
        other = owner.open("/requests")
        owner.check()
        other.get_by_role("link", name="Request 1").click()
        owner.check()
        other.get_by_label("Your words").fill("A new version is on its way.")
        other.get_by_role("button", name="Send", exact=True).click()
        granting_version(town)
        other.reload()
        owner.check()
        other.get_by_role("button", name="Grant it").click()
        owner.check()
        page.reload()
        analyst.check()
        page.get_by_role("link", name="Ask under it").click()
        assert page.url.endswith("/ask?agreement=wider")
        assert page.get_by_label("Your question, in SQL").is_visible()
