"""Messages between the gateway and an engine's process: a JSON header and, after it, bytes (an Arrow stream).

On the wire: twelve bytes with the two lengths (header, payload), big-endian (``>IQ``), then the header as UTF-8 JSON,
then the payload. Only the standard library is used, so that the process starts quickly.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Mapping

LENGTHS = struct.Struct(">IQ")
LONGEST_HEADER = 16 * 2**20  # a header to the process holds the SQL; back come a few words


class Malformed(Exception):
    """What arrived is not a message, or is longer than it may be."""


def send(descriptor: int, header: Mapping[str, object], payload: bytes | bytearray | memoryview = b"") -> None:
    """Write one message in full; OSError (a broken pipe) when nobody reads any more."""
    head = json.dumps(header).encode()
    body = memoryview(payload).cast("B")
    for part in (memoryview(LENGTHS.pack(len(head), len(body)) + head), body):
        rest = part
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def receive(
    descriptor: int, *, before_read: Callable[[], None] = lambda: None, longest_payload: int = 2**40
) -> tuple[dict[str, object], bytearray]:
    """Read one message; `before_read` is called before each read and may wait for bytes, or raise to give up.

    Raises EOFError when the other side has closed its end, `Malformed` when the bytes are not a message.
    """
    lengths = _read(descriptor, LENGTHS.size, before_read)
    head_length, body_length = LENGTHS.unpack(lengths)
    if head_length > LONGEST_HEADER or body_length > longest_payload:
        raise Malformed
    head = _read(descriptor, head_length, before_read)
    body = _read(descriptor, body_length, before_read)
    try:
        header = json.loads(head)
    except ValueError:
        raise Malformed from None
    if not isinstance(header, dict):
        raise Malformed
    return header, body


def _read(descriptor: int, length: int, before_read: Callable[[], None]) -> bytearray:
    """Read exactly `length` bytes; EOFError when they end early."""
    whole = bytearray(length)
    rest = memoryview(whole)
    while rest:
        before_read()
        count = os.readv(descriptor, [rest])
        if count == 0:
            raise EOFError
        rest = rest[count:]
    return whole
