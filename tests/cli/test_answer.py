"""Kept answers from a terminal: the same numbers, the same cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import small_town
from tests.cli.conftest import Outcome, Run
from tests.small_town import ANALYST, SQL

Do = Callable[..., Outcome]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with small_town.made(tmp_path_factory.mktemp("kept")) as installation:
        return Path(installation.folder)


@pytest.fixture
def do(run: Run, folder: Path) -> Do:
    return lambda *words: run("--installation", folder, *words, "--as", ANALYST)


def test_what_is_asked_is_listed_and_shown_again(do: Do, tmp_path: Path) -> None:
    asked = do("ask", SQL, "--agreement", "arrears", "--json").json
    number = asked["receipt"]["index"]
    listed = do("answer", "list", "--json").json["answers"]
    assert listed[0]["id"] == number
    assert listed[0]["sql"] == SQL
    assert do("answer", "show", str(number), "--json").json == asked
    assert do("answer", "show", str(number), "--format", "csv").out == do_csv(do)
    told = do("answer", "show", str(number))
    assert "tenancy" in told.out
    assert f"Recorded as entry {number}" in told.out
    assert do("answer", "show", str(number), "--out", tmp_path / "again.parquet").code == 0
    assert (tmp_path / "again.parquet").stat().st_size > 0
    assert str(number) in do("answer", "list").out
    assert do("answer", "list", "--find", "TENANCY").out == do("answer", "list").out
    assert "No answers are kept" in do("answer", "list", "--find", "nothing of the kind").out
    assert "No answers are kept" in do("answer", "list", "--all").out


def do_csv(do: Do) -> str:
    return do("ask", SQL, "--agreement", "arrears", "--format", "csv").out


def test_it_is_deleted(do: Do) -> None:
    number = do("ask", SQL, "--agreement", "arrears", "--json").json["receipt"]["index"]
    assert do("answer", "delete", str(number)).code == 0
    gone = do("answer", "show", str(number))
    assert gone.code == 4
    assert f"There is no answer {number}" in gone.err


def test_an_explanation_is_not_kept(do: Do) -> None:
    before = do("answer", "list", "--json").json
    assert do("ask", SQL, "--agreement", "arrears", "--explain").code == 0
    assert do("answer", "list", "--json").json == before


def test_an_officer_publishes_and_withdraws(run: Run, tmp_path: Path) -> None:
    from tests.acceptance import town
    from tests.client.conftest import FOR_EVERYBODY, PUBLIC
    from tests.web.people import OFFICER

    with town.build(tmp_path, "--people", "300", agreement=FOR_EVERYBODY) as installation:
        from commonweal.identity.person import Role
        from commonweal.installation import acts

        acts.add_person(installation, OFFICER, "northbank", [Role.OFFICER], "Olive")
        asked = installation.gateway(town.ANALYST).ask("select count(*) as homes from housing", agreement=PUBLIC)
    here, number = ("--installation", installation.folder), asked.receipt.index
    assert "Nothing is published" in run(*here, "answer", "published").out
    publish = (*here, "answer", "publish", number, "--name", "homes")
    assert run(*publish, "--as", town.ANALYST).code == 5
    made = run(*publish, "--as", OFFICER, "--json")
    assert made.code == 0 and made.json["published"]["answer"] == number
    assert len(list((installation.folder / "published").iterdir())) == 1
    assert [each["name"] for each in run(*here, "answer", "published", "--json").json["published"]] == ["homes"]
    assert run(*here, "answer", "withdraw", "home", "--as", OFFICER).code == 4
    assert run(*here, "answer", "withdraw", "homes", "--as", OFFICER).code == 0
    assert not list((installation.folder / "published").iterdir())
