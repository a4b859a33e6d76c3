"""An entry: what was recorded, when, in canonical bytes.

``{"body":{...},"index":7,"kind":"question.asked","time":"2026-11-24T10:16:36.123456Z"}`` and, only when the clock
of the machine stood behind the latest time already recorded, ``"clock_went_back"`` with that latest time. Order is by
index, never by time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from commonweal.errors import BadInput, Place
from commonweal.ledger.canonical import JSON, canonical_bytes
from commonweal.ledger.merkle import leaf_hash

LARGEST_ENTRY = 1 << 20
"""The most bytes a body may take: an entry is a record of an act, not a store of documents."""

_KIND = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+")
NAMES = {"body", "index", "kind", "time"}
"""The parts that every entry has."""


@dataclass(frozen=True)
class Entry:
    """One entry of the record.

    `index` counts from 0; `time` is UTC to the microsecond, as the clock stood; `leaf_hash` is hex, the RFC 6962 hash
    of the entry's bytes; `clock_went_back` is the latest time recorded before, when the clock stood behind it.
    """

    index: int
    time: datetime
    kind: str
    body: Mapping[str, JSON]
    leaf_hash: str
    clock_went_back: datetime | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the entry as plain JSON, with its hash."""
        back = {"clock_went_back": time_text(self.clock_went_back)} if self.clock_went_back else {}
        return {
            "index": self.index,
            "time": time_text(self.time),
            "kind": self.kind,
            "body": dict(self.body),
            "leaf_hash": self.leaf_hash,
        } | back


@dataclass(frozen=True)
class Prepared:
    """A kind and a body, checked and in canonical bytes, that still wait for their index and time."""

    kind: str
    body: bytes
    agreement: str | None


def prepare(kind: str, body: Mapping[str, JSON]) -> Prepared:
    """Check what is to be recorded and write its body as canonical bytes.

    Raises BadInput when the kind is not dotted lower-case words, or the body is too large or has no canonical form.
    A body holds no data values: literals, people and texts only as keyed hashes.
    """
    if not _KIND.fullmatch(kind):
        raise BadInput(
            "This cannot be recorded: its kind is not of the form noun.verb.",
            why="Kinds are dotted lower-case words, for example question.asked.",
            remedy="Name what happened in that form.",
            place=Place(path="kind"),
        )
    written = canonical_bytes(body)
    if len(written) > LARGEST_ENTRY:
        raise BadInput(
            f"This cannot be recorded: it takes more than {LARGEST_ENTRY >> 10} KiB.",
            why="An entry is a record of an act, not a store of documents.",
            remedy="Record the hash of the document instead.",
            place=Place(path="body"),
        )
    agreement = body.get("agreement")
    return Prepared(kind, written, agreement if isinstance(agreement, str) else None)


def entry_bytes(prepared: Prepared, index: int, time: str, clock_went_back: str | None) -> bytes:
    """Return the canonical bytes of an entry. The names are in canonical order, so the parts need only be joined."""
    back = f',"clock_went_back":"{clock_went_back}"' if clock_went_back else ""
    rest = f'{back},"index":{index},"kind":"{prepared.kind}","time":"{time}"}}'
    return b'{"body":' + prepared.body + rest.encode("ascii")


def recorded(prepared: Prepared, index: int, time: str, clock_went_back: str | None, leaf: bytes) -> Entry:
    """Return the entry as its reader will see it; its body is read back, so it shares nothing with the caller's."""
    back = read_time(clock_went_back) if clock_went_back else None
    return Entry(index, read_time(time), prepared.kind, json.loads(prepared.body), leaf.hex(), back)


def entry_of(value: Mapping[str, object], text: bytes) -> Entry:
    """Return the entry that a parsed text stands for; ValueError (without content) if it is not an entry."""
    back = value.get("clock_went_back")
    if value.keys() - {"clock_went_back"} != NAMES or not isinstance(value["body"], dict):
        raise ValueError("not an entry")
    index, kind = value["index"], value["kind"]
    if type(index) is not int or not isinstance(kind, str) or ("clock_went_back" in value and back is None):
        raise ValueError("not an entry")
    return Entry(
        index=index,
        time=read_time(value["time"]),
        kind=kind,
        body=value["body"],
        leaf_hash=leaf_hash(text).hex(),
        clock_went_back=None if back is None else read_time(back),
    )


def utc_now() -> datetime:
    """Return the time of this machine's clock, UTC."""
    return datetime.now(UTC)


def time_text(time: datetime) -> str:
    """Return a time as the record writes it: UTC, always with six decimals, so that text order is time order."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(text: object) -> datetime:
    """Return the time a text stands for; ValueError unless it is exactly in the form of `time_text`."""
    if not isinstance(text, str) or len(text) != 27 or text[10] != "T" or text[19] != "." or text[26] != "Z":
        raise ValueError("not a time")
    return datetime.fromisoformat(text)
