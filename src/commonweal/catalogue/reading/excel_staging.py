"""Excel workbooks (.xlsx, .xls): one sheet, written out as CSV text and then staged like any other."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonweal.catalogue.names import nearest
from commonweal.catalogue.reading.csv_staging import stage_csv
from commonweal.catalogue.reading.dialect import Dialect
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.catalogue.reading.source_files import Form
from commonweal.catalogue.reading.staging import Choose, Staged
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
ERROR_CELL = re.compile(rb'<c (?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3}[0-9]{1,7})"')
_FORMULA = rb"<f(?:/>|>[^<]{0,8192}</f>|\s[^>]*>[^<]{0,8192}</f>)"
NO_RESULT = re.compile(rb'<c [^>]*\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*' + _FORMULA + rb"\s*(?:<v\s*/>|<v></v>|</c>)")
MOST_SHEET_BYTES = 2 * 2**30
UNPROTECT = "Save it without a password and add that."


def stage_excel(
    connection: DuckDBPyConnection,
    book: Path,
    form: Form,
    label: str,
    sheet: str,
    choose: Choose,
    limits: ReadingLimits,
    *,
    expected: frozenset[str] = frozenset(),
) -> Staged:
    """Stage one sheet: the named one, or the only one that holds something.

    BadInput for a password, damage, a bomb, several sheets without a choice, and cells whose formula failed.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # lazy: only workbooks need it

    if form is Form.ZIP:
        _check_package(book, label, limits)
    elif ENCRYPTED in book.read_bytes():
        raise BadInput("The workbook is protected with a password.", remedy=UNPROTECT, place=Place(label))
    try:
        opened = CalamineWorkbook.from_path(str(book))
        name, rows, above = _rows(opened, sheet, label)
    except PasswordError:
        raise BadInput("The workbook is protected with a password.", remedy=UNPROTECT, place=Place(label)) from None
    except (CalamineError, OSError, ValueError):
        raise BadInput(
            "The workbook is damaged.",
            why="It cannot be opened as Excel.",
            remedy="Open it and save it again.",
            place=Place(label),
        ) from None
    where = f"{label}, sheet {name}" if len(opened.sheet_names) > 1 else label
    if form is Form.ZIP:
        _check_formulas(book, opened.sheet_names.index(name), where)
    text = book.with_name(f"{book.name}.csv")
    with text.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        empty = 0  # rows that are formatted and empty end most sheets: they are written only if something follows
        for row in rows:
            texts = [_text(cell) for cell in row]
            if not any(texts):
                empty += 1
                continue
            writer.writerows([[""] * len(texts)] * empty)
            writer.writerow(texts)
            empty = 0
    return stage_csv(connection, text, where, choose, limits, before=above, dialect=Dialect(), expected=expected)


def _rows(opened: Any, sheet: str, label: str) -> tuple[str, Iterable[list[Any]], int]:
    """Return the chosen sheet's name, its rows and how many empty rows stand above them."""
    names = list(opened.sheet_names)
    if sheet:
        if sheet not in names:
            near = nearest(sheet, names)
            raise BadInput(
                "The workbook has no sheet of that name.",
                remedy=f"Did you mean {near}?" if near else f"It has {', '.join(names[:20])}.",
                place=Place(label),
            )
        names = [sheet]
    filled = [name for name in names if opened.get_sheet_by_name(name).height > 0]
    if not filled:
        raise BadInput("The workbook is empty.", place=Place(label))
    if len(filled) > 1:
        raise BadInput(
            "The workbook has more than one sheet with data.",
            why=f"They are {', '.join(filled[:20])}.",
            remedy="Say which one: --sheet NAME.",
            place=Place(label),
        )
    found = opened.get_sheet_by_name(filled[0])
    above = found.start[0] if found.start else 0
    # Row by row: a sheet of a million rows as a list would take a gigabyte.
    return filled[0], itertools.islice(found.iter_rows(), above, None), above


def _text(cell: Any) -> str:
    """Return a cell as text: whole numbers without a point, dates as ISO."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _check_package(book: Path, label: str, limits: ReadingLimits) -> None:
    """Raise BadInput unless the zip is a workbook that expands to a believable size."""
    try:
        with zipfile.ZipFile(book) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadInput(
            "The workbook is damaged.", why="Its zip package cannot be opened.", place=Place(label)
        ) from None
    if not any(part.filename == "xl/workbook.xml" or part.filename.endswith("/workbook.bin") for part in parts):
        raise BadInput(
            "The file is a zip archive, not a table.",
            remedy="Take the table out of it and add that.",
            place=Place(label),
        )
    expanded = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if expanded > MOST_SHEET_BYTES or (expanded > limits.small_expansion and expanded / packed > limits.expansion):
        raise BadInput(
            "The workbook expands beyond all measure.",
            why=f"Its parts grow {expanded / packed:,.0f} times, to {expanded / 2**20:,.0f} MiB.",
            remedy="Export the sheet as CSV and add that.",
            place=Place(label),
        )


def _check_formulas(book: Path, index: int, where: str) -> None:
    """Raise BadInput with the cell for a formula that failed, or whose result was never stored: its value is not known."""
    with zipfile.ZipFile(book) as package:
        path = _sheet_path(package, index)
        if path is None:
            return
        with package.open(path) as part:
            kept = b""
            while chunk := part.read(2**20):
                window = kept + chunk
                for pattern, what in ((ERROR_CELL, "ends in an error"), (NO_RESULT, "has no stored result")):
                    if found := pattern.search(window):
                        cell = found.group(1).decode()
                        raise BadInput(
                            f"A formula {what}.",
                            remedy="Mend it, or paste the values over the formulas, and save the workbook again.",
                            place=Place(
                                where,
                                row=int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
                                column=cell.rstrip("0123456789"),
                            ),
                        )
                kept = window[-20_000:]


def _sheet_path(package: zipfile.ZipFile, index: int) -> str | None:
    """Return the package part that holds the `index`-th sheet."""
    try:
        book = package.read("xl/workbook.xml").decode("utf-8", "replace")
        links = package.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    ids = re.findall(r"<(?:\w+:)?sheet\b[^>]*\br:id=\"([^\"]+)\"", book)
    targets = {}
    for link in re.findall(r"<Relationship\b[^>]*>", links):
        named, target = re.search(r'\bId="([^"]+)"', link), re.search(r'\bTarget="([^"]+)"', link)
        if named and target:
            targets[named.group(1)] = target.group(1)
    target_path = targets.get(ids[index]) if index < len(ids) else None
    if target_path is None:
        return None
    path = target_path.lstrip("/") if target_path.startswith("/") else f"xl/{target_path}"
    return path if path in package.namelist() else None
