"""Links to files that work for a minute: signed, for one publication, and dead with the token they were made for."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from commonweal.errors import NotAllowed
from commonweal.identity import tokens

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.gateway.published.store import Published
    from commonweal.identity.tokens import Token
    from commonweal.installation import Installation

SECONDS = 60
"""How long a link works; a client opens each several times, so it is not for one use."""


def made(installation: Installation, published: Published, token: Token, now: datetime) -> tuple[str, int]:
    """Return the link's path and query, and when it ends, in milliseconds since 1970."""
    until = int(now.timestamp()) + SECONDS
    mark = _mark(installation, published.name, published.entry, until, token.id)
    query = urlencode({"entry": published.entry, "until": until, "token": token.id, "mark": mark})
    return f"/delta-sharing/files/{published.name}.parquet?{query}", until * 1000


def must_work(
    installation: Installation,
    connection: Connection,
    published: Published,
    *,
    entry: int,
    until: int,
    token: str,
    mark: str,
) -> None:
    """Let pass a link that was made here, has not ended, and whose token still works; `NotAllowed` otherwise."""
    good = hmac.compare_digest(mark.encode(), _mark(installation, published.name, entry, until, token).encode())
    now = datetime.now(UTC)
    good = good and entry == published.entry and now.timestamp() < until
    if not (good and tokens.still_works(connection, token, now)):
        raise NotAllowed(
            "This link does not work.",
            why=f"A link works for {SECONDS} s, and as long as the token it was made for.",
            remedy="Ask for the table again.",
        )


def _mark(installation: Installation, name: str, entry: int, until: int, token: str) -> str:
    text = f"{name}\n{entry}\n{until}\n{token}".encode()
    return hmac.new(installation.keys.secret("delta-sharing-links"), text, hashlib.sha256).hexdigest()
