"""Kept answers on pages and in the API: who may open them, in which forms, and that nothing in them runs anywhere."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.requests import Request

from commonweal.gateway.answer import Answer
from commonweal.gateway.kept import content
from commonweal.identity.person import Role
from commonweal.installation import acts
from commonweal.ledger.reading import entries
from commonweal.ledger.receipt import Receipt
from commonweal.web.formats import JSON
from commonweal.web.routes import has_page
from tests import small_town, towns
from tests.web.browser import Screens
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, OTHER_OFFICER, OUTSIDER, STEWARD
from tests.web.served import Served, sent
from tests.web.test_asking import AGREEMENT, SQL, program, put

EVIL = ("=1+1", "<script>alert(1)</script>", "@SUM(A1)", "'plain\"")


@pytest.fixture(scope="module")
def number(town: Served) -> int:
    return int(put(program(town)).json()["receipt"]["index"])


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A town whose data, and whose analyst, write what programs may take for more than words."""
    folder = tmp_path_factory.mktemp("evil")
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["uprn", "tenancy", "arrears"])
    writer.writerows([900000000000 + i, EVIL[i % len(EVIL)], i % 900] for i in range(1000))
    with towns.found(folder, [towns.Source("northbank/housing", rows.getvalue(), small_town.CONTRACT)]) as made:
        towns.agree(made, small_town.AGREEMENT, signed_by=["northbank", "riverside"])
        yield Served(made)


def test_an_answer_and_all_that_belongs_to_it(town: Served, number: int) -> None:
    page = town.browser(ANALYST).get(f"/answers/{number}").text
    for words in (
        f"Answer {number}",
        "Of 4 groups, owner has the highest homes",
        "[c]</span> means confidential",
        "fewer than 10 households",
        "northbank/housing@",
        "arrears-and-care@1",
        f"Recorded as entry {number}",
        f"/answers/{number}/proof",
        "Cite it",
        f"http://127.0.0.1:8765/answers/{number}",
        "The table below has the same numbers.",
    ):
        assert words in page, words


@pytest.mark.parametrize("path", ["", "/picture.svg", "/download/csv", "/proof"])
def test_who_may_open_it(town: Served, number: int, path: str) -> None:
    expected = {ANALYST: 200, OFFICER: 200, OTHER_OFFICER: 200, OUTSIDER: 404, STEWARD: 404, ADMINISTRATOR: 404}
    for email, status in expected.items():
        assert town.browser(email).get(f"/answers/{number}{path}").status_code == status, email
    assert town.browser().get(f"/answers/{number}{path}").status_code == 303


def test_who_may_open_it_by_program(town: Served, number: int) -> None:
    assert program(town).get(f"/api/answers/{number}").status_code == 200
    assert program(town, OUTSIDER).get(f"/api/answers/{number}").status_code == 404
    assert program(town, agreement="another").get(f"/api/answers/{number}").status_code == 404
    assert program(town, agreement="another").get("/api/answers").json()["answers"] == []
    assert program(town).get("/api/answers/999999").status_code == 404
    assert program(town).get("/api/answers/x").status_code == 422
    assert town.browser().get(f"/api/answers/{number}").status_code == 401


def test_opening_anothers_is_recorded(town: Served, number: int) -> None:
    town.browser(OFFICER).get(f"/answers/{number}")
    with town.installation.reading() as connection:
        opened = [dict(entry.body) for entry in entries(connection, kind="answer.opened")]
        officer = town.installation.ledger.person_hash(OFFICER)
        analyst = town.installation.ledger.person_hash(ANALYST)
    assert {"answer": number, "person": officer, "agreement": "arrears-and-care@1"} in opened
    assert analyst not in {body["person"] for body in opened}


