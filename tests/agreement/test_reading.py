"""Reading: all problems at once, each with its line, and nothing that is not enforced gets through."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.agreement.reading import Severity, read_agreement, text_of
from commonweal.agreement.writing import write_agreement
from commonweal.deidentification.reading import read_treatment
from commonweal.errors import BadInput, NotFound

from .agreed import CONTRACTS, ORGANISATIONS, PEOPLE, REPOSITORY, SHARED, TEXT, changed, check, read


def lines_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_the_agreement_of_the_tests_has_no_problem() -> None:
    assert check(TEXT) == ()
    assert read().reference == "arrears-and-care@1"


@pytest.mark.skipif(not SHARED.exists(), reason="the transcript is not here")
def test_the_agreement_of_the_transcript_reads_as_it_stands() -> None:
    text = text_of(SHARED / "transcript" / "arrears-and-care.yaml")
    assert check(text) == ()
    agreement = read(text)
    assert agreement.id == "arrears-and-care"
    assert agreement.data[0].dataset == "northbank/person"
    assert agreement.legal.criminal_offence is not None


@pytest.mark.parametrize(
    ("change", "piece", "message", "suggestion"),
    [
        (("grace_days: 14", "grace_dais: 14"), "grace_dais", "There is no key `grace_dais`", "`grace_days`"),
        (("public-task", "public-tsk"), "lawful_basis", "not a word of the list", "`public-task`"),
        (("code: prevention", "code: marketing"), "code: marketing", "not a word of the list", "prevention"),
        (
            ("  necessity: Neither council nor health service can see both alone.\n", ""),
            "purpose:",
            "`necessity` is missing",
            "purpose",
        ),
        (("until: 2027-11-30", "until: 30/11/2027"), "until", "YYYY-MM-DD", ""),
        (("until: 2027-11-30", "until: 2027-11-31"), "until", "not in the calendar", ""),
        (("until: 2027-11-30", "until: 2025-11-30"), "term:", "`until` lies before `from`", ""),
        (("review: 2027-05-31", "review: 2028-05-31"), "term:", "never be reviewed", ""),
        (("proceed-with-safeguards", "do-not-proceed"), "dpia:", "do not proceed", ""),
        (
            ("dataset: northbank/housing", "dataset: northbank/hosing"),
            "- dataset: northbank/hosing",
            "no dataset",
            "`northbank/housing`",
        ),
        (
            ("postcode: district", "postcod: district"),
            "columns: {person_id: link, uprn",
            "no column `postcod`",
            "`postcode`",
        ),
        (("sex: keep", "mystery: keep"), "columns: {person_id: link, uprn", "not classified", "withhold"),
        (("sex: keep", "name: keep"), "columns: {person_id: link, uprn", "kind identifier", ""),
        (("sex: keep", "notes: keep"), "columns: {person_id: link, uprn", "kind text", ""),
        (("sex: keep", "sex: link"), "columns: {person_id: link, uprn", "only link columns", ""),
        (("ward: keep", "ward: month"), "columns: {uprn: link, tenancy", "does not fit", ""),
        (("sex: keep", "sex: scramble"), "columns: {person_id: link, uprn", "", ""),
        (("profile: uk-tre", "profile: uk-try"), "safeguards:", "not a disclosure profile", ""),
        (("minimum_count: 10", "minimum_count: 3"), "safeguards:", "loosen", ""),
        (("output: aggregate", "output: rows"), "output", "not a word of the list", "aggregate"),
        (("rows: tenancy <> 'leasehold'", "rows: upper(tenancy) = 'X'"), "rows:", "UPPER may not be used", ""),
        (("rows: tenancy <> 'leasehold'", "rows: tenency <> 'x'"), "rows:", "`tenency`", "`tenancy`"),
        (
            ("  special_category: {article_9: h, schedule_1: health-or-social-care}\n", ""),
            "need: keep",
            "special category",
            "withhold",
        ),
        (("schedule_1: health-or-social-care", "schedule_1: research"), "special_category", "goes with", ""),
        (
            ("organisation: riverside_nhs", "organisation: riverside"),
            "organisation: riverside\n",
            "cannot sign",
            "`riverside_nhs`",
        ),
        (
            ("northbank/housing.uprn]", "northbank/housing.ward]"),
            "northbank/housing.ward",
            "not shared as a link",
            "`ward: link`",
        ),
        (("northbank/housing.uprn]", "northbank/person.uprn]"), "[northbank/person.uprn,", "to itself", ""),
        (("northbank/housing.uprn]", "northbank/school.person_id]"), "northbank/school", "not among the shared", ""),
        (("version: 1", "version: one"), "version", "whole number", ""),
        (("power: Care Act 2014 s.6", "power: [{name: Old Act, status: repealed}]"), "legal:", "in force", ""),
        (("email: analyst@northbank.example", "email: analyst"), "email: analyst", "e-mail address", ""),
        (("commonweal: agreement/1", "commonweal: agreement/9"), "commonweal", "not a document", "agreement/1"),
    ],
)
def test_a_mistake_is_an_error_with_its_line_and_what_mends_it(
    change: tuple[str, str], piece: str, message: str, suggestion: str
) -> None:
    text = changed(change)
    found = [problem for problem in check(text) if problem.severity is Severity.ERROR and message in problem.message]
    assert found, [str(problem) for problem in check(text)]
    assert suggestion in found[0].suggestion
    assert found[0].line == lines_of(text, piece), str(found[0])
    with pytest.raises(BadInput) as caught:
        read(text)
    assert caught.value.place is not None
    assert caught.value.place.line is not None


def test_all_problems_are_told_at_once_even_when_some_are_of_form() -> None:
    text = changed(
        ("public-task", "public-tsk"),
        ("dob: {band: 5 years}", "dob: {bend: 5 years}"),
        ("sex: keep", "name: keep"),
        ("until: 2027-11-30", "untill: 2027-11-30"),
        ("dataset: northbank/housing", "dataset: northbank/hosing"),
        ("need: keep", "need: keep, nothing: keep"),
    )
    paths = {problem.path for problem in check(text)}
    assert {
        "legal.lawful_basis",
        "data[0].columns.dob",
        "data[0].columns.name",
        "term.untill",
        "term.until",
        "data[1].dataset",
        "data[2].columns.nothing",
    } <= paths
    with pytest.raises(BadInput) as caught:
        read(text)
    assert caught.value.why.count("line ") >= len(paths)


def test_links_between_columns_of_different_types_are_errors() -> None:
    police = "  - organisation: county_police\n    role: controller\n    contact: {name: a, email: a@p.example}\n"
    incidents = "  - dataset: county_police/police_incident\n    columns: {case_code: link}\n"
    link = "  - [northbank/person.person_id, county_police/police_incident.case_code]\n"
    text = changed(
        ("  - organisation: riverside_nhs", f"{police}  - organisation: riverside_nhs"),
        ("links:\n", f"{incidents}links:\n{link}"),
    )
    assert any("cannot be joined" in problem.message for problem in check(text))


def test_what_is_named_twice_is_an_error() -> None:
    twice = changed(("people:\n", "people:\n  - {email: Analyst@Northbank.example, role: analyst}\n"))
    assert [problem.message for problem in check(twice)] == ["This person is named twice."]


def test_a_dataset_of_an_organisation_that_is_no_party_is_an_error() -> None:
    text = changed(("organisation: riverside_nhs", "organisation: county_police"))
    assert any("not a party" in p.message and p.path == "data[2].dataset" for p in check(text))


def test_unknown_people_are_a_warning_and_people_of_others_an_error() -> None:
    warnings = check(TEXT, people={})
    assert [problem.severity for problem in warnings] == [Severity.WARNING]
    assert read_agreement(TEXT, source="a", contracts=CONTRACTS, organisations=ORGANISATIONS, people={}).version == 1
    strangers = check(TEXT, people={"analyst@northbank.example": "county_police"})
    assert [problem.severity for problem in strangers] == [Severity.ERROR]
    assert check(TEXT, people=None) == ()


def test_an_agreement_under_which_nobody_can_ask_is_a_warning() -> None:
    found = check(changed(("people:\n  - {email: analyst@northbank.example, role: analyst}\n", "")))
    assert [(problem.severity, problem.path) for problem in found] == [(Severity.WARNING, "people")]


def test_missing_reasons_and_officers_are_warnings() -> None:
    text = changed(
        ("    because: links people to homes\n", ""),
        ("    dpo: {name: Data Protection Officer, email: dpo@riverside.example}\n", ""),
    )
    assert [problem.severity for problem in check(text)] == [Severity.WARNING, Severity.WARNING]
    assert read(text).version == 1


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "empty", 1),
        ("- a\n- b\n", "not an agreement", 1),
        ("just words", "not an agreement", 1),
        ("a: [1, 2\nb: 3\n", "not YAML", 2),
        ("title: a: b\n", "not YAML", 1),
        ("id: x\n\tb: 1\n", "not YAML", 2),
        ("id: a\nid: b\n", "given twice", 2),
        ("a: &x 1\nb: *x\n", "Anchors", 1),
        ("a: !!python/object/apply:os.system ['true']\n", "Tags", 1),
        ("a: 1\n---\nb: 2\n", "not YAML", 2),
        ("a: \x07\n", "character", 1),
        ("? [a]\n: b\n", "A key must be a word", 1),
        ("[" * 3000, "nested too deeply", 1),
        ("x: " + "y" * 1_000_001, "larger than", 1),
    ],
)
def test_what_is_not_plain_yaml_is_told_with_its_line(text: str, message: str, line: int) -> None:
    found = [problem for problem in check(text) if message in problem.message]
    assert found, [str(problem) for problem in check(text)]
    assert found[0].line == line
    with pytest.raises(BadInput):
        read(text)


def test_many_aliases_do_not_grow() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert any("Anchors" in problem.message for problem in check("\n".join(lines)))


def test_values_that_yaml_1_1_would_bend_stay_what_was_written() -> None:
    agreement = read(
        changed(
            ("title: Rent arrears among people who receive care", "title: no"),
            ("measure: evictions per year", "measure: 12:30"),
        )
    )
    assert agreement.title == "no"
    assert agreement.purpose.benefits[0].measure == "12:30"


@pytest.mark.parametrize("words", ["a\\u202Eb", "a\\x1b[31mb", "\\u200B \\uD800"])
def test_characters_that_mislead_a_reader_are_refused(words: str) -> None:
    text = changed(
        (
            "statement: Find where care and rent arrears meet, so that help comes before eviction.",
            f'statement: "{words}"',
        )
    )
    assert any(problem.severity is Severity.ERROR for problem in check(text))


def test_errors_do_not_repeat_the_values_of_a_condition() -> None:
    text = changed(("rows: tenancy <> 'leasehold'", "rows: upper(tenancy) = 'Zelda Quince'"))
    with pytest.raises(BadInput) as caught:
        read(text)
    assert "Zelda" in text
    assert "Zelda" not in f"{caught.value.message}{caught.value.why}{caught.value.remedy}{caught.value.as_dict()}"


def test_a_file_that_is_not_there_or_not_text(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotFound):
        text_of(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"title: caf\xe9")
    with pytest.raises(BadInput, match="cannot be read"):
        text_of(tmp_path / "latin.yaml")
    with pytest.raises(BadInput, match="folder"):
        text_of(tmp_path)
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert check(text_of(tmp_path / "bom.yaml")) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(TEXT) - 1),
    st.sampled_from(
        ["", "\n", "\t", ":", "-", "{", "}", "]", "'", '"', "&a ", "*a", "!x ", "~", "# ", "é", "\x00", "0"]
    ),
    st.integers(0, 40),
)
def test_no_damage_to_a_document_raises_anything_but_a_clear_error(at: int, put: str, cut: int) -> None:
    text = TEXT[:at] + put + TEXT[at + cut :]
    found = check(text)
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    assert all(problem.message.endswith((".", "?")) and problem.line >= 1 for problem in found)
    if errors:
        with pytest.raises(BadInput):
            read(text)
    else:
        again = read(write_agreement(read(text)))
        assert again.content_hash == read(text).content_hash


def examples() -> list[str]:
    page = (REPOSITORY / "docs" / "how-to" / "write-an-agreement.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def test_the_how_to_has_two_examples_without_errors() -> None:
    smallest, full = examples()
    assert [problem for problem in check(smallest) if problem.severity is Severity.ERROR] == []
    assert check(full) == ()
    assert len(PEOPLE) == 2


def test_nothing_can_be_left_out_of_the_smallest_example() -> None:
    smallest = examples()[0].splitlines(keepends=True)
    tops = [number for number, line in enumerate(smallest) if re.match(r"[a-z]", line)]
    for start, end in zip(tops, [*tops[1:], len(smallest)], strict=True):
        shorter = "".join(smallest[:start] + smallest[end:])
        optional = smallest[start].startswith("people:")
        assert any(problem.severity is Severity.ERROR for problem in check(shorter)) != optional, smallest[start]


def test_every_treatment_of_the_how_to_is_one() -> None:
    page = (REPOSITORY / "docs" / "how-to" / "write-an-agreement.md").read_text(encoding="utf-8")
    page = re.sub(
        r"## Choose a profile.*?(?=^## )", "", page, flags=re.DOTALL | re.MULTILINE
    )  # its table is of profiles
    rows = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    written = [word for row in rows for word in re.findall(r"`(.*?)`", row)]
    assert len(written) >= 14
    for word in written:
        read_treatment(yaml.safe_load(word))
