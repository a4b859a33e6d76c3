"""Standing: an expired, suspended, unsigned or changed agreement answers nothing (promise 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.agreement.document import Agreement
from commonweal.agreement.signature import Signature, sign, verifies
from commonweal.agreement.standing import Event, Standing, has_begun, standing
from commonweal.agreement.state import Act, State

from .agreed import IN_TERM, changed, edition, read

Key = Callable[[str], Ed25519PrivateKey]


def signed(agreement: Agreement, key: Key, *names: str) -> list[Signature]:
    return [sign(agreement, name, key(name), IN_TERM) for name in names or agreement.organisations]


def at(day: str, time: str = "12:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}+00:00")


def event(act: Act, organisation: str = "northbank", version: int = 1) -> Event:
    return Event("arrears-and-care", version, act, organisation, "a complaint was made.", IN_TERM)


def test_unsigned_parties_are_named(key: Key) -> None:
    agreement = read()
    assert standing(agreement, [], [], IN_TERM) == Standing(
        State.DRAFT, False, "Not signed yet by northbank and riverside_nhs."
    )
    one = standing(agreement, signed(agreement, key, "northbank"), [], IN_TERM)
    assert one == Standing(State.PROPOSED, False, "Not signed yet by riverside_nhs.")
    assert standing(agreement, signed(agreement, key), [], IN_TERM).in_force


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (at("2026-11-30", "23:59:59"), State.SIGNED),
        (at("2026-12-01", "00:00:00"), State.IN_FORCE),
        (at("2027-06-14", "22:59:59"), State.IN_FORCE),  # British summer time: the last minute of the grace
        (at("2027-06-14", "23:00:00"), State.SUSPENDED),  # one second after: 15 June in London
        (at("2027-12-01", "00:00:00"), State.ENDED),
    ],
)
def test_days_are_days_in_the_united_kingdom(moment: datetime, state: State, key: Key) -> None:
    agreement = read()
    assert standing(agreement, signed(agreement, key), [], moment).state is state


def test_it_ends_one_second_after_its_last_day(key: Key) -> None:
    agreement = read(
        changed(("review: 2027-05-31", "review: 2027-11-20"), ("review: 2027-10-01", "review: 2028-10-01"))
    )
    signatures = signed(agreement, key)
    end = at("2027-12-01", "00:00:00")
    agreement_review = standing(agreement, signatures, [], end - timedelta(seconds=1))
    assert agreement_review.in_force
    assert "overdue" in agreement_review.reason
    after = standing(agreement, signatures, [], end)
    assert after == Standing(State.ENDED, False, "Its last day was 30 November 2027.")


def test_a_lapsed_review_or_assessment_or_certificate_stops_it(key: Key) -> None:
    late = read()
    found = standing(late, signed(late, key), [], at("2027-06-20"))
    assert found.state is State.SUSPENDED
    assert found.reason == "Its review was due on 31 May 2027, and the time for it ran out on 14 June 2027."
    assessed = read(changed(("review: 2027-10-01", "review: 2027-01-01")))
    assert standing(assessed, signed(assessed, key), [], at("2027-01-10")).in_force
    stopped = standing(assessed, signed(assessed, key), [], at("2027-01-16"))
    assert (stopped.state, "impact assessment" in stopped.reason) == (State.SUSPENDED, True)
    certificate = "security: {certificates: [{name: Cyber Essentials, organisation: northbank, expires: 2027-01-15}]}"
    held = read(changed(("security: {mfa: false}", certificate)))
    assert standing(held, signed(held, key), [], at("2027-01-15")).in_force
    assert standing(held, signed(held, key), [], at("2027-01-16")).state is State.SUSPENDED


def test_one_party_stops_it_and_only_that_party_lets_it_go_on(key: Key) -> None:
    agreement = read()
    signatures = signed(agreement, key)

    def state(*events: Event) -> Standing:
        return standing(agreement, signatures, events, IN_TERM)

    assert state(event(Act.SUSPEND)).reason == "northbank suspended it on 15 January 2027: a complaint was made."
    assert not state(event(Act.SUSPEND), event(Act.RESUME, "riverside_nhs")).in_force
    assert state(event(Act.SUSPEND), event(Act.RESUME)).in_force
    both = (event(Act.SUSPEND), event(Act.SUSPEND, "riverside_nhs"), event(Act.RESUME))
    assert state(*both).state is State.SUSPENDED
    assert not state(event(Act.WITHDRAW), event(Act.RESUME)).in_force
    assert state(event(Act.END)).state is State.ENDED
    assert state(event(Act.END), event(Act.RESUME)).state is State.ENDED


def test_an_event_holds_for_the_versions_there_were(key: Key) -> None:
    second = edition(2)
    signatures = signed(second, key)
    assert standing(second, signatures, [event(Act.WITHDRAW, version=1)], IN_TERM).in_force
    assert not standing(second, signatures, [event(Act.WITHDRAW, version=2)], IN_TERM).in_force
    assert not standing(second, signatures, [event(Act.SUSPEND, version=3)], IN_TERM).in_force


def test_a_changed_document_is_not_in_force(key: Key) -> None:
    agreement = read()
    signatures = signed(agreement, key)
    tampered = read(changed(("sex: keep", "sex: keep, ethnicity: keep")))
    assert standing(agreement, signatures, [], IN_TERM).in_force
    found = standing(tampered, signatures, [], IN_TERM)
    assert (found.state, found.in_force) == (State.SUSPENDED, False)
    assert "not what northbank signed" in found.reason
    pretended = [replace(each, content_hash=tampered.content_hash) for each in signatures]
    assert not standing(tampered, pretended, [], IN_TERM).in_force


def test_a_signature_by_another_key_does_not_count(key: Key) -> None:
    agreement = read()
    known = {name: key(name).public_key().public_bytes_raw() for name in agreement.organisations}
    good = signed(agreement, key)
    assert standing(agreement, good, [], IN_TERM, public_keys=known).in_force
    forged = [good[0], sign(agreement, "riverside_nhs", key("somebody else"), IN_TERM)]
    assert standing(agreement, forged, [], IN_TERM).in_force, "without known keys there is nothing to compare with"
    assert not standing(agreement, forged, [], IN_TERM, public_keys=known).in_force
    assert not standing(agreement, good, [], IN_TERM, public_keys={"northbank": known["northbank"]}).in_force


def test_a_signature_is_for_one_party_one_version_one_text(key: Key) -> None:
    agreement = read()
    signature = sign(agreement, "northbank", key("northbank"), IN_TERM)
    assert verifies(signature, agreement)
    assert not verifies(replace(signature, organisation="riverside_nhs", signature=bytes(64)), agreement)
    assert not verifies(replace(signature, organisation="county_police"), agreement)
    assert not verifies(signature, edition(2))
    assert not verifies(replace(signature, version=2), edition(2))
    with pytest.raises(ValueError, match="only a party signs"):
        sign(agreement, "county_police", key("county_police"), IN_TERM)
    # The signed bytes have a first line of their own: a bare signature over the JSON is not a signature here.
    bare = key("northbank").sign(agreement.canonical)
    assert not verifies(replace(signature, signature=bare), agreement)


def test_a_newer_version_that_has_begun_takes_the_place(key: Key) -> None:
    first, second = edition(1), edition(2, from_="2027-03-01")
    signatures = signed(second, key)
    assert not has_begun(second, signatures, IN_TERM)
    assert has_begun(second, signatures, at("2027-03-01"))
    assert not has_begun(second, signatures[:1], at("2027-03-01"))
    found = standing(first, signed(first, key), [], at("2027-03-01"), newer=2)
    assert found == Standing(State.SUPERSEDED, False, "Version 2 has taken its place.")


def test_a_standing_cannot_contradict_itself_and_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="only then"):
        Standing(State.SUSPENDED, True, "")
    with pytest.raises(ValueError, match="time zone"):
        standing(read(), [], [], datetime(2027, 1, 1))
    with pytest.raises(ValueError, match="not something"):
        Event("a", 1, Act.SIGN, "northbank", "", datetime.now(UTC))
