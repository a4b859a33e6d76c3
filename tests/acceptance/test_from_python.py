"""The path of a question from Python: what an analyst has in a notebook."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import commonweal
from tests.acceptance.living import Living
from tests.acceptance.town import AGREEMENT, ANALYST

QUESTION = (
    "select tenancy, count(*) as homes, avg(arrears) as mean_arrears from housing group by tenancy order by homes desc"
)
FORMULA = """select '=1+1' as "@name", count(*) as homes from housing"""


@pytest.fixture(scope="module")
def gateway(place: Living) -> Iterator[commonweal.Gateway]:
    opened = commonweal.open(place.installation.folder, person=ANALYST)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def answer(gateway: commonweal.Gateway) -> commonweal.Answer:
    given: commonweal.Answer = gateway.ask(QUESTION, agreement=AGREEMENT)
    assert given.withheld, "nothing was withheld, so nothing of it is tested"
    return given


def test_datasets(gateway: commonweal.Gateway) -> None:
    assert "northbank/housing" in gateway.datasets()
    assert len(gateway.datasets()) == 6


def test_who_asks_may_be_in_the_environment(place: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_PERSON", ANALYST)
    opened = commonweal.open(place.installation.folder)
    assert opened.person == ANALYST
    opened.close()


def test_frames(answer: commonweal.Answer) -> None:
    table = answer.to_arrow()
    assert table.column_names == ["tenancy", "homes", "mean_arrears"]
    pandas, polars = answer.to_pandas(), answer.to_polars()
    assert list(pandas.columns) == polars.columns == table.column_names
    assert len(pandas) == polars.height == table.num_rows == 4
    assert polars["homes"].to_list() == table.column("homes").to_pylist()
    assert [cell is None or cell != cell for cell in pandas["mean_arrears"]] == [
        cell is None for cell in table.column("mean_arrears").to_pylist()
    ]


def test_shown_in_a_notebook(answer: commonweal.Answer) -> None:
    page = answer._repr_html_()
    assert page.count("<tr>") == 5
    assert page.count("<td>[c]</td>") == len(answer.withheld)
    assert "1,275" in page
    assert f"entry {answer.receipt.index}" in page


def test_shown_in_a_terminal(answer: commonweal.Answer) -> None:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=100)
    console.print(answer)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert text.count("[c]") == len(answer.withheld) + 1  # each cell, and the legend
    assert "council" in text
    assert AGREEMENT in text


def test_written_as_csv_and_json(answer: commonweal.Answer) -> None:
    rows = list(csv.DictReader(io.StringIO(answer.to_csv(), newline="")))
    assert [row["tenancy"] for row in rows] == [row[0] for row in answer.rows]
    assert sum(cell == "[c]" for row in rows for cell in row.values()) == len(answer.withheld)
    again = json.loads(answer.to_json())
    assert again == json.loads(json.dumps(answer.as_dict()))
    assert again["answer"]["rows"] == answer.rows


def test_written_as_parquet_and_arrow(answer: commonweal.Answer, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    answer.write_parquet(tmp_path / "a.parquet")
    answer.write_arrow(tmp_path / "a.arrow")
    assert pq.read_table(tmp_path / "a.parquet").equals(answer.table)
    with pa.memory_map(str(tmp_path / "a.arrow")) as source:
        assert pa.ipc.open_file(source).read_all().equals(answer.table)


def test_what_a_spreadsheet_would_run_is_harmless(gateway: commonweal.Gateway) -> None:
    header, row = csv.reader(io.StringIO(gateway.ask(FORMULA, agreement=AGREEMENT).to_csv(), newline=""))
    assert header[0] == "'@name"
    assert row[0] == "'=1+1"


def test_refused(gateway: commonweal.Gateway) -> None:
    with pytest.raises(commonweal.Refused) as caught:
        gateway.ask("select name, dob, sex from person", agreement=AGREEMENT)
    refusal = caught.value
    assert refusal.clause
    assert any("name" in reason for reason in refusal.reasons)
    assert refusal.remedy
    assert refusal.who
    assert refusal.reference.startswith("entry ")
    assert refusal.as_dict()["refused"]["clause"] == refusal.clause  # type: ignore[index]
    nearest = gateway.ask(refusal.nearest, agreement=AGREEMENT)
    assert nearest.table.num_rows, "the nearest question is not one that is answered"


def test_explained(gateway: commonweal.Gateway) -> None:
    told = gateway.explain(QUESTION, agreement=AGREEMENT)
    names = ["agreement", "query", "ruling", "obligations", "risk", "record", "plan", "protect", "cost"]
    assert [step.name for step in told.steps] == names
    assert told.refusal is None
    assert "northbank/housing" in told.steps[1].decided
    refused = gateway.explain("select name from person", agreement=AGREEMENT)
    assert refused.refusal is not None
    assert refused.as_dict()["refused"]


def test_there_is_no_such_agreement(gateway: commonweal.Gateway) -> None:
    from commonweal.errors import NotFound

    with pytest.raises(NotFound) as caught:
        gateway.ask(QUESTION, agreement="arrears-and-car")
    assert AGREEMENT in caught.value.remedy


def test_nothing_of_the_question_is_lost(answer: commonweal.Answer) -> None:
    assert answer.sql == QUESTION
    assert answer.agreement == f"{AGREEMENT}@1"
    assert [name.split("@")[0] for name in answer.datasets] == ["northbank/housing"]
    assert answer.seconds > 0
