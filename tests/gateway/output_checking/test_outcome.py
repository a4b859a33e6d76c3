"""What decisions come to: released only by enough different people, one of another organisation, whatever the order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from commonweal.gateway.output_checking.outcome import outcome
from commonweal.gateway.output_checking.request import Decision, Verdict
from commonweal.gateway.output_checking.state import Act, State, leads

DECISIONS = some.lists(
    some.tuples(some.sampled_from(["northbank", "riverside", "fenwick"]), some.sampled_from(list(Verdict))),
    min_size=1,
    max_size=7,
)


def made(number: int, organisation: str, verdict: Verdict) -> Decision:
    return Decision(1, 1, f"checker{number}@{organisation}.example", organisation, verdict, "", "", "")


@given(DECISIONS, some.integers(2, 5))
def test_released_needs_enough_different_people_and_another_organisation(
    said: list[tuple[str, Verdict]], least: int
) -> None:
    decisions = [made(number, *each) for number, each in enumerate(said)]
    after = outcome(decisions, least, "northbank")
    approvals = {each.checker: each.organisation for each in decisions if each.verdict is Verdict.APPROVE}
    if after is State.RELEASED:
        assert len(approvals) >= least and set(approvals.values()) != {"northbank"}
        assert Verdict.ASK not in {each.verdict for each in decisions}
    if len(decisions) < least:
        assert after is State.PARTLY_CHECKED
    if len(decisions) == least and {verdict for _, verdict in said} == {Verdict.APPROVE}:
        assert after is (State.RELEASED if set(approvals.values()) != {"northbank"} else State.DISAGREED)


@given(DECISIONS, some.integers(2, 5))
def test_every_outcome_is_a_move_of_the_table(said: list[tuple[str, Verdict]], least: int) -> None:
    decisions: list[Decision] = []
    state = State.IN_REVIEW
    for number, each in enumerate(said):
        if state not in {State.IN_REVIEW, State.PARTLY_CHECKED, State.DISAGREED}:
            return
        decisions.append(made(number, *each))
        after = outcome(decisions, least, "northbank")
        if after is State.DISAGREED and {d.verdict for d in decisions} == {Verdict.APPROVE}:
            return  # colleagues alone: the last of them is not let in
        assert leads(state, Act.DECIDE, after), (state, after)
        state = after
