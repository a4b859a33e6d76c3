"""Replaying the ledger: every entry and every stored hash, read in order and computed anew.

Stops at the first entry that is not what it must be and names it. Needs rows only, none of the code that wrote them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import cast

from commonweal.errors import Place, Tampered
from commonweal.ledger.canonical import NotCanonicalError, canonical_objects
from commonweal.ledger.entry import NAMES, read_time
from commonweal.ledger.merkle import EMPTY_ROOT, HASH_SIZE, root_of

Fetch = Callable[[], Sequence[tuple[object, ...]]]
"""Returns the next rows, in order of index; nothing at the end."""

_RESTORE = "Restore the database from a backup, keep this file as evidence, and compare both with a kept checkpoint."


@dataclass
class Replay:
    """What the entries read so far amount to: their number, newest hashes and latest time.

    `wanted` are sizes whose root and latest time are asked for; `roots` and `times` hold those that were reached.
    """

    file: str
    wanted: frozenset[int]
    size: int = 0
    peaks: list[bytes] = field(default_factory=list)
    latest_time: str = ""
    roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY_ROOT})
    times: dict[int, str] = field(default_factory=lambda: {0: ""})

    def read(self, entries: Sequence[tuple[object, ...]], tree: Sequence[tuple[object, ...]]) -> None:
        """Read the next rows of both tables; Tampered at the first entry that is not what it must be."""
        start = self.size
        fault: Tampered | None = None
        try:
            self._hash(entries, tree)
        except Tampered as error:
            fault = error
        self._contents(start, entries[: self.size - start])
        if fault is not None:
            raise fault

    def finish(self) -> None:
        """Note the root of everything."""
        self.roots[self.size] = root_of(self.peaks)

    def _hash(self, entries: Sequence[tuple[object, ...]], tree: Sequence[tuple[object, ...]]) -> None:
        """Check that each entry and its hashes are there and belong together."""
        sha256, peaks = hashlib.sha256, self.peaks  # looked up once: this loop is most of what verifying is
        for number, (row, stored) in enumerate(zip_longest(entries, tree), self.size):
            if row is None or row[0] != number:
                raise self._missing(row is None, "it", row)
            if stored is None or stored[0] != number:
                raise self._missing(stored is None, "its hash", stored)
            text = row[4]
            if type(text) is not bytes:
                raise self.bad(number, "is not in the form in which it was written")
            top = row_hashes = sha256(b"\x00" + text).digest()
            remaining = number
            while remaining & 1:
                top = sha256(b"\x01" + peaks.pop() + top).digest()
                row_hashes += top
                remaining >>= 1
            if row_hashes != stored[1]:
                raise self._unlike(number, row_hashes, stored[1])
            peaks.append(top)
            self.size = number + 1
            if self.size in self.wanted:
                self.roots[self.size] = root_of(peaks)

    def _contents(self, start: int, rows: Sequence[tuple[object, ...]]) -> None:
        """Check that each entry is canonical, is in its place, and that the columns beside it say the same."""
        texts = [cast(bytes, row[4]) for row in rows]
        try:
            values = canonical_objects(texts)
        except NotCanonicalError:
            values = self._one_by_one(start, rows, texts)
        for number, (row, value) in enumerate(zip(rows, values, strict=True), start):
            problem = self._problem(number, row, value)
            if problem:
                raise self.bad(number, problem)
            if number + 1 in self.wanted:
                self.times[number + 1] = self.latest_time

    def _one_by_one(
        self, start: int, rows: Sequence[tuple[object, ...]], texts: Sequence[bytes]
    ) -> list[dict[str, object]]:
        """Find the first entry that is not canonical; those before it are checked in full first."""
        for number, text in enumerate(texts):
            try:
                canonical_objects([text])
            except NotCanonicalError:
                self._contents(start, rows[:number])
                raise self.bad(start + number, "is not canonical JSON") from None
        raise AssertionError("together they were not canonical, but each one is")

    def _problem(self, number: int, row: tuple[object, ...], value: dict[str, object]) -> str:
        """Return what is wrong with an entry's content, or an empty string."""
        back = value.get("clock_went_back")
        names = value.keys() if back is None else value.keys() - {"clock_went_back"}
        body, time, kind = value.get("body"), value.get("time"), value.get("kind")
        if names != NAMES or type(body) is not dict or type(time) is not str or type(kind) is not str:
            return "has not the parts of an entry"
        if type(value["index"]) is not int or value["index"] != number:
            return "says that it is another entry"
        try:
            read_time(time)
        except ValueError:
            return "has no proper time"
        agreement = body.get("agreement")
        beside = agreement if isinstance(agreement, str) else None
        if row[1] != time or row[2] != kind or row[3] != beside:
            return "has another time, kind or agreement in the columns beside it"
        if time >= self.latest_time:
            self.latest_time, expected = time, None
        else:
            expected = self.latest_time
        return "" if back == expected else "does not tell truly whether the clock had gone back"

    def _missing(self, ended: bool, what: str, row: tuple[object, ...] | None) -> Tampered:
        found = "there is nothing after it" if ended or row is None else f"the next one has the number {row[0]!s:.20}"
        return self.bad(self.size, f"is missing or renumbered: {what} is not there, {found}")

    def _unlike(self, number: int, computed: bytes, stored: object) -> Tampered:
        """Name the entries that a wrong stored hash is about: one, or those of the subtree that does not fit."""
        held = stored if isinstance(stored, bytes) else b""
        levels = range(len(computed) // HASH_SIZE)
        level = next((n for n in levels if computed[: (n + 1) * HASH_SIZE] != held[: (n + 1) * HASH_SIZE]), 0)
        if level == 0 or len(held) != len(computed):
            return self.bad(number, "does not have the hash that was stored for it")
        return self.bad(number + 1 - (1 << level), "does not lead to the hash that was stored", last=number)

    def bad(self, number: int, problem: str, *, last: int | None = None) -> Tampered:
        """Return the error that names an entry, or the first of several of which one is bad."""
        several = last is not None and last > number
        named = f"one of the entries {number} to {last}" if several else f"entry {number}"
        before = f"The {number} entries before it are sound." if number else "It is the first one."
        return Tampered(
            f"The record was changed: {named} {problem}.",
            why=f"Someone or something other than commonweal changed the file. {before}",
            remedy=_RESTORE,
            place=Place(file=self.file, path=f"entry {number}" if not several else f"entries {number} to {last}"),
        )


def batches(entries: Fetch, tree: Fetch) -> Iterable[tuple[Sequence[tuple[object, ...]], Sequence[tuple[object, ...]]]]:
    """Yield the rows of both tables side by side until both have ended."""
    while True:
        pair = entries(), tree()
        if not pair[0] and not pair[1]:
            return
        yield pair
