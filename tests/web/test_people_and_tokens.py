"""An administrator's people, a person's tokens, and what a second factor opens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from starlette.testclient import TestClient

from commonweal.errors import NotAllowed, Refused
from commonweal.identity import second_factor, sessions, tokens
from commonweal.identity import store as identity
from commonweal.installation.tokens import make_token
from commonweal.ledger.reading import entries
from commonweal.web.asker import Asker
from tests.acceptance import town as first_town
from tests.acceptance.town import AGREEMENT, FIRST_PATH
from tests.web.people import ADMINISTRATOR, ANALYST, CHECKER, OTHER_OFFICER, STEWARD
from tests.web.served import Served, sent

TOMORROW = datetime.now(UTC) + timedelta(days=1)
DAY = {"until-day": str(TOMORROW.day), "until-month": str(TOMORROW.month), "until-year": str(TOMORROW.year)}


def key_of(client: TestClient, name: str) -> str:
    found = re.search(rf'href="(/people/\w+)">{name}<', client.get("/people").text)
    assert found, name
    return found[1]


def with_token(town: Served, secret: str) -> TestClient:
    client = town.browser()
    client.headers["authorization"] = f"Bearer {secret}"
    return client


def test_only_administrators_see_people_and_only_their_own(town: Served) -> None:
    assert town.browser(ANALYST).get("/people").status_code == 403
    page = town.browser(ADMINISTRATOR).get("/people").text
    assert "Stu Ward" in page and "Rory River" not in page and ANALYST in page
    own = key_of(town.browser(ADMINISTRATOR), "Stu Ward")
    assert town.browser(ANALYST).get(own).status_code == 403
    assert town.browser(ADMINISTRATOR).get("/people/" + "0" * 24).status_code == 404


def test_who_gives_access_must_confirm_and_who_takes_it_away_need_not(town: Served) -> None:
    weak = town.browser(ADMINISTRATOR)
    assert weak.get("/people/add").headers["location"] == "/confirm?next=/people/add"
    key = key_of(weak, "Chay Checker")
    away = sent(weak, f"{key}/roles", {"roles": ["administrator"]}, at=key)
    assert away.headers["location"].startswith("/confirm")
    assert sent(weak, f"{key}/invite", {}, at=key).headers["location"].startswith("/confirm")
    with town.installation.reading() as connection:
        assert [role.value for role in identity.person(connection, CHECKER).roles] == ["checker"]


def test_a_person_is_added_invited_changed_and_removed(town: Served) -> None:
    chief = town.browser(ADMINISTRATOR, second_factor=True)
    wrong = sent(chief, "/people/add", {"email": "not an address", "roles": []})
    assert wrong.status_code == 422 and "Choose at least one role" in wrong.text
    taken = sent(chief, "/people/add", {"email": OTHER_OFFICER, "roles": ["analyst"]})
    assert taken.status_code == 422 and "riverside_nhs" not in taken.text
    made = sent(chief, "/people/add", {"email": "New@Northbank.example", "name": "Nell New", "roles": ["analyst"]})
    link = re.search(r'id="link">http://127.0.0.1:8765(/invitation/[\w-]+)<', made.text)
    assert link, made.text
    new = town.browser()
    assert sent(new, link[1], {"password": "amber otter ladder"}).status_code == 303
    assert new.get("/you").status_code == 200
    key = key_of(chief, "Nell New")
    done = sent(chief, f"{key}/roles", {"roles": ["steward", "officer"]}, at=key)
    assert done.headers["location"] == f"{key}?done=roles-changed"
    assert "steward, officer" in new.get("/you").text
    assert sent(chief, f"{key}/remove", {}).headers["location"] == "/people?done=person-removed"
    assert new.get("/you").status_code == 303
    with town.installation.reading() as connection:
        told = [(entry.kind, dict(entry.body)) for entry in entries(connection, limit=8)]
    assert [kind for kind, _ in told if kind.startswith("person.")][:5] == [
        "person.removed", "person.changed", "person.signed-in", "person.changed", "person.invited",
    ]  # fmt: skip
    assert "northbank.example" not in str(told)


def test_an_administrator_cannot_lock_everybody_out(town: Served) -> None:
    chief = town.browser(ADMINISTRATOR, second_factor=True)
    key = key_of(chief, "Adi Min")
    assert sent(chief, f"{key}/roles", {"roles": ["analyst"]}, at=key).status_code == 422
    assert sent(chief, f"{key}/remove", {}).status_code == 409


def test_a_token_is_shown_once_works_and_is_revoked_at_once(town: Served) -> None:
    person = town.browser(ANALYST)
    bad = sent(person, "/you/tokens", {"name": "", "until-day": "31", "until-month": "2", "until-year": "2027"})
    assert bad.status_code == 422
    assert (
        "Give the token a name" in bad.text and "Choose at least one" in bad.text and "Enter the last day" in bad.text
    )
    other = sent(person, "/you/tokens", {"name": "x", "agreements": ["of-others"], **DAY})
    assert other.status_code == 422 and "agreements that name" in other.text
    far = sent(person, "/you/tokens", {"name": "x", "agreements": [AGREEMENT], **DAY, "until-year": "2099"})
    assert far.status_code == 422 and "within a year" in far.text
    made = sent(person, "/you/tokens", {"name": "nightly", "agreements": [AGREEMENT], **DAY})
    secret = re.search(r'id="secret">(cwt_[\w-]+)<', made.text)
    assert secret, made.text
    program = with_token(town, secret[1])
    assert program.get("/api/datasets").status_code == 200
    assert program.get("/you").status_code == 303  # below /api only
    page = person.get("/you/tokens").text
    assert secret[1] not in page
    revoke = re.search(r'action="(/you/tokens/\w+/revoke)"', page)
    assert revoke and sent(person, revoke[1], {}, at="/you/tokens").status_code == 303
    assert program.get("/api/datasets").status_code == 401
    assert "revoked" in person.get("/you/tokens").text
    with town.installation.reading() as connection:
        assert next(entries(connection)).kind == "token.revoked"


def test_nobody_revokes_anothers_token(town: Served) -> None:
    token, secret = make_token(town.installation, ANALYST, name="a", agreements=[AGREEMENT], until=TOMORROW)
    thief = town.browser(STEWARD)
    assert sent(thief, f"/you/tokens/{token.id}/revoke", {}, at="/you/tokens").status_code == 404
    assert with_token(town, secret).get("/api/datasets").status_code == 200


def test_the_api_makes_lists_and_revokes_tokens_by_session_only(town: Served) -> None:
    person = town.browser(ANALYST, second_factor=True)
    wanted = {"name": "by script", "agreements": [AGREEMENT], "until": TOMORROW.date().isoformat()}
    cross = person.post("/api/tokens", json=wanted, headers={"origin": "https://evil.example"})
    assert cross.status_code == 403
    made = person.post("/api/tokens", json=wanted)
    assert made.status_code == 201 and made.json()["token"]["second_factor"] is True
    program = with_token(town, made.json()["secret"])
    for method in ("GET", "POST"):
        refused = program.request(method, "/api/tokens", json=wanted if method == "POST" else None)
        assert refused.status_code == 403 and refused.json()["code"] == "not-allowed"
    identifier = made.json()["token"]["id"]
    assert program.delete(f"/api/tokens/{identifier}").status_code == 403
    assert identifier in [each["id"] for each in person.get("/api/tokens").json()["tokens"]]
    assert person.delete(f"/api/tokens/{identifier}").json()["works"] is False
    assert program.get("/api/datasets").status_code == 401
    assert person.delete("/api/tokens/00000000").status_code == 404
    assert person.post("/api/tokens", json=wanted | {"until": "soon"}).status_code == 422
    assert town.browser().get("/api/tokens").status_code == 401


def asker_of(town: Served, *, second_factor: bool, by_token: bool) -> Asker:
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        person = identity.person(connection, ANALYST)
        if by_token:
            token, _ = tokens.make(
                connection, ANALYST, name="a", agreements=frozenset({AGREEMENT}), until=now + timedelta(days=1), now=now,
                second_factor=second_factor,
            )  # fmt: skip
            return Asker(person, token=token)
        session, _ = sessions.begin(connection, ANALYST, now, second_factor=second_factor)
        return Asker(person, session=session)


def test_an_agreement_with_mfa_answers_only_who_gave_a_second_factor(town: Served) -> None:
    text = (FIRST_PATH / "arrears-and-care.yaml").read_text()
    strict = text.replace("id: arrears-and-care", "id: strict").replace("mfa: false", "mfa: true")
    first_town.share(town.installation, strict)
    question = "select tenancy, count(*) as homes from housing group by tenancy"
    for by_token in (False, True):
        weak = asker_of(town, second_factor=False, by_token=by_token).gateway(town.installation)
        with pytest.raises(Refused) as refused:
            weak.ask(question, agreement="strict")
        assert refused.value.clause == "security: mfa" and "second factor" in refused.value.reasons[0]
        with pytest.raises(Refused) as refused:
            weak.outputs.request("a reason", agreement="strict", sql=question)
        assert refused.value.clause == "security: mfa"
        assert "second factor" in weak.explain(question, agreement="strict").refusal.reasons[0]  # type: ignore[union-attr]
        strong = asker_of(town, second_factor=True, by_token=by_token).gateway(town.installation)
        assert strong.ask(question, agreement="strict").table.num_rows
    with pytest.raises(Refused, match="second factor"):  # from the terminal, and from Python
        town.installation.gateway(ANALYST).ask(question, agreement="strict")
    assert town.installation.gateway(ANALYST).ask(question, agreement=AGREEMENT).table.num_rows
    with town.installation.reading() as connection:
        found = next(entries(connection, kind="question.refused"))
    assert found.body["clause"] == "security: mfa"


def test_a_session_that_ended_answers_nothing(town: Served) -> None:
    asker = asker_of(town, second_factor=True, by_token=False)
    gateway = asker.gateway(town.installation)
    with town.installation.transaction() as connection:
        sessions.end_all(connection, ANALYST)
    with pytest.raises(NotAllowed):
        gateway.ask("select tenancy, count(*) as n from housing group by tenancy", agreement=AGREEMENT)


def test_the_api_says_when_a_second_factor_is_needed_now(town: Served) -> None:
    key = town.installation.keys.secret("second-factor")
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        secret = second_factor.begin(connection, CHECKER, "s", key)
        assert second_factor.confirm(connection, CHECKER, "s", pyotp.TOTP(secret).at(now), key, now)
    wanted = {"name": "by script", "agreements": [AGREEMENT], "until": TOMORROW.date().isoformat()}
    refused = town.browser(CHECKER).post("/api/tokens", json=wanted)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "second-factor-needed"
    unnamed = town.browser(CHECKER, second_factor=True).post("/api/tokens", json=wanted)
    assert unnamed.status_code == 422  # no agreement names the checker
