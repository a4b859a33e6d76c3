from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.installation import Installation
from tests.acceptance import town as first_town
from tests.acceptance.town import AGREEMENT, ANALYST
from tests.cli.conftest import Run


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    made = first_town.build(tmp_path, "--people", "200")
    made.close()
    monkeypatch.chdir(made.folder)
    return made


def test_a_token_is_made_listed_and_revoked(run: Run, shared: Installation) -> None:
    words = ("--as", ANALYST, "--agreement", AGREEMENT)
    made = run("token", "make", "nightly report", *words, "--json")
    assert made.code == 0 and made.json["secret"].startswith("cwt_")
    identifier = made.json["token"]["id"]
    assert made.json["token"]["second_factor"] is False
    listed = run("token", "list", "--as", ANALYST, "--json").json["tokens"]
    assert [(each["id"], each["state"]) for each in listed] == [(identifier, "works")]
    assert made.json["secret"] not in run("token", "list", "--as", ANALYST).out
    assert run("token", "revoke", identifier, "--as", ANALYST, "--json").json["token"]["state"] == "revoked"
    assert run("token", "revoke", "00000000", "--as", ANALYST).code == 4
    assert run("token", "make", "x", *words, "--until", "soon").code == 1
    assert run("token", "make", "x", "--as", ANALYST, "--agreement", "unknown").code == 1
