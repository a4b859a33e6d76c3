"""The Merkle tree of RFC 6962 (SHA-256): growing it, what a proof needs, and checking proofs.

Pure arithmetic on hashes; knows no database. Entries (leaves) are numbered from 0.

Storage this file is written for: row *n* holds, joined, the hash of entry *n* and of every complete subtree that
entry *n* completes (levels 0, 1, 2 ...). So an append writes one row, and any complete subtree is found by arithmetic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Subtree = tuple[int, int]
"""A complete subtree as (level, position): the entries from ``position << level`` up to ``(position + 1) << level``."""

Range = tuple[int, int]
"""Entries from the first number up to but without the second."""

Load = Callable[[Sequence[Subtree]], Mapping[Subtree, bytes]]
"""Finds the stored hashes of complete subtrees."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry: SHA-256 of 0x00 and its bytes (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of 0x01 and both children (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(peaks: tuple[bytes, ...], size: int, leaf: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Return the peaks after one more leaf, and the row to store (see the top of this file).

    The peaks are the hashes of the complete subtrees that make up a tree of `size` entries, largest first.
    """
    kept, top, row = len(peaks), leaf, leaf
    while size & 1:
        kept -= 1
        top = node_hash(peaks[kept], top)
        row += top
        size >>= 1
    return (*peaks[:kept], top), row


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Return the root of the tree whose complete subtrees, largest first, have these hashes."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def row_of(subtree: Subtree) -> int:
    """Return the row that stores a complete subtree: the number of its last entry."""
    level, position = subtree
    return ((position + 1) << level) - 1


def covering(span: Range) -> list[Subtree]:
    """Return the complete subtrees that make up a range RFC 6962 can ask for, largest first."""
    low, high = span
    count = high - low
    if count > 0 and not count & (count - 1):
        level = count.bit_length() - 1
        return [(level, low >> level)]
    found: list[Subtree] = []
    while low < high:
        level = (high - low).bit_length() - 1
        found.append((level, low >> level))
        low += 1 << level
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Return the ranges whose hashes prove entry `index` in a tree of `size`, from the sibling up (RFC 6962, 2.1.1)."""
    low, high = 0, size
    path: list[Range] = []
    while high - low > 1:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if index < middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    path.reverse()
    return path


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Return the ranges whose hashes prove that a tree of `first` grew into one of `second` (RFC 6962, 2.1.2)."""
    if first in (0, second):
        return []
    low, high, whole = 0, second, True
    path: list[Range] = []
    while first != high:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if first <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low, whole = middle, False
    if not whole:
        path.append((low, high))
    path.reverse()
    return path


def hashes_of(spans: Sequence[Range], load: Load) -> tuple[bytes, ...]:
    """Return the hash of each range, asking `load` once for all complete subtrees they are made of."""
    parts = [covering(span) for span in spans]
    known = load([subtree for part in parts for subtree in part])
    return tuple(known[part[0]] if len(part) == 1 else root_of([known[subtree] for subtree in part]) for part in parts)


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether the path proves `leaf` to be entry `index` of that tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, value = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            value = node_hash(step, value)
            while here and not here & 1:
                here >>= 1
                last >>= 1
        else:
            value = node_hash(value, step)
        here >>= 1
        last >>= 1
    return last == 0 and value == root


def consistency_holds(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether the path proves that the first tree is the beginning of the second (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    steps = list(path) if first & (first - 1) else [first_root, *path]
    if not steps:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while here and not here & 1:
                here >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        here >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root
