"""Backing up an installation while it works, and putting it back: whole, with a ledger that verifies, or not at all.

A backup is one tar file: a manifest with the SHA-256 of everything in it, the settings, the database as one moment saw
it, the snapshots, outputs, published answers and checkpoints. The private keys go into a file of their own, encrypted with a
passphrase (scrypt, RFC 7914; AES-256-GCM), so that the two can be kept apart. Treated copies and logs are left out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

import commonweal
from commonweal.errors import BadInput, Conflict, NotFound, Place, Tampered, Unavailable
from commonweal.installation.folder import SETTINGS, Layout
from commonweal.installation.making import make
from commonweal.installation.new_file import sync_folder
from commonweal.ledger.verification import Verified, verify

if TYPE_CHECKING:
    from commonweal.installation.installation import Installation

MANIFEST = "backup.json"
DATABASE = "metadata.sqlite3"

_MAGIC = b"commonweal keys 1\n"
_SALT, _NONCE = 16, 12
_PIECE = 1 << 20
_LEAST_PASSPHRASE = 12

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Backup:
    """What a backup holds: files and bytes, and the ledger in it, verified: entries and root (hex)."""

    path: Path
    keys: Path | None
    files: int
    bytes: int
    entries: int
    root: str


def _silent(_done: int, _total: int) -> None:
    """Show nothing."""


def back_up(
    installation: Installation,
    to: Path,
    *,
    keys: Path | None = None,
    passphrase: str = "",
    progress: Progress = _silent,
) -> Backup:
    """Write a backup to a new file, and the keys, encrypted, to another if one is named.

    The ledger in the copy is verified before the file gets its name. `Conflict` when a file of the name is there,
    `BadInput` for a passphrase under 12 characters, `Tampered` when the ledger does not verify, `Unavailable` when the
    disk cannot take it: then nothing is left behind. `progress` gets bytes written and bytes in all.
    """
    if keys is not None and len(passphrase) < _LEAST_PASSPHRASE:
        raise BadInput(
            "The keys need a passphrase.",
            why=f"Whoever has them can sign for every organisation here; it must have {_LEAST_PASSPHRASE} characters.",
            remedy="Set COMMONWEAL_BACKUP_PASSPHRASE, and keep it apart from the file.",
        )
    for path in filter(None, (to, keys)):
        if path.exists():
            raise Conflict(f"{path.name} is there already.", remedy="Choose another name; a backup replaces nothing.")
    try:
        with tempfile.TemporaryDirectory(prefix=".commonweal-backup-", dir=to.parent) as beside:
            made = _written(installation, Path(beside), to, progress)
            if keys is not None:
                _write_keys(installation.layout.keys, Path(beside) / "keys", passphrase)
                (Path(beside) / "keys").rename(keys)
            (Path(beside) / "backup").rename(to)
        sync_folder(to.parent)
    except OSError as error:
        raise Unavailable(
            "The backup could not be written.",
            why=f"The operating system says: {error.strerror or type(error).__name__}.",
            remedy="Choose a place with room. Nothing was left behind.",
        ) from error
    return Backup(to, keys, made.files, made.bytes, made.entries, made.root)


def restore(
    archive: Path,
    folder: Path,
    *,
    keys: Path,
    passphrase: str,
    against: str | None = None,
    progress: Progress = _silent,
) -> Verified:
    """Put a backup back into a new or empty folder; return the ledger in it, verified.

    `against` is the text of a checkpoint published later than any you fear was lost. `NotFound` for missing files,
    `BadInput` for what is no backup of ours or a passphrase that does not fit, `Tampered` when a file in it is not what
    the manifest says or the ledger does not verify: then there is no folder.
    """
    for path in (archive, keys):
        if not path.is_file():
            raise NotFound("There is no such file.", why="A restore needs the backup and its keys.", place=_at(path))
    opened = _opened_keys(keys, passphrase)
    verified: list[Verified] = []

    def fill(layout: Layout) -> None:
        _unpack(archive, layout, progress)
        for name, content in opened.items():
            _write(layout.keys / name, io.BytesIO(content))
        verified.append(verify(layout.folder / DATABASE, against=against))

    make(folder, fill)
    return verified[0]


def _written(installation: Installation, beside: Path, to: Path, progress: Progress) -> Backup:
    """Write the archive under a temporary name; the database first, the snapshots that it names after it."""
    copy = beside / DATABASE
    _copy_database(installation.settings.database.path(installation.folder), copy)
    found = verify(copy)
    parts = [(DATABASE, copy), *_parts(installation.layout)]
    total, done, sums = sum(path.stat().st_size for _, path in parts), 0, {}
    handle = os.open(beside / "backup", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, path in parts:
                with path.open("rb") as source:
                    counted = _Summed(source)
                    member = tarfile.TarInfo(name)
                    member.size = os.fstat(source.fileno()).st_size
                    tar.addfile(member, counted)
                sums[name] = counted.sum.hexdigest()
                done += member.size
                progress(done, total)
            said = _manifest(installation, sums, found)
            member = tarfile.TarInfo(MANIFEST)
            member.size = len(said)
            tar.addfile(member, io.BytesIO(said))
        file.flush()
        os.fsync(file.fileno())
    return Backup(to, None, len(parts), total, found.entries, found.root)


def _manifest(installation: Installation, sums: Mapping[str, str], found: Verified) -> bytes:
    said = {
        "commonweal": "backup/1",
        "version": commonweal.__version__,
        "name": installation.settings.name,
        "entries": found.entries,
        "root": found.root,
        "sha256": dict(sums),
    }
    return json.dumps(said, indent=2).encode()


def _copy_database(source: Path, to: Path) -> None:
    """Copy the database with SQLite's own backup, which sees one moment whatever is written meanwhile."""
    with sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True) as reading:
        writing = sqlite3.connect(to)
        try:
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE")
        finally:
            writing.close()
    reading.close()


