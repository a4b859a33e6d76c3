"""A contract as a document: canonical JSON (RFC 8785) with a content hash, so that two can be told apart for certain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import rfc8785

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind, levels_of_codes
from commonweal.catalogue.levels import Levels
from commonweal.catalogue.written_levels import levels_value, read_levels

FORM = "contract/1"
"""The form of the document, so that a later form can be told from this one."""


def contract_document(contract: Contract) -> dict[str, Any]:
    """Return the contract as plain JSON values; what is empty is left out, so that new fields do not change old hashes."""
    return _filled(
        {
            "commonweal": FORM,
            "id": contract.id,
            "name": contract.name,
            "version": contract.version,
            "status": contract.status,
            "description": contract.description,
            "entities": [{"kind": entity.kind, "key": entity.key} for entity in contract.entities],
            "membership": contract.membership if contract.membership == "known" else None,
            "columns": [_column_document(column) for column in contract.columns],
        }
    )


def contract_from_document(document: Mapping[str, Any]) -> Contract:
    """Return the contract a document was made of; KeyError or ValueError if it is no such document."""
    if document["commonweal"] != FORM:
        raise ValueError("not a contract document of this form")
    return Contract(
        id=document["id"],
        name=document["name"],
        version=document["version"],
        status=document.get("status", "active"),
        description=document.get("description", ""),
        entities=tuple(EntityKey(kind=item["kind"], key=item["key"]) for item in document.get("entities", ())),
        columns=tuple(_column(item) for item in document.get("columns", ())),
        membership="known" if document.get("membership") == "known" else "secret",
    )


def canonical_json(contract: Contract) -> bytes:
    """Return the contract's one spelling in bytes."""
    return bytes(rfc8785.dumps(contract_document(contract)))


@lru_cache(maxsize=512)
def content_hash(contract: Contract) -> str:
    """Return the SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(contract)).hexdigest()


def _column_document(column: Column) -> dict[str, Any]:
    return _filled(
        {
            "name": column.name,
            "logical_type": column.logical_type,
            "physical_type": column.physical_type,
            "kind": column.kind.value if column.kind else None,
            "unique": column.unique,
            "required": column.required,
            "description": column.description,
            "minimum": None if column.minimum is None else float(column.minimum),
            "maximum": None if column.maximum is None else float(column.maximum),
            "codes": list(column.codes),
            "standard": column.standard,
            "source_name": column.source_name,
            "format": column.format,
            "levels": _levels_document(column),
            "account": column.account,
        }
    )


def _column(item: Mapping[str, Any]) -> Column:
    return Column(
        name=item["name"],
        logical_type=item.get("logical_type", ""),
        physical_type=item.get("physical_type", ""),
        kind=Kind(item["kind"]) if "kind" in item else None,
        unique=item.get("unique", False),
        required=item.get("required", False),
        description=item.get("description", ""),
        minimum=_bound(item.get("minimum")),
        maximum=_bound(item.get("maximum")),
        codes=tuple(item.get("codes", ())),
        standard=item.get("standard", ""),
        source_name=item.get("source_name", ""),
        format=item.get("format", ""),
        levels=levels_from_document(item["levels"]) if "levels" in item else None,
        account=item.get("account", ""),
    )


def _levels_document(column: Column) -> dict[str, Any] | None:
    """Return the levels that are not the code list's own: what follows from the rest is not said twice."""
    if column.levels is None or column.levels == levels_of_codes(column.codes):
        return None
    return levels_value(column.levels)


def levels_from_document(document: object) -> Levels | None:
    """Return the levels a document was made of; ValueError if it is no such document."""

    def wrong(_path: object, text: str) -> None:
        raise ValueError(text)

    def unknown(_path: object, mapping: Mapping[str, object], known: frozenset[str]) -> None:
        if not known.issuperset(mapping):
            raise ValueError("not levels of this form")

    return read_levels(document, wrong, unknown)


def _bound(value: float | None) -> float | None:
    """Return a bound as the number it was: canonical JSON writes 20000.0 as 20000."""
    return None if value is None else float(value)


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    # 0.0 equals False, and is a bound like any other: only False itself is left out
    return {key: value for key, value in values.items() if not (value is None or value is False or value in ("", []))}
