"""The examples of the how-to pages, run as they stand, before a real server."""

from __future__ import annotations

import gc
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from commonweal.installation.published_answers import publish_answer, withdraw_published
from commonweal.web.flight_sql.server import FlightSQL
from tests.acceptance.town import AGREEMENT
from tests.client.conftest import PUBLIC, Place
from tests.client.test_magic import run, shell  # noqa: F401 - a fixture
from tests.web.people import ANALYST, OFFICER

PAGES = Path(__file__).resolve().parents[2] / "docs" / "how-to"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def surroundings(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("COMMONWEAL_URL", place.url)
    monkeypatch.setenv("COMMONWEAL_TOKEN", place.token(ANALYST, AGREEMENT))
    monkeypatch.setenv("COMMONWEAL_LEDGER_KEY", str(place.town.installation.ledger.key))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def executed(codes: list[str]) -> str:
    names: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as said:
        for code in codes:
            exec(compile(code, "how-to", "exec"), names)
    if "gateway" in names:
        names["gateway"].close()
    return said.getvalue()


@pytest.mark.usefixtures("surroundings")
def test_python() -> None:
    codes = blocks("ask-from-python-and-notebooks.md", "python")
    assert len(codes) == 3
    said = executed(codes)
    assert "northbank/housing" in said
    assert "association" in said
    assert "fewer than" in said or "too much of it" in said, said
    assert "question.answered" in said


@pytest.mark.usefixtures("surroundings")
def test_a_notebook(shell: Any) -> None:  # noqa: F811
    cells = [code for code in blocks("ask-from-python-and-notebooks.md", "text") if code.startswith("%")]
    assert len(cells) == 2
    for cell in cells:
        result, said = run(shell, cell)
        assert result.success, said
    assert shell.user_ns["homes"].table.num_rows == 4


def test_curl(surroundings: Path) -> None:
    as_csv, as_arrow = blocks("ask-from-other-tools.md", "sh")
    done = subprocess.run(["sh", "-c", as_csv], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.splitlines()[:2] == ["tenancy,homes", "association,195"]
    subprocess.run(["sh", "-c", as_arrow], capture_output=True, env=os.environ, check=True)
    (reading, *_) = blocks("ask-from-other-tools.md", "python")
    assert executed([reading]).strip() == "[]"


@pytest.fixture
def collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("collected", "surroundings")
def test_flight_sql(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with FlightSQL(place.town.installation, "grpc://127.0.0.1:0") as server:
        monkeypatch.setenv("COMMONWEAL_FLIGHT", f"grpc://127.0.0.1:{server.port}")
        _, code = blocks("ask-from-other-tools.md", "python")
        said = executed([code])
    assert "council" in said and "565" in said


def test_delta_sharing(place: Place) -> None:
    """The addresses and the profile are those of the page; `tests.clients.delta_sharing` runs the client itself."""
    import httpx2

    (profile,) = (json.loads(code) for code in blocks("ask-from-other-tools.md", "json"))
    installation = place.town.installation
    answer = installation.gateway(ANALYST).ask("select count(*) as homes from housing", agreement=PUBLIC)
    publish_answer(installation, answer.receipt.index, "homes_by_tenancy", by=OFFICER)
    endpoint = place.url + profile["endpoint"].removeprefix("https://data.northbank.example")
    with httpx2.Client(headers={"Authorization": f"Bearer {place.token()}"}) as http:
        path = f"{endpoint}/shares/published/schemas/{PUBLIC}/tables/homes_by_tenancy/version"
        assert http.get(path).headers["delta-table-version"].isdigit()
    withdraw_published(installation, "homes_by_tenancy", by=OFFICER)
