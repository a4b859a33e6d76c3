"""Canonical JSON (RFC 8785): the one way to write a value as bytes, so that its hash means the value."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, cast

import rfc8785

from commonweal.errors import BadInput, Place

JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]
"""What a body may be made of."""

LARGEST = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""

_DEEPEST = 32


class NotCanonicalError(ValueError):
    """The bytes are not canonical JSON; says nothing of their content."""


def canonical_bytes(value: Mapping[str, JSON], *, place: str = "body") -> bytes:
    """Return the canonical bytes of an object.

    Raises BadInput with the path of the first part that JSON cannot hold the same everywhere: NaN, infinities, numbers
    beyond 2^53, dates, bytes, names that are not text. The message never holds the part itself.
    """
    plain = _plain(value, place, 0)
    try:
        return rfc8785.dumps(cast(Any, plain))  # checked to be JSON just above
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise _refused(place, "it holds text that is not valid Unicode") from None


def _plain(value: object, path: str, depth: int) -> object:
    """Return the value made of plain dicts, lists and scalars, or refuse it."""
    if depth > _DEEPEST:
        raise _refused(path, f"it is nested more than {_DEEPEST} deep")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise _refused(path, "a whole number is beyond 2^53, which JSON readers round")
        return value
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise _refused(path, "a number is not finite or beyond 2^53")
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise _refused(path, "a name is not text")
        return {name: _plain(part, f"{path}.{name}", depth + 1) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, f"{path}[{number}]", depth + 1) for number, part in enumerate(value)]
    raise _refused(path, f"a value of type {type(value).__name__} has no JSON form")


def _refused(path: str, reason: str) -> BadInput:
    return BadInput(
        f"This cannot be recorded: {reason}.",
        why="An entry must be the same bytes for every reader, for ever (RFC 8785).",
        remedy="Record text, whole numbers, true or false, and lists and objects of these.",
        place=Place(path=path),
    )


class _FloatFoundError(ValueError):
    """Python and RFC 8785 write some decimals differently: the slow check decides."""


def _whole_number(digits: str) -> int:
    number = int(digits)
    if -LARGEST <= number <= LARGEST:
        return number
    raise NotCanonicalError


def _decimal(digits: str) -> float:
    """Return a decimal which Python, when it writes it again, writes as RFC 8785 does."""
    number = float(digits)
    if 1e-4 <= abs(number) < 1e15 and repr(number) == digits and not digits.endswith(".0"):
        return number
    raise _FloatFoundError


def _constant(_: str) -> NoReturn:
    raise NotCanonicalError


# The scanner itself, because `raw_decode` around it takes a tenth of the time of verifying.
_READER: Any = json.JSONDecoder(parse_int=_whole_number, parse_float=_decimal, parse_constant=_constant)
_READ: Callable[[str, int], tuple[Any, int]] = _READER.scan_once
_READ_DECIMALS = json.JSONDecoder(parse_int=_whole_number, parse_constant=_constant).raw_decode
_WRITE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical_objects(texts: Sequence[bytes]) -> list[dict[str, object]]:
    """Return the objects that canonical JSON texts stand for; NotCanonicalError if any of them is not canonical.

    Much faster than one at a time: all are written again by one call and compared at once. That is sound because no
    JSON object text is the beginning of another one, so equal sums mean equal parts.
    """
    try:
        decoded = [text.decode() for text in texts]
        read = [_READ(text, 0) for text in decoded]
        values = [value for value, _ in read]
        whole = [end for _, end in read] == [len(text) for text in decoded]
        if whole and {type(value) for value in values} <= {dict} and _WRITE(values) == f"[{','.join(decoded)}]":
            return values
    except (ValueError, StopIteration, RecursionError):
        pass  # the slow check below decides, and says which one it is
    return [canonical_object(text) for text in texts]


def canonical_object(text: bytes) -> dict[str, object]:
    """Return the object that one canonical JSON text stands for; NotCanonicalError if the bytes are not canonical."""
    try:
        decoded = text.decode()
        value, end = _READ_DECIMALS(decoded, 0)
        if type(value) is dict and end == len(decoded) and rfc8785.dumps(value) == text:
            return value
    except (ValueError, RecursionError):
        raise NotCanonicalError from None
    raise NotCanonicalError
