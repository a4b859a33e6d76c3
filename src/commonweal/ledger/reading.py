"""Reading the ledger: entries by kind, agreement and time; proofs from a few dozen stored hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from commonweal.errors import NotFound, Place, Tampered, Unavailable
from commonweal.ledger.canonical import NotCanonicalError, canonical_object
from commonweal.ledger.entry import Entry, entry_of, time_text
from commonweal.ledger.head import Head, read_head
from commonweal.ledger.merkle import (
    HASH_SIZE,
    Subtree,
    consistency_ranges,
    covering,
    hashes_of,
    inclusion_ranges,
    root_of,
)
from commonweal.ledger.proof import Proof
from commonweal.ledger.tables import entry_table

_ENTRY = entry_table.c


def entries(
    connection: Connection,
    *,
    kind: str | None = None,
    agreement: str | None = None,
    since: datetime | None = None,
    limit: int | None = None,
    after: int = -1,
) -> Iterator[Entry]:
    """Yield entries, newest first.

    `kind` is a whole kind (``question.asked``) or its first word (``question``); `agreement` is an agreement's id or
    its reference ``id@version``; `since` leaves out what is older, `after` entries up to
    and with that index. Raises Tampered at an entry that cannot be read.
    """
    wanted = select(_ENTRY.idx, _ENTRY.entry).order_by(_ENTRY.idx.desc())
    if kind is not None:
        wanted = wanted.where((_ENTRY.kind == kind) | _ENTRY.kind.between(f"{kind}.", f"{kind}/"))
    if agreement is not None:
        wanted = wanted.where(
            (_ENTRY.agreement == agreement) | _ENTRY.agreement.between(f"{agreement}@", f"{agreement}A")
        )
    if after >= 0:
        wanted = wanted.where(_ENTRY.idx > after)
    if since is not None:
        wanted = wanted.where(_ENTRY.time >= time_text(since))
    for index, text in connection.execute(wanted.limit(limit)):
        yield _read(index, text)


def size_of(connection: Connection) -> int:
    """Return how many entries there are."""
    head = read_head(connection)
    return head.size if head else 0


def entry(connection: Connection, index: int) -> Entry:
    """Return one entry; NotFound if the ledger does not reach so far."""
    return _read(index, _text(connection, index, read_head(connection)))


def inclusion_proof(connection: Connection, index: int) -> Proof:
    """Return the proof of an entry under the newest checkpoint; NotFound if the ledger does not reach so far."""
    head = read_head(connection)
    text = _text(connection, index, head)
    size, checkpoint = (head.size, head.checkpoint) if head else (0, "")
    return Proof(index, text, inclusion_path(connection, index, size), checkpoint)


def inclusion_path(connection: Connection, index: int, size: int) -> tuple[bytes, ...]:
    """Return the hashes that prove entry `index` in the tree of the first `size` entries (RFC 6962, 2.1.1)."""
    return hashes_of(inclusion_ranges(index, size), lambda wanted: _subtrees(connection, wanted))


def consistency_path(connection: Connection, first: int, second: int) -> tuple[bytes, ...]:
    """Return the hashes that prove the first `first` entries to be the beginning of `second` (RFC 6962, 2.1.2)."""
    return hashes_of(consistency_ranges(first, second), lambda wanted: _subtrees(connection, wanted))


def root_at(connection: Connection, size: int) -> bytes:
    """Return the root of the first `size` entries."""
    peaks = covering((0, size))
    known = _subtrees(connection, peaks)
    return root_of([known[peak] for peak in peaks])


def _subtrees(connection: Connection, wanted: Sequence[Subtree]) -> Mapping[Subtree, bytes]:
    """Return the stored hashes of complete subtrees in one read; Tampered if one is missing."""
    numbers = [((position + 1) << level) - 1 for level, position in wanted]  # `row_of`, without the calls
    # Whole numbers of our own making, so plain text is safe; binding sixty parameters would take longer than the read.
    listed = str(numbers)[1:-1] or "NULL"
    rows = _stored(connection, f"SELECT idx, hashes FROM ledger_tree WHERE idx IN ({listed})")
    found: dict[Subtree, bytes] = {}
    for subtree, number in zip(wanted, numbers, strict=True):
        start = subtree[0] * HASH_SIZE
        digest = rows.get(number, b"")[start : start + HASH_SIZE]
        if len(digest) != HASH_SIZE:
            raise _unreadable(number)
        found[subtree] = digest
    return found


def _stored(connection: Connection, question: str) -> dict[int, bytes]:
    """Ask the driver itself: proofs are handed out by the thousand, and SQLAlchemy would take a third of their time."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(question)
        return dict(cursor.fetchall())
    except connection.dialect.loaded_dbapi.Error as error:
        raise Unavailable(
            "The record could not be read.",
            why="The database refused: it is busy, damaged, or cannot be read by this user.",
            remedy="Try again in a moment; if it persists, run `commonweal ledger verify`.",
        ) from error
    finally:
        cursor.close()


def _text(connection: Connection, index: int, head: Head | None) -> bytes:
    size = head.size if head else 0
    row = connection.execute(select(_ENTRY.entry).where(_ENTRY.idx == index)).first() if 0 <= index < size else None
    if row is None:
        last = f"The last entry is {size - 1}." if size else "Nothing has been recorded yet."
        raise NotFound(f"There is no entry {index}.", why=last, remedy="List entries with `commonweal ledger show`.")
    return bytes(row[0])


def _read(index: int, text: bytes) -> Entry:
    try:
        found = entry_of(canonical_object(text), text)
    except (NotCanonicalError, ValueError):
        raise _unreadable(index) from None
    if found.index != index:
        raise _unreadable(index)
    return found


def _unreadable(index: int) -> Tampered:
    return Tampered(
        f"Entry {index} of the record is damaged.",
        why="Its bytes are not those of an entry, or its hashes are missing.",
        remedy="Run `commonweal ledger verify` for the whole picture; restore the database from a backup.",
        place=Place(path=f"entry {index}"),
    )
