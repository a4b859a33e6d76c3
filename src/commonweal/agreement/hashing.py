"""The one form of a document that is hashed and signed.

The canonical form holds exactly the keys that were written, in RFC 8785 JSON. Defaults are left out, so that a later
version of this software, with more optional keys, computes the same hash; for that reason a default, once released,
never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

import rfc8785


def plain(value: object, *, days_as_text: bool) -> Any:
    """Return nested plain values: mappings, lists, text, numbers, truth values and, unless as text, days."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item, days_as_text=days_as_text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, days_as_text=days_as_text) for item in value]
    if isinstance(value, date) and days_as_text:
        return value.isoformat()
    return value


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Return a document as canonical JSON (RFC 8785), UTF-8; days as YYYY-MM-DD."""
    canonical: bytes = rfc8785.dumps(plain(document, days_as_text=True))
    return canonical
