"""``commonweal risk`` and what agreements say of risk, by the program itself, with the demonstration's and the shared
documents.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from commonweal.agreement.reading import read_agreement
from commonweal.catalogue.odcs import read_contract
from commonweal.cli.main import execute
from commonweal.demonstration.documents import ORGANISATIONS, agreement_text, contract_text
from commonweal.risk.assessment import KNOWN, AgreementAssessment, assess
from commonweal.risk.facts import facts
from commonweal.risk.level import Level
from tests import small_town

Run = Callable[..., tuple[int, str, str]]

SHARED = Path(os.environ.get("COMMONWEAL_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one dataset, made once; each test has a copy."""
    folder = tmp_path_factory.mktemp("made")
    small_town.made(folder).close()
    return folder / "installation"


@pytest.fixture
def town(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "town"
    shutil.copytree(made, folder)
    monkeypatch.setenv("COMMONWEAL_INSTALLATION", str(folder))
    monkeypatch.chdir(tmp_path)
    document = small_town.AGREEMENT | {"id": "written", "title": "Arrears as written"}
    Path("written.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    yield folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = execute(list(words))
        return (code, *capsys.readouterr())

    return command


def result(run: Run, *words: str) -> Any:
    code, out, err = run(*words, "--json")
    assert code == 0, out + err
    return json.loads(out)


def entries(folder: Path, kind: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "metadata.sqlite3")) as connection:
        found = connection.execute("SELECT entry FROM ledger_entry WHERE kind = ? ORDER BY idx", [kind]).fetchall()
    return [json.loads(text)["body"] for (text,) in found]


def test_a_file_is_assessed_before_it_is_added(town: Path, run: Run) -> None:
    found = result(run, "risk", "assess", "written.yaml")
    assert (found["agreement"], found["recorded"], found["profile_allowed"]) == ("written@1", False, False)
    assert [each["code"] for each in found["findings"]] == [known.code for known in KNOWN]
    assert all(each["reason"] and each["sources"] for each in found["findings"])
    assert found["snapshots"].keys() == {"northbank/housing"}
    assert "household in northbank/housing: under 1 %" in next(
        each["sentence"] for each in found["findings"] if each["code"] == "recognition.alone"
    )
    assert entries(town, "agreement.assessed") == []


def test_without_data_nothing_is_measured(town: Path, run: Run) -> None:
    found = result(run, "risk", "assess", "written.yaml", "--no-data")
    sentence = next(each["sentence"] for each in found["findings"] if each["code"] == "recognition.alone")
    assert "not measured" in sentence


def test_only_what_was_added_can_be_recorded(town: Path, run: Run) -> None:
    code, _, err = run("risk", "assess", "written.yaml", "--record")
    assert code == 2
    assert "commonweal agreement add written.yaml" in err


def test_check_warns_at_the_line_of_the_profile_and_lets_it_pass(town: Path, run: Run) -> None:
    found = result(run, "agreement", "check", "written.yaml")
    assert found["usable"]
    (warning,) = [each for each in found["problems"] if each["path"] == "safeguards.profile"]
    assert warning["severity"] == "warning"
    assert "profile: uk-tre" in Path("written.yaml").read_text(encoding="utf-8").splitlines()[warning["line"] - 1]


def test_adding_keeps_an_assessment_and_signing_names_it(town: Path, run: Run) -> None:
    added = result(run, "agreement", "add", "written.yaml")
    (entry,) = entries(town, "agreement.assessed")
    assert entry["assessment"] == added["risk"]["assessment"]
    assert (entry["level"], entry["content_hash"]) == (added["risk"]["level"], added["added"]["content_hash"])
    kept = result(run, "risk", "show", "written")
    assert (kept["hash"], kept["content_hash"]) == (entry["assessment"], entry["content_hash"])
    code, out, _ = run("agreement", "sign", "written", "--as", "northbank")
    assert code == 0
    assert out.index("Risk of written@1") < out.index("northbank has signed")
    assert entries(town, "agreement.signed")[-1]["assessment"] == entry["assessment"]
    assert result(run, "agreement", "show", "written")["risk"]["assessment"] == entry["assessment"]
    assert "Risk of written@1" in run("agreement", "show", "written")[1]


def test_a_new_assessment_is_what_is_shown_from_then_on(town: Path, run: Run) -> None:
    result(run, "agreement", "add", "written.yaml")
    fresh = result(run, "risk", "assess", "written", "--record", "--no-data")
    first, second = entries(town, "agreement.assessed")
    assert first["assessment"] != second["assessment"] == fresh["hash"]
    assert result(run, "risk", "show", "written")["hash"] == fresh["hash"]
    signed = result(run, "agreement", "sign", "written", "--as", "riverside")
    assert signed["risk"]["assessment"] == fresh["hash"] == entries(town, "agreement.signed")[-1]["assessment"]


def test_an_agreement_without_an_assessment_gets_one_when_it_is_signed(town: Path, run: Run) -> None:
    document = small_town.AGREEMENT | {"id": "older"}
    Path("older.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    result(run, "agreement", "add", "older.yaml")
    with closing(sqlite3.connect(town / "metadata.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM risk_assessment")  # as an installation of an earlier version has none
    assert run("risk", "show", "older")[0] == 4
    signed = result(run, "agreement", "sign", "older", "--as", "northbank")
    assert entries(town, "agreement.assessed")[-1]["assessment"] == signed["risk"]["assessment"]


def test_a_changed_assessment_is_noticed(town: Path, run: Run) -> None:
    result(run, "agreement", "add", "written.yaml")
    with closing(sqlite3.connect(town / "metadata.sqlite3")) as connection, connection:
        connection.execute("UPDATE risk_assessment SET result = replace(result, '\"severe\"', '\"low\"')")
    code, _, err = run("risk", "show", "written")
    assert code == 1
    assert "not what was kept" in err


def test_a_picture_has_every_finding(town: Path, run: Run) -> None:
    assert run("risk", "assess", "written.yaml", "--picture", "risk.svg")[0] == 0
    root = ElementTree.fromstring(Path("risk.svg").read_text(encoding="utf-8"))
    texts = {"".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")}
    assert {known.code for known in KNOWN} | {"low", "medium", "high", "severe"} <= texts
    assert run("risk", "assess", "written.yaml", "--picture", "nowhere/risk.svg")[0] == 1


@pytest.mark.parametrize(
    "words", [["risk", "assess", "nobody.yaml"], ["risk", "assess", "nothing"], ["risk", "show", "nothing"]]
)
def test_what_is_not_there_is_not_found(town: Path, run: Run, words: list[str]) -> None:
    assert run(*words)[0] == 4


def test_people_read_words_bars_and_advice(town: Path, run: Run) -> None:
    code, out, _ = run("risk", "assess", "written.yaml")
    assert code == 0
    for words in ("Risk of written@1: ", "Type of data", "The motivated intruder", "Profiles", "Advice", "Source: ICO"):
        assert words in out
    assert "■■■■  severe" in out or "####  severe" in out


def of_documents(text: str, contracts: dict[str, Any], organisations: dict[str, str]) -> AgreementAssessment:
    agreement = read_agreement(text, source="a.yaml", contracts=contracts, organisations=list(organisations))
    return assess(facts(agreement, contracts, today=date(2026, 12, 1), titles=organisations))


def check_of_care(found: AgreementAssessment) -> None:
    """What must be said of an agreement that joins care, police and school data under rules and without an end."""
    levels = {each.known.code: each.level for each in found.findings}
    for code in (
        "data.special-category",
        "data.children",
        "data.health",
        "data.offences",
        "purpose.creep",
        "time.term",
    ):
        assert levels[code] is Level.HIGH, code
    assert levels["safe.outputs"] is Level.SEVERE
    assert found.level is Level.SEVERE
    assert [each.profile for each in found.profiles if each.allowed] == ["standard", "formal"]
    assert found.standing < Level.SEVERE, "the default profile must do for the example that everybody starts with"


def test_the_agreement_of_the_demonstration() -> None:
    terms = yaml.safe_load(agreement_text())["data"]
    contracts = {
        each["dataset"]: read_contract(contract_text(each["dataset"]), source=each["dataset"]) for each in terms
    }
    check_of_care(of_documents(agreement_text(), contracts, dict(ORGANISATIONS)))


def test_the_agreement_of_the_transcript() -> None:
    folder = SHARED / "transcript"
    if not folder.is_dir():
        pytest.skip("the shared documents are not here")
    text = (folder / "arrears-and-care.yaml").read_text(encoding="utf-8")
    contracts = {
        each["dataset"]: read_contract(
            (folder / f"{each['dataset'].split('/')[1]}.odcs.yaml").read_text(encoding="utf-8"), source="contract"
        )
        for each in yaml.safe_load(text)["data"]
    }
    titles = {
        "northbank": "Northbank Council",
        "riverside_nhs": "Riverside NHS Trust",
        "county_police": "County Police",
    }
    check_of_care(of_documents(text, contracts, titles))


@pytest.mark.parametrize("profile", ["standard", "formal"])
def test_a_metered_profile_may_be_chosen_and_is_not_warned_of(town: Path, run: Run, profile: str) -> None:
    document = small_town.AGREEMENT | {"id": "metered", "safeguards": {"profile": profile}}
    Path("metered.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    assert not [
        each for each in result(run, "agreement", "check", "metered.yaml")["problems"] if "risk" in each["message"]
    ]
    found = result(run, "agreement", "add", "metered.yaml")
    assert found["risk"]["profile_allowed"]
    assert f"the profile {profile} may be chosen" in run("risk", "show", "metered")[1]
