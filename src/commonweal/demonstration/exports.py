"""Files as a person would have exported them: one for each dataset, each with the habits of the system it came from."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from commonweal.demonstration.draws import Integers


@dataclass(frozen=True)
class Export:
    """One file: its name, the habits it is written with, and its columns of text, all of one length.

    `as_of` is the day the data speaks for; it is in the file's name too, as people write it.
    """

    dataset: str
    file: str
    as_of: date
    columns: Mapping[str, list[str]]
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"

    @property
    def rows(self) -> int:
        """Return how many rows the file has, its header not counted."""
        return len(next(iter(self.columns.values())))

    def content(self) -> bytes:
        """Return the file's bytes before any compression."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerow(self.columns)
        writer.writerows(zip(*self.columns.values(), strict=True))
        return text.getvalue().encode(self.encoding)


def write_export(export: Export, folder: Path) -> Path:
    """Write one file into `folder`, whole or not at all; compress it when its name ends in ``.gz``. Return its path."""
    content = export.content()
    if export.file.endswith(".gz"):
        content = gzip.compress(content, compresslevel=3, mtime=0)
    return write_whole(folder / export.file, content)


def write_whole(path: Path, content: bytes) -> Path:
    """Write `content` to `path` so that there is the whole file or none: under another name first, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path


def numbers(values: Integers) -> list[str]:
    """Return whole numbers as text."""
    return list(map(str, values.tolist()))


def words(names: tuple[str, ...], indexes: Integers) -> list[str]:
    """Return the name for each index."""
    return [names[i] for i in indexes.tolist()]


def money(pence: Integers) -> list[str]:
    """Return pence as pounds: ``1234.50``."""
    return [f"{value // 100}.{value % 100:02d}" for value in pence.tolist()]


def iso_days(days: NDArray[np.datetime64]) -> list[str]:
    """Return days as ``2026-09-30``."""
    text: list[str] = np.datetime_as_string(days.astype("datetime64[D]")).tolist()
    return text


def uk_days(days: NDArray[np.datetime64]) -> list[str]:
    """Return days as ``30/09/2026``."""
    return [f"{day[8:]}/{day[5:7]}/{day[:4]}" for day in iso_days(days)]
