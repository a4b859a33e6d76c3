"""Verifying the ledger from its SQLite file and nothing else: no installation, no private key, no writing.

What it can tell by itself: that every entry, stored hash and signed checkpoint is whole and fits the others, so that
whoever lacks the signing key cannot have changed a byte. What it cannot: that the file is not an old copy, or that the
holder of the key did not rewrite it all. For that it compares with a checkpoint kept elsewhere (`against`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from commonweal.errors import BadInput, CommonwealError, NotFound, Place, Tampered
from commonweal.ledger.checkpoint import Checkpoint, open_checkpoint
from commonweal.ledger.merkle import EMPTY_ROOT
from commonweal.ledger.note import VerifierKey
from commonweal.ledger.replay import Replay, batches

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

_AT_ONCE = 100  # more would not fit the processor's cache, and take half as long again
_TELL_EVERY = 10_000
_RESTORE = "Restore the database from a backup, and keep this file as evidence."
_ENTRIES = "SELECT idx, time, kind, agreement, entry FROM ledger_entry NOT INDEXED ORDER BY idx"
_TREE = "SELECT idx, hashes FROM ledger_tree NOT INDEXED ORDER BY idx"
_HEADS = "SELECT id, public_key, size, peaks, latest_time, checkpoint FROM ledger_head"
_CHECKPOINTS = "SELECT size, time, checkpoint FROM ledger_checkpoint ORDER BY size"


@dataclass(frozen=True)
class Verified:
    """What was found sound: so many entries, with this root (hex), signed by this key (one line of text).

    `latest_time` is that of the newest entry; `checkpoints` is how many published ones were checked; `against` is the
    size of the checkpoint it was compared with, if any. An installation that never recorded anything has an empty key.
    """

    entries: int
    root: str
    signed_by: str
    latest_time: str
    checkpoints: int
    against: int | None = None

    def __str__(self) -> str:
        """Return it in one sentence."""
        signed = f"signed by {self.signed_by}" if self.signed_by else "not signed: nothing was ever recorded"
        kept = f"; it begins with the {self.against:,} entries of the checkpoint" if self.against is not None else ""
        return f"verified: {self.entries:,} entries, root {self.root}, {signed}{kept}"

    def as_dict(self) -> dict[str, object]:
        """Return it as plain JSON."""
        return {"verified": True} | {name: getattr(self, name) for name in self.__dataclass_fields__}


def _silent(_: str, __: int, ___: int) -> None:
    """Tell nobody."""


def verify(
    database: Path | str,
    *,
    against: str | None = None,
    key: str | None = None,
    progress: Progress = _silent,
) -> Verified:
    """Check the whole ledger in a SQLite file, and then the rest of the file as far as SQLite can.

    `against` is the text of a checkpoint kept elsewhere; `key` the public key to trust (one line of text), by default
    the one in the file. Raises Tampered with the first bad entry; NotFound or BadInput when asked the wrong thing.
    """
    path = Path(database)
    if not path.is_file():
        raise NotFound(
            "There is no database at that place.",
            remedy="Name the database file of an installation, or run this inside its folder.",
            place=Place(file=path.name),
        )
    trusted = VerifierKey.read(key) if key is not None else None
    alone = _alone(path)
    try:
        return _attempt(path, against, trusted, progress, alone=alone is not None)
    except Tampered:
        if alone in (None, _alone(path)):
            raise
        # Someone began to write while the file was read as one that nobody changes: read it again, sharing it.
        return _attempt(path, against, trusted, progress, alone=False)


def _attempt(
    path: Path, against: str | None, trusted: VerifierKey | None, progress: Progress, *, alone: bool
) -> Verified:
    reached = Replay(path.name, frozenset())
    connection: sqlite3.Connection | None = None
    try:
        connection = _open(path, ("immutable=1",) if alone else ("mode=ro", "immutable=1"))
        reached = Replay(path.name, frozenset(_sizes(connection, against)))
        found = _verify(connection, reached, against, trusted, progress)
        _check_file(connection, path.name, progress)
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        # Not only its own errors: SQLite's messages may quote damaged text, which Python then cannot decode.
        raise _unreadable(path.name, reached.size, error) from None
    finally:
        if connection is not None:
            connection.close()
    return found


def _verify(
    connection: sqlite3.Connection, replay: Replay, against: str | None, trusted: VerifierKey | None, progress: Progress
) -> Verified:
    _replay(connection, replay, progress)
    heads = connection.execute(_HEADS).fetchall()
    stored = connection.execute(_CHECKPOINTS).fetchall()
    if not heads and not stored and replay.size == 0:
        if against is not None:
            raise _shorter(replay, max(1, _size_in(against)), "the checkpoint")
        return Verified(0, EMPTY_ROOT.hex(), str(trusted or ""), "", 0)
    key = _key(replay, heads, trusted)
    sound = 0
    for size, time, note in stored:
        sound = _check_stored(replay, key, size, time, note, sound)
    _check_head(replay, key, heads[0], sound)
    kept = _check_against(replay, key, against) if against is not None else None
    root = replay.roots[replay.size].hex()
    return Verified(replay.size, root, str(key), replay.latest_time, len(stored), kept)


def _alone(path: Path) -> tuple[int, int] | None:
    """Return the size and time of a file that nobody has open for writing, or None if somebody may have."""
    beside = (path.with_name(f"{path.name}-{end}") for end in ("wal", "journal"))
    if any(other.exists() and other.stat().st_size for other in beside):
        return None
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _open(path: Path, modes: tuple[str, ...]) -> sqlite3.Connection:
    """Open the file for reading only, in the first of these ways that works, and hold one view of it.

    "immutable" leaves no trace beside the file, and is the only way on a read-only medium, but would not see what
    another process writes; "ro" shares the file with writers.
    """
    for mode in modes:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=30)
        connection.text_factory = _lenient
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError as error:
            connection.close()
            if mode == modes[-1] or "unable to open" not in str(error):
                raise
        except (sqlite3.Error, UnicodeError, OverflowError):
            connection.close()
            raise
    raise AssertionError("unreachable")


def _lenient(text: bytes) -> str:
    """Return text even when a byte of it was damaged, in a form that no sound text has: it is compared afterwards."""
    return text.decode("utf-8", "surrogateescape")


def _sizes(connection: sqlite3.Connection, against: str | None) -> set[int]:
    """Return the sizes whose roots will be compared."""
    sizes = {size for (size,) in connection.execute("SELECT size FROM ledger_checkpoint")}
    return sizes | ({_size_in(against)} if against is not None else set())


def _size_in(note: str) -> int:
    lines = note.split("\n", 2)
    return int(lines[1]) if len(lines) > 1 and lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 19 else 0


def _replay(connection: sqlite3.Connection, replay: Replay, progress: Progress) -> None:
    """Read everything in order, telling how far it is."""
    last = connection.execute("SELECT max(idx) FROM ledger_entry NOT INDEXED").fetchone()[0]
    total = last + 1 if isinstance(last, int) else 0
    entries, tree = connection.execute(_ENTRIES), connection.execute(_TREE)
    for pair in batches(partial(entries.fetchmany, _AT_ONCE), partial(tree.fetchmany, _AT_ONCE)):
        replay.read(*pair)
        if replay.size % _TELL_EVERY == 0:
            progress("reading entries", replay.size, total)
    progress("reading entries", replay.size, total)
    replay.finish()


def _key(replay: Replay, heads: list[tuple[object, ...]], trusted: VerifierKey | None) -> VerifierKey:
    """Return the key the ledger is signed by, which must be the trusted one if there is one."""
    if len(heads) != 1 or heads[0][0] != 1:
        raise _about(replay, "the ledger has no head, or several", "head")
    try:
        key = VerifierKey.read(str(heads[0][1]))
    except BadInput:
        raise _about(replay, "its public key cannot be read", "head, public key") from None
    if trusted is not None and trusted != key:
        raise _about(replay, f"it is signed by {key}, not by the key you trust", "head, public key")
    return key


def _check_stored(replay: Replay, key: VerifierKey, size: object, time: object, note: object, sound: int) -> int:
    """Check one published checkpoint; `sound` entries are covered by those before it. Returns its own size."""
    place = f"checkpoint of {size} entries"
    checkpoint = _opened(replay, key, note, place)
    if checkpoint.size != size:
        raise _about(replay, "a published checkpoint is kept under another size", place)
    if checkpoint.size > replay.size:
        raise _shorter(replay, checkpoint.size, "a checkpoint published earlier")
    if replay.roots[checkpoint.size] != checkpoint.root:
        raise replay.bad(sound, "does not lead to the checkpoint published after it", last=checkpoint.size - 1)
    if replay.times[checkpoint.size] != time:
        raise _about(replay, "a published checkpoint is kept with another time than that of its newest entry", place)
    return checkpoint.size


def _check_head(replay: Replay, key: VerifierKey, head: tuple[object, ...], sound: int) -> None:
    """Check the head row and its signed checkpoint of everything."""
    _, _, size, peaks, latest_time, note = head
    checkpoint = _opened(replay, key, note, "head, checkpoint")
    if checkpoint.size > replay.size:
        raise _shorter(replay, checkpoint.size, "the newest signed checkpoint")
    if checkpoint.size < replay.size:
        raise replay.bad(checkpoint.size, "was added by something other than commonweal: it was never signed")
    if checkpoint.root != replay.roots[replay.size]:
        raise replay.bad(sound, "was rewritten: it does not lead to the newest signed checkpoint", last=replay.size - 1)
    if size != replay.size or peaks != b"".join(replay.peaks) or latest_time != replay.latest_time:
        raise _about(replay, "its head does not fit its entries", "head")


def _check_against(replay: Replay, key: VerifierKey, note: str) -> int:
    """Check that the ledger begins with what a checkpoint kept elsewhere saw. Returns how many entries that were."""
    kept = open_checkpoint(note, key)
    if kept.origin != key.name:
        raise BadInput(
            f"That checkpoint is about the ledger of {kept.origin}, and this is the ledger of {key.name}.",
            remedy="Compare with a checkpoint of this ledger.",
        )
    if kept.size > replay.size:
        raise _shorter(replay, kept.size, "the checkpoint")
    if replay.roots[kept.size] != kept.root:
        raise replay.bad(0, "was rewritten since the checkpoint was made", last=kept.size - 1)
    return kept.size


def _opened(replay: Replay, key: VerifierKey, note: object, place: str) -> Checkpoint:
    """Return a stored checkpoint whose signature holds."""
    try:
        checkpoint = open_checkpoint(str(note), key, source=replay.file)
    except CommonwealError:
        raise _about(replay, "a checkpoint in it is not signed by its key", place) from None
    if checkpoint.origin != key.name:
        raise _about(replay, "a checkpoint in it is about another ledger", place)
    return checkpoint


def _check_file(connection: sqlite3.Connection, file: str, progress: Progress) -> None:
    """Ask SQLite whether the rest of the file is whole: pages, indexes, the tables of other rooms."""
    progress("checking the file", 0, 0)
    problems = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    if problems != ["ok"]:
        raise Tampered(
            "The entries verify, but the database file around them is damaged.",
            why=f"SQLite says: {'; '.join(problems)}",
            remedy=_RESTORE,
            place=Place(file=file, path=problems[0].splitlines()[-1][:80]),
        )


def _shorter(replay: Replay, size: int, witness: str) -> Tampered:
    missing = f"entry {replay.size}" if size == replay.size + 1 else f"entries {replay.size} to {size - 1}"
    return Tampered(
        f"The record is cut short: {missing} are missing that {witness} saw.",
        why=f"It holds {replay.size} entries where there were {size}: the tail was cut, or this is an old copy.",
        remedy="Find the newer database. A copy of a running one must include the file that ends in -wal.",
        place=Place(file=replay.file, path=f"entry {replay.size}"),
    )


def _about(replay: Replay, problem: str, place: str) -> Tampered:
    return Tampered(
        f"The record does not verify: {problem}.",
        why="Someone or something other than commonweal changed the file.",
        remedy=_RESTORE,
        place=Place(file=replay.file, path=place),
    )


def _unreadable(file: str, reached: int, error: Exception) -> CommonwealError:
    if "locked" in str(error):
        return BadInput("The database is busy.", remedy="Try again in a moment.", place=Place(file=file))
    sound = f"The first {reached} entries could be read and are sound." if reached else "No entry could be read."
    return Tampered(
        "The database cannot be read: it is damaged, or it is not the database of an installation.",
        why=f"{sound} SQLite says: {error if isinstance(error, sqlite3.Error) else 'text that cannot be read'}",
        remedy=_RESTORE,
        place=Place(file=file, path=f"entry {reached}"),
    )
