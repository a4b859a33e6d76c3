from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.web.flight_sql import wire


@given(st.dictionaries(st.integers(1, 2000), st.binary(max_size=300), max_size=5))
def test_what_is_written_is_read(fields: dict[int, bytes]) -> None:
    message = b"".join(wire.field(number, value) for number, value in fields.items())
    assert {number: wire.data(wire.read(message), number) for number in fields} == fields


@given(st.binary(max_size=200))
def test_anything_else_is_malformed_and_no_worse(message: bytes) -> None:
    try:
        wire.command(message)
    except wire.Malformed:
        return


def test_a_message_of_the_official_encoder() -> None:
    # CommandStatementQuery{query: "SELECT 1", transaction_id: "x"} and packed and single numbers, as protoc encodes them
    body = bytes.fromhex("0a0853454c45435420311201 78".replace(" ", ""))
    name, fields = wire.command(wire.as_any("CommandStatementQuery", body))
    assert (name, wire.text(fields, 1), wire.data(fields, 2)) == ("CommandStatementQuery", "SELECT 1", b"x")
    assert wire.numbers(wire.read(bytes.fromhex("0a0303ac02")), 1) == [3, 300]
    assert wire.numbers(wire.read(bytes.fromhex("08ac02")), 1) == [300]


@pytest.mark.parametrize("message", ["ff", "0a", "0a05", "ffffffffffffffffffffff01", "00", "0b", "0dffff"])
def test_broken_messages(message: str) -> None:
    with pytest.raises(wire.Malformed):
        wire.read(bytes.fromhex(message))
