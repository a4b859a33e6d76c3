"""``%%commonweal`` in a real IPython shell, before a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import commonweal
from tests.acceptance.town import AGREEMENT
from tests.client.conftest import METERED, Place

SQL = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by tenancy"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setattr(InteractiveShell, "colors", "nocolor", raising=False)
        made = InteractiveShell.instance()
        made.history_manager.enabled = False
        yield made
        made.history_manager.end_session()
        InteractiveShell.clear_instance()


@pytest.fixture
def notebook(shell: InteractiveShell, place: Place, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.setenv("COMMONWEAL_URL", place.url)
    monkeypatch.setenv("COMMONWEAL_TOKEN", place.token())
    run(shell, "%load_ext commonweal")
    return shell


def run(shell: InteractiveShell, cell: str) -> tuple[Any, str]:
    with capture_output() as said:
        result = shell.run_cell(cell)
    return result, said.stdout + said.stderr


def test_a_cell_is_answered_and_shown(notebook: InteractiveShell) -> None:
    result, _ = run(notebook, f"%%commonweal {AGREEMENT} --into homes\n{SQL}")
    assert result.success, result.error_in_exec
    answer = result.result
    assert isinstance(answer, commonweal.Answer)
    assert notebook.user_ns["homes"] is answer
    formats, _ = notebook.display_formatter.format(answer)
    assert "[c]" in formats["text/html"]
    assert f"entry {answer.receipt.index}" in formats["text/html"]


def test_the_connection_is_kept_and_arguments_go_before_the_environment(
    notebook: InteractiveShell, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = place.token()
    monkeypatch.setenv("COMMONWEAL_TOKEN", "cwt_" + "x" * 30)
    notebook.user_ns["my_token"] = secret
    for _ in range(2):
        result, said = run(notebook, f"%%commonweal {METERED} --url {place.url} --token my_token --plain\n{SQL}")
        assert result.success, said
        assert result.result.margins
    result, said = run(notebook, f"%%commonweal {METERED}\n{SQL}")
    assert not result.success
    assert "The token does not work." in said
    assert "x" * 30 not in said


def test_the_agreement_may_be_in_the_environment(notebook: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_AGREEMENT", AGREEMENT)
    result, said = run(notebook, f"%%commonweal\n{SQL}")
    assert result.success, said


def test_what_would_happen(notebook: InteractiveShell) -> None:
    result, _ = run(notebook, f"%%commonweal {AGREEMENT} --explain\n{SQL}")
    assert result.success
    assert repr(result.result).startswith("agreement: ")
    assert "record: " in repr(result.result)


def test_a_refusal_is_words_and_no_trace(notebook: InteractiveShell) -> None:
    for more in ("", " --explain"):
        result, said = run(notebook, f"%%commonweal {AGREEMENT}{more}\nselect name, dob, sex from person")
        assert isinstance(result.error_in_exec, commonweal.Refused)
        assert "This question cannot be answered" in said
        assert "Clause: " in said and "Nearest question" in said and "What to do: " in said
        assert "Traceback" not in said and "site-packages" not in said


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "names no agreement"),
        ("'open", "quotation mark"),
        (f"{AGREEMENT} --what", "cannot be read"),
        (f"{AGREEMENT} --into 2x", "name of a variable"),
        (f"{AGREEMENT} --token nothing_here", "is not known"),
        (f"{AGREEMENT} --url http://data.northbank.example", "HTTPS only"),
    ],
)
def test_a_mistake_says_how_it_is_written(notebook: InteractiveShell, line: str, words: str) -> None:
    result, said = run(notebook, f"%%commonweal {line}\n{SQL}")
    assert not result.success
    assert words in said
    assert "What to do: " in said
    assert "Traceback" not in said
