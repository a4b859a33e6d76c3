"""Levels in a contract's YAML: what may be written, what is wrong with what is not, and that nothing is lost."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.document import canonical_json, content_hash, contract_from_document, levels_from_document
from commonweal.catalogue.levels import Levels, Scale
from commonweal.catalogue.odcs import read_contract, write_contract
from commonweal.catalogue.written_levels import levels_value
from commonweal.errors import BadInput

from .levels_drawn import laddered

HEAD = """apiVersion: v3.1.0
kind: DataContract
id: x
name: x
version: 1.0.0
status: active
schema:
  - name: x
    customProperties:
      - {property: entities, value: [{kind: person, key: row}]}
      - {property: membership, value: known}
    properties:
      - name: c
        logicalType: TYPE
        customProperties:
          - {property: kind, value: KIND}
          - property: levels
            value: LEVELS
"""


def text(levels: str, holds: str = "string", kind: str = "quasi") -> str:
    return HEAD.replace("TYPE", holds).replace("KIND", kind).replace("LEVELS", levels)


def read(levels: str, holds: str = "string") -> Levels:
    found = read_contract(text(levels, holds), source="x.odcs.yaml").columns[0].levels
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("holds", "written", "wanted"),
    [
        ("string", "{values: [council, owner]}", Levels(Scale.VALUES, values=("council", "owner"))),
        (
            "integer",
            "{values: [0, 1, -2], missing: false}",
            Levels(Scale.VALUES, values=("0", "1", "-2"), missing=False),
        ),
        ("number", "{values: [0.5, 1]}", Levels(Scale.VALUES, values=("0.5", "1"))),
        ("boolean", "{values: [yes, no]}", Levels(Scale.VALUES, values=("true", "false"))),
        ("string", "{values: [OX1, OX2], of: district}", Levels(Scale.VALUES, values=("OX1", "OX2"), of="district")),
        (
            "string",
            "{values: [a, b, c], groups: {north: [c, a], south: [b]}, most: 2}",
            Levels(Scale.VALUES, values=("a", "b", "c"), rungs=((0, 1, 0, 2),), names=(("north", "south"),), most=2),
        ),
        (
            "string",
            "{values: [a, b, c, d], groups: [{x: [a, b], y: [c], z: [d]}, {p: [a, b, c], q: [d]}]}",
            Levels(
                Scale.VALUES,
                values=("a", "b", "c", "d"),
                rungs=((0, 0, 1, 2, 3), (0, 0, 0, 1, 2)),
                names=(("x", "y", "z"), ("p", "q")),
            ),
        ),
        (
            "date",
            "{ages: {until: 20, steps: [5, 10]}}",
            Levels(Scale.AGES, edges=(0, 5, 10, 15, 20), rungs=((0, 0, 1, 1, 2, 3),)),
        ),
        ("integer", "{ages: {from: 15, until: 20, steps: [5]}}", Levels(Scale.AGES, edges=(15, 20))),
        (
            "date",
            "{ages: [0, 16, 18, 65], coarser: [[0, 18]]}",
            Levels(Scale.AGES, edges=(0, 16, 18, 65), rungs=((0, 0, 1, 1, 2),)),
        ),
        (
            "date",
            "{months: {from: 2023-12, until: 2024-02, steps: [month, year]}}",
            Levels(Scale.MONTHS, months=(date(2023, 12, 1), date(2024, 2, 1)), rungs=((0, 1, 1, 2),)),
        ),
        (
            "timestamp",
            "{months: {from: 2020-01-01, until: 2024-12, steps: [year]}}",
            Levels(Scale.MONTHS, months=(date(2020, 1, 1), date(2024, 12, 1)), step="year"),
        ),
        (
            "number",
            "{amounts: [0, 100, 500, 2000], coarser: [[0, 500]], top: 5000}",
            Levels(Scale.AMOUNTS, edges=(0, 100, 500, 2000), top=5000, rungs=((0, 1, 1, 2, 2, 3),)),
        ),
        ("integer", "{counts: 4, top: 12}", Levels(Scale.COUNTS, edges=(0, 1, 2, 3, 4), top=12)),
        ("integer", "{counts: [0, 1, 5]}", Levels(Scale.COUNTS, edges=(0, 1, 5))),
    ],
)
def test_levels_are_read_as_they_are_written(holds: str, written: str, wanted: Levels) -> None:
    assert read(written, holds) == wanted


@pytest.mark.parametrize(
    ("holds", "written", "says"),
    [
        ("string", "[a, b]", "levels is a mapping"),
        ("string", "{}", "exactly one of"),
        ("string", "{value: [a]}", "did you mean values?"),
        ("string", "{values: [a], ages: {until: 90, steps: [5]}}", "exactly one of"),
        ("string", "{values: [a], mising: true}", "did you mean missing?"),
        ("string", "{values: [a], top: 5}", "unknown key 'top'"),
        ("string", "{values: a}", "list of values"),
        ("string", "{values: []}", "list of values"),
        ("string", "{values: [a, null]}", "not empty"),
        ("string", "{values: [a, [b]]}", "not empty"),
        ("string", "{values: [yes, no]}", "write the value in quotes"),
        ("string", "{values: [01, 02]}", "write the value in quotes"),
        ("string", "{values: [a, a]}", "listed twice"),
        ("string", "{values: [missing or other]}", "last level"),
        ("string", "{values: [a], missing: perhaps}", "missing is true or false"),
        ("string", "{values: [a], missing: false}", "2 to 250"),
        ("string", "{values: [a], most: 1.5}", "most is a whole number"),
        ("string", "{values: [a], most: 9}", "most is a whole number"),
        ("string", "{values: [a, b], of: postcode}", "of is district or sector"),
        ("integer", "{values: [1, 2], of: district}", "of needs postcodes"),
        ("string", "{values: [a, b], groups: [x]}", "mapping of names"),
        ("string", "{values: [a, b, c], groups: {x: [a, b]}}", "1 of the values are in no group"),
        ("string", "{values: [a, b, c], groups: {x: [a, b, d], y: [c]}}", "none of the values"),
        ("string", "{values: [a, b, c], groups: {x: [a, b], y: [c, a]}}", "another group"),
        ("string", "{values: [a, b], groups: {x: [a], y: [b]}}", "fewer groups"),
        ("integer", "{values: [a]}", "whole numbers, and this is none"),
        ("integer", "{values: [1.5]}", "whole numbers, and this is none"),
        ("number", "{values: [.nan]}", "numbers, and this is none"),
        ("boolean", "{values: [maybe]}", "true and false"),
        ("string", "{ages: {until: 90, steps: [5]}}", "ages need dates of birth"),
        ("date", "{ages: {until: 90, step: [5]}}", "did you mean steps?"),
        ("date", "{ages: {until: 90}}", "steps is a list of years"),
        ("date", "{ages: {steps: [5]}}", "until is a whole number"),
        ("date", "{ages: {until: 90, steps: [5, 12]}}", "multiple of the one before"),
        ("date", "{ages: {until: 92, steps: [5]}}", "multiples of the first step"),
        ("date", "{ages: {until: 1000, steps: [5]}}", "until is a whole number from 1 to 130"),
        ("date", "{ages: [0, 18], coarser: [[0, 17]]}", "none of the edges"),
        ("date", "{ages: {until: 90, steps: [5]}, coarser: [[0, 10]]}", "further steps"),
        ("date", "{ages: [0, 18, 65], coarser: [[18]]}", "begin at the first edge"),
        ("date", "{ages: [18, 0]}", "edges must ascend"),
        ("number", "{months: {from: 2023-01, until: 2023-12}}", "months need dates"),
        ("date", "{months: 12}", "mapping with from"),
        ("date", "{months: {from: 2023-13, until: 2024-01}}", "from is a month such as 2023-01"),
        ("date", "{months: {from: 2023-01-15, until: 2024-01}}", "from is a month such as 2023-01"),
        ("date", "{months: {from: 2023-01}}", "until is a month"),
        ("date", "{months: {from: 2024-01, until: 2023-01}}", "until is before from"),
        ("date", "{months: {from: 2023-01, until: 2024-01, steps: [year, month]}}", "finest to the coarsest"),
        ("date", "{months: {from: 2023-01, until: 2024-01, steps: [week]}}", "month, quarter or year"),
        ("date", "{months: {from: 1000-01, until: 9999-01}}", "2 to 250"),
        ("string", "{amounts: [0, 100]}", "amounts need numbers"),
        ("number", "{amounts: [0, 100, 50]}", "edges must ascend"),
        ("number", "{amounts: [0, .inf]}", "no number"),
        ("number", "{amounts: [0, 1e300]}", "no number"),
        ("number", "{amounts: [0, true]}", "no number"),
        ("number", "{amounts: [0, 100], top: 50}", "top is above"),
        ("number", "{amounts: [0, 100], coarser: []}", "list of lists"),
        ("number", "{counts: 4}", "counts need whole numbers"),
        ("integer", "{counts: 0}", "counts is a whole number from 1"),
        ("integer", "{counts: 999999999999}", "counts is a whole number from 1"),
        ("integer", "{counts: [0, 1.5]}", "whole numbers"),
    ],
)
def test_a_mistake_in_levels_is_told_with_its_line(holds: str, written: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_contract(text(written, holds), source="x.odcs.yaml")
    assert says in caught.value.why
    assert "line 18" in caught.value.why


def test_the_line_of_a_mistake_is_that_of_the_value() -> None:
    written = "\n              values:\n                - a\n                - b\n                - a\n"
    with pytest.raises(BadInput) as caught:
        read_contract(text(written), source="x.odcs.yaml")
    assert caught.value.place is not None and caught.value.place.line == 22


@pytest.mark.parametrize("kind", ["identifier", "link", "text"])
def test_what_is_never_shown_has_no_levels(kind: str) -> None:
    with pytest.raises(BadInput, match="a problem") as caught:
        read_contract(text("{values: [a, b]}", kind=kind), source="x")
    assert f"kind {kind} has no levels" in caught.value.why


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: known", "value: knwon", "did you mean known?"),
        ("value: known", "value: [known]", "unknown membership"),
        ("property: membership", "property: memberships", "did you mean membership?"),
        ("property: levels", "property: level", "did you mean levels?"),
        ("property: kind, value: quasi}", "property: account, value: A B}", "one small word"),
        ("property: kind, value: quasi}", "property: acount, value: debt}", "did you mean account?"),
    ],
)
def test_mistakes_beside_the_levels(old: str, new: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_contract(text("{values: [a, b]}").replace(old, new), source="x")
    assert says in caught.value.why


TYPE_OF = {
    Scale.VALUES: [("string", "VARCHAR")],
    Scale.AGES: [("date", "DATE"), ("integer", "BIGINT")],
    Scale.MONTHS: [("date", "DATE"), ("timestamp", "TIMESTAMP")],
    Scale.AMOUNTS: [("number", "DOUBLE"), ("integer", "INTEGER"), ("number", "DECIMAL(12,2)")],
    Scale.COUNTS: [("integer", "BIGINT")],
}


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    columns = []
    for number in range(draw(st.integers(1, 3))):
        levels = draw(laddered(parts=("", "district", "sector")))
        logical, physical = draw(st.sampled_from(TYPE_OF[levels.scale]))
        kind = draw(st.sampled_from([Kind.QUASI, Kind.SENSITIVE, Kind.SPECIAL, Kind.PLAIN]))
        account = draw(st.sampled_from(["", "debt"]))
        columns.append(Column(f"c{number}", logical, physical, kind, levels=levels, account=account))
    status, membership = draw(st.sampled_from(["draft", "active"])), draw(st.sampled_from(["known", "secret"]))
    key = (EntityKey("person", "row"),)
    return Contract("x", "x", "1.0.0", tuple(columns), key, status=status, membership=membership)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(contracts())
def test_levels_come_back_from_yaml_and_from_the_store_as_they_were(contract: Contract) -> None:
    assert read_contract(write_contract(contract), source="x") == contract
    kept = contract_from_document(json.loads(canonical_json(contract)))
    assert kept == contract and content_hash(kept) == content_hash(contract)


def test_whole_numbers_and_yes_or_no_are_written_bare() -> None:
    whole = Column("n", "integer", "BIGINT", Kind.QUASI, levels=Levels(Scale.VALUES, values=("1", "2"), of=""))
    grouped = Levels(Scale.VALUES, values=("1", "2", "3"), rungs=((0, 0, 1, 2),), names=(("few", "many"),), most=2)
    yes = Column(
        "y", "boolean", "BOOLEAN", Kind.QUASI, levels=Levels(Scale.VALUES, values=("true", "false"), missing=False)
    )
    contract = Contract("x", "x", "1", (whole, replace(whole, name="g", levels=grouped), yes), ())
    written = write_contract(contract)
    assert "- 1\n" in written and "- true\n" in written and "'1'\n" not in written.replace("version: '1'\n", "")
    assert read_contract(written, source="x") == contract


def test_contracts_without_levels_keep_the_hash_they_had() -> None:
    columns = (Column("tenancy", "string", "VARCHAR", Kind.QUASI, codes=("council", "owner")),)
    contract = Contract("x", "x", "1.0.0", columns, (EntityKey("person", "row"),))
    assert content_hash(contract) == "3e4901fc186c8dc591c1d3ab25e49f107b45a158664ff8c3cde51e80b878c14a"
    assert b"levels" not in canonical_json(contract) and b"membership" not in canonical_json(contract)


def test_a_draft_asks_the_steward_about_membership_and_a_description_cannot() -> None:
    said = "\n  - property: membership\n    value: known\n"
    contract = Contract(
        "x", "x", "1", (Column("c", "string", "VARCHAR", None),), (), description=said.strip(), status="draft"
    )
    written = write_contract(contract)
    assert written.count("# For the steward") == 1
    assert read_contract(written, source="x") == contract


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "values",
                        "ages",
                        "months",
                        "amounts",
                        "counts",
                        "from",
                        "until",
                        "steps",
                        "groups",
                        "coarser",
                        "top",
                        "missing",
                        "most",
                        "of",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_written_is_read_or_refused_with_a_sentence(value: object) -> None:
    try:
        levels = levels_from_document(value)
    except ValueError as error:
        assert str(error)
    else:
        assert levels is not None and levels_from_document(levels_value(levels)) == levels
