"""Signing in through a real provider (idpyoidc on loopback), and what is not believed of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from commonweal.identity import second_factor
from commonweal.identity import store as identity
from commonweal.installation import Installation, open_installation
from commonweal.installation.openid import ANSWER, SECRET
from commonweal.ledger.reading import entries
from tests.web import oidc_provider, served
from tests.web.oidc_provider import Provider
from tests.web.people import ANALYST, CHECKER
from tests.web.served import BASE, Served

pytest.importorskip("idpyoidc")

FILE_SECRET = oidc_provider.SECRET


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    logging.getLogger("idpyoidc").setLevel(logging.CRITICAL)
    with oidc_provider.serving(tmp_path_factory.mktemp("provider"), BASE + ANSWER) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    provider.tamper, provider.algorithm, provider.key = None, "RS256", None
    provider.requests.clear()
    knows(provider)


def knows(provider: Provider, **more: Any) -> None:
    provider.person.clear()
    provider.person.update({"sub": "u-1", "email": ANALYST, "email_verified": True, "name": "Ana Lyst"} | more)


@pytest.fixture
def town(built: Path, tmp_path: Path, provider: Provider) -> Iterator[Callable[..., Served]]:
    """Make a town whose settings name the provider, with more lines of [oidc]."""
    opened: list[Installation] = []

    def make(*lines: str, issuer: str = "") -> Served:
        folder = tmp_path / f"town{len(opened)}"
        served.copied(built, folder).close()
        settings = folder / "commonweal.toml"
        head, _, tail = settings.read_text().partition("[oidc]")
        rest = tail.partition("[database]")[2]
        own = [f'issuer = "{issuer or provider.issuer}"', f'client_id = "{oidc_provider.CLIENT}"']
        own += ['client_secret_file = "keys/oidc-secret"', 'title = "Northbank"', *lines]
        settings.write_text(head + "[oidc]\n" + "\n".join(own) + "\n[database]" + rest)
        secret = folder / "keys" / "oidc-secret"
        secret.write_text(FILE_SECRET + "\n")
        secret.chmod(0o600)
        opened.append(open_installation(folder))
        return Served(opened[-1])

    yield make
    for each in opened:
        each.close()


def away(client: TestClient, path: str = "/sign-in/organisation") -> httpx2.Response:
    """Go to the provider and sign in there; return its answer, which sends the browser back."""
    sent = client.get(path)
    assert sent.status_code == 303, sent.text
    return httpx2.get(sent.headers["location"], follow_redirects=False)


def come_back(client: TestClient, answer: httpx2.Response) -> httpx2.Response:
    return client.get(answer.headers["location"].removeprefix(BASE))


def sign_in(town: Served) -> tuple[TestClient, httpx2.Response]:
    client = town.browser()
    return client, come_back(client, away(client))


def test_a_person_who_is_known_here_gets_in(town: Callable[..., Served], provider: Provider) -> None:
    served_town = town()
    client = served_town.browser()
    assert "Sign in with Northbank" in client.get("/sign-in?next=/catalogue").text
    done = come_back(client, away(client, "/sign-in/organisation?next=/catalogue"))
    assert done.headers["location"] == "/catalogue?done=signed-in", done.text
    assert ANALYST in client.get("/you").text
    asked = provider.requests[0]
    assert asked["code_challenge_method"] == "S256" and len(asked["nonce"]) > 40 and len(asked["state"]) > 40
    with served_town.installation.reading() as connection:
        entry = next(entries(connection, kind="person.signed-in"))
    assert entry.body["by"] == "provider" and entry.body["second_factor"] is False
    assert ANALYST not in str(entry.body)


def test_an_answer_works_once_and_in_the_browser_that_asked(town: Callable[..., Served]) -> None:
    client, other = (one := town()).browser(), one.browser()
    answer = away(client)
    away(other)
    assert come_back(one.browser(), answer).status_code == 404  # who has not begun
    assert come_back(other, answer).status_code == 403  # who has begun something else: forged sign-in
    assert come_back(client, answer).status_code == 303
    client.cookies.delete("commonweal-session")
    assert come_back(client, answer).status_code == 404


BAD: dict[str, Callable[[dict[str, Any]], None]] = {
    "another's nonce": lambda claims: claims.update(nonce="another"),
    "no nonce": lambda claims: claims.pop("nonce") and None,
    "another audience": lambda claims: claims.update(aud=["another-client"]),
    "two audiences without azp": lambda claims: claims.update(aud=[oidc_provider.CLIENT, "another"], azp="another"),
    "expired": lambda claims: claims.update(exp=claims["iat"] - 3600, iat=claims["iat"] - 7200),
    "from the future": lambda claims: claims.update(iat=claims["iat"] + 3600, exp=claims["iat"] + 7200),
    "another issuer": lambda claims: claims.update(iss="https://evil.example"),
    "nobody": lambda claims: claims.update(sub=""),
}


@pytest.mark.parametrize("what", BAD)
def test_a_token_that_is_not_right_is_not_believed(town: Callable[..., Served], provider: Provider, what: str) -> None:
    provider.tamper = BAD[what]
    client, done = sign_in(town())
    assert done.status_code == 403 and "not accepted" in done.text
    assert client.get("/you").status_code == 303


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_is_not_signed_with_a_published_key_is_not_believed(
    town: Callable[..., Served], provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    _, done = sign_in(town())
    assert done.status_code == 403 and "not signed" in done.text


def test_a_token_signed_with_another_key_is_not_believed(town: Callable[..., Served], provider: Provider) -> None:
    from cryptojwt.jwk.rsa import new_rsa_key

    provider.key = new_rsa_key()
    _, done = sign_in(town())
    assert done.status_code == 403 and "not signed" in done.text


def test_a_provider_that_is_down_is_said_to_be(town: Callable[..., Served]) -> None:
    served_town = town(issuer="http://127.0.0.1:9")
    page = served_town.browser().get("/sign-in/organisation")
    assert page.status_code == 503 and "cannot be used now" in page.text
    assert served_town.browser().get("/sign-in").status_code == 200  # accounts kept here still work


def test_a_provider_that_says_it_is_another_is_not_asked(town: Callable[..., Served], provider: Provider) -> None:
    page = town(issuer=provider.issuer + "/").browser().get("/sign-in/organisation")
    assert page.status_code == 503 and "another issuer" in page.text


def test_who_is_not_known_or_not_verified_does_not_get_in(town: Callable[..., Served], provider: Provider) -> None:
    knows(provider, email="stranger@northbank.example")
    _, done = sign_in(town())
    assert done.status_code == 403 and "not known here" in done.text
    knows(provider, email_verified=False)
    _, done = sign_in(town())
    assert done.status_code == 403 and "has verified" in done.text
    assert sign_in(town("email_is_verified = true"))[1].status_code == 303


def test_an_address_given_to_somebody_else_does_not_open_the_account(
    town: Callable[..., Served], provider: Provider
) -> None:
    served_town = town()
    assert sign_in(served_town)[1].status_code == 303
    provider.tamper = lambda claims: claims.update(sub="somebody else", email=ANALYST, email_verified=True)
    _, done = sign_in(served_town)
    assert done.status_code == 403
    provider.tamper = None
    knows(provider, email="new-name@northbank.example")  # whom the provider calls the same is the same
    client, done = sign_in(served_town)
    assert done.status_code == 303 and ANALYST in client.get("/you").text


MAPPED = (
    'organisation_claim = "org"',
    'organisations = {"tenant-1" = "northbank", "tenant-2" = "riverside_nhs"}',
    'roles_claim = "groups"',
    'roles = {"data-people" = "steward", "askers" = "analyst"}',
)


def says(org: str, *groups: str, email: str = ANALYST) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update(org=org, groups=list(groups), email=email, email_verified=True)


def test_people_of_a_mapped_organisation_are_made_at_their_first_sign_in(
    town: Callable[..., Served], provider: Provider
) -> None:
    served_town = town(*MAPPED, "make_people = true")
    provider.tamper = says("tenant-2", "askers", "others", email="new@riverside.example")
    _, done = sign_in(served_town)
    assert done.status_code == 303, done.text
    with served_town.installation.reading() as connection:
        made = identity.person(connection, "new@riverside.example")
        added = next(entries(connection, kind="person.added"))
    assert made.organisation == "riverside_nhs" and [role.value for role in made.roles] == ["analyst"]
    assert added.body["with"] == "provider"


@pytest.mark.parametrize(("org", "groups"), [("tenant-9", ["askers"]), ("tenant-1", ["others"])])
def test_other_organisations_and_people_without_a_role_do_not_get_in(
    town: Callable[..., Served], provider: Provider, org: str, groups: list[str]
) -> None:
    served_town = town(*MAPPED, "make_people = true")
    provider.tamper = says(org, *groups, email="new@riverside.example")
    assert sign_in(served_town)[1].status_code == 403
    with served_town.installation.reading() as connection:
        assert not identity.is_known(connection, "new@riverside.example")


def test_roles_are_what_the_provider_says(town: Callable[..., Served], provider: Provider) -> None:
    served_town = town(*MAPPED)
    provider.tamper = says("tenant-1", "data-people", "askers")
    assert sign_in(served_town)[1].status_code == 303
    with served_town.installation.reading() as connection:
        person = identity.person(connection, ANALYST)
        assert next(entries(connection, kind="person.changed")).body["roles"] == ["steward", "analyst"]
    assert [role.value for role in person.roles] == ["steward", "analyst"]
    provider.tamper = says("tenant-2", "askers")  # the provider says another organisation than ours
    assert sign_in(served_town)[1].status_code == 403


def test_a_second_factor_of_the_provider_counts_only_by_setting(
    town: Callable[..., Served], provider: Provider
) -> None:
    provider.tamper = lambda claims: claims.update(amr=["pwd", "mfa"])
    client, _ = sign_in(town())
    assert "Not given" in client.get("/you").text
    for counting in ("mfa", "hwk, mfa", "*"):
        client, _ = sign_in(town(f'second_factors = "{counting}"'))
        assert "Not given" not in client.get("/you").text
    provider.tamper = lambda claims: claims.update(amr=["pwd"], acr="*")
    client, _ = sign_in(town('second_factors = "mfa"'))
    assert "Not given" in client.get("/you").text


def test_an_app_of_ones_own_is_asked_for_after_the_provider(town: Callable[..., Served]) -> None:
    import pyotp

    served_town = town()
    key = served_town.installation.keys.secret("second-factor")
    with served_town.installation.transaction() as connection:
        now = served_town.installation.ledger.now(connection)
        secret = second_factor.begin(connection, ANALYST, "s", key)
        assert second_factor.confirm(connection, ANALYST, "s", pyotp.TOTP(secret).at(now), key, now)
    client, done = sign_in(served_town)
    assert done.headers["location"] == "/sign-in/code"
    assert client.get("/you").status_code == 303


def test_confirming_at_the_provider_needs_its_second_factor_now_and_the_same_person(
    town: Callable[..., Served], provider: Provider
) -> None:
    served_town = town('second_factors = "mfa"')
    provider.tamper = lambda claims: claims.update(amr=["mfa"])
    client, _ = sign_in(served_town)
    page = client.get("/confirm?next=/you/tokens").text
    assert "Confirm with the sign-in of Northbank" in page
    where = "/sign-in/organisation?confirm=true&next=/you/tokens"
    done = come_back(client, away(client, where))
    assert done.headers["location"].startswith("/you/tokens"), done.text
    assert provider.requests[-1]["max_age"] == "0" and provider.requests[-1]["prompt"] == "login"
    provider.tamper = lambda claims: claims.update(amr=["mfa"], auth_time=claims["iat"] - 3600)
    assert come_back(client, away(client, where)).status_code == 403
    provider.tamper = lambda claims: claims.update(amr=["pwd"])
    assert come_back(client, away(client, where)).status_code == 403
    provider.tamper = lambda claims: claims.update(amr=["mfa"])
    checker = served_town.browser(CHECKER)
    assert come_back(checker, away(checker, where)).status_code == 403  # the provider knows somebody else


def test_a_secret_that_others_may_read_is_not_used(
    town: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    served_town = town()
    (served_town.installation.folder / "keys" / "oidc-secret").chmod(0o644)
    assert served_town.browser().get("/sign-in/organisation").status_code == 409
    monkeypatch.setenv(SECRET, FILE_SECRET)  # the environment comes first
    assert sign_in(served_town)[1].status_code == 303


def test_a_code_that_the_provider_does_not_know_is_refused(town: Callable[..., Served], provider: Provider) -> None:
    client = town().browser()
    away(client)
    state = provider.requests[-1]["state"]
    done = client.get(f"{ANSWER}?state={state}&code=made-up")
    assert done.status_code == 403
