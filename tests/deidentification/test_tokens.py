from __future__ import annotations

import hashlib
import hmac
import time
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from commonweal.deidentification.tokens import agreement_key, as_uuid, record_keys, tokens, untoken

MASTER = bytes(range(32))
KEY = agreement_key(MASTER, "arrears-and-care", "uprn")
OTHER = agreement_key(MASTER, "another", "uprn")


def of(values: list[Any], kind: pa.DataType | None = None, key: bytes = KEY) -> list[bytes | None]:
    found: list[bytes | None] = tokens(pa.array(values, kind), key).to_pylist()
    return found


def test_a_million_ids_are_a_million_tokens_and_back() -> None:
    ids = np.random.default_rng(1).choice(10**10, 1_000_000, replace=False).astype(np.int64)
    begun = time.process_time()
    made = tokens(pa.array(ids), KEY)
    print(f"tokens: {1.0 / (time.process_time() - begun):.1f} M rows a CPU second")
    assert made.type == pa.binary(16)
    data = np.frombuffer(made.buffers()[1], dtype="V16")
    assert len(np.unique(data)) == 1_000_000
    assert np.array_equal(untoken(made, KEY).to_numpy(), ids)


def test_a_token_is_one_block_of_aes() -> None:
    block = hashlib.sha256(b"commonweal/token/1").digest()[:8] + (777777777).to_bytes(8, "little")
    encryptor = Cipher(algorithms.AES(KEY), modes.ECB()).encryptor()
    assert of([777777777]) == [encryptor.update(block)]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=50))
def test_whole_numbers_go_there_and_back(values: list[int | None]) -> None:
    array = pa.array(values, pa.int64())
    made = tokens(array, KEY)
    assert made.is_null().to_pylist() == array.is_null().to_pylist()
    assert untoken(made, KEY).to_pylist() == values
    assert untoken(made.slice(1), KEY).to_pylist() == values[1:]


def test_the_same_id_has_the_same_token_in_every_type() -> None:
    (expected,) = of([12345], pa.int64())
    for kind in (
        pa.int16(),
        pa.int32(),
        pa.uint32(),
        pa.uint64(),
        pa.float64(),
        pa.decimal128(10, 0),
        pa.decimal128(12, 3),
    ):
        value = Decimal(12345) if pa.types.is_decimal(kind) else 12345
        assert of([value], kind) == [expected], kind
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        assert of(["12345"], kind) == [expected], kind
    assert tokens(pa.chunked_array([[12345], [12345]]), KEY).to_pylist() == [expected] * 2


def test_what_differs_has_different_tokens() -> None:
    values = ["12345", "012345", " 12345", "12345.0", "+12345", "", "é", "e", "99999999999999999999", "-0", "0"]
    made = of(values) + of([12345.5, float("nan")]) + of([2**64 - 1], pa.uint64()) + of([-1])
    assert len(set(made)) == len(made) and None not in made
    assert of(["-0"]) != of([0])


def test_text_is_compared_in_one_unicode_form() -> None:
    assert of(["é"]) == of(["e\u0301"])
    own = hmac.digest(KEY, b"commonweal/text tokens", "sha256")
    assert of(["AB 1"]) == [hmac.digest(own, b"AB 1", "sha256")[:16]]


def test_other_types_have_tokens_too() -> None:
    import datetime
    import uuid

    for values, kind in [
        ([datetime.date(2020, 1, 1)], pa.date32()),
        ([True], pa.bool_()),
        ([b"\x00\xff"], pa.binary()),
        ([uuid.UUID(int=5).bytes], pa.uuid()),
    ]:
        (made,) = of(values, kind)
        assert made is not None and len(made) == 16
    assert of([None, None], pa.null()) == [None, None]
    assert of([], pa.string()) == []


@given(st.lists(st.one_of(st.integers(0, 2**62), st.text(max_size=8)), min_size=1, max_size=20))
def test_two_agreements_never_match(values: list[Any]) -> None:
    array = pa.array([str(value) for value in values])
    assert not set(tokens(array, KEY).to_pylist()) & set(tokens(array, OTHER).to_pylist())


def test_a_token_names_its_agreement() -> None:
    keys = {name: agreement_key(MASTER, name, "uprn") for name in ("one", "two", "three")}
    leaked = tokens(pa.array(list(range(1000))), keys["two"])
    assert [name for name, key in keys.items() if untoken(leaked, key).null_count < 1000] == ["two"]
    assert untoken(leaked, keys["one"]).null_count == 1000
    assert untoken(tokens(pa.array(["text", None]), KEY), KEY).to_pylist() == [None, None]


def test_keys_are_separate_for_all_that_names_them() -> None:
    made = {
        agreement_key(MASTER, "a", "uprn"),
        agreement_key(MASTER, "a", "uprn", 2),
        agreement_key(MASTER, "a", "nhs-number"),
        agreement_key(MASTER, "auprn", ""),
        agreement_key(MASTER, 'a", "uprn', ""),
        agreement_key(bytes(32), "a", "uprn"),
    }
    assert len(made) == 6
    assert all(len(key) == 32 for key in made)
    assert agreement_key(MASTER, "a", "uprn") == agreement_key(MASTER, "a", "uprn", 1)


def test_short_keys_are_errors() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        tokens(pa.array([1]), b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        agreement_key(b"short", "a", "b")


def test_duckdb_takes_tokens_as_uuids() -> None:
    made = tokens(pa.array([1, 2, None, 1]), KEY)
    connection = duckdb.connect()
    connection.register("t", pa.table({"u": as_uuid(made), "b": made}))
    assert connection.execute(
        "select typeof(u), count(distinct u), count(distinct b) from t group by 1"
    ).fetchall() == [("UUID", 2, 2)]
    connection.close()


def test_record_keys_are_spread_evenly_and_keyed() -> None:
    made = record_keys(pa.array([*range(25_600), None]), KEY)
    assert made.type == pa.uint8()
    assert made[-1].as_py() is None
    counts = np.bincount(made.drop_null().to_numpy(), minlength=256)
    chi_squared = ((counts - 100) ** 2 / 100).sum()
    assert 150 < chi_squared < 380  # 255 degrees of freedom; both ends lie beyond four standard deviations
    assert (
        record_keys(pa.array([*range(100)]), KEY).to_pylist() != record_keys(pa.array([*range(100)]), OTHER).to_pylist()
    )
    assert record_keys(pa.array([5], pa.int32()), KEY) == record_keys(pa.array(["5"]), KEY)
    assert record_keys(pa.array([], pa.int64()), KEY).to_pylist() == []
