"""The reference page of the states of a request, drawn from the table of moves."""

from __future__ import annotations

from commonweal.gateway.output_checking.state import FINAL, MEANING, MOVES, WAITING_DAYS, Act, Doer, State

_WORDS = {
    Act.VIEW: "look",
    Act.DECIDE: "decide",
    Act.SEND_BACK: "send back",
    Act.RESUBMIT: "resubmit",
    Act.WITHDRAW: "withdraw",
    Act.FETCH: "fetch",
    Act.EXPIRE: "expire",
}

_WHO = {
    Doer.REQUESTER: "the requester",
    Doer.CHECKER: "a checker, never the requester",
    Doer.NAMED: "a person of the agreement",
    Doer.CALENDAR: "the calendar",
}


def states_page() -> str:
    """Return `docs/reference/output-states.md`, with the diagram of the moves."""
    lines = [
        "# The states of a request for an output",
        "",
        "This page is made from the table of moves in `commonweal.gateway.output_checking.state`. How it is used:",
        "[check outputs](../how-to/check-outputs.md). Each move and its entry in the ledger commit together.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> requested: ask",
    ]
    arrows: dict[tuple[State, State], list[str]] = {}
    for move in MOVES:
        words = arrows.setdefault((move.before, move.after), [])
        if _WORDS[move.act] not in words:
            words.append(_WORDS[move.act])
    lines += [f"    {_node(one)} --> {_node(other)}: {', '.join(words)}" for (one, other), words in arrows.items()]
    lines += [f"    {_node(state)} --> [*]" for state in State if state in FINAL]
    lines += ["```", "", "| state | what it means |", "|---|---|"]
    lines += [f"| {_plain(state)} | {MEANING[state]} |" for state in State]
    lines += ["", "## Moves", "", "| from | who | does | to | when |", "|---|---|---|---|---|"]
    lines += [
        f"| {_plain(move.before)} | {_WHO[move.by]} | {_WORDS[move.act]} | {_plain(move.after)} | {move.when} |"
        for move in MOVES
    ]
    lines += [
        "",
        "Approvals release an output only when as many different checkers as the agreement asks for (`least`) approve,",
        "one of them of another organisation than the requester. In every state the agreement must be in force for",
        f"anything but withdrawing. A request that nobody moves for {WAITING_DAYS} days expires.",
    ]
    return "\n".join(lines) + "\n"


def _node(state: State) -> str:
    """Return a state's name as Mermaid allows it."""
    return state.value.replace("-", "_")


def _plain(state: State) -> str:
    return state.value.replace("-", " ")
