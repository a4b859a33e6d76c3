"""The gate holds for good trees and fails, with the place, for each way in which a tree can be bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docstring_gate import FIGURES, judge, main, read_package

GOOD = '"""What it is."""\n' + "\n".join(f"LINE_{n} = {n}" for n in range(80)) + "\n"
FUNCTION = 'def {name}(value: int) -> int:\n    """Return it."""\n{body}    return value\n'


def tree(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "sample"
    for name, text in ({"__init__.py": '"""A sample."""\n', "rooms.py": GOOD} | files).items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


def long_function(lines: int, name: str = "long") -> str:
    return FUNCTION.format(name=name, body="    value += 1\n" * (lines - 3))


def broken(package: Path) -> set[str]:
    modules = read_package(package)
    return {figure.name for figure in FIGURES if not figure.holds(figure.measure(modules)[0])}


def test_a_good_tree_passes(tmp_path: Path) -> None:
    assert broken(tree(tmp_path, {"door.py": GOOD + FUNCTION.format(name="open_it", body="")})) == set()


BAD = {
    "import cycles": {
        "a.py": GOOD + "from sample.b import LINE_1 as x\n",
        "b.py": GOOD + "from .c import LINE_1 as y\n",
        "c.py": GOOD + "import sample.a\n",
    },
    "vague names": {"utils.py": GOOD},
    "fully typed, %": {"door.py": GOOD + 'def f(*values) -> int:\n    """Return it."""\n    return 1\n'},
    "public docstrings, %": {"door.py": GOOD + "class A:\n    def f(self) -> int:\n        return 1\n"},
    "functions over 60 lines, %": {"door.py": GOOD + long_function(61)},
    "longest function, lines": {
        "door.py": GOOD + long_function(81) + "".join(FUNCTION.format(name=f"f{n}", body="") for n in range(50)),
        **{f"d{m}.py": GOOD + "".join(FUNCTION.format(name=f"f{n}", body="") for n in range(90)) for m in range(2)},
    },
    "longest file, lines": {"door.py": '"""Long."""\n' + "X = 1\n" * 500},
    "median file, lines": {f"small{n}.py": '"""Small."""\n' for n in range(5)},
    "names a room exports": {"hall/__init__.py": '"""A room."""\n__all__ = ["a", "b", "c", "d", "e", "f", "g", "h"]\n'},
}


def test_every_figure_has_a_bad_tree() -> None:
    assert {figure.name for figure in FIGURES} == set(BAD)


@pytest.mark.parametrize("figure", sorted(BAD))
def test_a_bad_tree_breaks_its_figure(figure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tree(tmp_path, BAD[figure])
    assert figure in broken(package)
    assert main([str(package)]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_the_place_is_named(tmp_path: Path) -> None:
    package = tree(tmp_path, {"hall/door.py": GOOD + "def f(x: int) -> int:\n    return x\n"})
    lines, holds = judge(read_package(package))
    assert not holds
    assert any("sample/hall/door.py:82 f has no docstring" in line for line in lines)


def test_imports_that_do_not_run_make_no_cycle(tmp_path: Path) -> None:
    lazy = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sample import b\n"
    inside = 'def f() -> None:\n    """Do it."""\n    from sample import a\n'
    assert broken(tree(tmp_path, {"a.py": GOOD + lazy, "b.py": GOOD + inside})) == set()


def test_a_file_that_cannot_be_parsed_is_an_error_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tree(tmp_path, {"bad.py": "x = 1\ndef (:\n"}))]) == 1
    assert "bad.py, line 2" in capsys.readouterr().out


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 2
