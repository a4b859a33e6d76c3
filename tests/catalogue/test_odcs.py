import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.odcs import read_contract, write_contract
from commonweal.catalogue.standards import STANDARDS
from commonweal.errors import BadInput

SMALL = """apiVersion: v3.1.0
kind: DataContract
id: northbank-housing
name: housing
version: 1.0.0
status: active
schema:
  - name: housing
    customProperties:
      - property: entities
        value: [{kind: household, key: uprn}]
    properties:
      - name: uprn
        logicalType: integer
        physicalType: BIGINT
        unique: true
        customProperties: [{property: kind, value: link}, {property: standard, value: uprn}]
      - name: tenancy
        logicalType: string
        customProperties: [{property: kind, value: quasi}, {property: codes, value: [owner, council]}]
      - name: arrears
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 20000}
        customProperties: [{property: kind, value: sensitive}]
"""


def mended(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


def problem(text: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_contract(text, source="housing.odcs.yaml")
    return caught.value


def test_everything_a_contract_says_is_read() -> None:
    read = read_contract(SMALL, source="housing.odcs.yaml")
    assert read == Contract(
        id="northbank-housing",
        name="housing",
        version="1.0.0",
        columns=(
            Column("uprn", "integer", "BIGINT", Kind.LINK, unique=True, standard="uprn"),
            Column("tenancy", "string", "VARCHAR", Kind.QUASI, codes=("owner", "council")),
            Column("arrears", "number", "DOUBLE", Kind.SENSITIVE, minimum=0.0, maximum=20000.0),
        ),
        entities=(EntityKey("household", "uprn"),),
    )


def test_contracts_of_the_first_path_are_read_as_they_stand(shared: Path) -> None:
    files = sorted((shared / "transcript").glob("*.odcs.yaml"))
    assert len(files) == 6
    for file in files:
        read = read_contract(file.read_text(), source=file.name)
        assert read.entities and all(column.kind for column in read.columns), file.name


def test_the_standards_own_examples_are_read(shared: Path) -> None:
    files = sorted((shared / "data/standards/odcs").rglob("*.odcs.yaml"))
    assert len(files) >= 6
    for file in files:
        read = read_contract(file.read_text(), source=file.name)
        assert read.columns and all(column.kind is None for column in read.columns), file.name


def test_a_table_of_several_is_chosen_by_name(shared: Path) -> None:
    text = (shared / "data/standards/odcs/all/full-example.odcs.yaml").read_text()
    assert read_contract(text, source="full", table="receivers").by_name["id"].unique
    with pytest.raises(BadInput) as caught:
        read_contract(text, source="full", table="receiver")
    assert "nearest is receivers" in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("value: link}", "value: lnik}", 17, "did you mean link?"),
        ("value: quasi}", "value: quasy}", 20, "did you mean quasi?"),
        ("property: kind, value: sensitive", "property: kinds, value: sensitive", 24, "did you mean kind?"),
        ("value: uprn}", "value: uprm}", 17, "did you mean uprn?"),
        ("logicalType: number", "logicalType: numbre", 22, "did you mean number?"),
        ("physicalType: BIGINT", "physicaltype: BIGINT", 15, "did you mean physicalType?"),
        ("key: uprn}]", "key: uprm}]", 11, "did you mean uprn?"),
        ("kind: DataContract", "kind: Contract", 2, "DataContract"),
        ("apiVersion: v3.1.0", "apiVersion: v2.2.2", 1, "version 3"),
        ("{minimum: 0, maximum: 20000}", "{minimum: 5, maximum: 1}", 23, "above the maximum"),
        ("{minimum: 0, maximum: 20000}", "{minimum: zero}", 23, "minimum is a number"),
        ("name: tenancy", "name: UPRN", 18, "two columns have this name"),
        ("name: tenancy", "name: '\"; drop table x'", 18, "begins with a letter"),
        ("unique: true", "unique: perhaps", 16, "unique is true or false"),
        ("[owner, council]", "[owner, owner]", 20, "twice"),
        ("status: active", "stauts: active", 6, "did you mean status?"),
    ],
)
def test_a_problem_has_its_line_and_the_nearest_word(old: str, new: str, line: int, says: str) -> None:
    error = problem(mended(old, new))
    assert f"line {line}" in error.why
    assert says in error.why
    assert error.place is not None and error.place.file == "housing.odcs.yaml"


