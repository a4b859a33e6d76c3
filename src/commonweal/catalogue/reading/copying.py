"""Copying a source into the workspace: one pass that hashes, expands, decodes to UTF-8 and stops early at anything wrong.

The copy is what is read afterwards, so nobody can change it on the way; the source is checked for changes at the end.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from commonweal.catalogue.reading.encodings import checked_start, single_byte_encoding, wide_encoding
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.catalogue.reading.source_files import Form, SourceFile, form_of
from commonweal.errors import BadInput, Place

CHUNK = 2**20
HEAD = 2**16


@dataclass(frozen=True)
class Copied:
    """A copy of a source file: where, what it is (text is UTF-8 with LF), its source's SHA-256, encoding and notes."""

    path: Path
    form: Form
    sha256: str
    notes: tuple[str, ...] = ()


class _Hashing(io.RawIOBase):
    """A file that hashes and counts what is read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        self.count += len(data)
        return len(data)


def copy_source(
    source: SourceFile, workspace: Path, limits: ReadingLimits, progress: Callable[[float], None]
) -> Copied:
    """Copy `source` into `workspace`; BadInput with the line for anything that no honest table holds."""
    target = workspace / "copied"
    try:
        descriptor = os.open(source.path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise BadInput("The file cannot be read.", why=f"{error.strerror}.", place=Place(source.label)) from None
    with os.fdopen(descriptor, "rb") as file:
        hashing = _Hashing(file)
        reader = io.BufferedReader(hashing, CHUNK)
        form = form_of(reader.peek(HEAD)[:HEAD], source.label)
        notes: tuple[str, ...] = ()
        if form in (Form.TEXT, Form.GZIP):
            chunks = _expanded(reader, hashing, source, limits) if form is Form.GZIP else _plain(reader)
            target, notes = _copy_text(_reporting(chunks, hashing, source.size, progress), target, source.label, limits)
            form = Form.TEXT
        else:
            with target.open("wb") as out:
                for chunk in _reporting(_plain(reader), hashing, source.size, progress):
                    out.write(chunk)
        _check_unchanged(file, hashing, source)
        return Copied(target, form, hashing.digest.hexdigest(), notes)


def _plain(reader: io.BufferedReader[_Hashing]) -> Iterator[bytes]:
    while chunk := reader.read(CHUNK):
        yield chunk


def _reporting(
    chunks: Iterator[bytes], hashing: _Hashing, size: int, progress: Callable[[float], None]
) -> Iterator[bytes]:
    for chunk in chunks:
        progress(hashing.count / max(size, 1))
        yield chunk


def _expanded(
    reader: io.BufferedReader[_Hashing], hashing: _Hashing, source: SourceFile, limits: ReadingLimits
) -> Iterator[bytes]:
    """Yield what a gzip file holds, counting as it goes: a bomb is noticed after some megabytes, not at its end."""
    place = Place(source.label)
    expanded = 0
    try:
        with gzip.GzipFile(fileobj=reader) as opened:
            while chunk := opened.read(CHUNK):
                expanded += len(chunk)
                ratio = expanded / max(hashing.count, 1)
                if expanded > limits.expanded_bytes or (expanded > limits.small_expansion and ratio > limits.expansion):
                    raise BadInput(
                        "The compressed file expands beyond all measure.",
                        why=f"It grew {ratio:,.0f} times, to over {expanded / 2**20:,.0f} MiB; the limits are "
                        f"{limits.expansion:,.0f} times and {limits.expanded_bytes / 2**20:,.0f} MiB.",
                        remedy="Add the file uncompressed if it is what it should be.",
                        place=place,
                    )
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadInput("The compressed file is damaged.", remedy="Compress or copy it again.", place=place) from None


def _copy_text(
    chunks: Iterator[bytes], target: Path, label: str, limits: ReadingLimits
) -> tuple[Path, tuple[str, ...]]:
    """Write the text as UTF-8 with LF ends; return where it lies and what was found about its encoding."""
    first = next(chunks, b"")
    if not first:
        raise BadInput("The file is empty.", place=Place(label))
    form = form_of(first[:HEAD], label)
    if form is not Form.TEXT:
        raise BadInput(f"The compressed file holds {form.value} data.", remedy="Add what is in it.", place=Place(label))
    wide = wide_encoding(first[:HEAD])
    checked_start(first[:HEAD], wide, label)
    cleaner = _Lines(label, limits)
    notes = (f"{label} was read as {wide.upper()}.",) if wide else ()
    with target.open("wb") as out:
        for chunk in _decoded(first, chunks, wide, label):
            out.write(cleaner.take(chunk))
        out.write(cleaner.end())
    if cleaner.is_utf8:
        return target, notes
    encoding = single_byte_encoding(target, label)
    recoded = target.with_name("recoded")
    with target.open("rb") as old, recoded.open("wb") as out:
        while chunk := old.read(CHUNK):
            out.write(chunk.decode(encoding, errors="replace").encode())
    return recoded, (f"{label} is not UTF-8 and was read as {encoding}: check that names with accents are right.",)


def _decoded(first: bytes, rest: Iterator[bytes], wide: str, label: str) -> Iterator[bytes]:
    """Yield the text as bytes that extend ASCII: UTF-16 and UTF-32 are decoded here, the rest is left as it is."""
    if not wide:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(wide)()
    try:
        yield decoder.decode(first).removeprefix("\ufeff").encode()
        for chunk in rest:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        raise BadInput(
            f"The file is not {wide.upper()} throughout.", remedy="Save it as UTF-8.", place=Place(label)
        ) from None


class _Lines:
    """Makes every line end LF, and stops at NUL bytes and at lines longer than any table has."""

    def __init__(self, label: str, limits: ReadingLimits) -> None:
        self.label = label
        self.longest = limits.line_bytes
        self.lines = 1
        self.open_bytes = 0
        self.carriage = False
        self.is_utf8 = True
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def take(self, chunk: bytes) -> bytes:
        """Return the chunk with LF line ends; a CR at its end waits for the next."""
        if self.carriage:
            chunk = b"\r" + chunk
        self.carriage = chunk.endswith(b"\r")
        if self.carriage:
            chunk = chunk[:-1]
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._check(chunk)
        return chunk

    def end(self) -> bytes:
        """Return what was still waiting."""
        if self.is_utf8:
            try:
                self.decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self.is_utf8 = False
        return b"\n" if self.carriage else b""

    def _check(self, chunk: bytes) -> None:
        nul = chunk.find(b"\0")
        if nul >= 0:
            line = self.lines + chunk.count(b"\n", 0, nul)
            raise BadInput(
                "The file holds NUL bytes.",
                why="No text does.",
                remedy="Export it again.",
                place=Place(self.label, line=line),
            )
        first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
        reach = self.open_bytes + (len(chunk) if first < 0 else first)
        if reach > self.longest:
            raise BadInput(
                f"A line is longer than {self.longest // 1024:,} KiB.",
                why="A table has shorter lines; a quote that is never closed, or a file that is no table, looks like this.",
                place=Place(self.label, line=self.lines),
            )
        self.open_bytes = reach if first < 0 else len(chunk) - last - 1
        self.lines += chunk.count(b"\n")
        if self.is_utf8:
            try:
                self.decoder.decode(chunk)
            except UnicodeDecodeError:
                self.is_utf8 = False


def _check_unchanged(file: BinaryIO, hashing: _Hashing, source: SourceFile) -> None:
    now = os.fstat(file.fileno())
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (hashing.count, source.changed, source.inode):
        raise BadInput(
            "The file changed while it was being read.",
            remedy="Wait until it is complete and add it again.",
            place=Place(source.label),
        )
