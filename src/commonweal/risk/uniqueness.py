"""Uniqueness: how many entities of a subject are alone in their class, measured where the data lies.

The treated quasi columns are joined as the agreement allows and counted in one statement, in a connection that can read
the snapshots and nothing else. Two counts come back, and leave this file as bands only (`measured`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlglot import exp

from commonweal.agreement.document import Agreement
from commonweal.agreement.rows import rows_expression
from commonweal.catalogue.contract import ROW
from commonweal.catalogue.dataset import Dataset
from commonweal.engines.engine import Limits
from commonweal.engines.locked_connection import open_locked
from commonweal.held import HeldFolder
from commonweal.risk.measured import Measured, banded
from commonweal.risk.subjects import Subject, granted, subjects


def measure(
    agreement: Agreement,
    datasets: Mapping[str, Dataset],
    *,
    spill: Path,
    limits: Limits | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Measured]:
    """Return the bands of every subject that can be measured, by its dataset; others are left out, whatever the cause.

    `spill` is the folder in which a temporary one is made for what does not fit into memory; it is removed again.
    """
    contracts = {reference: dataset.contract for reference, dataset in datasets.items()}
    found: dict[str, Measured] = {}
    asked = subjects(agreement, contracts)
    if not any(datasets[subject.dataset].snapshot.path.is_file() for subject in asked):
        return found
    import duckdb  # lazy: an assessment without data needs none

    private = HeldFolder(spill, ".risk-")
    try:
        for done, subject in enumerate(asked):
            progress(done, len(asked))
            with contextlib.suppress(duckdb.Error, OSError):  # what cannot be measured is said not to have been
                found[subject.dataset] = _measured(subject, agreement, datasets, private.path, limits or Limits())
        progress(len(asked), len(asked))
    finally:
        private.remove()
    return found


def _measured(
    subject: Subject, agreement: Agreement, datasets: Mapping[str, Dataset], folder: Path, limits: Limits
) -> Measured:
    names = _names(subject)
    tables = {name: datasets[reference].snapshot.path.resolve(strict=True) for reference, name in names.items()}
    connection = open_locked(
        tables,
        spill_folder=folder / "spill",
        memory_bytes=limits.memory_bytes,
        spill_bytes=limits.spill_bytes,
        threads=limits.threads,
    )
    with contextlib.closing(connection):
        entities, alone = connection.execute(counting(subject, agreement, datasets)).fetchall()[0]
    return banded(entities, alone)


def counting(subject: Subject, agreement: Agreement, datasets: Mapping[str, Dataset]) -> str:
    """Return the SQL that counts a subject's entities and those that are alone in at least one class.

    A value that is missing is a level like another. Someone with several rows counts once, and is alone if any of their
    classes holds nobody else. The tables are named ``d0``, ``d1``, ... in the order of `subject`.
    """
    names = _names(subject)
    parts = [f"{names[reference]}_t AS ({_treated(reference, subject, agreement, datasets)})" for reference in names]
    joined = f"{names[subject.dataset]}_t"
    for join in subject.joins:
        left, right = names[join.dataset], names[join.other]
        joined += (
            f" LEFT JOIN {right}_t ON {left}_t.{_link(left, join.column)} = {right}_t.{_link(right, join.other_column)}"
        )
    classes = ", ".join(_quasi(names[reference], column) for reference, column in subject.quasi)
    by = f" GROUP BY {classes}" if classes else ""
    return (
        f"WITH {', '.join(parts)}, joined AS (SELECT * FROM {joined}), "
        f"classes AS (SELECT count(DISTINCT k) AS n, any_value(k) AS k FROM joined WHERE k IS NOT NULL{by}) "
        "SELECT (SELECT count(DISTINCT k) FROM joined), (SELECT count(DISTINCT k) FROM classes WHERE n = 1)"
    )


def _names(subject: Subject) -> dict[str, str]:
    references = [subject.dataset, *(join.other for join in subject.joins)]
    return {reference: f"d{number}" for number, reference in enumerate(references)}


def _treated(reference: str, subject: Subject, agreement: Agreement, datasets: Mapping[str, Dataset]) -> str:
    """Return the SELECT of one dataset's agreed rows: treated quasi columns, raw link columns, and the entity's key."""
    dataset, name = datasets[reference], _names(subject)[reference]
    contract = dataset.contract
    selected = []
    for column, treatment in granted(agreement, {reference: contract}, reference).items():
        raw = exp.column(column, quoted=True)
        if treatment.name == "link":
            selected.append(f"{raw.sql(dialect='duckdb')} AS {_link(name, column)}")
        elif (reference, column) in subject.quasi:
            treated = treatment.expression(raw, contract.by_name[column].physical_type)
            value = "NULL" if treated is None else treated.sql(dialect="duckdb")
            selected.append(f"{value} AS {_quasi(name, column)}")
    if reference == subject.dataset:
        key = contract.entities[0].key if contract.entities else ROW
        own = "row_number() OVER ()" if key == ROW else exp.column(key, quoted=True).sql(dialect="duckdb")
        selected.append(f"{own} AS k")
    terms = agreement.terms(reference)
    rows = rows_expression(terms) if terms is not None else None
    where = "" if rows is None else f" WHERE {rows.sql(dialect='duckdb')}"
    # The agreement's condition may call the dataset by its name.
    alias = exp.to_identifier(dataset.name, quoted=True).sql(dialect="duckdb")
    return f"SELECT {', '.join(selected) or '1'} FROM (SELECT * FROM {name} AS {alias}{where}) AS {alias}"


def _quasi(name: str, column: str) -> str:
    return exp.to_identifier(f"{name}.{column}", quoted=True).sql(dialect="duckdb")


def _link(name: str, column: str) -> str:
    return exp.to_identifier(f"{name}.link.{column}", quoted=True).sql(dialect="duckdb")
