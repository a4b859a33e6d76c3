"""Canonical JSON: one way to write a value, refused when there is none, and recognised byte by byte."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.ledger.canonical import NotCanonicalError, canonical_bytes, canonical_object, canonical_objects

LIMIT = 2**53 - 1
text = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-LIMIT, LIMIT)
    | st.floats(-LIMIT, LIMIT, allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(
    scalars, lambda of: st.lists(of, max_size=4) | st.dictionaries(text, of, max_size=3), max_leaves=5
)
objects = st.dictionaries(text, values, max_size=5)


@settings(max_examples=40)
@given(st.lists(objects, max_size=3))
def test_what_is_written_is_recognised(bodies: list[dict[str, Any]]) -> None:
    texts = [canonical_bytes(body) for body in bodies]
    assert texts == [rfc8785.dumps(body) for body in bodies]
    read = canonical_objects(texts)
    assert read == bodies
    assert read == [canonical_object(each) for each in texts]


@settings(max_examples=60)
@given(st.lists(objects, min_size=1, max_size=3), st.data())
def test_any_other_bytes_are_not_canonical_or_mean_something_else(
    bodies: list[dict[str, Any]], data: st.DataObject
) -> None:
    texts = [canonical_bytes(body) for body in bodies]
    number = data.draw(st.integers(0, len(texts) - 1))
    at = data.draw(st.integers(0, len(texts[number]) - 1))
    changed = bytearray(texts[number])
    changed[at] ^= data.draw(st.integers(1, 255))
    texts[number] = bytes(changed)
    try:
        read = canonical_objects(texts)
    except NotCanonicalError:
        return
    assert [rfc8785.dumps(value) for value in read] == texts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1} ',
        b' {"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":0.10}',
        b'{"a":0.0000001}',
        b'{"a":12345678901234567890.5}',
        b'{"a":-0}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":9007199254740993}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b"[]",
        b"1",
        b"",
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_the_usual_ways_of_not_being_canonical(wrong: bytes) -> None:
    for texts in ([wrong], [b'{"a":1}', wrong], [wrong, b'{"a":1}']):
        with pytest.raises(NotCanonicalError):
            canonical_objects(texts)
    with pytest.raises(NotCanonicalError):
        canonical_object(wrong)


def test_neighbours_cannot_lend_each_other_bytes() -> None:
    for texts in ([b'{"a":[1', b"2]}"], [b'{"a":1},{"b":2}', b'{"c":3}'], [b'{"a":1', b'"b":2}']):
        with pytest.raises(NotCanonicalError):
            canonical_objects(texts)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (math.nan, "body.a"),
        ([1, math.inf], "body.a[1]"),
        ({"b": -math.inf}, "body.a.b"),
        (2**53, "body.a"),
        (1e300, "body.a"),
        (datetime(2026, 1, 1, tzinfo=UTC), "body.a"),
        (b"bytes", "body.a"),
        ({1: 2}, "body.a"),
        ({"b": object()}, "body.a.b"),
        ("\ud800", "body"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place_and_without_its_value(value: Any, path: str) -> None:
    with pytest.raises(BadInput) as caught:
        canonical_bytes({"a": value})
    assert caught.value.place is not None
    assert caught.value.place.path == path
    said = f"{caught.value} {caught.value.why} {caught.value.remedy}"
    assert "9007199254740992" not in said
    assert "1e+300" not in said


def test_nesting_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"a": deep}
    with pytest.raises(BadInput):
        canonical_bytes(deep)
