"""Sealed files: outputs that wait for their checkers, encrypted, readable by the installation's owner only.

AES-256-GCM (NIST SP 800-38D) with a key of the installation made for this purpose, a random 96-bit nonce for each file,
and the file's name as associated data, so that no sealed file can stand in the place of another.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commonweal.errors import Tampered, Unavailable
from commonweal.held import held_file

_NONCE = 12
_NAME = re.compile(r"[0-9a-f]{32}\.sealed")
LONG_AGO = 3_600.0
"""Seconds after which a sealed file that no request names was left by a process that died."""


@dataclass(frozen=True)
class Sealed:
    """A sealed file: its name, and the SHA-256 (hex) of its encrypted bytes, which tells nothing of what is in it."""

    name: str
    seal: str


@dataclass(frozen=True)
class Vault:
    """The folder of sealed files and the key for them (32 bytes)."""

    folder: Path
    key: bytes

    def put(self, content: bytes) -> Sealed:
        """Seal content in a new file, durably and whole, before anything refers to it; `Unavailable` if that cannot be."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # imported when used: listing needs none

        name = f"{secrets.token_hex(16)}.sealed"
        nonce = secrets.token_bytes(_NONCE)
        encrypted = nonce + AESGCM(self.key).encrypt(nonce, content, name.encode())
        with _usable():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with held_file(self.folder, ".new-") as (handle, temporary):
                with os.fdopen(handle, "wb", closefd=False) as file:
                    file.write(encrypted)
                    file.flush()
                    os.fsync(handle)
                temporary.replace(self.folder / name)
            _sync(self.folder)
        return Sealed(name, hashlib.sha256(encrypted).hexdigest())

    def get(self, sealed: Sealed) -> bytes:
        """Return what was sealed; `Tampered` when the file is another one, or was changed or cut."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        with _usable():
            encrypted = (self.folder / sealed.name).read_bytes()
        try:
            if hashlib.sha256(encrypted).hexdigest() != sealed.seal:
                raise _tampered()
            return AESGCM(self.key).decrypt(encrypted[:_NONCE], encrypted[_NONCE:], sealed.name.encode())
        except (InvalidTag, ValueError):
            raise _tampered() from None

    def delete(self, name: str) -> None:
        """Delete a sealed file, if it is there; what cannot be deleted now is left to `clear`."""
        if _NAME.fullmatch(name):
            try:
                (self.folder / name).unlink(missing_ok=True)
            except OSError:
                return

    def clear(self, needed: Collection[str], over: Collection[str]) -> None:
        """Delete the files named in `over`, and those that nothing names and that are not of the last hour."""
        if not self.folder.is_dir():
            return
        for path in self.folder.glob("*.sealed"):
            if path.name in needed:
                continue
            if path.name in over or _is_old(path):
                self.delete(path.name)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > LONG_AGO
    except OSError:
        return False


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tampered() -> Tampered:
    return Tampered(
        "A sealed output is not what was sealed.",
        why="Its file was changed, cut, or exchanged for another.",
        remedy="Put the folder outputs/ back from a backup, or have the request withdrawn and made again.",
    )


@contextmanager
def _usable() -> Iterator[None]:
    """Turn trouble with files (absent, full disk, no right) into `Unavailable`."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "The folder of sealed outputs cannot be used.",
            why=f"The operating system says: {error.strerror or type(error).__name__}.",
            remedy="Look at the folder outputs/ of the installation and the space on its disk.",
        ) from None
