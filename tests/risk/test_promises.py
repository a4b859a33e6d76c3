"""What an assessment promises: more data or more parties never look safer, coarser treatments never look worse."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.catalogue.contract import Column, Contract, Kind
from commonweal.risk.assessment import AgreementAssessment, assess
from commonweal.risk.level import Level
from commonweal.risk.measured import LARGEST, MOST, SHARES, SIZES, Measured, banded

from . import mild
from .mild import ACCREDITED, DOCUMENT, REPAIRS, column, contract, gathered

NAMES = ["need", "arrest", "arrears", "belief", "postcode", "ward", "dob", "school_year", "income", "anything"]
KINDS = [Kind.QUASI, Kind.SENSITIVE, Kind.SPECIAL, Kind.PLAIN]
FINER_TO_COARSER: dict[str, list[Any]] = {
    "DATE": ["keep", "month", "quarter", "year", {"band": "5 years"}, {"band": "10 years"}, "withhold"],
    "INTEGER": ["keep", {"band": 2}, {"band": 10}, {"band": 100}, "withhold"],
    "VARCHAR": ["keep", {"codes": {"a": "x", "b": "y", "c": "z"}}, {"codes": {"a": "x", "b": "x"}}, "withhold"],
}


@st.composite
def shared(draw: st.DrawFn) -> tuple[dict[str, Any], list[Column]]:
    """An agreement with a few columns, clauses as they come, and the columns of its dataset."""
    names = draw(st.lists(st.sampled_from(NAMES), max_size=6, unique=True))
    physical = st.sampled_from(sorted(FINER_TO_COARSER))
    columns = [column(name, draw(st.sampled_from(KINDS)), draw(physical)) for name in names]
    written = copy.deepcopy(DOCUMENT)
    for each in columns:
        treatments = FINER_TO_COARSER[each.physical_type]
        written["data"][0]["columns"][each.name] = draw(st.sampled_from(treatments))
    special = {"article_9": "h", "schedule_1": "health-or-social-care"}
    if draw(st.booleans()):
        written["legal"] = written["legal"] | {"special_category": special}
    written["purpose"]["code"] = draw(st.sampled_from(["planning", "prevention", "debt", "safeguarding"]))
    written["security"] = draw(st.sampled_from([{}, {"environment": "controlled"}, {"environment": "open"}]))
    written["safeguards"] = {"profile": draw(st.sampled_from(["uk-tre", "nhs", "business"]))}
    written["onward_sharing"] = draw(st.sampled_from(["none", "published"]))
    return written, columns


def of(written: dict[str, Any], columns: list[Column], metered: str = "") -> AgreementAssessment:
    contracts: dict[str, Contract] = {REPAIRS: contract(REPAIRS, *mild.COLUMNS, *columns)}
    return assess(gathered(written, contracts, metered=metered))


def no_lower(before: AgreementAssessment, after: AgreementAssessment) -> None:
    assert before.level <= after.level
    assert before.standing <= after.standing
    assert before.at_questions <= after.at_questions
    for one, two in zip(before.findings, after.findings, strict=True):
        assert one.level <= two.level, f"{one.known.code} fell from {one.level.word} to {two.level.word}"
    for less, more in zip(before.profiles, after.profiles, strict=True):
        assert less.allowed or not more.allowed, f"{more.profile} is admitted for more data only"


@settings(max_examples=150, deadline=None)
@given(shared(), st.sampled_from(["diagnosis", "religion", "conviction", "another"]), st.sampled_from(["", "standard"]))
def test_a_special_column_more_never_looks_safer(
    drawn: tuple[dict[str, Any], list[Column]], name: str, metered: str
) -> None:
    written, columns = drawn
    more = copy.deepcopy(written)
    more["data"][0]["columns"][name] = "keep"
    no_lower(of(written, columns, metered), of(more, [*columns, column(name, Kind.SPECIAL)], metered))


@settings(max_examples=150, deadline=None)
@given(
    shared(),
    st.sampled_from(["riverside_nhs", "acme", "helpers"]),
    st.sampled_from(["controller", "processor", "joint-controller"]),
)
def test_a_party_more_never_looks_safer(drawn: tuple[dict[str, Any], list[Column]], name: str, role: str) -> None:
    written, columns = drawn
    more = copy.deepcopy(written)
    contact = {"name": "IG", "email": "ig@example.example"}
    more["parties"].append({"organisation": name, "role": role, "contact": contact})
    no_lower(of(written, columns), of(more, columns))


@settings(max_examples=200, deadline=None)
@given(shared(), st.data())
def test_a_coarser_treatment_never_looks_worse(drawn: tuple[dict[str, Any], list[Column]], data: st.DataObject) -> None:
    written, columns = drawn
    coarser = copy.deepcopy(written)
    for each in columns:
        treatments = FINER_TO_COARSER[each.physical_type]
        place = treatments.index(written["data"][0]["columns"][each.name])
        coarser["data"][0]["columns"][each.name] = data.draw(st.sampled_from(treatments[place:]))
    no_lower(of(coarser, columns), of(written, columns))


@settings(max_examples=100, deadline=None)
@given(shared())
def test_an_assessment_is_one_text_and_its_hash(drawn: tuple[dict[str, Any], list[Column]]) -> None:
    written, columns = drawn
    first, second = of(written, columns), of(copy.deepcopy(written), list(columns))
    assert first.canonical() == second.canonical()
    assert first.hash == second.hash
    assert first.hash == hashlib.sha256(first.canonical()).hexdigest()


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_bands_hold_what_they_say(entities: int, alone: int) -> None:
    alone = min(entities, alone)
    found = banded(entities, alone)
    assert found.size in {name for _, name in SIZES} | {LARGEST}
    assert found.alone in {name for _, name in SHARES} | {MOST}
    assert 0 <= found.size_rank <= len(SIZES) and 0 <= found.alone_rank <= len(SHARES)
    if entities:
        assert (found.alone == MOST) == (alone * 2 >= entities)


def test_the_smallest_band_does_not_say_that_nobody_is_there() -> None:
    assert banded(50_000, 0) == banded(50_000, 1) == Measured("10,000 to 99,999", "under 1 %")


@pytest.mark.parametrize("lacking", ["accreditation", "environment", "checkers"])
def test_rules_are_admitted_for_accredited_people_in_a_controlled_environment_with_checkers_only(lacking: str) -> None:
    written = copy.deepcopy(DOCUMENT)
    assert mild.assessed(written).profile_allowed
    if lacking == "accreditation":
        written["people"].append({"email": "new@northbank.example", "role": "analyst"})
    elif lacking == "environment":
        written["security"] = {"environment": "own-network"}
    else:
        written["people"].pop()
    found = mild.assessed(written)
    assert not found.profile_allowed
    assert found.admitted("standard").allowed and found.admitted("formal").allowed
    assert next(f for f in found.findings if f.known.code == "safe.outputs").level is Level.SEVERE


def test_an_accreditation_holds_through_its_last_day() -> None:
    last = mild.date.fromisoformat(ACCREDITED["until"])
    assert mild.assessed(today=last).profile_allowed
    assert not mild.assessed(today=last + mild.date.resolution).profile_allowed


def test_what_is_advised_follows_the_width() -> None:
    named = [column(f"fact_{n}", Kind.QUASI, codes=("a", "b")) for n in range(14)]
    for count, deviation in ((5, "14"), (7, "17"), (9, "20"), (11, "26"), (14, None)):
        written = copy.deepcopy(DOCUMENT)
        written["data"][0]["columns"] |= {each.name: "keep" for each in named[:count]}
        found = assess(gathered(written, {REPAIRS: contract(REPAIRS, *mild.COLUMNS, *named)}, metered="standard"))
        assert found.admitted("standard").allowed is (deviation is not None)
        said = [limit.reason for limit in found.limits if limit.path == "data.columns"]
        assert [f"deviation {deviation} " in reason for reason in said] == [True] * (deviation is not None)
        dropped = [limit for limit in found.limits if limit.advice == "withhold"]
        assert len(dropped) == max(0, count + 1 - 12)


def test_nhs_and_business_are_for_data_of_their_kind() -> None:
    legal = {
        "legal": DOCUMENT["legal"] | {"special_category": {"article_9": "h", "schedule_1": "health-or-social-care"}}
    }
    care, contracts = mild.with_column(column("need", Kind.SPECIAL), **legal)
    assert mild.assessed(care, contracts).admitted("nhs").allowed
    debt, contracts = mild.with_column(column("arrears", Kind.SENSITIVE))
    assert not mild.assessed(debt, contracts).admitted("nhs").allowed
    assert not mild.assessed().admitted("business").allowed
    firms = {REPAIRS: contract(REPAIRS, *mild.COLUMNS, kind="business")}
    assert mild.assessed(DOCUMENT, firms).admitted("business").allowed


def test_severe_risk_leaves_formal_only() -> None:
    severe, contracts = mild.with_column(
        column("belief", Kind.SPECIAL), automated_decisions={"used": True}, onward_sharing="published"
    )
    found = mild.assessed(severe, contracts)
    assert found.standing is Level.SEVERE
    assert [each.profile for each in found.profiles if each.allowed] == ["formal", "uk-tre"]
    without = mild.assessed(severe | {"security": {}}, contracts)
    assert [each.profile for each in without.profiles if each.allowed] == ["formal"]
