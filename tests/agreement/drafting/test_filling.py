"""Filling a draft: what was typed is in it, whatever it is; nothing else of the draft is touched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.agreement.drafting.filling import answer, day, filled, typed, with_part
from commonweal.agreement.drafting.parts import PART, PARTS
from commonweal.agreement.drafting.places import value_at
from commonweal.agreement.drafting.progress import Progress, at_fields, owner, progress
from commonweal.agreement.drafting.question import Kind
from commonweal.agreement.drafting.starting import from_nothing, from_one_like_it
from commonweal.agreement.drafting.writing import as_yaml
from commonweal.agreement.library.shipped import NAMES, shipped, text_of
from commonweal.agreement.reading import Severity, problems
from commonweal.agreement.yaml_places import read_yaml

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=40)


def check(document: dict[str, Any]) -> list[Any]:
    return list(problems(as_yaml(document), contracts={}, organisations=["council", "northbank"]))


@pytest.mark.parametrize("reusable", shipped(), ids=NAMES)
def test_what_is_shipped_reads_as_it_stands_but_for_what_it_stands_in_the_place_of(reusable: Any) -> None:
    owners = [party["organisation"] for party in reusable.document["parties"]]
    found = problems(text_of(reusable.name), contracts={}, organisations=owners)
    assert {each.message.partition("`")[0] for each in found if each.severity is Severity.ERROR} == {
        "There is no dataset "
    }
    assert read_yaml(as_yaml(reusable.own())).value == reusable.document


@pytest.mark.parametrize("reusable", shipped(), ids=NAMES)
def test_a_draft_like_another_has_nothing_that_is_that_ones_alone(reusable: Any) -> None:
    made = from_one_like_it(reusable.own())
    for path in ("id", "people", "term", "legal.dpia.outcome", "legal.dpia.completed"):
        assert value_at(reusable.document, path) is not None
        assert value_at(made, path) is None
    assert made["purpose"] == reusable.document["purpose"]


def test_a_draft_from_nothing_has_begun_who_and_nothing_else() -> None:
    document = from_nothing("northbank")
    states = progress(document, check(document))
    assert states.pop("who") is Progress.IN_PART
    assert set(states.values()) == {Progress.NOT_BEGUN}


@given(WORDS, WORDS)
def test_words_are_kept_and_read_back_as_they_were_typed(title: str, statement: str) -> None:
    document = filled(from_nothing("northbank"), PART["name"], {"title": title})
    document = filled(document, PART["what-for"], {"purpose-statement": statement})
    assert value_at(document, "title") == (title.strip() or None)
    assert read_yaml(as_yaml(document)).value == document


@given(st.dictionaries(st.sampled_from(["term-from", "term-until", "term-review", "term-grace_days"]), WORDS))
def test_nothing_that_is_wrong_is_lost(sent: dict[str, str]) -> None:
    document = filled({"purpose": {"code": "x"}}, PART["dates"], sent)
    assert document["purpose"] == {"code": "x"}
    for name, text in sent.items():
        kept = value_at(document, name.replace("-", ".", 1))
        kind = Kind.NUMBER if name.endswith("days") else Kind.DAY
        assert kept == answer(kind, text)
        assert not text.strip() or kept is not None


@pytest.mark.parametrize(
    ("text", "kept"),
    [("1 December 2026", "2026-12-01"), ("1 Dec 2026", "2026-12-01"), ("2026-12-01", "2026-12-01"), ("01/02/2026", "01/02/2026"), ("31 February 2026", "31 February 2026")],
)  # fmt: skip
def test_days_are_never_guessed(text: str, kept: str) -> None:
    assert day(text) == kept


def test_a_power_that_is_not_in_force_stays_so_when_its_words_stay() -> None:
    before = [{"name": "Old Act s.1", "status": "repealed"}]
    assert answer(Kind.LINES, "Old Act s.1\nCare Act 2014 s.6", before) == [*before, "Care Act 2014 s.6"]
    assert typed(Kind.LINES, before) == "Old Act s.1"


def test_things_of_a_list_are_changed_added_and_taken_away() -> None:
    document = {"people": [{"email": "a@b.example", "role": "analyst", "kept": 1}, {"email": "c@d.example"}]}
    sent = {"people-0-email": "x@b.example", "people-1-remove": "yes", "people-2-email": "new@b.example"}
    made = filled(document, PART["people"], sent)
    assert made["people"] == [{"email": "x@b.example", "role": "analyst", "kept": 1}, {"email": "new@b.example"}]
    emptied = {f"people-{n}-{each}": "" for n in (0, 1) for each in ("email", "role")}
    assert "people" not in filled(made, PART["people"], emptied | {"people-2-role": "analyst"})
    assert document["people"][0]["email"] == "a@b.example"


def test_links_follow_a_dataset_that_another_took_the_place_of() -> None:
    document = {"data": [{"dataset": "a/one"}, {"dataset": "b/two"}], "links": [["a/one.x", "b/two.x"]]}
    made = filled(document, PART["data"], {"data-0-dataset": "c/three"})
    assert made["links"] == [["c/three.x", "b/two.x"]]
    assert filled(document, PART["data"], {"data-1-remove": "yes"})["links"] == []


@pytest.mark.parametrize("part", PARTS, ids=list(PART))
def test_a_part_put_from_another_document_is_that_part_and_nothing_else(part: Any) -> None:
    source = shipped()[0].own()
    before = {"data": [{"dataset": "council/tenancies", "columns": {"x": "keep"}}], "title": "T", "term": {"from": "?"}}
    made = with_part(before, part, source)
    for other in PARTS:
        if other is part or "data" in (other.paths[0], part.paths[0].partition(".")[0]):
            continue
        for path in other.paths:
            assert value_at(made, path) == value_at(before, path)
    assert progress(made, ())[part.name] is Progress.DONE


@pytest.mark.parametrize(
    ("path", "part"),
    [("term", "dates"), ("term.from", "dates"), ("data[0].columns.dob", "columns"), ("data[1].rows", "data"), ("data", "data"), ("purpose", "what-for"), ("purpose.necessity", "why-needed"), ("parties[0].contact.email", "who"), ("decisions[0]", ""), ("", "")],
)  # fmt: skip
def test_a_problem_belongs_to_its_part(path: str, part: str) -> None:
    assert owner(path) == part


def test_a_problem_is_shown_at_its_field_or_the_nearest() -> None:
    document = {"parties": [{"organisation": "council", "role": "boss", "contact": {"name": "A"}}]}
    names = ["parties-0-organisation", "parties-0-role", "parties-0-contact-name", "parties-0-contact-email"]
    found = at_fields(check(document), names)
    assert "not a word of the list" in found["parties-0-role"]
    assert "missing" in found["parties-0-contact-email"]
    assert "parties-0-contact-name" not in found