def test_every_file_has_the_same_cells(town: Served, number: int) -> None:
    client = town.browser(ANALYST)
    files = {
        name: client.get(f"/answers/{number}/download/{name}") for name in ("csv", "excel", "json", "parquet", "arrow")
    }
    for found in files.values():
        assert found.status_code == 200
        assert found.headers["content-disposition"].startswith(f'attachment; filename="answer-{number}.')
    body = files["json"].json()
    rows, columns = body["answer"]["rows"], body["answer"]["columns"]
    hidden = {(cell["row"], cell["column"]) for cell in body["withheld"]}
    assert [list(row.values()) for row in pq.read_table(io.BytesIO(files["parquet"].content)).to_pylist()] == rows
    assert [list(row.values()) for row in pa.ipc.open_file(files["arrow"].content).read_all().to_pylist()] == rows
    marked = [
        ["[c]" if (number, name) in hidden else value for name, value in zip(columns, row, strict=True)]
        for number, row in enumerate(rows)
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(files["excel"].content))
    assert [list(row) for row in sheet["Answer"].values] == [columns, *marked]
    assert any("Recorded as entry" in str(row[0]) for row in sheet["About"].values)
    read = list(csv.reader(io.StringIO(files["csv"].text)))
    assert read == [columns, *[[str(value) for value in row] for row in marked]]
    assert client.get(f"/answers/{number}/download/exe").status_code == 404


def test_a_stranger_checks_the_proof_offline(town: Served, number: int, tmp_path: Path) -> None:
    proof, key = tmp_path / "answer.tlog-proof", tmp_path / "ledger.key"
    proof.write_text(town.browser(ANALYST).get(f"/answers/{number}/proof").text)
    key.write_text(str(town.installation.ledger.key) + "\n")
    program_ = [sys.executable, "-m", "commonweal.cli.main", "ledger", "verify-proof", str(proof), "--key", str(key)]
    found = os.pathsep.join(str(Path(place).absolute()) for place in sys.path if place)
    environment = {**os.environ, "PYTHONPATH": found}
    assert subprocess.run(program_, capture_output=True, cwd=tmp_path, env=environment, check=False).returncode == 0
    proof.write_text(proof.read_text().replace("\n\n", "\nA", 1))
    assert subprocess.run(program_, capture_output=True, cwd=tmp_path, env=environment, check=False).returncode != 0


def test_no_value_runs_in_a_page_or_a_spreadsheet(evil: Served) -> None:
    client = evil.browser(small_town.ANALYST)
    sql = 'select tenancy as "=2+2", count(*) as "<b>bold</b>" from housing group by 1'
    done = sent(client, "/ask", {"agreement": "arrears", "sql": sql, "act": "run"})
    where = done.headers["location"]
    page = client.get(where).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    picture = client.get(f"{where}/picture.svg")
    assert "<script" not in picture.text
    assert "default-src 'none'" in picture.headers["content-security-policy"]
    cells = [cell for row in csv.reader(io.StringIO(client.get(f"{where}/download/csv").text)) for cell in row]
    assert "'=1+1" in cells and "'=2+2" in cells and "'@SUM(A1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))]
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{where}/download/excel").content))
    found = {cell.value: cell.data_type for row in book["Answer"].iter_rows() for cell in row}
    assert {found[text] for text in EVIL} <= {"s", "inlineStr", "str"}, found
    with_evil = client.get("/answers").text
    assert "<b>bold" not in with_evil


def test_the_list_is_ones_own_and_an_officers_is_all(town: Served, number: int) -> None:
    mine = town.browser(ANALYST).get("/answers").text
    assert f"/answers/{number}" in mine
    assert "All answers under agreements" not in mine
    assert "You have not asked anything yet" in town.browser(OFFICER).get("/answers").text
    everyone = town.browser(OFFICER).get("/answers?of=agreements").text
    assert f"/answers/{number}" in everyone
    assert ANALYST in everyone
    assert "Nobody has asked anything" in town.browser(OUTSIDER).get("/answers?of=agreements").text
    assert f"/answers/{number}" in town.browser(ANALYST).get("/answers?q=TENANCY").text
    assert "None of your questions" in town.browser(ANALYST).get("/answers?q=%3Cscript%3E").text


