"""Signing in with an account kept here: words, order, limits, and what a thief of one part gains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pyotp
import pytest
from starlette.testclient import TestClient

from commonweal.identity import passwords, second_factor, sessions
from commonweal.identity.passwords import hash_of
from commonweal.installation import people, signing_in
from commonweal.ledger.reading import entries
from tests.web import served
from tests.web.people import ANALYST, CHECKER, OFFICER, STEWARD
from tests.web.served import Served, csrf, sent

GOOD = "amber otter ladder"
COOKIE = "commonweal-session"


@pytest.fixture
def town(built: Path, tmp_path: Path) -> Iterator[Served]:
    """A town of each test's own: attempts are counted for all of one address."""
    with served.copied(built, tmp_path / "town") as installation:
        yield Served(installation)


def give_password(town: Served, email: str, password: str = GOOD) -> None:
    with town.installation.transaction() as connection:
        passwords.set_password(connection, email, hash_of(password), town.installation.ledger.now(connection))


def give_app(town: Served, email: str) -> pyotp.TOTP:
    """Set a second factor up, with a code of the step before, so that the present one is unused."""
    key = town.installation.keys.secret("second-factor")
    with town.installation.transaction() as connection:
        secret = second_factor.begin(connection, email, "a session", key)
        before = datetime.now(UTC) - timedelta(seconds=90)
        assert second_factor.confirm(connection, email, "a session", pyotp.TOTP(secret).at(before), key, before)
    return pyotp.TOTP(secret)


def sign_in(client: TestClient, email: str, password: str = GOOD, next_place: str = "/") -> httpx2.Response:
    return sent(client, "/sign-in", {"email": email, "password": password, "next": next_place})


def kinds(town: Served) -> list[str]:
    with town.installation.reading() as connection:
        return [entry.kind for entry in entries(connection)][::-1]


def test_a_password_opens_a_session_and_goes_on(town: Served) -> None:
    give_password(town, ANALYST)
    visitor = town.browser()
    done = sign_in(visitor, " Analyst@Northbank.example ", next_place="/catalogue")
    assert (done.status_code, done.headers["location"]) == (303, "/catalogue?done=signed-in")
    assert "HttpOnly" in done.headers["set-cookie"] and "samesite=lax" in done.headers["set-cookie"].lower()
    assert "You are signed in" in visitor.get("/catalogue?done=signed-in").text
    assert kinds(town)[-1] == "person.signed-in"


def test_nobody_learns_whether_there_is_an_account(town: Served) -> None:
    give_password(town, ANALYST)
    pages = []
    for email in (ANALYST, STEWARD, "nobody@northbank.example", "not an address"):
        page = sign_in(town.browser(), email, "wrong words here")
        assert page.status_code == 422
        assert "The e-mail address or the password is not right." in page.text
        pages.append(re.sub(r'name="csrf" value="\w+"', "", page.text).replace(email, ""))
    assert len(set(pages)) == 1
    assert "person.signed-in" not in kinds(town)


