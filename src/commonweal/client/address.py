"""Where the server is and with what one asks there; both are checked before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from commonweal.errors import UsageMistake

_TOKEN = re.compile(r"cwt_[A-Za-z0-9_-]{16,200}")


@dataclass(frozen=True)
class Address:
    """The address of a server, without a slash at its end, and a token, which is never shown.

    `UsageMistake` unless it is an https address (http within this machine only) and the token has a token's form.
    """

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would send a token in the clear, or what is no token."""
        object.__setattr__(self, "url", _checked(self.url))
        if not _TOKEN.fullmatch(self.token.strip()):
            raise UsageMistake(
                "This is not a token of commonweal.",
                why="A token begins with cwt_ and is one word.",
                remedy="Make one under Your tokens in the browser, or: commonweal token make NAME --as EMAIL --agreement ID",
            )
        object.__setattr__(self, "token", self.token.strip())

    @property
    def is_here(self) -> bool:
        """Return whether the server is on this machine."""
        return _is_loopback(urlsplit(self.url).hostname or "")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _no_address() from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise _no_address()
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageMistake(
            "A token is sent over HTTPS only.",
            why="Over http whoever carries it could read it. Within this machine (127.0.0.1) http will do.",
            remedy="Write the address with https://",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _no_address() -> UsageMistake:
    return UsageMistake(
        "This is not the address of a commonweal.",
        why="It has a scheme and a host, and no name, password or question mark.",
        remedy="Write it as in the browser, for example https://data.northbank.example",
    )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
