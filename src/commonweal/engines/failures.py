"""Failures of an engine: one and the same sentence for the analyst, the cause for the owner's log, a value for nobody.

Which error a question meets (a value that cannot be converted, too little memory, too many rows) depends on the data:
it is an answer. The analyst therefore gets the same words every time and a random reference; the log gets that
reference, the *type* of the cause, and a keyed fingerprint of the SQL that tells only whether the same question failed
before in this process. Messages of the engine are dropped: they quote values.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from commonweal.errors import EngineFailed

LARGEST_LOG = 10 * 2**20
MESSAGE = "The engine could not run this question."
_FINGERPRINT_KEY = secrets.token_bytes(32)


class FailureLog:
    """The owner's log of engine failures: one JSON line each, at most 10 MiB and one older file (``.1``), mode 0600."""

    def __init__(self, path: Path | None) -> None:
        """Take the file to append to (made, with its folder, at the first failure), or None to keep no log."""
        self.path = path

    def failed(self, cause: str, sql: str) -> EngineFailed:
        """Record a failure and return the error to raise; `cause` is a type or a fixed word, never a message."""
        reference = secrets.token_hex(8)
        print_of_sql = hmac.new(_FINGERPRINT_KEY, sql.encode(errors="replace"), hashlib.sha256).hexdigest()[:16]
        entry = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "reference": reference, "cause": cause}
        self._append(json.dumps(entry | {"sql": print_of_sql}) + "\n")
        return EngineFailed(
            MESSAGE,
            why="The reason is kept in the owner's log only, because it may depend on the data.",
            remedy=f"Ask a smaller or simpler question, or ask the data owner and quote reference {reference}.",
        )

    def _append(self, line: str) -> None:
        """Add one line; a log that cannot be written must not change what the analyst sees."""
        if self.path is None:
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.path.exists() and self.path.stat().st_size > LARGEST_LOG:
                self.path.replace(self.path.with_name(self.path.name + ".1"))
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
