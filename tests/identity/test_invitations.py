from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from commonweal.identity import begun, invitations, subjects
from commonweal.identity.begun import Begun, Part

ANN = "ann@northbank.example"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_an_invitation_works_once_until_its_end_and_only_the_latest(kept: sa.Connection) -> None:
    made, first = invitations.make(kept, ANN, NOW)
    _, second = invitations.make(kept, ANN, NOW, forgets_second_factor=True)
    assert invitations.find(kept, first, NOW) is None
    found = invitations.find(kept, second, NOW)
    assert found is not None and found.email == ANN and found.forgets_second_factor
    assert invitations.find(kept, second, made.until) is None
    assert invitations.use(kept, second, NOW) == found
    assert invitations.use(kept, second, NOW) is None
    assert second not in str(kept.exec_driver_sql("select * from identity_invitation").all())


def test_an_ended_invitation_is_not_used(kept: sa.Connection) -> None:
    made, secret = invitations.make(kept, ANN, NOW)
    assert invitations.use(kept, secret, made.until) is None


def test_what_has_begun_waits_for_its_part_for_ten_minutes(kept: sa.Connection) -> None:
    secret = begun.begin(kept, Begun(Part.CODE, ANN, "/you", {"by": "password"}), NOW)
    assert begun.find(kept, secret, Part.PROVIDER, NOW) is None
    assert begun.find(kept, secret, Part.CODE, NOW) == Begun(Part.CODE, ANN, "/you", {"by": "password"})
    assert begun.find(kept, secret, Part.CODE, NOW + begun.LASTS) is None
    assert begun.end(kept, secret) and not begun.end(kept, secret)


def test_a_provider_knows_a_person_by_one_name(kept: sa.Connection) -> None:
    subjects.bind(kept, "https://idp.example", "u-1", ANN)
    assert subjects.subject_of(kept, "https://idp.example", ANN) == "u-1"
    assert subjects.is_somebodys(kept, "https://idp.example", "u-1") == ANN
    assert subjects.is_somebodys(kept, "https://other.example", "u-1") is None
    subjects.unbind(kept, ANN)
    assert subjects.subject_of(kept, "https://idp.example", ANN) is None
