"""Contracts as Open Data Contract Standard 3.1 YAML, read and written.

What the standard has no word for lives in its custom properties: of the table `entities` (a list of {kind, key}) and
`membership`, of a column `kind`, `standard`, `levels`, `account`, `codes` (or `public: true` beside a quality rule
`invalidValues` with `validValues`).
Source: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/
"""

from __future__ import annotations

from typing import Any

from commonweal.catalogue.contract import Contract
from commonweal.catalogue.names import nearest
from commonweal.catalogue.odcs_columns import OUR_TABLE_PROPERTIES, custom_properties, read_columns, read_entities
from commonweal.catalogue.odcs_levels import read_membership
from commonweal.catalogue.odcs_problems import Problems
from commonweal.catalogue.odcs_writing import write_contract
from commonweal.catalogue.yaml_lines import Path, read_yaml

__all__ = ["read_contract", "write_contract"]

TOP_KEYS = frozenset(
    [
        "apiVersion",
        "authoritativeDefinitions",
        "contractCreatedTs",
        "customProperties",
        "dataProduct",
        "description",
        "domain",
        "id",
        "kind",
        "name",
        "price",
        "roles",
        "schema",
        "servers",
        "slaDefaultElement",
        "slaProperties",
        "status",
        "support",
        "tags",
        "team",
        "tenant",
        "version",
    ]
)
TABLE_KEYS = frozenset(
    [
        "authoritativeDefinitions",
        "businessName",
        "customProperties",
        "dataGranularityDescription",
        "description",
        "id",
        "logicalType",
        "name",
        "physicalName",
        "physicalType",
        "properties",
        "quality",
        "relationships",
        "tags",
    ]
)


def read_contract(text: str, *, source: str, table: str = "") -> Contract:
    """Return the contract that `text` (ODCS 3 YAML) writes down.

    A document may hold several tables: the one named `table` is read, else the one named as the document, else the
    first. All problems are collected into one BadInput, each with its line and, for an unknown word, the nearest known
    one. `source` is the name of the file in messages.
    """
    located = read_yaml(text, source=source)
    problems = Problems(source, located)
    document = located.value if isinstance(located.value, dict) else {}
    if not document:
        problems.add((), "a contract is a YAML mapping that begins with apiVersion and kind")
        problems.raise_if_any()
    for path in located.repeated:
        problems.add(path, f"{path[-1]} is written twice")
    problems.unknown_keys((), document, TOP_KEYS)
    _check_head(document, problems)
    index = _chosen(document, table, problems)
    contract = _contract(document, index, problems) if index is not None else None
    problems.raise_if_any()
    assert contract is not None
    return contract


def _check_head(document: dict[str, Any], problems: Problems) -> None:
    for key in ("apiVersion", "kind", "id", "version", "status"):
        if key not in document:
            problems.add((), f"{key} is missing")
    version = str(document.get("apiVersion", "v3"))
    if not version.startswith("v3"):
        problems.add(("apiVersion",), "only version 3 of the Open Data Contract Standard is read, best v3.1.0")
    if document.get("kind", "DataContract") != "DataContract":
        problems.add(("kind",), "the kind of a contract is DataContract")


def _chosen(document: dict[str, Any], table: str, problems: Problems) -> int | None:
    """Return the place in `schema` of the table to read, or None with a problem."""
    schema = document.get("schema")
    if not isinstance(schema, list) or not schema or not all(isinstance(item, dict) for item in schema):
        problems.add(("schema",), "schema is a list with at least one table")
        return None
    names = [str(item.get("name", "")) for item in schema]
    for wanted in (table, str(document.get("name", ""))):
        if wanted in names:
            return names.index(wanted)
    if table and len(names) > 1:
        near = nearest(table, names)
        problems.add(
            ("schema",),
            f"none of its {len(names)} tables has the dataset's name" + (f"; nearest is {near}" if near else ""),
        )
        return None
    return 0


def _contract(document: dict[str, Any], index: int, problems: Problems) -> Contract:
    table = document["schema"][index]
    path: Path = ("schema", index)
    problems.unknown_keys(path, table, TABLE_KEYS)
    columns = read_columns(table, path, problems)
    name = str(table.get("name") or document.get("name") or "")
    if not name:
        problems.add(path, "the table has no name")
    ours = custom_properties(table, path, OUR_TABLE_PROPERTIES, problems)
    return Contract(
        id=str(document.get("id", "")),
        name=name,
        version=str(document.get("version", "")),
        status=str(document.get("status", "active")),
        description=_description(document, table),
        columns=columns,
        entities=read_entities(ours, [column.name for column in columns], problems),
        membership=read_membership(ours, problems),
    )


def _description(document: dict[str, Any], table: dict[str, Any]) -> str:
    """Return the table's description, else the document's purpose."""
    described = table.get("description") or document.get("description") or ""
    if isinstance(described, dict):
        described = described.get("purpose") or ""
    return str(described).strip()
