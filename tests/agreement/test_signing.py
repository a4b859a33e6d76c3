"""What a signature does is said before it is given."""

from __future__ import annotations

from datetime import date

import pytest

from commonweal.agreement.clause import PLACES
from commonweal.agreement.fields import Enforcement
from commonweal.agreement.signing import promises, what_changes

from .agreed import changed, check, read

IN_TERM = date(2027, 1, 15)


def test_others_are_waited_for() -> None:
    first = what_changes(read(), "northbank", [], IN_TERM)[0]
    assert first == "It waits for riverside_nhs; nothing is answered under it before they have signed too."


def test_the_last_signature_puts_it_in_force_at_once_within_its_term() -> None:
    signed = ["riverside_nhs"]
    assert "comes into force at once: the 1 person" in what_changes(read(), "northbank", signed, IN_TERM)[0]
    assert "answered from 1 December 2026" in what_changes(read(), "northbank", signed, date(2026, 1, 1))[0]
    assert "nothing is answered" in what_changes(read(), "northbank", signed, date(2028, 1, 1))[0]


def test_the_version_that_it_replaces_is_named() -> None:
    assert "It takes the place of version 1 at once, for good." in what_changes(
        read(), "northbank", ["riverside_nhs"], IN_TERM, 1
    )
    assert any("once it begins" in each for each in what_changes(read(), "northbank", [], IN_TERM, 1))


def test_promises_are_of_what_is_written_and_of_what_always_holds() -> None:
    enforced = [each.title for each in promises(read(), Enforcement.ENFORCED)]
    recorded = [each.title for each in promises(read(), Enforcement.RECORDED)]
    assert "Data: datasets, columns, rows, detail" in enforced
    assert "Status" in enforced
    assert "Expected benefits" in recorded
    assert "Joint controllers' arrangement" not in recorded
    joint = read(changed(("purpose:\n", "joint_controllers: {arrangement: one asks}\npurpose:\n")))
    assert "Joint controllers' arrangement" in [each.title for each in promises(joint, Enforcement.RECORDED)]


@pytest.mark.parametrize("place", sorted(PLACES))
def test_an_id_cannot_be_that_of_a_page(place: str) -> None:
    (found,) = (each for each in check(changed(("id: arrears-and-care", f"id: {place}"))) if each.path == "id")
    assert found.line == 2
    assert "choose another id" in found.message
