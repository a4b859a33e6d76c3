"""An answer as an Excel workbook (Office Open XML, ECMA-376): the table on one sheet, what belongs to it on another.

Text is written as text in the cells themselves, so no cell can be a formula, whatever it begins with.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from commonweal.gateway.answer import CONFIDENTIAL, Answer

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEETS = ("Answer", "About")
_LARGEST_EXACT = 10**15
"""Excel has 15 digits: a longer whole number is written as text, whole."""

MOST_ROWS = 1_048_575
_LONGEST = 32_767


def workbook(answer: Answer) -> bytes:
    """Return the answer as the bytes of an .xlsx file; rows beyond what a sheet has room for are left out, and said so."""
    about = [[line] for line in answer.legend()]
    if answer.table.num_rows > MOST_ROWS:
        about.insert(0, [f"Only the first {MOST_ROWS:,} rows are in this workbook."])
    about += [["Question"], *([line] for line in answer.sql.splitlines())]
    about += [["Data"], *([dataset] for dataset in answer.datasets)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in _parts(_rows(answer), about).items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _rows(answer: Answer) -> list[list[object]]:
    """Return the head and the rows: margins in columns of their own, as in CSV."""
    hidden = {(cell.row, cell.column) for cell in answer.withheld}
    margins = {(margin.row, margin.column): margin.as_dict() for margin in answer.margins}
    with_margin = {margin.column for margin in answer.margins}
    rows: list[list[object]] = [
        [head for name in answer.columns for head in _heads(name, with_margin)],
    ]
    for number, row in enumerate(answer.rows[:MOST_ROWS]):
        cells: list[object] = []
        for name, value in zip(answer.columns, row, strict=True):
            cells.append(CONFIDENTIAL if (number, name) in hidden else value)
            if name in with_margin:
                margin = margins.get((number, name), {})
                cells += [margin.get("low"), margin.get("high")]
        rows.append(cells)
    return rows


def _heads(name: str, with_margin: set[str]) -> list[str]:
    return [name, f"{name} low", f"{name} high"] if name in with_margin else [name]


def _parts(rows: Sequence[Sequence[object]], about: Sequence[Sequence[object]]) -> dict[str, str]:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>' for n in (1, 2)
    )
    sheets = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(_SHEETS, 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2)
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/worksheets/sheet1.xml": _sheet(rows),
        "xl/worksheets/sheet2.xml": _sheet(about),
    }


def _sheet(rows: Iterable[Sequence[object]]) -> str:
    written = "".join(f"<row>{''.join(_cell(value) for value in row)}</row>" for row in rows)
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{written}</sheetData></worksheet>'


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < _LARGEST_EXACT):
        return f"<c><v>{value!r}</v></c>"
    text = "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in str(value))[:_LONGEST]
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
