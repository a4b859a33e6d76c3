"""Asking from a terminal: every format, an answer that is empty, a refusal, an explanation, a file that cannot be written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests import small_town
from tests.cli.conftest import Outcome, Run

BY_TENANCY = "select tenancy, count(*) as homes, avg(arrears) > 400 as high from housing group by tenancy"
TOO_SMALL = "select arrears, count(*) as homes from housing group by arrears"
NONE_MEETS = "select tenancy, count(*) as homes from housing group by tenancy having count(*) > 100000"
REFUSED = "select tenancy,\n  max(uprn) as arrears from housing group by tenancy"

Ask = Callable[..., Outcome]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installation = small_town.made(tmp_path_factory.mktemp("asked"))
    found: Path = installation.folder
    installation.close()
    return found


@pytest.fixture
def ask(run: Run, folder: Path) -> Ask:
    """Ask a question as the analyst, with further options."""

    def asked(sql: str, *options: str | Path) -> Outcome:
        named = ("--agreement", "arrears", "--as", small_town.ANALYST)
        return run("--installation", folder, "ask", sql, *named, *options)

    return asked


def test_a_table_and_its_legend(ask: Ask) -> None:
    told = ask(
        "select tenancy, count(*) as homes, sum(arrears) filter (where arrears > 895) as s from housing group by 1"
    )
    assert told.code == 0
    assert "[c]" in told.out and "[c] withheld: fewer than 10 households" in told.out
    assert "Recorded as entry" in told.out


@pytest.mark.parametrize(
    ("sql", "why"), [(TOO_SMALL, "no group is large enough"), (NONE_MEETS, "meets the question's")]
)
def test_an_empty_answer_says_why(ask: Ask, sql: str, why: str) -> None:
    told, in_json = ask(sql), ask(sql, "--json")
    assert (told.code, in_json.json["answer"]["rows"]) == (0, [])
    assert why in told.out
    assert why in in_json.json["notes"][0]


def test_a_question_may_begin_with_a_comment(ask: Ask) -> None:
    assert ask(f"-- by tenancy\n{BY_TENANCY}").code == 0


def test_csv_has_the_answer_to_itself(ask: Ask) -> None:
    told = ask(BY_TENANCY, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(told.out, newline="")))
    assert {row["tenancy"] for row in rows} == {"owner", "council", "private"}
    assert {row["high"] for row in rows} <= {"true", "false"}
    assert "Counts are rounded" in told.err


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet", "arrow", "txt"])
def test_a_file_is_written_as_its_name_says(ask: Ask, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"answer é.{suffix}"
    out.write_text("an older answer")
    assert ask(BY_TENANCY, "--out", out).code == 0
    content = out.read_bytes()
    if suffix in {"parquet", "arrow"}:
        table = pq.read_table(out) if suffix == "parquet" else pa.ipc.open_file(out).read_all()
        assert table.num_rows == 3
        assert json.loads(table.schema.metadata[b"commonweal"])["agreement"] == "arrears@1"
    else:
        assert b"council" in content and b"an older answer" not in content
    assert [each.name for each in tmp_path.iterdir()] == [out.name], "something half written is left"


def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(
    ask: Ask, run: Run, folder: Path, tmp_path: Path
) -> None:
    def newest() -> int:
        shown = run("--installation", folder, "ledger", "show", "--limit", "1", "--json")
        index: int = shown.json["entries"][0]["index"]
        return index

    before = newest()
    assert ask(BY_TENANCY, "--out", tmp_path / "nowhere" / "a.csv").code == 1
    assert ask(BY_TENANCY, "--out", tmp_path).code == 1
    assert ask(BY_TENANCY, "--out", tmp_path / "a.xyz").code == 2
    assert ask(BY_TENANCY, "--format", "parquet").code == 2
    assert newest() == before
    assert not list(tmp_path.iterdir())


def test_a_refusal_is_a_page(ask: Ask) -> None:
    told = ask(REFUSED)
    assert (told.code, told.out) == (3, "")
    for part in ("Clause", "Why", "What to do", "Who can change it", "Recorded as", "entry "):
        assert part in told.err


def test_the_words_that_a_refusal_is_about_are_underlined(ask: Ask) -> None:
    told = ask("select tenancy,\n  count(*) as n from housing where uprn = 7 group by tenancy")
    lines = told.err.splitlines()
    place = next(number for number, line in enumerate(lines) if "^^^^" in line)
    start = lines[place].index("^")
    assert lines[place - 1][start : start + 4] == "uprn"


@pytest.mark.parametrize("options", [("--json",), ("--format", "json")])
def test_a_refusal_in_json_is_one_document(ask: Ask, options: tuple[str, ...]) -> None:
    told = ask(REFUSED, *options)
    assert (told.code, told.err, list(told.json)) == (3, "", ["refused"])


def test_an_explanation_says_what_each_step_decides(ask: Ask) -> None:
    told, in_json = ask(BY_TENANCY, "--explain"), ask(BY_TENANCY, "--explain", "--json")
    assert told.code == in_json.code == 0
    steps = {step["step"]: step for step in in_json.json["explanation"]}
    assert list(steps) == ["agreement", "query", "ruling", "obligations", "risk", "record", "plan", "protect", "cost"]
    assert all(finding["permitted"] for finding in steps["ruling"]["findings"])
    assert steps["plan"]["rows_at_most"] == {"northbank/housing": 1000}
    assert (steps["protect"]["rows"], steps["cost"]["metered"]) == (3, False)
    assert "nothing is metered under uk-tre" in told.out
    assert "council" not in told.out, "an explanation releases no answer"


def test_an_explanation_of_a_refused_question_ends_with_the_refusal(ask: Ask) -> None:
    sql = "select tenancy, avg(uprn) as a from housing group by tenancy"
    told, in_json = ask(sql, "--explain"), ask(sql, "--explain", "--json")
    assert (told.code, in_json.code) == (3, 3)
    assert "REFUSES: link columns" in told.out and "You could ask" in told.err
    assert set(in_json.json) == {"explanation", "refused"}
