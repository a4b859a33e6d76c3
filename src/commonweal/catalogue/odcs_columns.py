"""The columns and entities of an ODCS table."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from commonweal.catalogue.contract import ROW, Column, EntityKey, Kind
from commonweal.catalogue.odcs_levels import read_account, read_column_levels
from commonweal.catalogue.odcs_problems import Problems
from commonweal.catalogue.standards import STANDARDS
from commonweal.catalogue.yaml_lines import Path

COLUMN_KEYS = frozenset(
    [
        "authoritativeDefinitions",
        "businessName",
        "classification",
        "criticalDataElement",
        "customProperties",
        "description",
        "encryptedName",
        "examples",
        "id",
        "items",
        "logicalType",
        "logicalTypeOptions",
        "name",
        "partitionKeyPosition",
        "partitioned",
        "physicalName",
        "physicalType",
        "primaryKey",
        "primaryKeyPosition",
        "properties",
        "quality",
        "relationships",
        "required",
        "tags",
        "transformDescription",
        "transformLogic",
        "transformSourceObjects",
        "unique",
    ]
)
LOGICAL_TYPES = frozenset(["string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"])
PHYSICAL_OF_LOGICAL = {
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "time": "TIME",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}
OUR_COLUMN_PROPERTIES = frozenset(("kind", "standard", "codes", "public", "levels", "account"))
OUR_TABLE_PROPERTIES = frozenset(("entities", "membership"))
COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]{0,62}")
"""A column's name is a word people can type: what a file's header says beyond that is kept as its physicalName."""
ENTITY_KIND = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MOST_COLUMNS = 2_000


def read_columns(table: dict[str, Any], path: Path, problems: Problems) -> tuple[Column, ...]:
    """Return the table's columns in their order; problems of each are noted."""
    properties = table.get("properties", [])
    if not isinstance(properties, list) or not all(isinstance(item, dict) for item in properties):
        problems.add((*path, "properties"), "properties is a list of columns")
        return ()
    if not 0 < len(properties) <= MOST_COLUMNS:
        problems.add((*path, "properties"), f"a table has 1 to {MOST_COLUMNS} columns")
        return ()
    keys = [item for item in properties if item.get("primaryKey") is True]
    columns = []
    seen: set[str] = set()
    for index, item in enumerate(properties):
        column = _column(item, (*path, "properties", index), len(keys) == 1, problems)
        if column.name.casefold() in seen:
            problems.add((*path, "properties", index, "name"), "two columns have this name (capitals do not count)")
        seen.add(column.name.casefold())
        columns.append(column)
    return tuple(columns)


def _column(item: dict[str, Any], path: Path, only_key: bool, problems: Problems) -> Column:
    problems.unknown_keys(path, item, COLUMN_KEYS)
    name = str(item.get("name", ""))
    if not COLUMN_NAME.fullmatch(name):
        problems.add(
            (*path, "name"),
            "a column's name begins with a letter and holds letters, digits, _, - and spaces, 63 at most; put the file's own "
            "header into physicalName",
        )
    logical = str(item.get("logicalType", "string"))
    if logical not in LOGICAL_TYPES:
        problems.unknown((*path, "logicalType"), "logicalType", logical, LOGICAL_TYPES)
    ours = custom_properties(item, path, OUR_COLUMN_PROPERTIES, problems)
    options = item.get("logicalTypeOptions") or {}
    minimum, maximum = _bounds(options, logical, (*path, "logicalTypeOptions"), problems)
    is_key = only_key and item.get("primaryKey") is True
    column = Column(
        name=name,
        logical_type=logical,
        physical_type=str(item.get("physicalType") or PHYSICAL_OF_LOGICAL.get(logical, "VARCHAR")),
        kind=_kind(ours, path, problems),
        unique=_flag(item, "unique", path, problems) or is_key,
        required=_flag(item, "required", path, problems) or is_key,
        description=str(item.get("description") or "").strip(),
        minimum=minimum,
        maximum=maximum,
        codes=_codes(item, ours, path, problems),
        standard=_standard(ours, path, problems),
        source_name=str(item.get("physicalName") or "") if item.get("physicalName") != name else "",
        format=str(options.get("format") or "")
        if logical in ("date", "timestamp") and isinstance(options, dict)
        else "",
        account=read_account(ours, problems),
    )
    levels = read_column_levels(ours, column, problems)
    return column if levels is None else replace(column, levels=levels)


def custom_properties(
    item: dict[str, Any], path: Path, ours: frozenset[str], problems: Problems
) -> dict[str, tuple[Any, Path]]:
    """Return our own custom properties by name, each with its path; a misspelt one is a problem, other people's are not."""
    listed = item.get("customProperties") or []
    if not isinstance(listed, list):
        problems.add((*path, "customProperties"), "customProperties is a list of {property, value}")
        return {}
    found: dict[str, tuple[Any, Path]] = {}
    for index, entry in enumerate(listed):
        at: Path = (*path, "customProperties", index)
        if not isinstance(entry, dict) or "property" not in entry or "value" not in entry:
            problems.add(at, "a custom property is {property, value}")
            continue
        name = str(entry["property"])
        if name in ours:
            found[name] = (entry["value"], (*at, "value"))
        elif any(_nearly(name, known) for known in ours):
            problems.unknown((*at, "property"), "custom property", name, ours)
    return found