def test_pages_of_the_list(town: Served) -> None:
    client = program(town)
    made = [put(client, f"select count(*) as n{i} from housing").json()["receipt"]["index"] for i in range(3)]
    first = client.get("/api/answers?limit=2").json()
    assert [each["id"] for each in first["answers"]] == made[:0:-1]
    second = client.get(first["next"]).json()
    assert second["answers"][0]["id"] == made[0]
    seen, where = [], "/api/answers?limit=2"
    while where:
        page = client.get(where).json()
        seen += [each["id"] for each in page["answers"]]
        where = page["next"]
    assert seen == sorted(set(seen), reverse=True)
    assert client.get("/api/answers?q=n1%20from").json()["answers"][0]["id"] == made[1]
    assert client.get("/api/answers?limit=0").status_code == 422


def test_an_answer_that_is_known_is_not_sent_again(town: Served, number: int) -> None:
    client = program(town)
    first = client.get(f"/api/answers/{number}")
    tag = first.headers["etag"]
    again = client.get(f"/api/answers/{number}", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"/api/answers/{number}", headers={"if-none-match": '"other"'}).content == first.content
    as_csv = client.get(f"/api/answers/{number}", headers={"accept": "text/csv", "if-none-match": tag})
    assert as_csv.status_code == 200
    assert as_csv.headers["etag"] != tag


def test_it_is_deleted_by_who_asked_or_an_officer(town: Served) -> None:
    client = program(town)
    mine, other = (int(put(client).json()["receipt"]["index"]) for _ in range(2))
    person = town.browser(ANALYST)
    done = sent(person, f"/answers/{mine}/delete", {}, at=f"/answers/{mine}")
    assert done.headers["location"] == "/answers?done=answer-deleted"
    assert person.get(f"/answers/{mine}").status_code == 404
    assert program(town, OUTSIDER).delete(f"/api/answers/{other}").status_code == 404
    assert client.delete(f"/api/answers/{other}", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.delete(f"/api/answers/{other}").status_code == 204
    assert client.get(f"/api/answers/{other}").status_code == 404


def test_what_is_too_large_is_shown_once(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST", 10)
    person = town.browser(ANALYST)
    page = sent(person, "/ask", {"agreement": AGREEMENT, "sql": SQL, "act": "run"})
    assert page.status_code == 200
    assert "too large to be kept" in page.text
    assert "/download/" not in page.text
    found = put(program(town), headers={"idempotency-key": "large"})
    assert "content-location" not in found.headers
    assert put(program(town)).status_code == 200


def test_what_is_no_number_is_null_in_json(town: Served) -> None:
    endless = Answer(pa.table({"x": [float("inf")]}), (), (), "", "a@1", (), Receipt(1, "", "", ""))
    assert json.loads(JSON.write(endless))["answer"]["rows"] == [[None]]


@pytest.mark.parametrize("path", ["/answers/99999999999999999999", "/answers/-1", "/ask?answer=99999999999999999999"])
def test_a_number_that_cannot_be_is_not_there(town: Served, path: str) -> None:
    assert town.browser(ANALYST).get(path).status_code == 404


def test_links_lead_to_pages_that_are_there(town: Served) -> None:
    request = Request({"type": "http", "app": town.application})
    assert has_page(request, "/answers")
    assert not has_page(request, "/nothing-here")


def test_terminal_and_web_have_one_history(town: Served) -> None:
    asked = town.installation.gateway(ANALYST).ask(SQL, agreement=AGREEMENT)
    listed = program(town).get("/api/answers?limit=1").json()["answers"][0]
    assert listed["id"] == asked.receipt.index
    assert program(town).get(f"/api/answers/{listed['id']}").json() == asked.as_dict()


def test_a_person_added_later_sees_nothing_of_it(town: Served, number: int) -> None:
    acts.add_person(town.installation, "new@northbank.example", "northbank", [Role.ANALYST, Role.ADMINISTRATOR])
    assert town.browser("new@northbank.example").get(f"/answers/{number}").status_code == 404


def test_officers_and_readers_of_lists_read_them_in_a_browser(screens: Screens, number: int) -> None:
    screen = screens.of(OFFICER)
    screen.open(f"/answers/{number}")
    screen.check()
    screen.open("/answers?of=agreements")
    screen.check()
    mine = screens.of(ANALYST)
    mine.open("/answers?q=tenancy")
    mine.check()
