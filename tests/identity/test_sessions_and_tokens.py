from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from commonweal.errors import BadInput, NotFound
from commonweal.identity import Role, passwords, sessions, store, tables, tokens

ANN = "ann@northbank.example"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ONE = frozenset({"arrears"})


def test_a_session_ends_without_use_and_in_any_case(kept: sa.Connection) -> None:
    session, secret = sessions.begin(kept, ANN, NOW)
    assert sessions.find(kept, secret, NOW + sessions.IDLE - timedelta(seconds=1)) == session
    assert sessions.find(kept, secret, NOW + sessions.IDLE) is None
    for hours in range(1, 13):
        sessions.touch(kept, session, NOW + timedelta(hours=hours))
    assert sessions.find(kept, secret, NOW + sessions.LONGEST) is None
    assert sessions.delete_ended(kept, NOW + sessions.LONGEST) == 1


def test_a_confirmed_session_has_a_new_secret_and_its_old_age(kept: sa.Connection) -> None:
    session, secret = sessions.begin(kept, ANN, NOW)
    later = NOW + timedelta(minutes=5)
    again, new = sessions.confirmed(kept, session, later)
    assert sessions.find(kept, secret, later) is None and not sessions.is_there(kept, session.id)
    assert sessions.find(kept, new, later) == again and again.began == NOW
    assert again.is_fresh(later) and not again.is_fresh(later + sessions.FRESH + timedelta(seconds=1))
    third, _ = sessions.renewed(kept, again, later)
    assert third.second_factor == later and third.id != again.id


def test_all_but_one_can_be_ended(kept: sa.Connection) -> None:
    mine, _ = sessions.begin(kept, ANN, NOW)
    for _ in range(3):
        sessions.begin(kept, ANN, NOW)
    assert len(sessions.sessions_of(kept, ANN, NOW)) == 4
    assert sessions.end_all(kept, ANN, but=mine) == 3
    assert sessions.sessions_of(kept, ANN, NOW) == (mine,)


def test_a_token_says_whether_a_second_factor_stood_behind_it(kept: sa.Connection) -> None:
    until = NOW + timedelta(days=1)
    for given in (False, True):
        token, secret = tokens.make(kept, ANN, name="a", agreements=ONE, until=until, now=NOW, second_factor=given)
        assert tokens.find(kept, secret, NOW) == token and token.second_factor is given
        assert tokens.still_works(kept, token.id, NOW) and not tokens.still_works(kept, token.id, until)


def test_a_token_is_revoked_by_enough_of_its_id(kept: sa.Connection) -> None:
    token, secret = tokens.make(kept, ANN, name="a", agreements=ONE, until=NOW + timedelta(days=1), now=NOW)
    for unclear in ("", token.id[:7], "0" * 16):
        with pytest.raises(NotFound):
            tokens.revoke(kept, ANN, unclear, NOW)
    with pytest.raises(NotFound):
        tokens.revoke(kept, "ben@northbank.example", token.id, NOW)
    assert tokens.revoke(kept, ANN, token.id[:8], NOW).revoked == NOW
    later = NOW + timedelta(hours=1)
    assert tokens.revoke(kept, ANN, token.id, later).revoked == NOW  # it keeps its time
    assert tokens.find(kept, secret, NOW) is None and not tokens.still_works(kept, token.id, NOW)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_ends_within_a_year(kept: sa.Connection, days: int) -> None:
    with pytest.raises(BadInput):
        tokens.make(kept, ANN, name="a", agreements=ONE, until=NOW + timedelta(days=days), now=NOW)


def test_a_person_gets_other_roles_and_goes_with_all_they_had(kept: sa.Connection) -> None:
    assert store.change_roles(kept, ANN.upper(), (Role.OFFICER, Role.STEWARD)).roles == (Role.STEWARD, Role.OFFICER)
    assert store.person(kept, ANN).roles == (Role.STEWARD, Role.OFFICER)
    passwords.set_password(kept, ANN, "hash", NOW)
    assert store.remove_person(kept, ANN).email == ANN
    for table in (tables.person, tables.person_role, tables.password):
        assert kept.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    with pytest.raises(NotFound):
        store.remove_person(kept, ANN)
