"""Our custom properties about levels: `levels` and `account` of a column, `membership` of the table."""

from __future__ import annotations

import re
from typing import Any, Literal

from commonweal.catalogue.contract import Column, Contract, Kind, levels_of_codes
from commonweal.catalogue.levels import Levels
from commonweal.catalogue.odcs_problems import Problems
from commonweal.catalogue.reading.conversions import snapshot_type
from commonweal.catalogue.written_levels import levels_value, read_levels
from commonweal.catalogue.yaml_lines import Path

ACCOUNT = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MEMBERSHIPS: tuple[Literal["known", "secret"], ...] = ("known", "secret")
WITHOUT_LEVELS = (Kind.IDENTIFIER, Kind.LINK, Kind.TEXT)
"""Kinds of columns whose values are never shown, so that levels of them would mean nothing."""

Ours = dict[str, tuple[Any, Path]]
"""Our custom properties by name: value and path."""


def holds(column: Column) -> str:
    """Return in words what a column's snapshot holds: text, whole numbers, numbers, dates, yes or no, or its type."""
    kind = snapshot_type(column)
    if kind in ("BIGINT", "INTEGER", "SMALLINT"):
        return "whole numbers"
    if kind == "DOUBLE" or kind.startswith("DECIMAL"):
        return "numbers"
    return {"VARCHAR": "text", "DATE": "dates", "TIMESTAMP": "dates", "BOOLEAN": "yes or no"}.get(kind, kind or "lists")


def read_column_levels(ours: Ours, column: Column, problems: Problems) -> Levels | None:
    """Return the levels of a column that is read otherwise; None without any, or with a problem noted."""
    if "levels" not in ours:
        return None
    value, at = ours["levels"]
    if column.kind in WITHOUT_LEVELS:
        problems.add(at, f"a column of kind {column.kind.value} has no levels" if column.kind else "")
        return None
    return read_levels(
        value,
        lambda path, text: problems.add((*at, *path), text),
        lambda path, mapping, known: problems.unknown_keys((*at, *path), dict(mapping), known),
        holds=holds(column),
    )


def read_account(ours: Ours, problems: Problems) -> str:
    """Return the account that a column's privacy loss is charged to, empty for its own."""
    if "account" not in ours:
        return ""
    value, at = ours["account"]
    if not isinstance(value, str) or not ACCOUNT.fullmatch(value):
        problems.add(at, "an account is one small word, shared by columns that tell the same fact")
        return ""
    return value


def read_membership(ours: Ours, problems: Problems) -> Literal["known", "secret"]:
    """Return whether it is known who is in the table; secret unless the contract says otherwise."""
    if "membership" not in ours:
        return "secret"
    value, at = ours["membership"]
    for known in MEMBERSHIPS:
        if value == known:
            return known
    problems.unknown(at, "membership", str(value), MEMBERSHIPS)
    return "secret"


def written_column_levels(column: Column) -> list[dict[str, Any]]:
    """Return the custom properties of a column's levels and account; levels that are its codes need not be written."""
    written: list[dict[str, Any]] = []
    if column.levels is not None and column.levels != levels_of_codes(column.codes):
        value = levels_value(column.levels)
        if "values" in value and holds(column) in ("whole numbers", "yes or no"):
            value |= _bare(value)
        written.append({"property": "levels", "value": value})
    if column.account:
        written.append({"property": "account", "value": column.account})
    return written


def written_membership(contract: Contract) -> dict[str, Any]:
    """Return the custom property that says whether membership is known."""
    return {"property": "membership", "value": contract.membership}


def _bare(value: dict[str, Any]) -> dict[str, Any]:
    """Return the listed values and their groups as the numbers, or true and false, that they are."""
    bare: dict[str, Any] = {"values": [_scalar(text) for text in value["values"]]}
    if isinstance(value.get("groups"), dict):
        bare["groups"] = {name: [_scalar(text) for text in members] for name, members in value["groups"].items()}
    return bare


def _scalar(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else text
