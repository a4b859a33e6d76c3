"""Reaching into a partial document: values at a path of keys, put and taken away without touching anything else."""

from __future__ import annotations

import json
import re
from typing import Any

Document = dict[str, Any]


def copied(document: Document) -> Document:
    """Return a document that shares nothing with this one."""
    found: Document = json.loads(json.dumps(document))
    return found


def value_at(document: object, path: str) -> Any:
    """Return what stands at a path such as ``purpose.code``, or None."""
    for key in path.split("."):
        if not isinstance(document, dict) or key not in document:
            return None
        document = document[key]
    return document


def put(document: Document, path: str, value: object) -> None:
    """Put a value at a path; None takes it away, with mappings around it that are left empty.

    What stands where a mapping must be is replaced by one.
    """
    first, _, rest = path.partition(".")
    if not rest:
        if value is None:
            document.pop(first, None)
        else:
            document[first] = value
        return
    inner = document.get(first)
    if not isinstance(inner, dict):
        if value is None:
            return
        inner = {}
    put(inner, rest, value)
    if inner:
        document[first] = inner
    else:
        document.pop(first, None)


def items_at(document: object, path: str) -> list[Document]:
    """Return the items of a list at a path; what is no list is empty, and what is no mapping an empty one."""
    found = value_at(document, path)
    return [item if isinstance(item, dict) else {} for item in found] if isinstance(found, list) else []


def without_positions(path: str) -> str:
    """Return ``data[0].columns.dob`` as ``data.columns.dob``."""
    return re.sub(r"\[\d+\]", "", path)


def field_of(path: str) -> str:
    """Return the name of the field at a path: ``parties[1].contact.email`` is ``parties-1-contact-email``."""
    return re.sub(r"[\[\].]+", "-", path).strip("-")