def read_entities(
    found: dict[str, tuple[Any, Path]], columns: Sequence[str], problems: Problems
) -> tuple[EntityKey, ...]:
    """Return whom the rows are about, of the table's own properties; every key must be a column of the table or `row`."""
    if "entities" not in found:
        return ()
    value, at = found["entities"]
    if not isinstance(value, list) or not value:
        problems.add(at, "entities is a list of {kind, key}")
        return ()
    entities = []
    for index, item in enumerate(value):
        here: Path = (*at, index)
        if not isinstance(item, dict) or set(item) != {"kind", "key"}:
            problems.add(here, "an entity is {kind, key}, for example {kind: household, key: uprn}")
            continue
        kind, key = str(item["kind"]), str(item["key"])
        if not ENTITY_KIND.fullmatch(kind):
            problems.add(
                (*here, "kind"), "an entity's kind is one small word, for example person, household or business"
            )
        if key != ROW and key not in columns:
            problems.unknown((*here, "key"), "key column", key, [*columns, ROW])
        entities.append(EntityKey(kind=kind, key=key))
    if len({entity.kind for entity in entities}) < len(entities):
        problems.add(at, "two entities have the same kind")
    return tuple(entities)


def _kind(ours: dict[str, tuple[Any, Path]], path: Path, problems: Problems) -> Kind | None:
    if "kind" not in ours:
        return None
    value, at = ours["kind"]
    if str(value) in list(Kind):
        return Kind(str(value))
    problems.unknown(at, "kind of column", str(value), [kind.value for kind in Kind])
    return None


def _standard(ours: dict[str, tuple[Any, Path]], path: Path, problems: Problems) -> str:
    if "standard" not in ours:
        return ""
    value, at = ours["standard"]
    if str(value) not in STANDARDS:
        problems.unknown(at, "standard", str(value), STANDARDS)
    return str(value)


def _codes(item: dict[str, Any], ours: dict[str, tuple[Any, Path]], path: Path, problems: Problems) -> tuple[str, ...]:
    """Return the public code list: `codes`, or the valid values of a quality rule that is marked public."""
    if "codes" in ours:
        value, at = ours["codes"]
    elif ours.get("public", (False, path))[0] is True:
        value, at = _valid_values(item), (*path, "quality")
    else:
        return ()
    if not isinstance(value, list) or not value or any(isinstance(code, list | dict) or code is None for code in value):
        problems.add(at, "a public code list is a list of values")
        return ()
    codes = tuple(_code(code) for code in value)
    if len(set(codes)) < len(codes):
        problems.add(at, "the code list has a value twice")
    return codes


def _code(value: object) -> str:
    """Return a code as the column's text: YAML's true and false are written small."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _valid_values(item: dict[str, Any]) -> object:
    for rule in item.get("quality") or []:
        if isinstance(rule, dict) and rule.get("metric", rule.get("rule")) == "invalidValues":
            arguments = rule.get("arguments") or {}
            return arguments.get("validValues") if isinstance(arguments, dict) else None
    return None


def _bounds(options: Any, logical: str, path: Path, problems: Problems) -> tuple[float | None, float | None]:
    """Return declared bounds of a number; an exclusive bound of a whole number is moved by one, of another kept as it is."""
    if not isinstance(options, dict):
        problems.add(path, "logicalTypeOptions is a mapping")
        return None, None
    if logical not in ("integer", "number"):
        return None, None
    step = 1 if logical == "integer" else 0
    bounds: dict[str, float | None] = {}
    for key, exclusive, move in (("minimum", "exclusiveMinimum", step), ("maximum", "exclusiveMaximum", -step)):
        bounds[key] = _number(options, key, path, problems)
        other = _number(options, exclusive, path, problems)
        if bounds[key] is None and other is not None:
            bounds[key] = other + move
    low, high = bounds["minimum"], bounds["maximum"]
    if low is not None and high is not None and low > high:
        problems.add((*path, "minimum"), "the minimum is above the maximum")
    return low, high


def _number(options: dict[str, Any], key: str, path: Path, problems: Problems) -> float | None:
    value = options.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        problems.add((*path, key), f"{key} is a number")
        return None
    return float(value)


def _flag(item: dict[str, Any], key: str, path: Path, problems: Problems) -> bool:
    value = item.get(key, False)
    if not isinstance(value, bool):
        problems.add((*path, key), f"{key} is true or false")
        return False
    return value


def _nearly(name: str, known: str) -> bool:
    """Tell whether `name` is `known` misspelt: other capitals, a letter more or less, another ending."""
    return bool(difflib.get_close_matches(name.casefold(), [known], n=1, cutoff=0.7))
