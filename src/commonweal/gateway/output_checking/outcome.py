"""What decisions come to. Pure: the state that a set of decisions leads to.

Promise: `RELEASED` needs approvals of at least `least` different people, one of whom belongs to another organisation than
the requester. The requester is never among them: who may decide at all is `checkers`.
"""

from __future__ import annotations

from collections.abc import Sequence

from commonweal.gateway.output_checking.request import Decision, Verdict
from commonweal.gateway.output_checking.state import State


def outcome(decisions: Sequence[Decision], least: int, requester_organisation: str) -> State:
    """Return the state after these decisions of one round, given in the order they were made; at least one."""
    if len({decision.checker for decision in decisions}) < least:
        return State.PARTLY_CHECKED
    said = [decision.verdict for decision in decisions]
    if Verdict.ASK in said:
        return State.RETURNED
    approvals = [decision for decision in decisions if decision.verdict is Verdict.APPROVE]
    rejections = len(decisions) - len(approvals)
    if len(approvals) >= least and any(each.organisation != requester_organisation for each in approvals):
        return State.RELEASED
    return State.REJECTED if rejections >= least else State.DISAGREED


def needs_another_organisation(decisions: Sequence[Decision], least: int, requester_organisation: str) -> bool:
    """Tell whether the next decision must come from another organisation than the requester's.

    Then all places but the last are taken by colleagues of the requester.
    """
    return len(decisions) >= least - 1 and all(each.organisation == requester_organisation for each in decisions)