def _parts(layout: Layout) -> Iterator[tuple[str, Path]]:
    """Yield the name in the archive and the place of every file that belongs to a backup."""
    yield SETTINGS, layout.settings
    for folder in (layout.data, layout.outputs, layout.published, layout.checkpoints):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(layout.folder).as_posix(), path


class _Summed:
    """A file that adds up what is read of it."""

    def __init__(self, source: IO[bytes]) -> None:
        self.sum = hashlib.sha256()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self.sum.update(piece)
        return piece


def _unpack(archive: Path, layout: Layout, progress: Progress) -> None:
    """Unpack an archive of ours, checking every file against the manifest, which is its last member."""
    total, sums = archive.stat().st_size, {}
    said: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, mode="r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or not _is_ours(member.name):
                    raise _not_ours(archive)
                if member.name == MANIFEST:
                    said = json.loads(content.read())
                else:
                    sums[member.name] = _write(layout.folder / member.name, content)
                progress(member.offset_data + member.size, total)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise _not_ours(archive) from error
    if not isinstance(said, dict) or said.get("commonweal") != "backup/1":
        raise _not_ours(archive)
    wanted = said.get("sha256")
    wrong = sorted(name for name in {*sums, *(wanted or {})} if (wanted or {}).get(name) != sums.get(name))
    if wrong:
        raise Tampered(
            "A file in the backup is not what was put there.",
            why="Its SHA-256 is not the one in the backup's manifest.",
            remedy="Use another backup; nothing was restored.",
            place=Place(file=wrong[0]),
        )


def _is_ours(name: str) -> bool:
    """Return whether a member may be unpacked: only what a backup holds, and never outside the folder."""
    path = PurePosixPath(name)
    if name in {MANIFEST, SETTINGS, DATABASE}:
        return True
    inside = len(path.parts) > 1 and path.parts[0] in {"data", "outputs", "checkpoints"}
    return inside and not path.is_absolute() and ".." not in path.parts and path.as_posix() == name


def _write(path: Path, content: IO[bytes]) -> str:
    """Write a file for its owner only, durably; return its SHA-256."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    summed = _Summed(content)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        while piece := summed.read(_PIECE):
            file.write(piece)
        file.flush()
        os.fsync(handle)
    return summed.sum.hexdigest()


def _write_keys(folder: Path, to: Path, passphrase: str) -> None:
    """Write the private keys, encrypted, for their owner only."""
    plain = json.dumps({path.name: path.read_bytes().hex() for path in sorted(folder.iterdir()) if path.is_file()})
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain.encode(), _MAGIC)
    _write(to, io.BytesIO(_MAGIC + salt + nonce + sealed))


def _opened_keys(path: Path, passphrase: str) -> dict[str, bytes]:
    """Return the private keys by file name; `BadInput` when the file or the passphrase is not right."""
    content = path.read_bytes()
    start = len(_MAGIC)
    salt, nonce = content[start : start + _SALT], content[start + _SALT : start + _SALT + _NONCE]
    try:
        if not content.startswith(_MAGIC):
            raise ValueError
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, content[start + _SALT + _NONCE :], _MAGIC)
        found = {name: bytes.fromhex(text) for name, text in json.loads(plain).items()}
    except (InvalidTag, ValueError) as error:
        raise BadInput(
            "The keys cannot be opened.",
            why="The passphrase does not fit, or the file is not the keys of a backup.",
            remedy="Set COMMONWEAL_BACKUP_PASSPHRASE to the one they were written with.",
            place=_at(path),
        ) from error
    if any(PurePosixPath(name).name != name for name in found):
        raise _not_ours(path)
    return found


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())


def _at(path: Path) -> Place:
    return Place(file=path.name)


def _not_ours(path: Path) -> BadInput:
    return BadInput(
        "This is no backup of an installation.",
        why="It is not of the form that `commonweal backup` writes, or not whole.",
        remedy="Name the file that it wrote.",
        place=_at(path),
    )
