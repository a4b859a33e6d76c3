"""The document: frozen, closed, one hash for one text, and back from YAML and JSON as it went."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from commonweal.agreement.document import Agreement
from commonweal.agreement.safeguards import Safeguards
from commonweal.agreement.writing import from_canonical, write_agreement

from .agreed import TEXT, changed, read


def test_the_hash_is_that_of_the_canonical_json() -> None:
    agreement = read()
    assert agreement.content_hash == hashlib.sha256(agreement.canonical).hexdigest()
    document = json.loads(agreement.canonical)
    assert list(document) == sorted(document)
    assert "sharing" not in document, "defaults must stay out of the hash"
    assert document["term"]["from"] == "2026-12-01"


def test_order_and_layout_do_not_change_the_hash_but_every_word_does() -> None:
    lines = TEXT.splitlines(keepends=True)
    moved = "".join([lines[0], *lines[2:4], lines[1], *lines[4:]])
    assert read(moved).content_hash == read().content_hash
    assert read("# a remark\n" + TEXT).content_hash == read().content_hash
    assert read(changed(("minimum_count: 10", "minimum_count: 11"))).content_hash != read().content_hash
    assert read(changed(("tenancy <> 'leasehold'", "tenancy <> 'owner'"))).content_hash != read().content_hash


def test_yaml_and_json_give_the_same_agreement_back() -> None:
    agreement = read()
    assert read(write_agreement(agreement)) == agreement
    assert from_canonical(agreement.canonical.decode()).content_hash == agreement.content_hash


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_any_words_that_are_accepted_survive_yaml(statement: str, title: str) -> None:
    document = json.loads(read().canonical)
    document["purpose"]["statement"], document["title"] = statement, title
    try:
        agreement = Agreement.model_validate(document)
    except ValidationError:
        return
    again = read(write_agreement(agreement))
    assert again == agreement
    assert again.content_hash == agreement.content_hash


def test_an_agreement_cannot_be_changed() -> None:
    agreement = read()
    with pytest.raises(ValidationError):
        agreement.version = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        agreement.data[0].columns["name"] = agreement.data[0].columns["sex"]  # type: ignore[index]


def test_parts_that_contradict_each_other_make_no_agreement() -> None:
    document = json.loads(read().canonical)
    document["links"] = [["northbank/person.uprn", "northbank/housing.ward"]]
    with pytest.raises(ValidationError, match="not shared as a link"):
        Agreement.model_validate(document)


def test_terms_and_people_are_found_by_name() -> None:
    agreement = read()
    terms = agreement.terms("northbank/housing")
    assert terms is not None
    assert terms.columns["uprn"].name == "link"
    assert agreement.terms("northbank/school") is None
    assert agreement.person("ANALYST@northbank.example") is not None
    assert agreement.person("other@northbank.example") is None


CHECKING = [
    ({"allowed": True, "checkers": ["a@northbank.example"]}, "names 1, and `least` asks for 2"),
    ({"allowed": True, "checkers": ["a@n.example", "A@n.example", "b@n.example"]}, "twice"),
    ({"allowed": True, "least": 1}, "greater than or equal to 2"),
    ({"allowed": False, "record_level": True}, "`allowed`"),
    ({"least": 2}, "allowed"),
]


@pytest.mark.parametrize(("clause", "problem"), CHECKING)
def test_output_checking_is_by_enough_different_people(clause: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Safeguards.model_validate({"profile": "uk-tre", "output_checking": clause})
    Safeguards.model_validate({"profile": "uk-tre", "output_checking": {"allowed": True, "least": 3}})


def test_safeguards_only_tighten_and_reach_the_rules() -> None:
    written = {"profile": "uk-tre", "minimum_count": 15, "rounding": 10, "dominance": {"largest": 2, "share": 80}}
    rules = Safeguards.model_validate(written).rules
    assert (rules.threshold, rules.rounding, rules.dominance) == (15, 10, (2, 80.0))
    for looser in ({"minimum_count": 9}, {"rounding": 1}, {"dominance": {"largest": 1, "share": 95}}, {"p_percent": 5}):
        with pytest.raises(ValidationError, match="loosen"):
            Safeguards.model_validate({"profile": "uk-tre", **looser})
