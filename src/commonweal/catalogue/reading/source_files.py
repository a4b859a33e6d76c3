"""Which files a source is made of, and what each really is, whatever its name says."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.errors import BadInput, NotFound, Place


class Form(StrEnum):
    """What a file's first bytes say it is."""

    TEXT = "text"
    GZIP = "gzip"
    PARQUET = "Parquet"
    ZIP = "zip"
    OLE = "Excel 97"


FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"ARROW1", "an Arrow file"),
)
REMEDY = "Export the table as CSV, Parquet or Excel and add that."


@dataclass(frozen=True)
class SourceFile:
    """One file to read: where it is, what people call it in messages, its size, and when it was last changed (ns)."""

    path: Path
    label: str
    size: int
    changed: int
    inode: int


def find_files(path: Path, limits: ReadingLimits) -> tuple[list[SourceFile], list[str]]:
    """Return the files of a source (itself, or the files directly in a folder, by name) and notes on what was passed over.

    Links in a folder are not followed and hidden files not read. Errors: NotFound if nothing is there, BadInput for what
    is no regular file, empty, unreadable, or too large.
    """
    status = _status(path)
    notes: list[str] = []
    if not stat.S_ISDIR(status.st_mode):
        return [_source_file(path, path.name, limits)], notes
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError as error:
        raise BadInput("The folder cannot be read.", why=f"{error.strerror}.", place=Place(path.name)) from None
    files = []
    for entry in entries:
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_file(follow_symlinks=False):
            files.append(_source_file(path / entry.name, f"{path.name}/{entry.name}", limits))
        else:
            notes.append(f"{path.name}/{entry.name} is a link or folder and was not read.")
    if not files:
        raise BadInput("The folder holds no file to read.", remedy=REMEDY, place=Place(path.name))
    if len(files) > limits.files:
        raise BadInput(f"The folder holds over {limits.files:,} files.", place=Place(path.name))
    if sum(file.size for file in files) > limits.source_bytes:
        raise _too_large(path.name, limits)
    return files, notes


def form_of(head: bytes, label: str) -> Form:
    """Return what a file beginning with `head` (some thousand bytes) is; BadInput if it is nothing that holds a table."""
    if head.startswith(b"\x1f\x8b"):
        return Form.GZIP
    if head.startswith(b"PAR1"):
        return Form.PARQUET
    if head.startswith(b"PARE"):
        raise BadInput("The Parquet file is encrypted.", remedy="Export it without encryption.", place=Place(label))
    if head.startswith(b"PK\x03\x04"):
        return Form.ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Form.OLE
    what = next((name for magic, name in FOREIGN if head.startswith(magic)), "") or _text_of_another_kind(head)
    if what:
        raise BadInput(
            f"The file is {what}, not a table.", why="Its first bytes say so.", remedy=REMEDY, place=Place(label)
        )
    return Form.TEXT


def _text_of_another_kind(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if text.startswith((b"<?xml", b"<svg", b"<")) and b">" in head:
        return "XML"
    if text[:1] in (b"{", b"[") and text[1:].lstrip()[:1] in (b'"', b"{", b"[", b"}", b"]"):
        return "JSON"
    return ""


def _status(path: Path) -> os.stat_result:
    label = path.name
    try:
        return os.stat(path)  # noqa: PTH116 - the errors of a plain call are what is read below
    except FileNotFoundError:
        raise NotFound("There is no such file or folder.", remedy="Check the path.", place=Place(label)) from None
    except (OSError, ValueError) as error:
        why = f"{error.strerror}." if isinstance(error, OSError) and error.strerror else "Its path is not a path."
        raise BadInput("The file cannot be read.", why=why, place=Place(label[:80].replace("\0", "?"))) from None


def _source_file(path: Path, label: str, limits: ReadingLimits) -> SourceFile:
    status = _status(path)
    if not stat.S_ISREG(status.st_mode):
        raise BadInput(
            "That is not a file.", why="It is a pipe, a device or a socket.", remedy=REMEDY, place=Place(label)
        )
    if not os.access(path, os.R_OK):
        raise BadInput("The file cannot be read.", why="Permission denied.", place=Place(label))
    if status.st_size == 0:
        raise BadInput("The file is empty.", remedy="Export it again.", place=Place(label))
    if status.st_size > limits.source_bytes:
        raise _too_large(label, limits)
    return SourceFile(path, label, status.st_size, status.st_mtime_ns, status.st_ino)


def _too_large(label: str, limits: ReadingLimits) -> BadInput:
    return BadInput(
        f"The source is larger than {limits.source_bytes / 2**30:.3g} GiB.",
        remedy="Split it, or raise the limit.",
        place=Place(label),
    )
