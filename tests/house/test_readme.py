"""What the README and the tutorial tell a newcomer to type works as it stands, line by line.

The snippets marked ``sh`` are run in order in one shell, ``sh refused`` ones must be refused (exit code 3). `make`
itself needs a package index, so its two commands are run as what they stand for: the demonstration in its quick form,
and not the tests, which are running already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

NOUNS = ("init", "organisation", "person", "dataset", "agreement", "ask", "ledger")
MISSING = [noun for noun in NOUNS if find_spec(f"commonweal.cli.{noun}") is None]

needs_terminal = pytest.mark.skipif(bool(MISSING), reason=f"commands still to be written: {', '.join(MISSING)}")


def snippets(page: Path) -> list[tuple[str, str]]:
    """Return (mark, text) of every snippet for the shell, in order."""
    return re.findall(r"^```(sh(?: refused)?)\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def script(page: Path) -> str:
    """Return one script of the page's snippets; it stops at the first command that does not end as the page says."""
    lines = ["set -eu"]
    for mark, text in snippets(page):
        if "make demo" in text:
            assert text.split() == ["make", "demo", "make", "test"], "the two commands are these"
            continue
        if mark == "sh refused":
            lines += ["set +e", text.strip(), "code=$?", "set -e"]
            lines += ['[ "$code" = 3 ] || { echo "expected a refusal, exit code 3, not $code" >&2; exit 9; }']
        else:
            lines.append(text.strip())
    return "\n".join(lines) + "\n"


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """Return a folder that looks like a fresh clone in which `make demo` has been run."""
    shutil.copytree(ROOT / "docs" / "tutorial", tmp_path / "docs" / "tutorial")
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    program = programs / "commonweal"
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom commonweal.cli.main import run\nsys.exit(run())\n")
    program.chmod(0o755)
    return tmp_path


def run_in(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COMMONWEAL")}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "COLUMNS": "120"}
    return subprocess.run(
        ["bash", "-c", text], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@needs_terminal
@pytest.mark.parametrize("page", ["README.md", "docs/tutorial/your-first-agreement.md"])
def test_the_commands_work_as_they_stand(page: str, newcomer: Path) -> None:
    done = run_in(newcomer, script(ROOT / page))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert (newcomer / "checkpoint.txt").read_text().strip()
    assert "9001" not in done.stdout, "a property's number was shown"


@needs_terminal
@pytest.mark.skipif(find_spec("commonweal.cli.demo") is None, reason="the demonstration is still to be written")
def test_the_demonstration_runs(newcomer: Path) -> None:
    done = run_in(newcomer, ".venv/bin/commonweal demo demo/ --quick")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_the_readme_shows_an_answer_and_a_refusal() -> None:
    text = script(ROOT / "README.md")
    assert text.count("commonweal ask") == 2
    assert text.count("expected a refusal") == 1


def test_the_yaml_shown_in_the_tutorial_is_in_the_file() -> None:
    page = (ROOT / "docs/tutorial/your-first-agreement.md").read_text(encoding="utf-8")
    agreement = (ROOT / "docs/tutorial/files/damp-and-heating.yaml").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", page, flags=re.M | re.S)
    for line in shown.splitlines():
        assert line in agreement.splitlines(), f"not in the agreement: {line}"
