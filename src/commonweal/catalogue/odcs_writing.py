"""A contract written as ODCS 3.1 YAML."""

from __future__ import annotations

from typing import Any

import yaml

from commonweal.catalogue.contract import Column, Contract
from commonweal.catalogue.odcs_levels import written_column_levels, written_membership

MEMBERSHIP = "\n  - property: membership\n"
MEMBERSHIP_NOTE = """
  # For the steward: known if others know who is in this dataset (every home of the borough), secret if being in it
  # tells something about somebody (people in care)."""


def write_contract(contract: Contract) -> str:
    """Return ODCS 3.1 YAML that validates against the standard's schema and reads back as the same contract.

    Every column has its physicalType: without it other tools read a UPRN as a 32-bit number and fail.
    """
    table: dict[str, Any] = {"name": contract.name, "logicalType": "object", "physicalType": "table"}
    if contract.description:
        table["description"] = contract.description
    ours: list[dict[str, Any]] = []
    if contract.entities:
        entities = [{"kind": entity.kind, "key": entity.key} for entity in contract.entities]
        ours.append({"property": "entities", "value": entities})
    table["customProperties"] = [*ours, written_membership(contract)]
    table["properties"] = [_column(column) for column in contract.columns]
    document: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": contract.id,
        "name": contract.name,
        "version": contract.version,
        "status": contract.status,
        "schema": [table],
    }
    written = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return written.replace(MEMBERSHIP, MEMBERSHIP_NOTE + MEMBERSHIP, 1) if contract.status == "draft" else written


def _column(column: Column) -> dict[str, Any]:
    written: dict[str, Any] = {"name": column.name}
    if column.source_name:
        written["physicalName"] = column.source_name
    written |= {"logicalType": column.logical_type, "physicalType": column.physical_type}
    options = {"minimum": _plain(column.minimum), "maximum": _plain(column.maximum), "format": column.format}
    options = {key: value for key, value in options.items() if value is not None and value != ""}
    if options:
        written["logicalTypeOptions"] = options
    if column.description:
        written["description"] = column.description
    for flag in ("unique", "required"):
        if getattr(column, flag):
            written[flag] = True
    ours: list[dict[str, Any]] = []
    if column.kind:
        ours.append({"property": "kind", "value": column.kind.value})
    if column.standard:
        ours.append({"property": "standard", "value": column.standard})
    if column.codes:
        ours.append({"property": "public", "value": True})
        written["quality"] = [
            {
                "metric": "invalidValues",
                "mustBe": 0,
                "arguments": {"validValues": list(column.codes)},
                "dimension": "conformity",
            }
        ]
    ours += written_column_levels(column)
    if ours:
        written["customProperties"] = ours
    return written


def _plain(bound: float | None) -> int | float | None:
    """Return 5000 rather than 5000.0, as people write it."""
    return int(bound) if bound is not None and float(bound).is_integer() and abs(bound) < 2**53 else bound
