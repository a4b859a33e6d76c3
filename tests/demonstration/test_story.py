"""The whole story, told once over the quick borough; every claim it makes is checked against the data behind it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.cli.main import execute
from commonweal.demonstration.asking import EVERYBODY, EVERYBODY_BUT_ONE, WHERE_THEY_MEET
from commonweal.demonstration.documents import AGREEMENT, DATASETS, FOR_EVERYONE
from commonweal.demonstration.folder import DemoFolder, open_folder
from commonweal.demonstration.metering import HOMES_WITH_CARE
from commonweal.demonstration.setting_up import open_stage
from commonweal.demonstration.stage import Stage
from commonweal.demonstration.story import STEPS, story
from commonweal.ledger import entries, verify, verify_proof

pytestmark = pytest.mark.slow

Facts = dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DemoFolder:
    return open_folder(tmp_path_factory.mktemp("demo") / "fenwick", 20_000)


@pytest.fixture(scope="module")
def facts(folder: DemoFolder) -> Facts:
    return {fact.number: json.loads(json.dumps(fact.as_dict())) for fact in story(folder)}


@pytest.fixture
def stage(folder: DemoFolder, facts: Facts) -> Iterator[Stage]:
    with open_stage(folder) as installation:
        yield Stage(folder, installation)


def rows_of(folder: DemoFolder, pattern: str) -> list[dict[str, str]]:
    text = next(folder.files.glob(pattern)).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_there_are_eight_steps(facts: Facts) -> None:
    assert list(facts) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(STEPS) == 8


def test_every_row_is_kept_or_set_aside_and_few_are_set_aside(facts: Facts) -> None:
    added = {each["dataset"]: each for each in facts[1]["datasets"]}
    assert tuple(added) == DATASETS
    for each in added.values():
        assert each["rows"] + each["set_aside"] == each["rows_in_file"]
        assert each["set_aside"] <= 0.011 * each["rows_in_file"]
    assert sum(each["set_aside"] for each in added.values()) > 0
    assert added["fenwick/housing"]["mended"]["UPRNs"] > 100
    assert added["fenwick/resident"]["mended"]["postcodes"] > 100
    assert added["fenwick_care/adult_care"]["mended"]["NHS numbers"] > 10


def test_what_was_mended_is_what_it_was_meant_to_be(facts: Facts, stage: Stage) -> None:
    rows, _ = stage.bare("select count(*), count(uprn), min(uprn), max(uprn) from council_tax")
    total, kept, low, high = rows[0]
    assert total == kept
    assert low > 900_000_000_000
    assert high < 10**12
    matched, _ = stage.bare("select count(*) from adult_care c join resident r using (person_id) where c.uprn = r.uprn")
    assert matched[0][0] > 0.97 * facts[1]["datasets"][2]["rows"]
    odd, _ = stage.bare("select count(*) from resident where not regexp_full_match(postcode, 'ZF[0-9]+ [0-9][A-Z]{2}')")
    assert odd[0][0] == 0


def test_the_agreement_is_signed_by_all_and_in_force(facts: Facts) -> None:
    agreed = facts[2]
    assert len(agreed["signed"]) == 5
    assert agreed["state"] == "in force"
    assert len(agreed["enforced"]) + len(agreed["partly"]) + len(agreed["recorded"]) == 35


def test_the_answer_is_protected_and_says_so(facts: Facts, stage: Stage) -> None:
    asked = facts[3]
    true = {ward: (homes, arrears) for ward, homes, arrears in stage.bare(WHERE_THEY_MEET)[0]}
    shown = {row[0]: row[1:] for row in asked["rows"]}
    assert asked["columns"] == ["ward", "homes", "mean_arrears"]
    visible = [ward for ward in shown if shown[ward][0] is not None]
    small = [ward for ward in true if true[ward][0] < 10]
    assert len(visible) >= 2
    assert small
    for ward in small:
        assert ward not in visible
    for ward in visible:
        assert true[ward][0] >= 10
        assert abs(shown[ward][0] - true[ward][0]) <= 5
        assert shown[ward][0] % 5 == 0
    assert asked["withheld"]
    assert all(cell["reason"] for cell in asked["withheld"])
    assert Path(asked["svg"]).is_file()
    assert "[c]" in Path(asked["html"]).read_text(encoding="utf-8")
    assert asked["bare_seconds"] > 0
    assert asked["same_again"] is True
    assert "links" in asked["ruling"]
    assert set(shown) == set(true)


def test_the_refusal_names_nobody_though_there_was_somebody_to_name(facts: Facts, folder: DemoFolder) -> None:
    refusal = facts[4]
    assert refusal["would_tell"] == 1
    assert refusal["clause"]
    assert refusal["reasons"]
    assert refusal["remedy"]
    close = {row["uprn"] for row in rows_of(folder, "fenwick_council_homes*") if "Larkspur Close" in row["address"]}
    oldest = [row for row in rows_of(folder, "fenwick_register*") if row["date_of_birth"].endswith("/1932")]
    names = {row["name"].strip() for row in oldest if row["uprn"] in close}
    assert len(names) == 1
    assert names.pop() not in json.dumps(facts)


def test_the_sly_questions_differ_by_one_person_and_the_answers_by_a_rounding_step_at_most(
    facts: Facts, stage: Stage
) -> None:
    sly = facts[5]
    assert sly["bare"][0] - sly["bare"][1] == 1
    assert sly["bare"] == [stage.bare(sql)[0][0][0] for sql in (EVERYBODY, EVERYBODY_BUT_ONE)]
    first, second = sly["answers"]
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first - second in (0, 5)
    assert sly["told"] == (first != second)


def test_a_question_for_everyone_has_margins_and_costs_once(facts: Facts, stage: Stage) -> None:
    metered = facts[6]
    true = {row[0]: row[1:] for row in stage.bare(HOMES_WITH_CARE)[0]}
    assert metered["reference"] == f"{FOR_EVERYONE}@1"
    assert metered["numbers"] == len(metered["margins"]) >= 4
    assert all(margin["low"] < margin["high"] for margin in metered["margins"])
    assert metered["within"] >= metered["numbers"] - 1
    assert any(row[1] != true[row[0]][0] for row in metered["rows"] if row[1] is not None)
    assert "±" in metered["shown"][0][1]
    assert metered["again"] is True
    assert metered["again_cost"] == 0
    assert {account["secret"] for account in metered["accounts"]} == {
        "fenwick/housing.arrears",
        "being in fenwick_care/adult_care",
    }
    assert all(0 < account["rho"] <= account["cap"] for account in metered["accounts"])


@pytest.mark.parametrize(
    "question",
    [
        "select ward, sum(arrears) as owed from housing where uprn in (select uprn from adult_care) group by ward",
        "select need, count(distinct person_id) as people from adult_care group by need",
        "select tenancy, median(arrears) as middle from housing where arrears > 0 group by tenancy",
    ],
)
def test_natural_questions_are_answered_for_everyone(question: str, stage: Stage) -> None:
    answer = stage.gateway().ask(question, agreement=FOR_EVERYONE)
    assert answer.table.num_rows >= 4
    assert answer.margins


def test_the_record_verifies_offline_and_a_changed_byte_is_found(facts: Facts, stage: Stage) -> None:
    recorded = facts[7]
    assert recorded["proof_verified"] is True
    assert recorded["found_entry"] == recorded["changed_entry"] == recorded["proof_entry"]
    proven = verify_proof(
        Path(recorded["proof_file"]).read_text(encoding="utf-8"), Path(recorded["key_file"]).read_text(encoding="utf-8")
    )
    assert proven.entry.kind == "question.answered"
    # The demonstration broke a copy, never the record itself.
    assert verify(stage.installation.settings.database.path(stage.installation.folder)).entries >= recorded["entries"]


def test_the_story_can_be_told_again_and_takes_up_what_is_there(
    facts: Facts, folder: DemoFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["demo", str(folder.path), "--people", "20000", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["demonstration"]
    again = {step["step"]: step for step in told["steps"]}
    assert again[3]["rows"] == facts[3]["rows"]
    assert again[5]["answers"] == facts[5]["answers"]
    assert again[6]["rows"] == facts[6]["rows"]
    assert again[6]["margins"] == facts[6]["margins"]
    assert again[1]["datasets"] == facts[1]["datasets"]
    with open_stage(folder) as installation, installation.reading() as connection:
        kinds = [entry.kind for entry in entries(connection)]
    assert kinds.count("dataset.added") == 7
    assert kinds.count("agreement.signed") == 7
    assert kinds.count("question.refused") == 2


def test_the_words_of_the_command_line_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["demo", str(tmp_path / "x"), "--quick", "--people", "9000"]) == 2
    assert execute(["demo", str(tmp_path / "x"), "--people", "3"]) == 2
    (tmp_path / "mine.txt").write_text("mine")
    assert execute(["demo", str(tmp_path), "--quick", "--fresh"]) == 2
    assert "not a demonstration" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_the_questions_of_the_how_to_are_answered(stage: Stage) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "ask-a-question.md").read_text(encoding="utf-8")
    questions = page.partition("```sql\n")[2].partition("```")[0].strip().split("\n\n")
    assert len(questions) >= 9
    for question in questions:
        assert stage.gateway().ask(question, agreement=AGREEMENT).table.num_rows, question
