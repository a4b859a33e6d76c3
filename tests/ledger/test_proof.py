"""A proof holds with its text and a public key alone, and no byte of it can be changed."""

from __future__ import annotations

import base64
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import BadInput, Tampered
from commonweal.ledger.checkpoint import Checkpoint
from commonweal.ledger.entry import entry_bytes, prepare
from commonweal.ledger.merkle import leaf_hash, node_hash
from commonweal.ledger.note import VerifierKey
from commonweal.ledger.proof import Proof, read_proof, verify_proof

from .appending import KEY

PUBLIC = VerifierKey.of("town", KEY)
TEXT = entry_bytes(prepare("question.answered", {"cells": 4}), 1, "2026-11-24T09:00:00.000000Z", None)
FIRST = leaf_hash(b"the first entry")
ROOT = node_hash(FIRST, leaf_hash(TEXT))
PROOF = Proof(1, TEXT, (FIRST,), Checkpoint("town", 2, ROOT).signed(KEY, PUBLIC.id)).text()


def test_it_holds() -> None:
    proven = verify_proof(PROOF, str(PUBLIC))
    assert proven.entry.body == {"cells": 4}
    assert proven.as_dict()["proven"] is True
    assert read_proof(PROOF).text() == PROOF


@given(st.integers(0, len(PROOF.encode()) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, flip: int) -> None:
    changed = bytearray(PROOF.encode())
    changed[at] ^= flip
    with pytest.raises((BadInput, Tampered)):
        verify_proof(changed.decode("utf-8", "replace"), PUBLIC)


@pytest.mark.parametrize(
    ("index", "entry", "path", "size"),
    [
        (0, TEXT, (FIRST,), 2),
        (1, TEXT, (), 2),
        (1, TEXT, (FIRST, FIRST), 2),
        (1, TEXT, (FIRST,), 3),
        (5, TEXT, (FIRST,), 2),
    ],
)
def test_what_was_signed_is_not_what_is_shown(index: int, entry: bytes, path: tuple[bytes, ...], size: int) -> None:
    note = Checkpoint("town", size, ROOT).signed(KEY, PUBLIC.id)
    with pytest.raises(Tampered, match="does not hold"):
        verify_proof(Proof(index, entry, path, note).text(), PUBLIC)


@pytest.mark.parametrize("entry", [b"not json", b'{"a":1}', TEXT.replace(b'"index":1', b'"index":2'), TEXT + b" "])
def test_a_leaf_that_is_no_entry_proves_nothing(entry: bytes) -> None:
    note = Checkpoint("town", 2, node_hash(FIRST, leaf_hash(entry))).signed(KEY, PUBLIC.id)
    with pytest.raises(Tampered):
        verify_proof(Proof(1, entry, (FIRST,), note).text(), PUBLIC)


def test_a_checkpoint_of_another_ledger_proves_nothing() -> None:
    from commonweal.ledger.note import sign_note

    foreign = Checkpoint("city", 2, ROOT)
    note = sign_note(foreign.text(), "town", KEY, PUBLIC.id)
    with pytest.raises(Tampered):
        verify_proof(Proof(1, TEXT, (FIRST,), note).text(), PUBLIC)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        PROOF[1:],
        PROOF.replace("index 1", "index 01"),
        PROOF.replace("extra ", "extra"),
        PROOF.replace("\n\n", "\n", 1),
        PROOF.replace(base64.b64encode(FIRST).decode(), "AAAA"),
    ],
)
def test_what_is_no_proof(wrong: str) -> None:
    with pytest.raises(BadInput):
        verify_proof(wrong, PUBLIC)


def test_verifying_needs_no_database_library() -> None:
    """A stranger's machine has neither SQLAlchemy nor an installation."""
    code = (
        "import sys; sys.modules['sqlalchemy'] = None; from commonweal.ledger import verify_proof, verify; "
        "print(verify_proof(sys.stdin.read(), sys.argv[1]).entry.index)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(PUBLIC)], input=PROOF, text=True, capture_output=True,
                         env={"PYTHONPATH": ":".join(sys.path)}, check=False)  # fmt: skip
    assert (ran.stdout, ran.stderr, ran.returncode) == ("1\n", "", 0)
