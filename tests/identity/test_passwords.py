from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.identity import passwords

ANN = "ann@northbank.example"
ABOUT = (ANN, "ann", "Ann Archibald", "northbank")


@pytest.mark.parametrize(
    "bad",
    [
        "short",
        "x" * 257,
        "password1234",
        "P@ssw0rd2026!",
        "Welcome-2026!!",
        "Manchester United 1",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijklmnop",
        "ILOVEYOU-forever",
        "archibald2026",
        "northbank2026!",
        "ann@northbank.example",
        "correct horse battery staple",
        "letmeinletmein",
    ],
)
def test_what_is_short_long_or_guessed_first_is_refused(bad: str) -> None:
    with pytest.raises(BadInput) as error:
        passwords.must_be_good(bad, about=ABOUT)
    assert bad not in str(error.value)


@pytest.mark.parametrize(
    "good",
    [
        "amber otter ladder",
        "tK9#vv2!mQpz",
        "péché-mignon-d'été",
        "x1y2 " * 3 + "and more words",
        "絵文字の長いパスワード十二" * 2,
    ],
)
def test_what_is_long_and_not_guessed_is_taken(good: str) -> None:
    assert passwords.must_be_good(good, about=ABOUT)


def test_at_least_64_characters_may_be_typed() -> None:
    long = "amber otter ladder " * 13
    assert 64 < len(long) <= passwords.LONGEST
    assert passwords.must_be_good(long)
    hash_ = passwords.hash_of(long)
    assert passwords.is_right(hash_, long)
    assert not passwords.is_right(hash_, long[:-1])  # all of it counts


def test_a_password_is_right_however_its_letters_are_composed() -> None:
    hash_ = passwords.hash_of("caf\u00e9 otter ladder")
    assert passwords.is_right(hash_, "cafe\u0301 otter ladder")
    assert hash_.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_old(hash_)


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=300))
def test_without_a_hash_nothing_is_right(text: str) -> None:
    assert not passwords.is_right(None, text)
    assert not passwords.is_right("not a hash", text)


def test_a_password_is_kept_as_a_hash_and_replaced(kept: sa.Connection) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    assert passwords.kept_hash(kept, ANN) is None
    passwords.set_password(kept, ANN, "first", now)
    passwords.set_password(kept, ANN, "second", now)
    assert passwords.kept_hash(kept, ANN) == "second"
    passwords.replace_hash(kept, ANN, "first", "third")  # it was changed meanwhile
    assert passwords.kept_hash(kept, ANN) == "second"
    passwords.remove_password(kept, ANN)
    assert passwords.kept_hash(kept, ANN) is None
