"""Step 6: the ledger verified, a proof checked by a stranger's means, and one changed byte found."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from commonweal.demonstration.exports import write_whole
from commonweal.demonstration.facts import Recorded
from commonweal.demonstration.stage import Stage
from commonweal.errors import Tampered
from commonweal.ledger import verify, verify_proof


def check_the_record(stage: Stage, receipt: dict[str, Any]) -> Recorded:
    """Verify the ledger; write the proof of `receipt` and the public key to files and verify from those alone; then
    change one byte of that entry in a copy of the database and see that it is found there.
    """
    folder = stage.folder.record
    database = stage.installation.settings.database.path(stage.installation.folder)
    began = time.perf_counter()
    verified = verify(database)
    took = time.perf_counter() - began
    proof = write_whole(folder / "receipt.tlog-proof", str(receipt["proof"]).encode())
    key = write_whole(folder / "ledger.public-key", f"{stage.installation.ledger.key}\n".encode())
    entry = int(receipt["index"])
    copy = _changed_copy(database, folder / "tampered-copy.sqlite3", entry)
    found, finding = _verdict(copy)
    return Recorded(
        entries=verified.entries,
        verify_seconds=took,
        proof_file=str(proof),
        key_file=str(key),
        proof_entry=entry,
        proof_verified=_proof_holds(proof, key, entry),
        copy_file=str(copy),
        changed_entry=entry,
        found_entry=found,
        finding=finding,
    )


def _proof_holds(proof: Path, key: Path, entry: int) -> bool:
    """Tell whether the proof in one file verifies with the key in another, and is about `entry`; nothing else is read."""
    try:
        return verify_proof(proof.read_text(encoding="utf-8"), key.read_text(encoding="utf-8")).entry.index == entry
    except Tampered:
        return False


def _changed_copy(database: Path, copy: Path, entry: int) -> Path:
    """Copy the database, as SQLite copies a running one, and change one byte in the middle of an entry of the copy."""
    copy.unlink(missing_ok=True)
    original = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    changed = sqlite3.connect(copy)
    try:
        original.backup(changed)
        row = changed.execute("SELECT entry FROM ledger_entry WHERE idx = ?", (entry,)).fetchone()
        text = bytearray(row[0])
        text[len(text) // 2] ^= 1
        changed.execute("UPDATE ledger_entry SET entry = ? WHERE idx = ?", (bytes(text), entry))
        changed.commit()
    finally:
        original.close()
        changed.close()
    return copy


def _verdict(copy: Path) -> tuple[int | None, str]:
    """Return the entry at which a changed ledger is found out, and the sentence that says so; None if it is not."""
    try:
        verify(copy)
    except Tampered as error:
        named = re.search(r"entry (\d+)", error.place.path or "") if error.place else None
        return (int(named[1]) if named else None), error.message
    return None, "The copy verifies: the changed byte was not found."
