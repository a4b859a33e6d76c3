"""One reading, from a source's path to a clean snapshot file: read it as the list of steps it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonweal.catalogue.contract import Contract
from commonweal.catalogue.document import contract_document
from commonweal.catalogue.reading.checks import check_unique, known_values, notes_on
from commonweal.catalogue.reading.clean import PlannedColumn, set_aside, why_missing, write_clean
from commonweal.catalogue.reading.conversions import snapshot_type
from commonweal.catalogue.reading.copying import Copied, copy_source
from commonweal.catalogue.reading.csv_staging import stage_csv
from commonweal.catalogue.reading.date_order import date_orders, settled_order
from commonweal.catalogue.reading.drafting import counted, draft, with_codes
from commonweal.catalogue.reading.excel_staging import stage_excel
from commonweal.catalogue.reading.inference import infer
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.catalogue.reading.matching import draft_names, expected_words, left_out, match
from commonweal.catalogue.reading.parquet_staging import stage_parquet
from commonweal.catalogue.reading.proposed_levels import with_levels
from commonweal.catalogue.reading.source_files import Form, SourceFile, find_files
from commonweal.catalogue.reading.staging import SourceColumn, Staged, text_literal
from commonweal.catalogue.reading.table import StagedTable, together
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Report = Callable[[str, float], None]
"""Takes what is being done and how much of the whole is done, 0 to 1."""


@dataclass(frozen=True)
class Request:
    """What to read: the source, the contract (None to draft one named so), the sheet, where to work, and the limits."""

    path: Path
    contract: Contract | None
    draft_id: str
    draft_name: str
    sheet: str
    workspace: Path
    limits: ReadingLimits


def read(request: Request, connection: DuckDBPyConnection, report: Report) -> dict[str, Any]:
    """Write `clean.parquet` (and `rejected.csv`) into the workspace and return what was found as plain JSON values."""
    files, notes = find_files(request.path, request.limits)
    table, digests, more = _staged(request, files, connection, report)
    notes += more
    report("typing", 0.5)
    row = connection.execute(f"SELECT count(*) FROM {table.relation}").fetchone()
    staged_rows = int(row[0]) if row else 0
    rows = staged_rows + sum(len(file.faults) for file in table.files)
    if rows == 0:
        raise BadInput("The file has a header and no rows.", remedy="Export it again.", place=Place(table.label))
    if rows > request.limits.rows:
        raise BadInput(f"The source has over {request.limits.rows:,} rows.", place=Place(table.label))
    if request.contract is None:
        contract, plan, doubts = _drafted(request, table, connection, max(staged_rows, 1))
        notes += doubts
    else:
        contract, plan = _declared(request.contract, table, connection)
    report("writing", 0.65)
    clean = request.workspace / "clean.parquet"
    kept = write_clean(connection, table, plan, clean)
    faults = set_aside(
        connection, table, plan, request.workspace / "rejected.csv", rows=rows, kept=kept, limits=request.limits
    )
    report("checking", 0.85)
    relation = f"read_parquet({text_literal(str(clean))})"
    check_unique(connection, contract, relation, table.label)
    if request.contract is None:
        contract = counted(connection, contract, relation, kept)
    known = known_values(connection, contract, relation)
    if request.contract is None:
        contract, more = with_levels(connection, with_codes(connection, contract, relation, known), relation)
        notes += more
    changed = max(file.changed for file in files)
    notes += notes_on(connection, contract, relation, datetime.fromtimestamp(changed / 1e9, tz=UTC).date())
    return {
        "contract": contract_document(contract),
        "rows": kept,
        "rejected_rows": rows - kept,
        "faults": [asdict(fault) for fault in faults],
        "known_values": {name: list(values) for name, values in known.items()},
        "notes": notes,
        "digests": digests,
        "changed": changed,
    }


def _staged(
    request: Request, files: Sequence[SourceFile], connection: DuckDBPyConnection, report: Report
) -> tuple[StagedTable, list[str], list[str]]:
    """Return the source as one staged table, the SHA-256 of each file, and notes."""
    total = sum(file.size for file in files)
    done = 0
    staged: list[Staged] = []
    chosen: list[list[int]] = []
    digests, notes = [], []
    for number, file in enumerate(files):
        place = request.workspace / f"file-{number}"
        place.mkdir()
        before = done

        def copying(share: float, before: int = before, size: int = file.size) -> None:
            report("reading", 0.45 * (before + share * size) / total)

        copied = copy_source(file, place, request.limits, copying)
        choose = _Chooser(request.contract, staged[0].columns if staged else None)
        staged.append(_stage(request, copied, file.label, choose, connection))
        chosen.append(choose.chosen)
        digests.append(copied.sha256)
        notes += [*copied.notes, *staged[-1].notes]
        if request.contract is not None and (note := left_out(staged[-1].columns, choose.chosen, file.label)):
            notes.append(note)
        copied.path.unlink() if copied.form is Form.TEXT else None
        done += file.size
    return together(staged, chosen), digests, notes


class _Chooser:
    """Chooses the columns of one file to read: the contract's, or all, in the order of the first file."""

    def __init__(self, contract: Contract | None, first: Sequence[SourceColumn] | None) -> None:
        self.contract = contract
        self.first = first
        self.chosen: list[int] = []

    def __call__(self, columns: Sequence[SourceColumn], label: str) -> list[int]:
        if self.contract is not None:
            self.chosen = match(self.contract, columns, label)
        elif self.first is None:
            self.chosen = list(range(len(columns)))
        else:
            self.chosen = self._like_first(columns, label)
        return list(dict.fromkeys(self.chosen))

    def _like_first(self, columns: Sequence[SourceColumn], label: str) -> list[int]:
        ours = [column.header for column in columns]
        theirs = [column.header for column in self.first or ()]
        if sorted(ours) != sorted(theirs):
            raise BadInput(
                "The files of the folder have different shapes.",
                why="This one has not the columns of the first.",
                remedy="Keep one table in one folder.",
                place=Place(label, row=1),
            )
        return [ours.index(header) for header in theirs] if all(theirs) else list(range(len(ours)))


