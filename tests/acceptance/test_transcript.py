"""The path of a question as a stranger walks it: every line of the transcript works as it stands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.terminal import ROOT, documents, on_path, run
from tests.acceptance.town import FIRST_PATH

SHARED = Path(os.environ.get("COMMONWEAL_SHARED", ROOT.parent / "shared")) / "transcript"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Walked:
    """What the transcript left behind: its output, its folder and the environment it ran in."""

    output: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def documents(self) -> list[dict[str, Any]]:
        return documents(self.output)

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [each for each in self.documents if "answer" in each]


def walk(script: Path, folder: Path) -> Walked:
    environment = on_path(folder / "bin")
    done = run(environment, "bash", script, folder / "walked", cwd=folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return Walked(done.stdout, folder / "walked", environment)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    return walk(FIRST_PATH / "transcript.sh", tmp_path_factory.mktemp("transcript"))


def test_all_of_it_works(walked: Walked) -> None:
    assert walked.output.splitlines()[-1] == "transcript: all of it worked"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared transcript is not beside the repository")
def test_the_shared_transcript_works_too(walked: Walked, tmp_path: Path) -> None:
    names = [path.name for path in SHARED.iterdir() if path.is_file()]
    assert "transcript.sh" in names
    if all((FIRST_PATH / name).exists() and same(FIRST_PATH / name, SHARED / name) for name in names):
        return  # it is the one that was walked, byte for byte
    assert walk(SHARED / "transcript.sh", tmp_path).output.splitlines()[-1] == "transcript: all of it worked"


def same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def test_the_three_answers_have_their_shape(walked: Walked) -> None:
    assert len(walked.answers) == 3
    for answer in walked.answers:
        assert set(answer) == {"answer", "withheld", "notes", "agreement", "datasets", "receipt"}
        columns, rows = answer["answer"]["columns"], answer["answer"]["rows"]
        assert rows, "an answer without rows"
        assert all(len(row) == len(columns) for row in rows)
        assert answer["agreement"] == "arrears-and-care@1"
    homes, wards, spells = (answer["answer"] for answer in walked.answers)
    assert homes["columns"] == ["tenancy", "homes", "mean_arrears"]
    assert [row[0] for row in homes["rows"]] == ["owner", "council", "private", "association"]
    assert wards["columns"] == ["ward", "people", "arrears"]
    assert [row[0] for row in wards["rows"]] == [f"W{number:02}" for number in range(1, 13)]
    assert spells["columns"] == ["spells", "people", "mean_cost"]
    assert [row[0] for row in spells["rows"]] == [1, 2, 3]


def test_withheld_cells_are_named_and_null(walked: Walked) -> None:
    for answer in walked.answers:
        columns, rows = answer["answer"]["columns"], answer["answer"]["rows"]
        named = {(cell["row"], cell["column"]) for cell in answer["withheld"]}
        assert all(cell["reason"] for cell in answer["withheld"])
        nulls = {(at, columns[place]) for at, row in enumerate(rows) for place, cell in enumerate(row) if cell is None}
        assert nulls == named
    assert any(answer["withheld"] for answer in walked.answers), "nothing was withheld, so nothing is tested"


def test_the_two_refusals_say_what_a_refusal_must(walked: Walked) -> None:
    refusals = [each["refused"] for each in walked.documents if "refused" in each]
    assert len(refusals) == 2
    for refusal in refusals:
        assert refusal["clause"]
        assert refusal["reasons"]
        assert refusal["remedy"]
        assert refusal["reference"].startswith("entry ")
    assert "Zelda" not in walked.output


def test_receipts_verify_with_the_public_key_alone(walked: Walked, tmp_path: Path) -> None:
    key = run(walked.environment, "commonweal", "ledger", "key", cwd=walked.folder / "town").stdout.strip()
    for answer in walked.answers:
        receipt = answer["receipt"]
        proof = tmp_path / f"{receipt['index']}.tlog-proof"
        proof.write_text(receipt["proof"])
        arguments = ("commonweal", "ledger", "verify-proof", proof, "--key", key, "--json")
        done = run(walked.environment, *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        proven = documents(done.stdout)[0]
        assert "question.answered" in done.stdout
        assert str(receipt["index"]) in done.stdout, proven
        lines = receipt["proof"].splitlines()
        position = next(i for i, line in enumerate(lines) if line.startswith("extra "))
        lines[position] = lines[position][:-8] + "AAAAAAA="
        proof.write_text("\n".join(lines) + "\n")
        assert run(walked.environment, *arguments, cwd=tmp_path).returncode == 1
