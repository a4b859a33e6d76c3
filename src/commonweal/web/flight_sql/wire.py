"""Just enough of protobuf's wire format to read Flight SQL's commands and write its answers.

Arrow has no Flight SQL server for Python, and the messages needed have seven kinds of field between them
(arrow.apache.org/docs/format/FlightSql.html; protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_URL = "type.googleapis.com/arrow.flight.protocol.sql."


class Malformed(ValueError):
    """What was sent is not a message of this format."""


def read(message: bytes) -> dict[int, list[int | bytes]]:
    """Return the fields of a message by number, each with all its values in order; `Malformed` if it is none."""
    found: dict[int, list[int | bytes]] = {}
    for number, value in _fields(message):
        found.setdefault(number, []).append(value)
    return found


def text(fields: Mapping[int, list[int | bytes]], number: int) -> str | None:
    """Return a text field, None when it was not sent; `Malformed` if it is not UTF-8 text."""
    values = fields.get(number)
    if not values:
        return None
    value = values[-1]
    if not isinstance(value, bytes):
        raise Malformed("a text field is not text")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed("a text field is not UTF-8") from None


def data(fields: Mapping[int, list[int | bytes]], number: int) -> bytes:
    """Return a field of bytes, empty when it was not sent."""
    values = fields.get(number, [b""])
    value = values[-1]
    if not isinstance(value, bytes):
        raise Malformed("a field of bytes is a number")
    return value


def numbers(fields: Mapping[int, list[int | bytes]], number: int) -> list[int]:
    """Return a repeated field of numbers, whether it was sent packed or not."""
    found: list[int] = []
    for value in fields.get(number, []):
        if isinstance(value, int):
            found.append(value)
            continue
        at = 0
        while at < len(value):
            each, at = _varint(value, at)
            found.append(each)
    return found


def command(message: bytes) -> tuple[str, dict[int, list[int | bytes]]]:
    """Return the name of the Flight SQL command in a `google.protobuf.Any`, and its fields."""
    outer = read(message)
    url = text(outer, 1) or ""
    if not url.startswith(_URL):
        raise Malformed("this is no Flight SQL command")
    return url.removeprefix(_URL), read(data(outer, 2))


def field(number: int, value: bytes) -> bytes:
    """Return one field of bytes (or text, or a message), written."""
    return _written(number << 3 | _BYTES) + _written(len(value)) + value


def as_any(name: str, body: bytes) -> bytes:
    """Return a Flight SQL message in a `google.protobuf.Any`."""
    return field(1, (_URL + name).encode()) + field(2, body)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        value: int | bytes
        if number == 0:
            raise Malformed("a field has no number")
        if kind == _VARINT:
            value, at = _varint(message, at)
        elif kind in {_BYTES, _EIGHT, _FOUR}:
            if kind == _BYTES:
                length, at = _varint(message, at)
            else:
                length = 8 if kind == _EIGHT else 4
            if at + length > len(message):
                raise Malformed("a field is longer than its message")
            value, at = message[at : at + length], at + length
        else:
            raise Malformed("a field is of a kind that is no longer used")
        yield number, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise Malformed("a number does not end")


def _written(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
