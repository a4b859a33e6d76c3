"""What is wrong with a document's form, in plain words: keys, code lists, days, lengths."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from commonweal.agreement.consistency import Finding, Path
from commonweal.agreement.document import Agreement
from commonweal.agreement.suggestion import did_you_mean


def known_keys(path: Path) -> tuple[str, ...]:
    """Return the keys that the document knows at a path such as ``("term",)``; empty where keys are free."""
    model = _model_at(path)
    return () if model is None else tuple(field.alias or name for name, field in model.model_fields.items())


def _model_at(path: Path) -> type[BaseModel] | None:
    """Return the clause that stands at a path, or None."""
    current: type[BaseModel] | None = Agreement
    for step in path:
        if isinstance(step, int):
            continue  # a position in a list: the clause is the list's
        if current is None:
            return None
        found = next((field for name, field in current.model_fields.items() if (field.alias or name) == step), None)
        current = None if found is None else next(_models_in(found.annotation), None)
    return current


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the clauses within a type such as ``tuple[Party, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (tuple, list, Union, types.UnionType):
        for part in get_args(annotation):
            yield from _models_in(part)


def form_findings(error: ValidationError) -> Iterator[Finding]:
    """Yield every finding of form; contradictions between parts are left to `consistency`."""
    for details in error.errors(include_url=False, include_input=True):
        path: Path = tuple(details["loc"])
        if path or details["type"] != "value_error":
            yield _finding(path, details)


def _finding(path: Path, details: ErrorDetails) -> Finding:
    """Return one of pydantic's findings in our words; values are not repeated unless they are words of a code list."""
    kind, context = details["type"], details.get("ctx", {})
    key = path[-1] if path else ""
    if kind == "missing":
        return Finding(path, f"The key `{key}` is missing.", _about(path))
    if kind == "extra_forbidden":
        return Finding(path, f"There is no key `{key}` here.", did_you_mean(str(key), known_keys(path[:-1])))
    if kind in ("enum", "literal_error"):
        return _not_in_list(path, details)
    if kind == "value_error":
        words = str(context.get("error", details["msg"]))
        return Finding(_about_key(path, words), _sentence(words))
    if kind in ("too_short", "string_too_short"):
        return Finding(path, f"`{key}` must not be empty.")
    if kind == "string_too_long":
        return Finding(
            path, f"This is longer than {context['max_length']} characters.", "Put the long form in an appendix."
        )
    if kind == "string_pattern_mismatch":
        return Finding(path, "This is not written as it must be.", _PATTERNS.get(str(context.get("pattern", "")), ""))
    return Finding(path, *_OTHER.get(kind, (_sentence(details["msg"]), "")))


def _about_key(path: Path, words: str) -> Path:
    """Return the path of the first of the clause's keys that the words name, for its line; else the clause's own."""
    keys = sorted(known_keys(path), key=len, reverse=True)
    found = re.search(rf"\b({'|'.join(map(re.escape, keys))})\b", words) if keys else None
    return (*path, found.group()) if found else path


def _not_in_list(path: Path, details: ErrorDetails) -> Finding:
    """Return the finding for a word outside a code list, with the nearest code."""
    codes = _codes_at(path)
    given = details["input"]
    if path == ("commonweal",):
        return Finding(
            path, "This is not a document that this version can read.", "The first line is `commonweal: agreement/1`."
        )
    if not isinstance(given, str):
        return Finding(path, "This must be one word of a list.", f"Known: {', '.join(codes)}.")
    near = did_you_mean(given, codes)
    return Finding(path, "This is not a word of the list.", near if near else f"Known: {', '.join(codes)}.")


def _codes_at(path: Path) -> tuple[str, ...]:
    """Return the code list of the field at a path."""
    keys = [step for step in path if isinstance(step, str)]
    model = _model_at(tuple(keys[:-1]))
    if model is None or not keys:
        return ()
    field = next((field for name, field in model.model_fields.items() if (field.alias or name) == keys[-1]), None)
    return () if field is None else codes_of(field.annotation)


def codes_of(annotation: Any) -> tuple[str, ...]:
    """Return the codes of a type such as ``PartyRole | None``; empty when it is not a code list."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(code.value) for code in annotation)
    if get_origin(annotation) in (tuple, Union, types.UnionType):
        return tuple(code for part in get_args(annotation) for code in codes_of(part))
    return ()


def _about(path: Path) -> str:
    """Return what a missing key is for."""
    if len(path) == 1:
        return f"Every agreement says its `{path[0]}`; see docs/how-to/write-an-agreement.md."
    return f"Add it under `{'.'.join(str(step) for step in path[:-1])}`."


def _sentence(words: str) -> str:
    """Return words as a sentence."""
    words = words.strip()
    first = words.split(" ", 1)[0]
    return (words if "_" in first else words[:1].upper() + words[1:]) + ("" if words.endswith((".", "?", "!")) else ".")


_PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,62}$": "A short name: small letters, digits, _ and -, beginning with a letter.",
    r"^[a-z][a-z0-9_-]{0,62}/[a-z][a-z0-9_-]{0,62}$": "A dataset is named `organisation/name`.",
    r"^[A-Z]{2}$": "A country is named by its two capital letters, for example GB.",
    r"^[0-9a-f]{64}$": "A SHA-256 is 64 hexadecimal digits.",
}

_OTHER = {
    "string_type": ("This must be text.", "Put it in quotes if it looks like a number."),
    "int_type": ("This must be a whole number.", ""),
    "int_parsing": ("This must be a whole number.", ""),
    "int_from_float": ("This must be a whole number.", ""),
    "bool_type": ("This must be `true` or `false`.", ""),
    "bool_parsing": ("This must be `true` or `false`.", ""),
    "tuple_type": ("This must be a list.", "Begin each item with a dash, or write [one, two]."),
    "dict_type": ("This must be a mapping.", "Write `key: value` pairs, indented below."),
    "model_type": ("This must be a mapping.", "Write `key: value` pairs, indented below."),
    "model_attributes_type": ("This must be a mapping.", "Write `key: value` pairs, indented below."),
}