def test_the_same_work_is_done_whether_or_not_there_is_an_account(
    town: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_password(town, ANALYST)
    checked: list[str] = []
    real = passwords._HASHER

    class Watched:
        def verify(self, hash_: str, password: str) -> bool:
            checked.append(hash_.rsplit("$", 2)[0])
            return real.verify(hash_, password)

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    for email in (ANALYST, STEWARD, "nobody@northbank.example"):
        sign_in(town.browser(), email, "wrong words here")
    assert len(checked) == 3 and len(set(checked)) == 1  # one check each, with the same parameters


def test_an_account_is_locked_and_the_lock_ends_by_itself(town: Served) -> None:
    give_password(town, ANALYST)
    for _ in range(5):
        assert sign_in(town.browser(), ANALYST, "wrong words here").status_code == 422
    for email, tries in ((ANALYST, 0), ("nobody@northbank.example", 5)):
        for _ in range(tries):
            sign_in(town.browser(), email, "wrong words here")
        locked = sign_in(town.browser(), email)
        assert locked.status_code == 429 and int(locked.headers["retry-after"]) <= 60
        assert "Try again in 1 minute" in locked.text
    assert sign_in(town.browser(), OFFICER, "wrong words here").status_code == 422  # others are not
    at(town, timedelta(seconds=61))
    assert sign_in(town.browser(), ANALYST).status_code == 303


def at(town: Served, later: timedelta) -> None:
    """Let the installation's clock stand later."""
    town.installation.ledger._clock = lambda: datetime.now(UTC) + later


def test_a_second_factor_is_asked_for_and_each_code_works_once(town: Served) -> None:
    give_password(town, ANALYST)
    app = give_app(town, ANALYST)
    visitor = town.browser()
    assert visitor.get("/sign-in/code").headers["location"] == "/sign-in"
    assert sign_in(visitor, ANALYST, next_place="/catalogue").headers["location"] == "/sign-in/code"
    assert visitor.get("/catalogue").status_code == 303  # not in yet
    code = app.now()
    assert sent(visitor, "/sign-in/code", {"code": "000000" if code != "000000" else "111111"}).status_code == 422
    done = sent(visitor, "/sign-in/code", {"code": f"{code[:3]} {code[3:]}"})
    assert done.headers["location"] == "/catalogue?done=signed-in"
    assert "Not given" not in visitor.get("/you").text

    other = town.browser()
    sign_in(other, ANALYST)
    again = sent(other, "/sign-in/code", {"code": code})
    assert again.status_code == 422 and "used already" in again.text


def test_codes_cannot_be_guessed_for_long(town: Served) -> None:
    give_password(town, ANALYST)
    app = give_app(town, ANALYST)
    wrong = "000000" if app.now() != "000000" else "111111"
    visitor = town.browser()
    sign_in(visitor, ANALYST)
    assert [sent(visitor, "/sign-in/code", {"code": wrong}).status_code for _ in range(6)] == [422] * 5 + [429]
    sign_in(visitor, ANALYST)  # a right password gives no more guesses
    assert sent(visitor, "/sign-in/code", {"code": app.now()}).status_code == 429


def test_a_recovery_code_works_once(town: Served) -> None:
    give_password(town, ANALYST)
    give_app(town, ANALYST)
    with town.installation.transaction() as connection:
        codes = second_factor.new_recovery_codes(connection, ANALYST)
    for expected in (303, 422):
        visitor = town.browser()
        sign_in(visitor, ANALYST)
        assert sent(visitor, "/sign-in/code", {"code": codes[0].upper()}).status_code == expected


def test_every_sign_in_and_confirmation_has_a_secret_of_its_own(town: Served) -> None:
    give_password(town, ANALYST)
    app = give_app(town, ANALYST)
    visitor = town.browser()
    visitor.cookies.set(COOKIE, "chosen-by-somebody-else")
    sign_in(visitor, ANALYST)
    sent(visitor, "/sign-in/code", {"code": app.at(datetime.now(UTC) - timedelta(seconds=30))})
    first = cookie(visitor)
    assert first != "chosen-by-somebody-else"
    done = sent(visitor, "/confirm", {"code": app.now(), "next": "/you"}, at="/confirm?next=/you")
    assert done.headers["location"] == "/you?done=confirmed"
    second = cookie(visitor)
    assert second != first
    thief = town.browser()
    thief.cookies.set(COOKIE, first)
    assert thief.get("/you").status_code == 303
    assert visitor.get("/you").status_code == 200


def cookie(client: TestClient) -> str:
    return [each.value for each in client.cookies.jar if each.name == COOKIE][-1] or ""


def test_signing_in_anew_ends_the_session_before(town: Served) -> None:
    give_password(town, ANALYST)
    browser = town.browser()
    sign_in(browser, ANALYST)
    first = cookie(browser)
    page = browser.get("/you")
    browser.post("/sign-in", data={"email": ANALYST, "password": GOOD, "csrf": csrf(page)})
    old = town.browser()
    old.cookies.set(COOKIE, first)
    assert old.get("/you").status_code == 303


@pytest.mark.parametrize(
    "where",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/%0d%0aSet-Cookie:a=b\r\nX: y",
        "javascript:alert(1)",
        "\t//evil.example",
        "/a b",
        "evil",
        "",
    ],
)
def test_going_on_leads_only_to_pages_here(town: Served, where: str) -> None:
    give_password(town, ANALYST)
    browser = town.browser()
    location = sign_in(browser, ANALYST, next_place=where).headers["location"]
    assert location.startswith("/") and not location.startswith(("//", "/\\")) and "evil" not in location
    assert browser.get("/sign-in", params={"next": where}).headers["location"].startswith("/")


