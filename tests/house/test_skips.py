"""In CI a skip is a failure, unless it names the folder beside the repository; elsewhere a skip is a skip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent.parent / "conftest.py"

SUITES = {
    "mark": "import pytest\n@pytest.mark.skip(reason='not today')\ndef test_a(): pass\ndef test_b(): pass\n",
    "call": "import pytest\ndef test_a(): pytest.skip('not today')\ndef test_b(): pass\n",
    "module": "import pytest\npytest.importorskip('no_such_library_at_all')\ndef test_a(): pass\n",
    "fixture": "import pytest\n@pytest.fixture\ndef f(): pytest.skip('no')\ndef test_a(f): pass\ndef test_b(): pass\n",
}


def run(folder: Path, text: str, *, ci: bool) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_sample.py").write_text(text + "\ndef test_always(): pass\n")
    environment = {key: value for key, value in os.environ.items() if key != "CI" and not key.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(
        command,
        env=environment | ({"CI": "true"} if ci else {}),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", sorted(SUITES))
def test_a_skip_fails_in_ci(kind: str, tmp_path: Path) -> None:
    done = run(tmp_path, SUITES[kind], ci=True)
    assert done.returncode != 0, done.stdout
    assert "which CI does not allow" in done.stdout


def test_a_skip_passes_elsewhere(tmp_path: Path) -> None:
    assert run(tmp_path, SUITES["call"], ci=False).returncode == 0


def test_what_lies_outside_the_repository_may_be_absent(tmp_path: Path) -> None:
    text = "import pytest\ndef test_a(): pytest.skip('the shared folder is absent')\n"
    assert run(tmp_path, text, ci=True).returncode == 0


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_a(): assert False\n"
    assert run(tmp_path, text, ci=True).returncode == 0


def test_tables_are_printed_at_the_end(tmp_path: Path) -> None:
    text = "def test_a(record_property): record_property('table', ('a table of things', 'row 1'))\n"
    done = run(tmp_path, text, ci=True)
    assert "a table of things" in done.stdout
    assert "\nrow 1\n" in done.stdout
