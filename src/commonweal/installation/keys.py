"""The secrets of one installation: a master key, its own signing key, and one signing key for each organisation.

Private keys are files (0600) under ``keys/`` that are made here and never leave: nothing in this project prints,
exports or sends one. Sub-keys come from the master key by HKDF (RFC 5869) with SHA-256; signatures are Ed25519 (RFC
8032), stored as PKCS #8 PEM (RFC 5958).
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from commonweal.errors import Conflict, NotFound, Unavailable
from commonweal.installation.new_file import write_new

_MASTER = "master.key"
_INSTALLATION = "installation.pem"
_ORGANISATION = "organisation-{}.pem"
_ORGANISATION_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_MASTER_BYTES = 32


def create_keys(folder: Path) -> None:
    """Make the master key and the installation's signing key in an empty folder that only its owner can read."""
    write_new(folder / _MASTER, secrets.token_bytes(_MASTER_BYTES))
    write_new(folder / _INSTALLATION, _new_signing_key())


class Keys:
    """The keys in one folder. `Conflict` on making one whose key files other users of the machine could read."""

    def __init__(self, folder: Path) -> None:
        """Check every key file's permissions and read the master key; the others are read when they are used."""
        self.folder = folder
        for path in sorted(folder.glob("*")):
            _refuse_if_readable_by_others(path)
        self._public_keys: tuple[object, dict[str, bytes]] | None = None
        self._master = _read(folder / _MASTER)
        if len(self._master) != _MASTER_BYTES:
            raise Unavailable(
                "The master key is damaged.",
                why=f"keys/{_MASTER} is not {_MASTER_BYTES} bytes long.",
                remedy="Put the file back from your backup; without it tokens and the names in the ledger are lost.",
            )

    def __repr__(self) -> str:
        """Return where the keys are, and nothing of them."""
        return f"Keys({str(self.folder)!r})"

    def __reduce__(self) -> str:
        """Refuse to be copied to another process or file: keys do not travel."""
        raise TypeError("keys are never copied; open the installation again instead")

    def secret(self, purpose: str) -> bytes:
        """Return the 32-byte sub-key for a purpose: the same each time, and telling nothing of any other."""
        info = b"commonweal/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._master)

    @cached_property
    def installation(self) -> Ed25519PrivateKey:
        """Return the installation's own signing key, which signs the ledger's checkpoints."""
        return _load(self.folder / _INSTALLATION)

    def organisation(self, name: str) -> Ed25519PrivateKey:
        """Return an organisation's signing key; `NotFound`, with the nearest name, if this installation holds none."""
        path = self.folder / _ORGANISATION.format(name)
        if not _ORGANISATION_NAME.fullmatch(name) or not path.is_file():
            near = get_close_matches(name, self.organisations(), n=1)
            raise NotFound(
                "This installation holds no key of an organisation with this name.",
                why="A key is made when the organisation is added here, and never leaves its installation.",
                remedy=f"Did you mean {near[0]}?" if near else "See the names with: commonweal organisation list",
            )
        return _load(path)

    def organisations(self) -> tuple[str, ...]:
        """Return the names of the organisations whose keys are here."""
        before, after = _ORGANISATION.split("{}")
        names = (path.name.removeprefix(before).removesuffix(after) for path in self.folder.glob(f"{before}*{after}"))
        return tuple(sorted(names))

    def make_organisation(self, name: str) -> Ed25519PublicKey:
        """Make an organisation's key if there is none yet, and return its public half.

        A key that is there already is kept: it is left from an act that did not finish, and has signed nothing.
        """
        if not _ORGANISATION_NAME.fullmatch(name):
            raise ValueError("this is not the name of an organisation")
        with suppress(FileExistsError):
            write_new(self.folder / _ORGANISATION.format(name), _new_signing_key())
        return self.public_key(name)

    def public_key(self, name: str) -> Ed25519PublicKey:
        """Return the public half of an organisation's key; `NotFound` if this installation holds none."""
        return self.organisation(name).public_key()

    def public_keys(self) -> dict[str, bytes]:
        """Return the public halves (32 bytes) of all organisations' keys here, by name.

        They are read again when a file was added, removed or changed, or its permissions were.
        """
        state = _state(self.folder)
        if self._public_keys is None or self._public_keys[0] != state:
            found = {name: self.public_key(name).public_bytes_raw() for name in self.organisations()}
            self._public_keys = (state, found)
        return dict(self._public_keys[1])


def public_text(key: Ed25519PublicKey) -> str:
    """Return a public key as people hand it on: 64 hexadecimal digits."""
    return key.public_bytes_raw().hex()


def _state(folder: Path) -> object:
    """Return what differs when a key file does; a change that keeps all of it would need the system's clock set back."""
    files = sorted((entry.name, entry.stat()) for entry in os.scandir(folder))
    return [
        (name, found.st_ino, found.st_size, found.st_mode, found.st_mtime_ns, found.st_ctime_ns)
        for name, found in files
    ]


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise _damaged(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(path)
    return key


def _damaged(path: Path) -> Unavailable:
    return Unavailable(
        "A signing key is damaged.",
        why=f"keys/{path.name} is not an Ed25519 key in PEM form.",
        remedy="Put the file back from your backup.",
    )


def _read(path: Path) -> bytes:
    _refuse_if_readable_by_others(path)
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Unavailable(
            "A key of this installation is missing.",
            why=f"There is no file keys/{path.name}.",
            remedy="Put the folder keys/ back from your backup; it cannot be made again.",
        ) from error
    except OSError as error:
        raise Unavailable(
            "A key of this installation cannot be read.",
            why=f"The operating system says of keys/{path.name}: {error.strerror}.",
            remedy="Run commonweal as the user who owns the folder.",
        ) from error


def _refuse_if_readable_by_others(path: Path) -> None:
    if os.name == "nt":  # Windows has access lists instead; the folder inherits its owner's
        return
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise Conflict(
                "Other users of this machine may read a private key.",
                why=f"keys/{path.name} has the permissions {mode:04o}; a key must have 0600.",
                remedy=f"Run: chmod 600 {path} - and think about who may have read it.",
            )