def test_forms_of_others_are_not_accepted(town: Served) -> None:
    give_password(town, ANALYST)
    visitor = town.browser()
    mark = csrf(visitor.get("/sign-in"))
    data = {"email": ANALYST, "password": GOOD}
    assert visitor.post("/sign-in", data=data).status_code == 403
    assert town.browser().post("/sign-in", data=data | {"csrf": mark}).status_code == 403
    cross = {"origin": "https://evil.example"}
    assert visitor.post("/sign-in", data=data | {"csrf": mark}, headers=cross).status_code == 403
    assert visitor.post("/sign-in", data=data | {"csrf": mark}).status_code == 303


def test_an_invitation_sets_a_password_once(town: Served) -> None:
    _, link = people.invite(town.installation, CHECKER)
    path = link.removeprefix(town.installation.settings.web.url)
    visitor = town.browser()
    assert CHECKER in visitor.get(path).text
    short = sent(visitor, path, {"password": "short"})
    assert short.status_code == 422 and "12 to 256" in short.text
    worst = sent(visitor, path, {"password": "Password123456"})
    assert worst.status_code == 422 and "too easily guessed" in worst.text
    done = sent(visitor, path, {"password": GOOD})
    assert done.headers["location"] == "/you?done=signed-in"
    assert visitor.get("/you").status_code == 200
    assert town.browser().get(path).status_code == 404
    assert sign_in(town.browser(), CHECKER).status_code == 303


def test_an_invitation_ends(town: Served) -> None:
    _, link = people.invite(town.installation, CHECKER)
    _, newer = people.invite(town.installation, CHECKER)
    base = town.installation.settings.web.url
    assert town.browser().get(link.removeprefix(base)).status_code == 404  # the newer one took its place
    assert town.browser().get(newer.removeprefix(base)).status_code == 200
    at(town, timedelta(days=7, seconds=1))
    assert town.browser().get(newer.removeprefix(base)).status_code == 404


def test_an_invitation_takes_a_lost_second_factor_away_when_it_is_used(town: Served) -> None:
    give_password(town, CHECKER)
    give_app(town, CHECKER)
    base = town.installation.settings.web.url
    _, kept = people.invite(town.installation, CHECKER)
    visitor = town.browser()
    done = sent(visitor, kept.removeprefix(base), {"password": "violet badger kettle"})
    assert done.headers["location"] == "/sign-in/code"  # a mailbox alone does not open the account
    _, forgotten = people.invite(town.installation, CHECKER, forget_second_factor=True)
    done = sent(town.browser(), forgotten.removeprefix(base), {"password": "silver badger kettle"})
    assert done.headers["location"] == "/you?done=signed-in"


def test_changing_the_password_ends_the_other_sessions(town: Served) -> None:
    give_password(town, ANALYST)
    browser, other = town.browser(), town.browser()
    sign_in(browser, ANALYST)
    sign_in(other, ANALYST)
    wrong = sent(browser, "/you/password", {"old": "wrong words here", "new": "quiet lantern orchard"})
    assert wrong.status_code == 422 and "not your present password" in wrong.text
    before = cookie(browser)
    done = sent(browser, "/you/password", {"old": GOOD, "new": "quiet lantern orchard"})
    assert done.headers["location"] == "/you?done=password-changed"
    assert cookie(browser) != before
    assert browser.get("/you").status_code == 200
    assert other.get("/you").status_code == 303
    assert sign_in(town.browser(), ANALYST).status_code == 422
    assert sign_in(town.browser(), ANALYST, "quiet lantern orchard").status_code == 303


