"""Keeping sketches of shown groups, finding those that differ by few, and listing them for officers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray
from sqlalchemy import Connection

from commonweal.gateway.siblings.sketch import Sketch
from commonweal.gateway.siblings.tables import pairs, sketches

MOST_COMPARED = 20_000
"""Groups of one space that a new one is compared with: the latest, so that a question takes a bounded time."""

_NONCE = 12


@dataclass(frozen=True)
class Siblings:
    """Two questions, by their entries of the ledger, with groups of one dataset that differ by few.

    `space` says of what kind of entity and of which data (``person org/dataset@snapshot``).
    """

    first: int
    second: int
    first_agreement: str
    second_agreement: str
    space: str
    fewer_than: int

    def as_dict(self) -> dict[str, object]:
        """Return the shape of JSON."""
        kind, data = self.space.split(" ", 1)
        return {
            "entries": [self.first, self.second],
            "agreements": [self.first_agreement, self.second_agreement],
            "dataset": data,
            "kind": kind,
            "fewer_than": self.fewer_than,
        }


def remember(
    connection: Connection, found: Sequence[Sketch], *, asked: int, agreement: str, key: bytes, fewer_than: int
) -> None:
    """Keep the sketches of an answer, and note every earlier question with a group that differs by fewer than `fewer_than`.

    A group that was asked for in the same words before is kept once. `key` (32 bytes) seals the buckets: the database
    alone does not tell how many are in a group.
    """
    for space in sorted({sketch.space for sketch in found}):
        known = connection.execute(
            sa.select(sketches).where(sketches.c.space == space).order_by(sketches.c.number.desc()).limit(MOST_COMPARED)
        ).all()
        words = {row.words for row in known}
        earlier = np.array([_opened(row.sealed, key) for row in known]) if known else np.zeros((0, 1), dtype=np.int64)
        noted: set[int] = set()
        for sketch in found:
            if sketch.space != space or sketch.words in words:
                continue
            apart = np.abs(earlier - sketch.buckets).sum(axis=1) if len(earlier) else np.zeros(0, dtype=np.int64)
            for place in np.flatnonzero((apart > 0) & (apart < fewer_than)):
                other = known[int(place)]
                if other.asked != asked and other.asked not in noted:
                    noted.add(other.asked)
                    _note(connection, other.asked, other.agreement, asked, agreement, space, fewer_than)
            connection.execute(
                sa.insert(sketches).values(
                    space=space, words=sketch.words, asked=asked, agreement=agreement, sealed=_sealed(sketch.buckets, key)
                )
            )  # fmt: skip
            words.add(sketch.words)


def is_known(connection: Connection, space: str, words: str) -> bool:
    """Return whether a group of a space was kept that was asked for in these words."""
    wanted = sa.select(sketches.c.number).where(sketches.c.space == space, sketches.c.words == words)
    return connection.execute(wanted).first() is not None


def _note(
    connection: Connection, first: int, first_agreement: str, second: int, agreement: str, space: str, fewer_than: int
) -> None:
    connection.execute(
        sa.insert(pairs).values(
            space=space, first=first, second=second, first_agreement=first_agreement, second_agreement=agreement,
            fewer_than=fewer_than,
        )
    )  # fmt: skip


def siblings(connection: Connection, agreement: str) -> tuple[Siblings, ...]:
    """Return the pairs of questions of which one at least was asked under the agreement (its id), the latest first."""
    ours = (pairs.c.first_agreement == agreement) | (pairs.c.second_agreement == agreement)
    rows = connection.execute(sa.select(pairs).where(ours).order_by(pairs.c.number.desc())).all()
    return tuple(
        Siblings(row.first, row.second, row.first_agreement, row.second_agreement, row.space, row.fewer_than)
        for row in rows
    )


def _sealed(buckets: NDArray[np.int64], key: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, buckets.astype("<i8").tobytes(), None)


def _opened(sealed: bytes, key: bytes) -> NDArray[np.int64]:
    return np.frombuffer(AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None), dtype="<i8")
