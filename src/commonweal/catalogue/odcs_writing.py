"""A contract written as ODCS 3.1 YAML."""

from __future__ import annotations

from typing import Any

import yaml

from commonweal.catalogue.contract import Column, Contract


def write_contract(contract: Contract) -> str:
    """Return ODCS 3.1 YAML that validates against the standard's schema and reads back as the same contract.

    Every column has its physicalType: without it other tools read a UPRN as a 32-bit number and fail.
    """
    table: dict[str, Any] = {"name": contract.name, "logicalType": "object", "physicalType": "table"}
    if contract.description:
        table["description"] = contract.description
    if contract.entities:
        entities = [{"kind": entity.kind, "key": entity.key} for entity in contract.entities]
        table["customProperties"] = [{"property": "entities", "value": entities}]
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
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


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
    if ours:
        written["customProperties"] = ours
    return written


def _plain(bound: float | None) -> int | float | None:
    """Return 5000 rather than 5000.0, as people write it."""
    return int(bound) if bound is not None and float(bound).is_integer() and abs(bound) < 2**53 else bound
