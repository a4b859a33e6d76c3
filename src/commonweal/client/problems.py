"""What a server says that cannot be done (problem+json, RFC 9457), as the error that it was there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.errors import (
    BadInput,
    Busy,
    CommonwealError,
    Conflict,
    EngineFailed,
    NotAllowed,
    NotFound,
    Place,
    Refused,
    Tampered,
    Unavailable,
    UsageMistake,
)

_SIMPLE = (UsageMistake, BadInput, Conflict, NotFound, NotAllowed, EngineFailed, Unavailable, Tampered)
_BY_CODE: dict[str, type[CommonwealError]] = {kind.code: kind for kind in _SIMPLE}
_BY_STATUS: dict[int, type[CommonwealError]] = {
    400: UsageMistake,
    403: NotAllowed,
    404: NotFound,
    406: UsageMistake,
    409: Conflict,
    413: BadInput,
    422: BadInput,
}
_OF_EVERY_PROBLEM = frozenset({"type", "title", "status", "detail", "code", "remedy", "place", "instance"})
_OF_A_REFUSAL = frozenset({"clause", "reasons", "who", "nearest", "reference"})
_SHORTEST_WAIT = 1


def error_of(status: int, body: object, retry_after: str = "") -> CommonwealError:
    """Return the error that a problem stands for; `Unavailable` when this is nothing that a commonweal says."""
    if not isinstance(body, Mapping) or not isinstance(body.get("code"), str) or body["code"] == "http":
        return nonsense()
    said = {str(name): value for name, value in body.items()}
    title, why, remedy = (_words(said.get(name)) for name in ("title", "detail", "remedy"))
    if "clause" in said and isinstance(said.get("reasons"), list) and said["reasons"]:
        return _refused(said)
    if status == 401:
        return NotAllowed(
            "The token does not work.",
            why="It has ended, was revoked, or was made at another installation.",
            remedy="Make one under Your tokens in the browser.",
        )
    if said["code"] == Busy.code or status == 429:
        wait = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else _SHORTEST_WAIT
        return Busy(title, why=why, remedy=remedy, retry_after=wait)
    kind = _BY_CODE.get(said["code"]) or _BY_STATUS.get(status, Unavailable)
    place = Place(path=_words(said["place"])) if said.get("place") else None
    return kind(title, why=why, remedy=remedy or "Try again later.", place=place)


def nonsense() -> Unavailable:
    """Return the error for a server that answers, though not as a commonweal does."""
    return Unavailable(
        "What answers at this address is no commonweal, or one of another version.",
        why="Its answer is not one that the API gives.",
        remedy="Open the address in a browser; if it is right, ask who runs it, and bring commonweal up to date.",
    )


def down() -> Unavailable:
    """Return the error for a server that does not answer."""
    return Unavailable(
        "The server does not answer.",
        why="It could not be reached, or did not finish in time.",
        remedy="Check the address and the network, and try again; a question sent again is not charged twice.",
    )


def _refused(said: Mapping[str, Any]) -> Refused:
    known = _OF_EVERY_PROBLEM | _OF_A_REFUSAL
    return Refused(
        _words(said["clause"]),
        [_words(reason) for reason in said["reasons"]],
        remedy=_words(said.get("remedy")),
        who=_words(said.get("who")),
        nearest=_words(said.get("nearest"), lines=True),
        reference=_words(said.get("reference")),
        details={name: value for name, value in said.items() if name not in known},
    )


def _words(value: object, *, lines: bool = False) -> str:
    """Return a text without what a terminal would act on; nothing for what is no text."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c.isprintable() or (lines and c in "\n\t"))
