"""Showing: what an officer reads, the same for people and programs, with nothing that steers the terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from commonweal.agreement.fields import split_sentence
from commonweal.agreement.showing import agreement_as_dict, agreement_in_short, print_agreement, shown_clauses
from commonweal.agreement.signature import sign
from commonweal.agreement.standing import Event, standing
from commonweal.agreement.state import Act

from .agreed import IN_TERM, changed, read


def shown(text: str | None = None) -> str:
    agreement = read() if text is None else read(text)
    events = [Event(agreement.id, 1, Act.SUSPEND, "northbank", "a [bold]complaint[/bold]", IN_TERM)]
    console = Console(file=io.StringIO(), width=160)
    print_agreement(console, agreement, standing(agreement, [], events, IN_TERM), [], events)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_officer_reads_purpose_clauses_with_their_worth_signatures_and_split() -> None:
    page = shown()
    assert "Find where care and rent arrears meet" in page
    assert "suspended" in page
    assert "a [bold]complaint[/bold]" in page, "words are words, never markup"
    assert "northbank: has not signed" in page
    assert split_sentence() in page
    assert "only rows where tenancy <> 'leasehold'" in page
    assert any(line.startswith("enforced") and "data[1].columns.sex" in line for line in page.splitlines())
    assert any(line.startswith("recorded") and "public-task" not in line for line in page.splitlines())


def test_every_written_clause_is_shown_once() -> None:
    agreement = read(changed(("security: {mfa: false}", "security: {mfa: false, training: every year}")))
    clauses = shown_clauses(agreement)
    paths = [clause.path for clause in clauses]
    assert "security.training" in paths
    assert "term.from" in paths
    assert sum(".columns." in clause.path for clause in clauses) == 5 + 4 + 4
    assert [clause.words for clause in clauses if clause.path == "security.mfa"] == ["no"]


def test_programs_get_the_same_as_json(key: Callable[[str], Ed25519PrivateKey]) -> None:
    agreement = read()
    signatures = [sign(agreement, "northbank", key("northbank"), IN_TERM)]
    data = agreement_as_dict(agreement, standing(agreement, signatures, [], IN_TERM), signatures, [])
    again = json.loads(json.dumps(data))
    assert again["state"] == "proposed"
    assert [each["signed_at"] is not None for each in again["signatures"]] == [True, False]
    assert again["document"] == json.loads(agreement.canonical)
    assert sum(again["split"].values()) == 35
    short = agreement_in_short(agreement, standing(agreement, signatures, [], IN_TERM))
    assert (short["id"], short["in_force"]) == ("arrears-and-care", False)
