"""Differences between versions: each said once, in words, with whether more or less can be seen for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.agreement.comparing import Change, Difference, by_clause, compare, summary
from commonweal.agreement.document import Agreement
from commonweal.agreement.effect import Effect, of_treatments
from commonweal.agreement.fields import Enforcement
from commonweal.deidentification.reading import read_treatment

from .agreed import TEXT, changed, read

NONE, LOOSE, TIGHT, UNLIKE = Effect.NEITHER, Effect.LOOSENED, Effect.TIGHTENED, Effect.UNLIKE


def differences(*changes: tuple[str, str]) -> tuple[Difference, ...]:
    return compare(read(), read(changed(*changes)))


def only(*changes: tuple[str, str]) -> Difference:
    (found,) = differences(*changes)
    return found


def test_a_version_does_not_differ_from_itself_whatever_its_number() -> None:
    assert compare(read(), read()) == ()
    later = read(changed(("version: 1", "version: 2")))
    assert compare(read(), later) == ()
    assert summary(()) == "Nothing that was agreed differs."


def test_a_thing_that_is_nothing_but_its_name_comes_and_goes() -> None:
    gone, come = differences(("power: Care Act 2014 s.6", "power: Localism Act 2011 s.1"))
    assert (gone.clause, gone.change, come.change) == ("legal", Change.REMOVED, Change.ADDED)
    assert gone.words == "Legal: power is no longer written; it was: Care Act 2014 s.6"
    assert come.words == "Legal: power is written now: Localism Act 2011 s.1"


@pytest.mark.parametrize(
    ("change", "path", "effect"),
    [
        (("title: ", "title: New "), "title", NONE),
        (("until: 2027-11-30", "until: 2028-11-30"), "term.until", LOOSE),
        (("from: 2026-12-01", "from: 2027-01-01"), "term.from", TIGHT),
        (("review: 2027-05-31", "review: 2027-04-30"), "term.review", TIGHT),
        (("grace_days: 14", "grace_days: 30"), "term.grace_days", LOOSE),
        (("minimum_count: 10", "minimum_count: 20"), "safeguards.minimum_count", TIGHT),
        (("results: 1 year", "results: 18 months"), "retention.results", LOOSE),
        (("results: 1 year", "results: 52 weeks"), "retention.results", TIGHT),
        (("onward_sharing: none", "onward_sharing: published"), "onward_sharing", LOOSE),
        (("profile: uk-tre", "profile: nhs"), "safeguards.profile", UNLIKE),
    ],
)
def test_what_says_how_much_or_how_long_loosens_or_tightens(change: tuple[str, str], path: str, effect: Effect) -> None:
    found = only(change)
    assert (found.path, found.effect, found.change) == (path, effect, Change.CHANGED)
    assert found.before is not None
    assert found.after is not None
    assert found.before in found.words
    assert found.after in found.words


def test_what_is_not_written_is_compared_by_what_it_means() -> None:
    found = only((", grace_days: 14", ""))
    assert (found.change, found.effect, found.after) == (Change.REMOVED, NONE, None)
    found = only((", minimum_count: 10", ""))
    assert (found.change, found.effect) == (Change.REMOVED, LOOSE)


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ("keep", "keep", NONE),
        ("keep", "withhold", TIGHT),
        ("withhold", "link", LOOSE),
        ("keep", "link", TIGHT),
        ("link", "month", UNLIKE),
        ("month", "quarter", TIGHT),
        ("year", "month", LOOSE),
        ("year", {"band": "5 years"}, TIGHT),
        ({"band": "5 years"}, {"band": "10 years"}, TIGHT),
        ({"band": "4 years"}, {"band": "6 years"}, UNLIKE),
        ({"band": 10}, {"band": 5}, LOOSE),
        ({"band": 10}, {"round": 10}, UNLIKE),
        ({"round": 5}, {"round": 100}, TIGHT),
        ({"top": 100}, {"top": 50}, TIGHT),
        ({"bottom": 100}, {"bottom": 50}, LOOSE),
        ({"top": 100}, {"bottom": 50}, UNLIKE),
        ("sector", "district", TIGHT),
        ("district", "sector", LOOSE),
        ({"codes": {"A": "x", "B": "y"}}, {"codes": {"A": "x", "B": "x"}}, TIGHT),
        ({"codes": {"A": "x", "B": "x"}}, {"codes": {"A": "x", "B": "y"}}, LOOSE),
        ({"codes": {"A": "x", "B": "y"}}, {"codes": {"A": "v", "B": "w"}}, NONE),
        ({"codes": {"A": "x", "B": "y", "C": "y"}}, {"codes": {"A": "x", "B": "x", "C": "y"}}, UNLIKE),
    ],
)
def test_treatments_are_compared_by_what_they_hide(before: object, after: object, effect: Effect) -> None:
    assert of_treatments(read_treatment(before), read_treatment(after)) is effect


TREATMENTS = st.one_of(
    st.sampled_from(["keep", "withhold", "link", "year", "quarter", "month", "district", "sector"]),
    st.builds(lambda n: {"band": f"{n} years"}, st.integers(1, 40)),
    st.builds(lambda n: {"band": n}, st.integers(1, 40)),
    st.builds(lambda n: {"round": n}, st.integers(1, 40)),
    st.builds(lambda n: {"top": n}, st.integers(-9, 9)),
    st.builds(lambda n: {"bottom": n}, st.integers(-9, 9)),
    st.builds(lambda m: {"codes": m}, st.dictionaries(st.sampled_from("ABCDE"), st.sampled_from("xyz"), min_size=1)),
)


@given(TREATMENTS, TREATMENTS)
def test_what_tightens_one_way_loosens_the_other(before: object, after: object) -> None:
    turned = {LOOSE: TIGHT, TIGHT: LOOSE, UNLIKE: UNLIKE, NONE: NONE}
    first, second = read_treatment(before), read_treatment(after)
    assert of_treatments(second, first) is turned[of_treatments(first, second)]


@given(st.dictionaries(st.sampled_from("ABCD"), st.sampled_from("xyz"), min_size=1), st.sampled_from(["x", "q"]))
def test_codes_put_together_hide_more(codes: dict[str, str], together: str) -> None:
    coarse = {value: together if code in "xy" else code for value, code in codes.items()}
    effect = of_treatments(read_treatment({"codes": codes}), read_treatment({"codes": coarse}))
    assert effect in (TIGHT, NONE)


def test_columns_that_come_go_and_change_are_said_so() -> None:
    found = differences(("sex: keep", "ethnicity: keep"), ("dob: {band: 5 years}", "dob: {band: 10 years}"))
    told = {each.path: (each.change, each.effect, each.words) for each in found}
    assert told == {
        "data.northbank/person.columns.dob": (
            Change.CHANGED, TIGHT,
            "dob of northbank/person was in bands of 5 years, and is now in bands of 10 years "
            "(tightened: less of it can be seen).",
        ),
        "data.northbank/person.columns.sex": (Change.REMOVED, TIGHT, "sex of northbank/person is shared no more."),
        "data.northbank/person.columns.ethnicity": (
            Change.ADDED, LOOSE, "ethnicity of northbank/person is shared now, as it is.",
        ),
    }  # fmt: skip
    assert all(each.enforcement is Enforcement.ENFORCED for each in found)


def test_rows_people_links_and_reasons() -> None:
    rows = only(("\n    rows: tenancy <> 'leasehold'", ""))
    assert (rows.effect, rows.after) == (LOOSE, "all rows")
    assert "leasehold" in rows.words
    named = "  - {email: analyst@northbank.example, role: analyst}\n"
    more = changed((named, f"{named}  - {{email: analyst@riverside.example, role: analyst}}\n"))
    (person,) = compare(read(), read(more))
    assert (person.path, person.effect) == ("people.analyst@riverside.example", LOOSE)
    assert person.words == "analyst@riverside.example is named now, as analyst, and may ask."
    (gone,) = compare(read(more), read())
    assert (gone.effect, gone.words) == (TIGHT, "analyst@riverside.example may ask no more.")
    link = only(("  - [northbank/person.uprn, northbank/housing.uprn]\n", ""))
    assert (link.change, link.effect) == (Change.REMOVED, TIGHT)
    because = only(("because: links people to homes", "because: they live there"))
    assert (because.effect, because.enforcement) == (NONE, Enforcement.RECORDED)


def test_things_of_lists_are_the_same_by_their_names_and_come_and_go_whole() -> None:
    one = "security: {mfa: false, certificates: [{name: CE, organisation: northbank, expires: 2027-09-01}]}"
    two = one.replace("}]}", "}, {name: ISO 27001, organisation: northbank, expires: 2027-10-01}]}")
    before, after = read(changed(("security: {mfa: false}", one))), read(changed(("security: {mfa: false}", two)))
    (come,) = compare(before, after)
    assert come.words == (
        "Security: certificates is written now: name ISO 27001; organisation northbank; expires 2027-10-01"
    )
    assert come.enforcement is Enforcement.PARTLY
    longer = read(changed(("security: {mfa: false}", one.replace("2027-09-01", "2027-10-01"))))
    (moved,) = compare(before, longer)
    assert (moved.before, moved.after) == ("2027-09-01", "2027-10-01")
    gone, come = differences(("what: fewer evictions,", "what: fewer debts,"))
    assert (gone.change, gone.before) == (
        Change.REMOVED,
        "to residents; what fewer evictions; measure evictions per year",
    )
    assert (come.change, come.path) == (Change.ADDED, "purpose.benefits.fewer debts")
    none = read(changed(("    - {to: residents, what: fewer evictions, measure: evictions per year}\n", "    []\n")))
    (all_gone,) = compare(read(), none)
    assert all_gone.words.startswith("Purpose: benefits is no longer written; it was: to residents")


def test_turning_a_link_round_or_moving_things_is_no_difference() -> None:
    agreement = read()
    raw = agreement.as_document()
    raw["links"] = [list(reversed(link)) for link in raw["links"]]
    raw["people"] = list(reversed(raw["people"]))
    raw["data"] = list(reversed(raw["data"]))
    assert compare(agreement, Agreement.model_validate(raw)) == ()


def test_differences_are_in_the_order_of_the_clauses_and_counted() -> None:
    found = differences(
        ("onward_sharing: none", "onward_sharing: published"),
        ("minimum_count: 10", "minimum_count: 20"),
        ("title: ", "title: New "),
    )
    assert list(by_clause(found)) == ["title", "safeguards", "onward_sharing"]
    assert summary(found) == "3 differences: 1 lets more be seen, 1 lets less be seen."
    assert {each.path: each.enforcement for each in found}["onward_sharing"] is Enforcement.RECORDED
    assert set(found[0].as_dict()) == {
        "clause", "path", "change", "before", "after", "words", "effect", "enforcement",
    }  # fmt: skip


def test_every_key_of_the_document_can_differ() -> None:
    """Whatever is taken out of a document is said: nothing that is agreed can change unseen."""
    full = read(TEXT)
    for key in ("joint_controllers", "location", "quality", "breach", "rights", "publication"):
        raw = full.as_document() | {
            key: {
                "joint_controllers": {"arrangement": "one"},
                "location": {"storage": "here"},
                "quality": {"accuracy": "good"},
                "breach": {"procedure": "tell"},
                "rights": {"contact": {"name": "a", "email": "a@b.example"}},
                "publication": "never",
            }[key]
        }
        more = Agreement.model_validate(raw)
        assert {each.clause for each in compare(full, more)} == {key}
        assert {each.change for each in compare(more, full)} == {Change.REMOVED}
