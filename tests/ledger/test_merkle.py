"""The tree is RFC 6962's: its known answers, its own recursive definitions, and proofs that nobody can bend."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.ledger import merkle

# The leaves and roots every Certificate Transparency implementation is tried on.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: the slow definition that the quick code is held against."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return [*path(m, leaves[:k]), mth(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


class Stored:
    """The tree as the database keeps it, in a list."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.rows: list[bytes] = []
        self.peaks: tuple[bytes, ...] = ()
        for size, leaf in enumerate(leaves):
            self.peaks, row = merkle.grow(self.peaks, size, merkle.leaf_hash(leaf))
            self.rows.append(row)

    def load(self, wanted: object) -> dict[merkle.Subtree, bytes]:
        return {
            (level, position): self.rows[merkle.row_of((level, position))][32 * level : 32 * level + 32]
            for level, position in wanted  # type: ignore[attr-defined]
        }


leaf_lists = st.lists(st.binary(max_size=4), min_size=1, max_size=140)


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    assert merkle.root_of(Stored(CT_LEAVES[:size]).peaks).hex() == CT_ROOTS[size]
    assert mth(CT_LEAVES[:size]).hex() == CT_ROOTS[size]


@given(leaf_lists, st.data())
def test_every_inclusion_proof_is_the_rfcs_and_verifies(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    found = merkle.hashes_of(merkle.inclusion_ranges(index, size), Stored(leaves).load)
    assert list(found) == path(index, leaves[:size])
    leaf, root = merkle.leaf_hash(leaves[index]), mth(leaves[:size])
    assert merkle.inclusion_holds(leaf, index, size, found, root)
    assert not merkle.inclusion_holds(merkle.leaf_hash(leaves[index] + b"x"), index, size, found, root)
    assert not merkle.inclusion_holds(leaf, index, size, (*found, root), root)
    assert not merkle.inclusion_holds(leaf, size, size, found, root)
    for number in range(len(found)):
        assert not merkle.inclusion_holds(leaf, index, size, found[:number] + found[number + 1 :], root)
        bent = bytes([found[number][0] ^ 1]) + found[number][1:]
        assert not merkle.inclusion_holds(leaf, index, size, (*found[:number], bent, *found[number + 1 :]), root)


@given(leaf_lists, st.data())
def test_every_consistency_proof_is_the_rfcs_and_verifies(leaves: list[bytes], data: st.DataObject) -> None:
    second = data.draw(st.integers(1, len(leaves)))
    first = data.draw(st.integers(0, second))
    found = merkle.hashes_of(merkle.consistency_ranges(first, second), Stored(leaves).load)
    assert list(found) == (subproof(first, leaves[:second], True) if first else [])
    old, new = mth(leaves[:first]), mth(leaves[:second])
    assert merkle.consistency_holds(first, second, old, new, found)
    wrong = bytes([old[0] ^ 1]) + old[1:]
    assert not merkle.consistency_holds(first, second, wrong, new, found)
    assert not merkle.consistency_holds(first, second, old, new, (*found, new))
    assert not merkle.consistency_holds(second + 1, second, old, new, found)
    if 0 < first < second:
        assert not merkle.consistency_holds(first, second, old, wrong, found)
        assert not merkle.consistency_holds(first, second, old, new, found[:-1])


@given(leaf_lists)
def test_peaks_give_the_root(leaves: list[bytes]) -> None:
    assert merkle.root_of(Stored(leaves).peaks) == mth(leaves)
