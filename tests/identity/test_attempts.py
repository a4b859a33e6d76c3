from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from commonweal.errors import Busy
from commonweal.identity import attempts
from commonweal.identity.attempts import ACCOUNT, ADDRESS, Attempt

KEY = b"k" * 32
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ANN = Attempt("password", "ann@northbank.example", "192.0.2.1")


def fail(kept: sa.Connection, attempt: Attempt, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        attempts.count(kept, attempt, KEY, now)


def locked_for(kept: sa.Connection, attempt: Attempt, now: datetime) -> int:
    with pytest.raises(Busy) as error:
        attempts.count(kept, attempt, KEY, now)
    return error.value.retry_after


def test_a_lock_grows_up_to_an_hour_and_ends_by_itself(kept: sa.Connection) -> None:
    fail(kept, ANN, ACCOUNT.failures)
    now, seen = NOW, []
    for _ in range(9):
        seconds = locked_for(kept, ANN, now)
        seen.append(seconds)
        assert locked_for(kept, ANN, now + timedelta(seconds=seconds - 1)) == 1
        now += timedelta(seconds=seconds)
        fail(kept, ANN, 1, now)  # no longer locked, and wrong again
    assert seen == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_being_right_or_a_quiet_day_forgets(kept: sa.Connection) -> None:
    fail(kept, ANN, ACCOUNT.failures - 1)
    attempts.succeeded(kept, ANN, KEY)
    fail(kept, ANN, ACCOUNT.failures - 1)
    later = NOW + attempts.FORGOTTEN
    fail(kept, ANN, ACCOUNT.failures - 1, later)
    assert attempts.delete_forgotten(kept, later + attempts.FORGOTTEN) == 2


def test_an_address_gets_more_and_others_are_not_hindered(kept: sa.Connection) -> None:
    for number in range(ADDRESS.failures):
        fail(kept, Attempt("password", f"a{number}@northbank.example", "192.0.2.1"), 1)
    assert locked_for(kept, ANN, NOW) == 60
    fail(kept, Attempt("password", ANN.account, "192.0.2.2"), 1)


def test_an_ipv6_subscriber_is_one(kept: sa.Connection) -> None:
    for number in range(ADDRESS.failures):
        fail(kept, Attempt("password", f"a{number}@northbank.example", f"2001:db8::{number:x}"), 1)
    assert locked_for(kept, Attempt("password", ANN.account, "2001:db8::ffff:1"), NOW)
    fail(kept, Attempt("password", ANN.account, "2001:db8:0:1::1"), 1)


def test_passwords_and_codes_are_counted_apart(kept: sa.Connection) -> None:
    fail(kept, ANN, ACCOUNT.failures)
    code = Attempt("code", ANN.account, ANN.address)
    fail(kept, code, 1)
    attempts.succeeded(kept, code, KEY)
    assert locked_for(kept, ANN, NOW)


def test_what_was_typed_is_not_kept(kept: sa.Connection) -> None:
    fail(kept, ANN, 2)
    everything = str(kept.exec_driver_sql("select * from identity_attempt").all())
    assert "ann" not in everything and "192" not in everything.split("2026")[0]
