"""ID tokens: what must be so for one to be believed (OpenID Connect Core section 3.1.3.7), and what it says.

Signed by a key the provider publishes, with an asymmetric algorithm (never `none`, never a shared secret); from the
expected issuer, for this client, with this sign-in's nonce, not expired, and not from the future.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonweal.errors import NotAllowed

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""


@dataclass(frozen=True)
class Expected:
    """What a token must say; `within`: how many seconds ago the person proved themself at the most, None for any time."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime
    within: int | None = None


@dataclass(frozen=True)
class Identified:
    """Who somebody is to a provider. `email` is empty when it gave none that is verified."""

    issuer: str
    subject: str
    email: str
    name: str = ""
    organisations: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    second_factor: bool = False


def read_id_token(
    text: str, keys: Mapping[str, Any], expected: Expected, access_token: str | None = None
) -> dict[str, Any]:
    """Return the claims of an ID token that is to be believed; `NotAllowed` otherwise, with the rule it breaks."""
    from authlib.oidc.core import CodeIDToken  # imported when used, like all of Authlib
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        token = jwt.decode(text, KeySet.import_key_set(_for_signatures(keys)), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, KeyError, TypeError):
        raise not_believed("Its token is not signed by a key it publishes, in a way that is accepted.") from None
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"essential": True, "value": expected.issuer}},
        {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token},
    )
    moment = int(expected.now.timestamp())
    try:
        claims.validate(now=moment, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError):
        raise not_believed("Its token has expired, or is not the one for this sign-in.") from None
    audience = claims["aud"]
    if expected.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise not_believed("Its token is for another program.")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise not_believed("Its token does not say who the person is.")
    if claims["iat"] > moment + LEEWAY:
        raise not_believed("Its token is from the future.")
    if expected.within is not None:
        proved = claims.get("auth_time")
        if not isinstance(proved, int | float) or moment - proved > expected.within + LEEWAY:
            raise not_believed("It does not say that you proved who you are just now (auth_time).")
    return dict(claims)


def not_believed(why: str) -> NotAllowed:
    """Return the error for a provider's answer that is not to be believed."""
    return NotAllowed(
        "Your organisation's sign-in gave an answer that is not accepted.",
        why=why,
        remedy="Sign in again. If it stays so, tell the administrator of this installation.",
    )


def _for_signatures(keys: Mapping[str, Any]) -> Any:
    """Return a provider's public keys that may sign: no shared secrets, no keys for encryption, none of unknown kinds."""
    listed = keys.get("keys")
    found = [
        {name: value for name, value in key.items() if name not in {"x5c", "x5t", "x5u", "x5t#S256"}}
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"
    ]
    if not found:
        raise ValueError("no keys")
    return {"keys": found}
