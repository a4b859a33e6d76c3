"""Every act by everybody in every state: what the table of moves allows happens, and nothing else does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from commonweal.errors import Conflict, NotAllowed, NotFound
from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.request import Verdict
from commonweal.gateway.output_checking.state import FINAL, MOVES, WAITING_DAYS, Act, Doer, State, may
from commonweal.installation import Installation
from tests import output_town as town

THIRD = town.OTHER_TOO
PARTS = {
    town.ANALYST: {Doer.REQUESTER},
    town.COLLEAGUE: {Doer.NAMED},
    THIRD: {Doer.CHECKER},
    town.STRANGER: set(),
    town.ELSEWHERE: set(),
    "nobody@nowhere.example": set(),
}
"""Everybody who tries everything. Two others, who decide on the way to a state, are not among them."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = town.made(tmp_path_factory.mktemp("moves"))
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def note(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("files") / "coefficients.txt"
    file.write_text("intercept 1.5\n")
    return file


def asked(place: Installation, note: Path) -> int:
    return town.at(place, town.ANALYST).request(town.REASON, agreement="arrears", file=note).number


def decided(place: Installation, number: int, person: str, verdict: Verdict) -> None:
    town.at(place, person).show(number)
    town.at(place, person).decide(number, verdict, "looked at")


def brought(place: Installation, note: Path, state: State) -> int:
    """Return a new request that stands in a state."""
    number = asked(place, note)
    verdicts = {
        State.PARTLY_CHECKED: [Verdict.APPROVE],
        State.DISAGREED: [Verdict.APPROVE, Verdict.REJECT],
        State.RETURNED: [Verdict.APPROVE, Verdict.ASK],
        State.RELEASED: [Verdict.APPROVE, Verdict.APPROVE],
        State.REJECTED: [Verdict.REJECT, Verdict.REJECT],
    }
    for person, verdict in zip((town.OWN, town.OTHER), verdicts.get(state, []), strict=False):
        decided(place, number, person, verdict)
    if state is State.IN_REVIEW:
        town.at(place, town.OTHER).show(number)
    if state is State.WITHDRAWN:
        town.at(place, town.ANALYST).withdraw(number)
    if state is State.EXPIRED:
        with place.transaction() as c:
            store.change(c, number, place.ledger.now(c) - timedelta(days=WAITING_DAYS, seconds=1))
    assert town.at(place, town.ANALYST).standing(number).state is state
    return number


def looked(place: Installation, person: str, number: int) -> None:
    assert town.at(place, person).show(number).content is not None, "shown, but not as to a checker"


def decides(place: Installation, person: str, number: int) -> None:
    if may(state_of(place, number), Act.VIEW, Doer.CHECKER) and Doer.CHECKER in PARTS[person]:
        town.at(place, person).show(number)
    town.at(place, person).decide(number, Verdict.REJECT, "no")


DO: dict[Act, Callable[[Installation, str, int], object]] = {
    Act.VIEW: looked,
    Act.DECIDE: decides,
    Act.RESUBMIT: lambda place, person, number: town.at(place, person).resubmit(number, "as asked"),
    Act.WITHDRAW: lambda place, person, number: town.at(place, person).withdraw(number),
    Act.FETCH: lambda place, person, number: town.at(place, person).fetch(number),
}


def state_of(place: Installation, number: int) -> State:
    with place.reading() as c:
        found = store.request_of(c, number)
    assert found is not None
    return found.state


@pytest.mark.parametrize("state", State)
def test_what_the_table_allows_happens_and_nothing_else(place: Installation, note: Path, state: State) -> None:
    shared = brought(place, note, state)
    for act, (person, parts) in itertools.product(DO, PARTS.items()):
        allowed = any(may(state, act, part) for part in parts)
        # A decision where nobody has looked brings about the look first, as the program's user would.
        allowed |= state is State.REQUESTED and act is Act.DECIDE and Doer.CHECKER in parts
        if allowed:
            own = brought(place, note, state)
            DO[act](place, person, own)
            after = state_of(place, own)
            reached = {move.after for move in MOVES if move.act is act}
            assert after in reached, (state, act, person)
            if after not in FINAL and may(after, Act.WITHDRAW, Doer.REQUESTER):
                town.at(place, town.ANALYST).withdraw(own)
        else:
            before = town.kinds(place)
            with pytest.raises((NotAllowed, Conflict, NotFound, AssertionError)):
                DO[act](place, person, shared)
            assert state_of(place, shared) is state, (state, act, person)
            assert town.kinds(place) == before, "what is refused changes nothing, the record included"
    if may(state, Act.WITHDRAW, Doer.REQUESTER):
        town.at(place, town.ANALYST).withdraw(shared)


def test_whoever_it_does_not_concern_cannot_tell_it_from_nothing(place: Installation, note: Path) -> None:
    number = asked(place, note)
    said = set()
    for person, wanted in itertools.product((town.STRANGER, town.ELSEWHERE, town.COLLEAGUE), (number, 9_999)):
        with pytest.raises(NotFound) as caught:
            town.at(place, person).show(wanted)
        said.add(str(caught.value).replace(str(wanted), "N"))
        assert wanted not in [each.number for each in town.at(place, person).list()]
    assert len(said) == 1
    town.at(place, town.ANALYST).withdraw(number)


def test_nobody_decides_twice_or_unseen(place: Installation, note: Path) -> None:
    number = asked(place, note)
    town.at(place, town.OWN).show(number)
    with pytest.raises(Conflict, match="not looked"):
        town.at(place, town.OTHER).decide(number, Verdict.APPROVE, "surely fine")
    town.at(place, town.OWN).decide(number, Verdict.APPROVE, "fine")
    with pytest.raises(Conflict, match="already"):
        town.at(place, town.OWN).decide(number, Verdict.APPROVE, "fine, fine")
    assert state_of(place, number) is State.PARTLY_CHECKED
    town.at(place, town.ANALYST).withdraw(number)


def test_two_colleagues_of_the_requester_are_not_enough(place: Installation, note: Path) -> None:
    number = asked(place, note)
    decided(place, number, town.OWN, Verdict.APPROVE)
    with pytest.raises(NotAllowed, match="another organisation"):
        decided(place, number, town.OWN_TOO, Verdict.APPROVE)
    decided(place, number, town.OTHER, Verdict.APPROVE)
    assert state_of(place, number) is State.RELEASED


def test_colleagues_cannot_outvote_the_other_organisation(place: Installation, note: Path) -> None:
    number = asked(place, note)
    decided(place, number, town.OWN, Verdict.APPROVE)
    decided(place, number, town.OTHER, Verdict.REJECT)
    assert state_of(place, number) is State.DISAGREED
    decided(place, number, town.OWN_TOO, Verdict.APPROVE)
    assert state_of(place, number) is State.DISAGREED
    decided(place, number, town.OTHER_TOO, Verdict.APPROVE)
    assert state_of(place, number) is State.RELEASED


def test_a_disagreement_goes_back_with_all_reasons(place: Installation, note: Path) -> None:
    number = asked(place, note)
    for person, verdict, words in ((town.OWN, Verdict.APPROVE, "harmless"), (town.OTHER, Verdict.REJECT, "too fine")):
        town.at(place, person).show(number)
        town.at(place, person).decide(number, verdict, words)
    town.at(place, town.OTHER).decide(number, Verdict.ASK, "could you leave out the intercept?")
    told = town.at(place, town.ANALYST).show(number)
    assert told.state is State.RETURNED
    assert told.about["remarks"] == ["harmless", "too fine", "could you leave out the intercept?"]
    assert town.OTHER not in str(told.as_dict())
    again = town.at(place, town.ANALYST).resubmit(number, "It is published already.")
    assert (again.state, again.about["round"]) == (State.REQUESTED, 2)
    town.at(place, town.OTHER).show(number)
    with pytest.raises(Conflict, match="not looked"):
        town.at(place, town.OWN).decide(number, Verdict.APPROVE, "as before")  # a look at the round before is none
    decided(place, number, town.OWN, Verdict.APPROVE)
    decided(place, number, town.OTHER, Verdict.APPROVE)
    assert state_of(place, number) is State.RELEASED


def test_a_checker_who_asks_does_not_check_it(place: Installation, note: Path) -> None:
    # Nobody but people of the agreement may ask, so a checker is made one for this.
    installation = place
    from commonweal.identity.person import Role
    from commonweal.installation import acts
    from tests import towns

    both = "both@riverside.example"
    acts.add_person(installation, both, "riverside", [Role.CHECKER, Role.ANALYST])
    document = town.document() | {"id": "arrears-two", "people": [{"email": both, "role": "analyst"}]}
    towns.agree(installation, document, signed_by=["northbank", "riverside"])
    number = town.at(place, both).request(town.REASON, agreement="arrears-two", file=note).number
    assert town.at(place, both).show(number).content is None
    with pytest.raises(NotAllowed, match="cannot decide"):
        town.at(place, both).decide(number, Verdict.APPROVE, "it is mine, and fine")
    assert state_of(place, number) is State.REQUESTED


def test_the_table_leaves_nothing_final_and_names_every_state() -> None:
    assert not any(move.before in FINAL for move in MOVES)
    reachable = {State.REQUESTED} | {move.after for move in MOVES}
    assert reachable == set(State)
    assert not any(move.by is Doer.REQUESTER for move in MOVES if move.act in {Act.VIEW, Act.DECIDE, Act.SEND_BACK})
