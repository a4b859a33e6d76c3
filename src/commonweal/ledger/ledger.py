"""The ledger as the other rooms use it: append in the caller's transaction, hand out receipts and checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from commonweal.errors import Conflict, Unavailable
from commonweal.ledger.canonical import JSON
from commonweal.ledger.checkpoint import Checkpoint
from commonweal.ledger.entry import Entry, Prepared, entry_bytes, prepare, read_time, recorded, time_text, utc_now
from commonweal.ledger.head import Head, read_head, write_head
from commonweal.ledger.keyed import forget, keyed_hash, plain_email, remember
from commonweal.ledger.merkle import grow, leaf_hash, root_of
from commonweal.ledger.note import VerifierKey
from commonweal.ledger.reading import inclusion_proof
from commonweal.ledger.receipt import Receipt
from commonweal.ledger.tables import checkpoint_table, entry_table, person_table, text_table, tree_table

_ADD_ENTRY = insert(entry_table)
_ADD_TREE = insert(tree_table)


class Ledger:
    """One ledger: an origin (the installation's name), the key that signs it and the key that hashes people and texts.

    Holds no state of its own: any number of processes may append to the same database, each in a transaction that was
    begun for writing (SQLite: BEGIN IMMEDIATE). Nothing here commits.
    """

    def __init__(
        self,
        origin: str,
        signing_key: Ed25519PrivateKey,
        hashing_key: bytes,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the name, both keys (hashing key: 16 bytes or more) and the clock; BadInput if the name cannot sign."""
        if len(hashing_key) < 16:
            raise ValueError("the hashing key must be at least 16 bytes")
        self.key = VerifierKey.of(origin, signing_key)
        self._key_id = self.key.id
        self._key_text = str(self.key)
        self._signing_key = signing_key
        self._hashing_key = hashing_key
        self._clock = clock

    def append(self, connection: Connection, kind: str, body: Mapping[str, JSON]) -> Entry:
        """Record one act; it is recorded when the caller's transaction commits, and not at all if it does not.

        `kind` is dotted words; `body` holds no data values. Raises BadInput for what cannot be recorded, Unavailable
        when the database refuses, Tampered when the record is broken, Conflict when another key has signed it so far.
        """
        return self.append_prepared(connection, [prepare(kind, body)])[0]

    def append_prepared(self, connection: Connection, acts: Sequence[Prepared]) -> tuple[Entry, ...]:
        """Record several acts in order, signed once: what `append` does, faster for many at a time."""
        try:
            return self._append(connection, acts)
        except DBAPIError as error:
            raise unavailable() from error

    def _append(self, connection: Connection, acts: Sequence[Prepared]) -> tuple[Entry, ...]:
        old = self._head(connection, to_write=True)
        size, peaks, latest = old.size, old.peaks, old.latest_time
        entries: list[Entry] = []
        rows: list[dict[str, object]] = []
        hashes: list[dict[str, object]] = []
        for act in acts:
            time = time_text(self._clock())
            back = latest if time < latest else None
            text = entry_bytes(act, size, time, back)
            leaf = leaf_hash(text)
            peaks, row = grow(peaks, size, leaf)
            rows.append({"idx": size, "time": time, "kind": act.kind, "agreement": act.agreement, "entry": text})
            hashes.append({"idx": size, "hashes": row})
            entries.append(recorded(act, size, time, back, leaf))
            size, latest = size + 1, max(latest, time)
        if not entries:
            return ()
        connection.execute(_ADD_ENTRY, rows)
        connection.execute(_ADD_TREE, hashes)
        write_head(connection, self._signed(size, peaks, latest), first=not old.checkpoint)
        return tuple(entries)

    def receipt(self, connection: Connection, index: int) -> Receipt:
        """Return the receipt of an entry under the newest checkpoint; reads only.

        Hand it to someone only after the transaction that recorded the entry has committed. Raises NotFound.
        """
        proof = inclusion_proof(connection, index)
        return Receipt(index, leaf_hash(proof.entry).hex(), proof.checkpoint, proof.text())

    def checkpoint(self, connection: Connection) -> str:
        """Return the signed checkpoint of everything recorded so far, and remember that it was published.

        The caller publishes it where the keeper of the database cannot change it: another node, a page, an e-mail.
        """
        head = self._head(connection, to_write=True)
        if not head.checkpoint:
            head = self._signed(0, (), "")
            write_head(connection, head, first=True)
        known = select(checkpoint_table.c.size).where(checkpoint_table.c.size == head.size)
        if connection.execute(known).first() is None:
            values = {"size": head.size, "time": head.latest_time, "checkpoint": head.checkpoint}
            connection.execute(insert(checkpoint_table), values)
        return head.checkpoint

    def now(self, connection: Connection) -> datetime:
        """Return the time to judge terms by: the clock's, or the latest recorded one if the clock stands behind it.

        So an agreement that has once expired stays expired, even when someone sets the clock back.
        """
        latest = latest_time(connection)
        now = self._clock()
        return now if latest is None else max(now, latest)

    def hashed(self, value: str, purpose: str = "value") -> str:
        """Return the keyed hash of a value, 64 hex digits; remembers nothing."""
        return keyed_hash(self._hashing_key, value, purpose)

    def person(self, connection: Connection, email: str) -> str:
        """Return the keyed hash of a person, and remember the e-mail address in the erasable side table."""
        digest = self.person_hash(email)
        remember(connection, person_table, digest, email.strip())
        return digest

    def person_hash(self, email: str) -> str:
        """Return the keyed hash of a person, whether remembered or not."""
        return self.hashed(plain_email(email), "person")

    def text(self, connection: Connection, text: str) -> str:
        """Return the keyed hash of a full text, and remember the text in the erasable side table."""
        digest = self.hashed(text, "text")
        remember(connection, text_table, digest, text)
        return digest

    def forget_person(self, connection: Connection, email: str) -> bool:
        """Erase a person's e-mail address; returns whether it was there. The ledger still verifies."""
        return forget(connection, person_table, self.person_hash(email))

    def forget_text(self, connection: Connection, digest: str) -> bool:
        """Erase a full text, named by its hash; returns whether it was there. The ledger still verifies."""
        return forget(connection, text_table, digest)

    def _head(self, connection: Connection, *, to_write: bool) -> Head:
        head = read_head(connection, to_write=to_write) or Head(self._key_text)
        if head.public_key != self._key_text:
            raise Conflict(
                "This ledger is signed by another key.",
                why="A record whose key changes in the middle could not be checked by those who trust the first one.",
                remedy="Open the installation with the key it was made with, or begin a new installation.",
            )
        return head

    def _signed(self, size: int, peaks: tuple[bytes, ...], latest: str) -> Head:
        checkpoint = Checkpoint(self.key.name, size, root_of(peaks))
        return Head(self._key_text, size, peaks, latest, checkpoint.signed(self._signing_key, self._key_id))


def latest_time(connection: Connection) -> datetime | None:
    """Return the latest time of any entry, or None when there is none."""
    head = read_head(connection)
    return read_time(head.latest_time) if head and head.latest_time else None


def unavailable() -> Unavailable:
    """Return the error for a record that could not be written."""
    return Unavailable(
        "The record could not be written, so nothing was done.",
        why="The database refused: another writer holds it, the disk is full, or it cannot be written to.",
        remedy="Try again in a moment; if it persists, check the free space and the rights of the database file.",
    )