def test_all_problems_are_told_at_once() -> None:
    text = mended("value: link}", "value: lnik}").replace("value: sensitive}", "value: sensible}")
    error = problem(text)
    assert error.message == "The contract has 2 problems."
    assert "line 17" in error.why and "line 24" in error.why
    assert error.place is not None and error.place.line == 17


@pytest.mark.parametrize(
    "text",
    ["", "- a\n- b\n", "a: [1, 2", "a: b: c", "%", "kind: Data\n", "x: *a", "[" * 1500, "\x00"],
)
def test_what_is_no_contract_is_refused_with_its_file(text: str) -> None:
    error = problem(text)
    assert error.place is not None and error.place.file == "housing.odcs.yaml"


def test_aliases_cannot_make_a_small_document_huge() -> None:
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "nested" in problem(text).message


def test_valid_values_are_codes_only_when_marked_public() -> None:
    rule = "quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [owner, council]}}]"
    private = mended(", {property: codes, value: [owner, council]}]", f"]\n        {rule}")
    assert read_contract(private, source="x").by_name["tenancy"].codes == ()
    public = private.replace("value: quasi}]", "value: quasi}, {property: public, value: true}]")
    assert read_contract(public, source="x").by_name["tenancy"].codes == ("owner", "council")


names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
text = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Cs")), min_size=1, max_size=12
)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    columns = []
    for name in draw(st.lists(names, min_size=1, max_size=5, unique=True)):
        logical, physical = draw(
            st.sampled_from([("string", "VARCHAR"), ("integer", "BIGINT"), ("number", "DOUBLE"), ("date", "DATE")])
        )
        bounds = sorted(draw(st.lists(st.integers(-(10**9), 10**9).map(float), min_size=2, max_size=2)))
        numeric = logical in ("integer", "number")
        columns.append(
            Column(
                name=name,
                logical_type=logical,
                physical_type=physical,
                kind=draw(st.sampled_from([None, *Kind])),
                unique=draw(st.booleans()),
                required=draw(st.booleans()),
                minimum=bounds[0] if numeric else None,
                maximum=bounds[1] if numeric else None,
                codes=tuple(draw(st.lists(text, max_size=3, unique=True))) if logical == "string" else (),
                standard=draw(st.sampled_from(["", *STANDARDS])),
                source_name=draw(st.sampled_from(["", "Some Header", "=HYPERLINK(1)"])),
                account=draw(st.sampled_from(["", "debt"])),
                format="dd/MM/yyyy" if logical == "date" else "",
            )
        )
    key = draw(st.sampled_from(["row", columns[0].name]))
    return Contract("a-b", "b", "1.0.0", tuple(columns), (EntityKey("person", key),), status="draft")


@settings(max_examples=40, deadline=None)
@given(contracts())
def test_what_is_written_reads_back_as_the_same_contract(written: Contract) -> None:
    assert read_contract(write_contract(written), source="x") == written


def test_what_is_written_validates_against_the_standards_schema(shared: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    schema = json.loads((shared / "data/standards/odcs/odcs-json-schema-v3.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)

    @settings(max_examples=40, deadline=None)
    @given(contracts())
    def valid(written: Contract) -> None:
        document = yaml.safe_load(write_contract(written))
        assert [error.message for error in validator.iter_errors(document)] == []
        assert all("physicalType" in column for column in document["schema"][0]["properties"])

    valid()
    broken = yaml.safe_load(SMALL) | {"surprise": 1}
    assert list(validator.iter_errors(broken))  # the schema does refuse something
