"""Recipes: what a treated table is made of, column by column, before any row is read."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from commonweal.catalogue.contract import ROW, Column, Kind
from commonweal.catalogue.dataset import Dataset
from commonweal.deidentification.ages import age_expression
from commonweal.deidentification.treatment import Treatment
from commonweal.errors import BadInput, Place
from commonweal.gateway.treated_place import FORMAT
from commonweal.query.sources import AGE_PREFIX, ENTITY_PREFIX, RECORD_KEY

TOKENISED = "link"
ROW_NUMBER = "file_row_number"


@dataclass(frozen=True)
class Made:
    """One column of the treated file: its name, how DuckDB makes it from the raw columns, and what happens then.

    `token_domain` names the identifiers whose tokens replace the values; `is_record_key` that record keys do.
    """

    name: str
    expression: exp.Expression
    token_domain: str = ""
    is_record_key: bool = False


@dataclass(frozen=True)
class Recipe:
    """The whole table: its columns, where each kind of entity and each age is found, and the rows it may hold."""

    dataset: Dataset
    made: tuple[Made, ...]
    visible: tuple[str, ...]
    entities: tuple[tuple[str, str], ...]
    ages: Mapping[str, str]
    rows: exp.Expression | None

    @property
    def needs_row_number(self) -> bool:
        """Return whether the source must have the column `ROW_NUMBER`: rows without a key of their own get it."""
        return any(made.is_record_key for made in self.made) and self.dataset.contract.entities[0].key == ROW

    def select(self, source: str) -> str:
        """Return the SQL that reads raw columns from `source`: the filter first, on raw values, then the treatments."""
        columns = ", ".join(
            f"{made.expression.sql(dialect='duckdb')} AS column_{number}" for number, made in enumerate(self.made)
        )
        return f"SELECT {columns} FROM {self._raw_rows(source)}"

    def select_most_rows(self, source: str) -> tuple[tuple[str, ...], str]:
        """Return the kinds of entity that have a key, and the SQL of the most rows that one entity of each has."""
        keys = {entity.kind: entity.key for entity in self.dataset.contract.entities if entity.key != ROW}
        columns = []
        for key in keys.values():
            name = _raw(key).sql(dialect="duckdb")
            rows = f"(SELECT count(*) AS n FROM {self._raw_rows(source)} WHERE {name} IS NOT NULL GROUP BY {name})"
            columns.append(f"(SELECT coalesce(max(n), 0) FROM {rows})")
        return tuple(keys), f"SELECT {', '.join(columns) or '0'}"

    def _raw_rows(self, source: str) -> str:
        where = "" if self.rows is None else f" WHERE {self.rows.sql(dialect='duckdb')}"
        name = exp.to_identifier(self.dataset.name, quoted=True).sql(dialect="duckdb")
        return f"(SELECT * FROM {source} AS {name}{where}) AS {name}"

    def digest(self, agreement: str, keys: Mapping[str, bytes], record_key: bytes | None) -> str:
        """Return what names the file: SHA-256 of everything that decides its content; of keys, only a fingerprint."""
        whole = {
            "format": FORMAT,
            "agreement": agreement,
            "dataset": self.dataset.reference,
            "snapshot": self.dataset.snapshot.id,
            "as_of": self.dataset.snapshot.as_of.isoformat(),
            "entities": self.entities,
            "visible": self.visible,
            "select": self.select("raw"),
            "columns": [(made.name, made.token_domain, made.is_record_key) for made in self.made],
            "keys": {domain: _fingerprint(key) for domain, key in keys.items()},
            "record_key": "" if record_key is None else _fingerprint(record_key),
        }
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def recipe(
    dataset: Dataset,
    columns: Mapping[str, Treatment],
    rows: exp.Expression | None,
    *,
    domain_of: Callable[[str], str],
    with_record_key: bool,
) -> Recipe:
    """Return how the treated table is made; `domain_of` gives the identifier domain of a link or entity key column.

    Raises `BadInput` for a column the dataset does not have, and for names that differ only in case or are kept for
    hidden columns: SQL could not tell them apart.
    """
    made: list[Made] = []
    for name, treatment in columns.items():
        column = _column(dataset, name)
        if treatment.name == TOKENISED:
            made.append(Made(name, _raw(name), token_domain=domain_of(name)))
            continue
        expression = treatment.expression(_raw(name), column.physical_type)
        if expression is not None:
            made.append(Made(name, expression))
    visible = tuple(one.name for one in made)
    ages = _ages(dataset, columns, visible)
    made += [Made(hidden, expression) for hidden, expression in ages.values()]
    entities = []
    for entity in dataset.contract.entities:
        granted = entity.key != ROW and entity.key in columns and columns[entity.key].name == TOKENISED
        entities.append((entity.kind, entity.key if granted or entity.key == ROW else ENTITY_PREFIX + entity.kind))
        if entity.key != ROW and not granted:
            made.append(Made(ENTITY_PREFIX + entity.kind, _raw(entity.key), token_domain=domain_of(entity.key)))
    if with_record_key:
        _must_be_about_somebody(dataset)
        key = dataset.contract.entities[0].key
        made.append(Made(RECORD_KEY, _raw(ROW_NUMBER if key == ROW else key), is_record_key=True))
    _check_names(dataset, [one.name for one in made])
    where = {date: hidden for date, (hidden, _) in ages.items()}
    return Recipe(dataset, tuple(made), visible, tuple(entities), where, rows)


def _must_be_about_somebody(dataset: Dataset) -> None:
    """Refuse a dataset whose contract was mended to say of nothing whom or what a record is about."""
    if not dataset.contract.entities:
        raise BadInput(
            f"The contract of {dataset.reference} does not say whom or what a record is about.",
            why="Without that, nobody can be counted, and so nobody protected.",
            remedy="Ask its steward to name an entity in the contract.",
        )


def _ages(
    dataset: Dataset, columns: Mapping[str, Treatment], visible: tuple[str, ...]
) -> dict[str, tuple[str, exp.Expression]]:
    """Return, for each date that others may know and the question may see, its hidden column and the age in years."""
    ages = {}
    for name in visible:
        column = dataset.contract.by_name[name]
        if column.kind is not Kind.QUASI or not column.physical_type.upper().startswith(("DATE", "TIMESTAMP")):
            continue
        born: exp.Expression = exp.cast(_raw(name), exp.DataType.Type.DATE)
        with contextlib.suppress(ValueError):  # a treatment under which no age may be seen
            ages[name] = (AGE_PREFIX + name, age_expression(born, dataset.snapshot.as_of, columns[name]))
    return ages


def _raw(name: str) -> exp.Expression:
    return exp.column(name, quoted=True)


def _column(dataset: Dataset, name: str) -> Column:
    column = dataset.contract.by_name.get(name)
    if column is None:
        raise BadInput(
            f"The dataset {dataset.reference} has no column {name}.",
            why="The agreement grants a column that the dataset's contract does not hold.",
            remedy="Correct the column's name in a new version of the agreement.",
            place=Place(column=name),
        )
    return column


def _check_names(dataset: Dataset, names: list[str]) -> None:
    """Refuse names that SQL reads as one."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise BadInput(
                f"The dataset {dataset.reference} cannot be shared with its column {name}.",
                why="Another column has the same name to SQL, or the name is kept for hidden columns.",
                remedy="Rename the column in the dataset and in its contract.",
                place=Place(column=name),
            )
        seen.add(name.lower())


def _fingerprint(key: bytes) -> str:
    return hmac.new(key, b"commonweal treated table", hashlib.sha256).hexdigest()