def _stage(request: Request, copied: Copied, label: str, choose: _Chooser, connection: DuckDBPyConnection) -> Staged:
    expected = expected_words(request.contract)
    if copied.form is Form.TEXT:
        return stage_csv(connection, copied.path, label, choose, request.limits, expected=expected)
    if copied.form is Form.PARQUET:
        return stage_parquet(connection, copied.path, label, choose, request.limits)
    return stage_excel(
        connection, copied.path, copied.form, label, request.sheet, choose, request.limits, expected=expected
    )


def _declared(
    contract: Contract, table: StagedTable, connection: DuckDBPyConnection
) -> tuple[Contract, list[PlannedColumn]]:
    """Return the contract with the types its snapshot has, and how each column is read."""
    columns = []
    for column in contract.columns:
        kind = snapshot_type(column)
        if not kind:
            raise BadInput(
                "A column of the contract is no single value.",
                why=f"Its type is {column.logical_type}.",
                remedy="Give each of its parts a column of its own.",
                place=Place(table.label, column=column.name),
            )
        columns.append(replace(column, physical_type=kind))
    dated = [
        i for i, column in enumerate(columns) if column.physical_type in ("DATE", "TIMESTAMP") and not table.types[i]
    ]
    orders = date_orders(connection, table, dated)
    plan = []
    for i, column in enumerate(columns):
        order = settled_order(column, orders[i], table.label) if i in orders else ""
        plan.append(PlannedColumn(column, i, table.types[i], order, why_missing(column)))
    return replace(contract, columns=tuple(columns)), plan


def _drafted(
    request: Request, table: StagedTable, connection: DuckDBPyConnection, rows: int
) -> tuple[Contract, list[PlannedColumn], list[str]]:
    """Return a drafted contract, how each column is read, and what was doubtful."""
    named = [SourceColumn(header, kind) for header, kind in zip(table.headers, table.types, strict=True)]
    headed = any(table.headers)
    findings = infer(connection, table, draft_names(named), rows)
    notes = [finding.doubt for finding in findings if finding.doubt]
    if headed:
        blank = [i for i, header in enumerate(table.headers) if not header]
        _check_blank(connection, table, blank)
        findings = [finding for finding in findings if finding.index not in blank]
        notes += [f"Column {i + 1} has no header and no values: it was left out." for i in blank]
    headers = [table.headers[finding.index] for finding in findings]
    contract = draft(request.draft_id, request.draft_name, findings, headers)
    plan = [
        PlannedColumn(column, finding.index, table.types[finding.index], finding.order)
        for column, finding in zip(contract.columns, findings, strict=True)
    ]
    return contract, plan, notes


def _check_blank(connection: DuckDBPyConnection, table: StagedTable, blank: Sequence[int]) -> None:
    """Raise BadInput for a column without a header that holds values."""
    if not blank:
        return
    counts = ", ".join(f"count({table.text(i)})" for i in blank)
    row = connection.execute(f"SELECT {counts} FROM {table.relation}").fetchone() or ()
    for index, count in zip(blank, row, strict=True):
        if count:
            raise BadInput(
                "A column has no header.",
                why=f"It holds {count:,} values.",
                remedy="Give it a name in the first row.",
                place=Place(table.label, row=1, column=str(index + 1)),
            )
