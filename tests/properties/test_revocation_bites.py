"""A token that was revoked, a session that was ended and a person who was removed get nothing, within a second, even in
the middle of a question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import CommonwealError, NotAllowed
from commonweal.identity import sessions
from commonweal.identity import store as identity
from commonweal.installation import Installation, acts, open_installation, people
from commonweal.installation.tokens import make_token, revoke_token
from commonweal.web.asker import Asker
from tests.acceptance import town
from tests.acceptance.town import AGREEMENT, ANALYST
from tests.properties.test_agreement_bites import HEAVY, LONG_SECONDS, TRIES, WITHIN_SECONDS, newest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = town.build(tmp_path_factory.mktemp("revoked"), "--people", "1500")
    yield made
    made.close()


def with_token(installation: Installation) -> tuple[Asker, Callable[[Installation], object]]:
    with installation.reading() as connection:
        person, now = identity.person(connection, ANALYST), installation.ledger.now(connection)
    token, _ = make_token(installation, ANALYST, name="a test", agreements=[AGREEMENT], until=now + timedelta(days=1))
    return Asker(person, token=token), lambda other: revoke_token(other, ANALYST, token.id)


def with_session(installation: Installation) -> tuple[Asker, Callable[[Installation], object]]:
    with installation.transaction() as connection:
        session, _ = sessions.begin(connection, ANALYST, installation.ledger.now(connection))
        person = identity.person(connection, ANALYST)

    def end(other: Installation) -> None:
        with other.transaction() as connection:
            sessions.end_all(connection, ANALYST)

    return Asker(person, session=session), end


def with_person(installation: Installation) -> tuple[Asker, Callable[[Installation], object]]:
    asker, _ = with_session(installation)
    return asker, lambda other: people.remove_person(other, ANALYST)


@pytest.mark.parametrize("begin", [with_token, with_session, with_person])
def test_it_stops_a_question_within_a_second(installation: Installation, begin: Callable[..., Any]) -> None:
    took = []
    other = open_installation(Path(installation.folder))  # another process would see the same
    for _ in range(TRIES):
        asker, stop = begin(installation)
        result, seconds = stopped(installation, asker, stop, other)
        took.append(seconds)
        assert isinstance(result, NotAllowed), result
        kind, body = newest(installation)
        assert (kind, body["error"]) == ("question.failed", "not-allowed")
        if begin is with_person:
            acts.add_person(installation, ANALYST, "northbank", asker.person.roles)
        if seconds <= WITHIN_SECONDS:
            break
    other.close()
    assert min(took) <= WITHIN_SECONDS, took


def stopped(
    installation: Installation, asker: Asker, stop: Callable[[Installation], object], other: Installation
) -> tuple[Any, float]:
    came: list[tuple[Any, float]] = []

    def ask() -> None:
        try:
            came.append((asker.gateway(installation).ask(HEAVY, agreement=AGREEMENT), time.monotonic()))
        except CommonwealError as error:
            came.append((error, time.monotonic()))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(LONG_SECONDS)
    assert thread.is_alive(), f"the question was over before anything could stop it: {came}"
    stop(other)
    changed = time.monotonic()
    thread.join(60)
    assert came, "it went on for a minute"
    return came[0][0], came[0][1] - changed
