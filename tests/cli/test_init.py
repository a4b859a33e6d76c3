from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_init_makes_a_folder_and_says_what_is_next(run: Run, tmp_path: Path) -> None:
    done = run("init", tmp_path / "town")
    assert done.code == 0
    assert done.out.startswith("Made the installation town.\n")
    assert f"cd {tmp_path / 'town'}" in done.err
    assert "organisation add" in done.err
    assert (tmp_path / "town" / "commonweal.toml").is_file()


def test_init_in_json(run: Run, tmp_path: Path) -> None:
    done = run("init", tmp_path / "town", "--name", "data.northbank.example", "--json")
    assert (done.code, done.err) == (0, "")
    made = done.json["installation"]
    assert made["name"] == "data.northbank.example"
    assert made["folder"] == str(tmp_path / "town")
    assert len(made["public_key"]) == 64


@pytest.mark.parametrize("as_json", [True, False])
def test_init_refuses_a_folder_with_something_in_it(run: Run, tmp_path: Path, as_json: bool) -> None:
    (tmp_path / "letter.txt").touch()
    done = run("init", tmp_path, *(["--json"] if as_json else []))
    assert done.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    if as_json:
        assert done.err == ""
        assert done.json["error"]["code"] == "conflict"
        assert "letter.txt" in done.json["error"]["why"]
    else:
        assert done.out == ""
        assert done.err.splitlines() == [
            "Error: The folder is not empty.",
            "Why: It holds letter.txt, which an installation could overwrite or be taken for.",
            "Next: Choose a new folder, or move what is there elsewhere first.",
        ]


def test_init_here(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", ".").code == 0
    assert run("organisation", "list", "--json").json == {"organisations": []}
