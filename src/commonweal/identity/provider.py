"""Signing in through an organisation's own provider: OpenID Connect, authorization code with PKCE, state and nonce.

The provider is asked anew at every sign-in where its endpoints and keys are, so that keys it has withdrawn count no more.
The protocol is Authlib's; what an ID token must be to be believed is `commonweal.identity.id_token`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from commonweal.errors import NotAllowed, Unavailable
from commonweal.identity.id_token import Expected, Identified, not_believed, read_id_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authlib.integrations.httpx_client import OAuth2Client

SECONDS = 10.0
"""How long the provider is waited for."""

FRESH = 300
"""Seconds that may have passed since the person proved themself to the provider, where that must be now."""

EVERY_TIME = "*"
"""Stands for every sign-in, where a provider demands a second factor of everybody but does not say so in its tokens."""

_DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Provider:
    """One provider, and how its claims are read. `issuer` is exactly as its tokens say it.

    `email_is_verified`: its addresses are the organisation's own, so that `email_verified` need not be said; without
    it, it must be. `second_factors` are the values of `amr`, `acr` or `acrs` that count as a second factor; none: it never
    does; `EVERY_TIME`: it always does, since the provider asks everybody for one.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect: str
    scopes: str = "openid email profile"
    email_claim: str = "email"
    email_is_verified: bool = False
    organisation_claim: str = ""
    roles_claim: str = ""
    second_factors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Endpoints:
    """Where the provider answers, as its discovery document says."""

    authorization: str
    token: str
    keys: str
    userinfo: str = ""


@dataclass(frozen=True)
class Asked:
    """What one sign-in sent to the provider, kept until it answers: each is random and used once."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    must_be_now: bool = False


def discover(provider: Provider) -> Endpoints:
    """Return where a provider answers; `Unavailable` when it does not, or when it says it is another."""
    with _client(provider) as client:
        found = _json(client, provider.issuer.rstrip("/") + _DISCOVERY)
    if found.get("issuer") != provider.issuer:
        raise _unusable("Its discovery document names another issuer than the settings do.")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    wanted = [found.get(name) for name in names]
    userinfo = found.get("userinfo_endpoint") or ""
    for address in (*wanted, *([userinfo] if userinfo else [])):
        if not isinstance(address, str) or not is_safe(address):
            raise _unusable("Its discovery document lacks an address, or has one without HTTPS.")
    authorization, token, keys = (str(address) for address in wanted)
    return Endpoints(authorization, token, keys, str(userinfo))


def is_safe(address: str) -> bool:
    """Return whether an address is HTTPS, or HTTP on this machine."""
    parts = urlsplit(address)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def address_to_ask(provider: Provider, endpoints: Endpoints, asked: Asked, *, hint: str = "") -> str:
    """Return the address at the provider that a browser is sent to; `hint` is who is expected to sign in."""
    more: dict[str, str] = {"nonce": asked.nonce}
    if asked.must_be_now:
        more |= {"max_age": "0", "prompt": "login"}
    if hint:
        more["login_hint"] = hint
    with _client(provider) as client:
        address, _ = client.create_authorization_url(
            endpoints.authorization, state=asked.state, code_verifier=asked.verifier, **more
        )
    return str(address)


def identify(provider: Provider, asked: Asked, code: str, now: datetime) -> Identified:
    """Return who somebody is to the provider, from the code that their browser brought.

    `Unavailable` when the provider does not answer; `NotAllowed` when it refuses the code, or when what it says is not to
    be believed.
    """
    endpoints = discover(provider)
    with _client(provider) as client:
        token = _token(client, endpoints, asked, code)
        expected = Expected(provider.issuer, provider.client_id, asked.nonce, now, FRESH if asked.must_be_now else None)
        keys = _json(client, endpoints.keys)
        claims = read_id_token(str(token.get("id_token") or ""), keys, expected, token.get("access_token"))
        wanted = {provider.email_claim, provider.organisation_claim, provider.roles_claim} - {""}
        if endpoints.userinfo and not wanted <= claims.keys() and isinstance(token.get("access_token"), str):
            more = _json(client, endpoints.userinfo, bearer=token["access_token"])
            if more.get("sub") != claims["sub"]:
                raise not_believed("What it says about the person is about somebody else.")
            claims = {**more, **claims}  # what is signed comes first
    return _identified(provider, claims)


def _identified(provider: Provider, claims: Mapping[str, Any]) -> Identified:
    email = claims.get(provider.email_claim)
    verified = provider.email_is_verified or claims.get("email_verified") in (True, "true")
    said = {*_texts(claims.get("amr")), *_texts(claims.get("acr")), *_texts(claims.get("acrs")), EVERY_TIME}
    return Identified(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) and verified else "",
        name=str(claims.get("name") or ""),
        organisations=_texts(claims.get(provider.organisation_claim)) if provider.organisation_claim else (),
        roles=_texts(claims.get(provider.roles_claim)) if provider.roles_claim else (),
        second_factor=bool(said & provider.second_factors),
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    return () if value is None else (str(value),)


def _token(client: OAuth2Client, endpoints: Endpoints, asked: Asked, code: str) -> Mapping[str, Any]:
    """Return what the provider gives for a code; its own words about an error go nowhere."""
    from authlib.integrations.base_client import OAuthError  # imported when used, like all of Authlib

    try:
        with _answering():
            found = client.fetch_token(endpoints.token, code=code, code_verifier=asked.verifier)
    except OAuthError:
        raise NotAllowed(
            "Your organisation's sign-in did not accept this.",
            why="It refused the code that your browser brought, which works once and for a few minutes.",
            remedy="Sign in again.",
        ) from None
    return dict(found)


def _json(client: OAuth2Client, address: str, *, bearer: str = "") -> dict[str, Any]:
    """Return the JSON object at an address of the provider's."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    with _answering():
        answer = client.request("GET", address, withhold_token=True, headers=headers)
        answer.raise_for_status()
        found = answer.json()
    if not isinstance(found, dict):
        raise _unusable("It gave something else than it must.")
    return found


@contextmanager
def _answering() -> Iterator[None]:
    """Say in one way that the provider does not answer as it must, whatever went wrong."""
    import httpx2

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise _unusable("It did not answer, or not with what it must.") from error


def _client(provider: Provider) -> OAuth2Client:
    """Return an HTTP client for one provider; it follows no redirects, which the protocol does not have here."""
    from authlib.integrations.httpx_client import OAuth2Client  # takes a moment, and most who start never need it

    return OAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret or None,
        scope=provider.scopes,
        redirect_uri=provider.redirect,
        code_challenge_method="S256",
        timeout=SECONDS,
        follow_redirects=False,
    )


def _unusable(why: str) -> Unavailable:
    return Unavailable(
        "Your organisation's sign-in cannot be used now.",
        why=why,
        remedy="Try again later. If it stays so, tell the administrator of this installation.",
    )
