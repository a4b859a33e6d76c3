"""The template: safe proposals for every column, and a document that can be added once it is filled in."""

from __future__ import annotations

from datetime import date

import pytest

from commonweal.agreement.clause import TO_FILL_IN
from commonweal.agreement.reading import Severity
from commonweal.agreement.template import proposed, template
from commonweal.catalogue.contract import Column, Kind

from .agreed import CONTRACTS, check

TODAY = date(2026, 12, 1)


def filled_in(text: str) -> str:
    answers = {"article_9": "h", "schedule_1": "health-or-social-care", "outcome": "proceed", "completed": "2026-11-01"}
    for key, answer in answers.items():
        text = text.replace(f"{key}: {TO_FILL_IN}", f"{key}: {answer}")
    return text.replace(TO_FILL_IN, "something")


@pytest.mark.parametrize(
    ("column", "treatment"),
    [
        (Column("name", "string", "VARCHAR", Kind.IDENTIFIER), "withhold"),
        (Column("notes", "string", "VARCHAR", Kind.TEXT), "withhold"),
        (Column("mystery", "string", "VARCHAR", None), "withhold"),
        (Column("uprn", "integer", "BIGINT", Kind.LINK), "link"),
        (Column("dob", "date", "DATE", Kind.QUASI), {"band": "5 years"}),
        (Column("born", "date", "DATE", Kind.QUASI, standard="date-of-birth"), {"band": "5 years"}),
        (Column("post_code", "string", "VARCHAR", Kind.QUASI), "district"),
        (Column("ward", "string", "VARCHAR", Kind.QUASI), "keep"),
        (Column("need", "string", "VARCHAR", Kind.SPECIAL), "keep"),
    ],
)
def test_the_proposals_are_safe(column: Column, treatment: object) -> None:
    assert proposed(column)[0] == treatment


def test_filled_in_it_has_no_errors_and_unfilled_it_parses() -> None:
    text = template({name: CONTRACTS[name] for name in CONTRACTS if not name.startswith("county")}, TODAY)
    told = {problem.line for problem in check(text) if problem.severity is Severity.ERROR}
    unfilled = {number for number, line in enumerate(text.splitlines(), 1) if TO_FILL_IN in line} - {1}
    assert unfilled
    assert unfilled <= told, "every one is told, but for the one in the first remark"
    text = filled_in(text)
    found = check(text)
    assert [str(problem) for problem in found if problem.severity is Severity.ERROR] == []
    assert "#  - [northbank/person.uprn, northbank/housing.uprn]" in text
    with_links = text.replace("links: []", "links:").replace("#  - [", "  - [")
    assert [str(problem) for problem in check(with_links) if problem.severity is Severity.ERROR] == []


def test_without_datasets_it_shows_the_shape() -> None:
    found = check(filled_in(template({}, TODAY)))
    assert {problem.path for problem in found if problem.severity is Severity.ERROR} == {
        "parties[0].organisation",
        "data[0].dataset",
    }


def test_it_writes_the_default_profile_and_says_what_the_others_are() -> None:
    from commonweal.disclosure.metered.profile import METERED
    from commonweal.disclosure.profile import PROFILES

    text = template({}, TODAY)
    assert "\n  profile: standard\n" in text
    remarks = "\n".join(line for line in text.splitlines() if line.strip().startswith("#"))
    assert all(f"{name}: " in remarks for name in (*METERED, *PROFILES))