def test_the_other_sessions_can_be_ended(town: Served) -> None:
    browser, other = town.browser(ANALYST), town.browser(ANALYST)
    assert sent(browser, "/you/sessions/end-others", {}, at="/you").status_code == 303
    assert browser.get("/you").status_code == 200
    assert other.get("/you").status_code == 303


def test_a_session_alone_cannot_set_up_a_second_factor(town: Served) -> None:
    give_password(town, ANALYST)
    thief = town.browser(ANALYST)
    refused = sent(thief, "/you/second-factor/begin", {"password": "wrong words here"}, at="/you/second-factor")
    assert refused.status_code == 422
    give_app(town, ANALYST)
    away = sent(thief, "/you/second-factor/begin", {}, at="/you/second-factor")
    assert away.headers["location"].startswith("/confirm")
    assert sent(thief, "/you/recovery-codes", {}, at="/you").headers["location"].startswith("/confirm")


def test_a_second_factor_is_set_up_with_a_code_of_the_app(town: Served) -> None:
    give_password(town, ANALYST)
    browser = town.browser(ANALYST)
    done = sent(browser, "/you/second-factor/begin", {"password": GOOD}, at="/you/second-factor")
    assert done.headers["location"] == "/you/second-factor"
    page = browser.get("/you/second-factor")
    assert 'src="data:image/svg+xml' in page.text
    secret = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")  # type: ignore[index]
    assert secret not in town.browser(ANALYST).get("/you/second-factor").text.replace(" ", "")  # another session
    assert sent(browser, "/you/second-factor", {"code": "12"}).status_code == 422
    before = cookie(browser)
    codes = sent(browser, "/you/second-factor", {"code": pyotp.TOTP(secret).now()})
    assert len(re.findall(r"<code>(\w{4}-){3}\w{4}</code>", codes.text)) == 10
    assert cookie(browser) != before
    assert "10 recovery codes left" in browser.get("/you").text
    with town.installation.reading() as connection:
        kept = connection.exec_driver_sql("select * from identity_second_factor").all()
    assert secret not in str(kept)


def test_what_needs_a_second_factor_now_sends_to_confirm_and_back(town: Served) -> None:
    app = give_app(town, ANALYST)
    with town.installation.transaction() as connection:  # an hour-old second factor
        now = town.installation.ledger.now(connection)
        _, secret = sessions.begin(connection, ANALYST, now - timedelta(minutes=11), second_factor=True)
    browser = town.browser()
    browser.cookies.set(COOKIE, secret)
    where = f"{served.BASE}/you/tokens?a=b"
    away = browser.post(
        "/you/tokens", data={"csrf": csrf(browser.get("/you")), "name": "a"}, headers={"referer": where}
    )
    assert away.headers["location"] == "/confirm?next=/you/tokens%3Fa%3Db"
    elsewhere = browser.post(
        "/you/tokens", data={"csrf": csrf(browser.get("/you"))}, headers={"referer": "https://evil.example/x"}
    )
    assert elsewhere.headers["location"] == "/confirm"
    done = sent(browser, "/confirm", {"code": app.now(), "next": "/you/tokens?a=b"}, at=away.headers["location"])
    assert done.headers["location"] == "/you/tokens?a=b&done=confirmed"


def test_who_has_no_password_cannot_sign_in_here(town: Served) -> None:
    for password in ("", "None", GOOD):
        assert sign_in(town.browser(), STEWARD, password).status_code == 422
    with pytest.raises(Exception, match="not right"):
        signing_in.with_password(town.installation, STEWARD, "", "127.0.0.1")


def test_a_hash_of_other_parameters_is_made_anew(town: Served) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    with town.installation.transaction() as connection:
        passwords.set_password(connection, ANALYST, old, town.installation.ledger.now(connection))
    assert sign_in(town.browser(), ANALYST).status_code == 303
    with town.installation.reading() as connection:
        kept = passwords.kept_hash(connection, ANALYST)
    assert kept is not None and kept != old and "m=19456,t=2,p=1" in kept
    assert sign_in(town.browser(), ANALYST).status_code == 303
