"""Signed notes as other tools write them, and none that was bent."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import BadInput, Tampered
from commonweal.ledger.note import VerifierKey, open_note, sign_note

# The example of the reference implementation (golang.org/x/mod/sumdb/note).
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = VerifierKey.of("town", KEY)
NOTE = sign_note("town\n7\nabc\n", "town", KEY, PUBLIC.id)


def test_a_note_of_the_reference_implementation_opens() -> None:
    key = VerifierKey.read(GO_KEY)
    assert str(key) == GO_KEY
    assert open_note(GO_NOTE, key) == GO_TEXT


def test_round_trip_and_text_with_empty_lines() -> None:
    text = "a\n\nb\n"
    assert open_note(sign_note(text, "town", KEY, PUBLIC.id), PUBLIC) == text
    assert VerifierKey.read(str(PUBLIC)) == PUBLIC


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, flip: int) -> None:
    changed = bytearray(NOTE.encode())
    changed[at] ^= flip
    with pytest.raises((BadInput, Tampered)):
        open_note(changed.decode("utf-8", "replace"), PUBLIC)


def test_signatures_of_others_are_passed_over_but_a_false_one_of_the_known_key_is_not() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
    witness = VerifierKey.of("witness", other)
    cosigned = NOTE + sign_note("town\n7\nabc\n", "witness", other, witness.id).rpartition("\n\n")[2]
    assert open_note(cosigned, PUBLIC) == open_note(cosigned, witness) == "town\n7\nabc\n"
    false = NOTE + sign_note("town\n8\nabc\n", "town", KEY, PUBLIC.id).rpartition("\n\n")[2]
    with pytest.raises(Tampered, match="false"):
        open_note(false, PUBLIC)
    with pytest.raises(Tampered, match="expected key"):
        open_note(NOTE, witness)


@pytest.mark.parametrize(
    "wrong",
    ["", "a", "a\n\n", "a\n\nb\n", "a\n\n— town \n", "a\n\n— town !!!\n", NOTE[:-1], NOTE + "x", "\udcff" + NOTE],
)
def test_what_is_no_note(wrong: str) -> None:
    with pytest.raises(BadInput):
        open_note(wrong, PUBLIC)


@pytest.mark.parametrize(
    "wrong", ["", "town", "town+00000000+AAAA", GO_KEY.replace("c7", "c8"), GO_KEY[:-4], "a b+1+2"]
)
def test_what_is_no_key(wrong: str) -> None:
    with pytest.raises(BadInput):
        VerifierKey.read(wrong)


@pytest.mark.parametrize("name", ["", "my town", "a+b", "a\nb", "a\u2003b"])
def test_names_that_cannot_sign(name: str) -> None:
    with pytest.raises(BadInput):
        VerifierKey.of(name, KEY)
