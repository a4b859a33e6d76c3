"""Treated tables are kept no longer than a question may be asked of them, and the ledger tells when they went."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonweal.agreement import store
from commonweal.agreement.standing import Event
from commonweal.agreement.state import Act
from commonweal.catalogue import store as catalogue
from commonweal.catalogue.ingest import read_source
from commonweal.errors import EngineFailed, NotAllowed, Refused
from commonweal.gateway import least_copies, preparation
from commonweal.installation import Installation, acts
from commonweal.ledger import Ledger
from tests import small_town, towns
from tests.small_town import AGREEMENT, ask, entries, treated


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with small_town.made(tmp_path) as installation:
        ask(installation)
        assert treated(installation) == ["arrears@1"], "there must be something to delete"
        yield installation


def happen(town: Installation, act: Act) -> None:
    with town.transaction() as connection:
        event = Event("arrears", 1, act, "northbank", "a test asks for it", datetime.now(UTC))
        store.record_event(connection, town.ledger, event)


def deleted(because: str) -> dict[str, object]:
    return {"agreement": "arrears@1", "datasets": ["northbank/housing"], "tables": 1, "because": because}


@pytest.mark.parametrize(
    ("act", "because"), [(Act.SUSPEND, "suspended"), (Act.WITHDRAW, "suspended"), (Act.END, "ended")]
)
def test_they_go_when_a_party_stops_the_agreement(town: Installation, act: Act, because: str) -> None:
    assert town.delete_unneeded() == () and treated(town) == ["arrears@1"]
    happen(town, act)
    assert town.delete_unneeded() == ()
    assert not list(town.layout.treated.glob("*@*"))
    assert town.delete_unneeded() == ()
    assert entries(town, "treated.deleted") == [deleted(because)]


def test_they_are_made_again_when_it_resumes(town: Installation) -> None:
    before = ask(town).to_arrow()
    happen(town, Act.SUSPEND)
    town.delete_unneeded()
    happen(town, Act.RESUME)
    assert ask(town).to_arrow().equals(before)
    assert treated(town) == ["arrears@1"]


def test_a_question_that_is_refused_because_it_stopped_deletes_them(town: Installation) -> None:
    happen(town, Act.SUSPEND)
    with pytest.raises(Refused):
        ask(town)
    assert treated(town) == []


def test_they_go_when_the_term_is_over_without_anybody_doing_anything(
    town: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "now", lambda *_: datetime(2100, 1, 1, 12, tzinfo=UTC))
    town.delete_unneeded()
    assert treated(town) == []
    assert entries(town, "treated.deleted") == [deleted("ended")]


def test_a_gateway_in_use_looks_once_a_minute(town: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    other = AGREEMENT | {"id": "other"}
    towns.agree(town, other, signed_by=["northbank", "riverside"])
    happen(town, Act.SUSPEND)
    monkeypatch.setattr(least_copies, "SECONDS", 1e9)
    town.gateway(small_town.ANALYST).ask(small_town.SQL, agreement="other")
    assert treated(town) == ["arrears@1", "other@1"], "it looked a moment ago"
    monkeypatch.setattr(town.surroundings.least_copies, "_next", 0.0)
    town.gateway(small_town.ANALYST).ask(small_town.SQL, agreement="other")
    assert treated(town) == ["other@1"]


def test_they_go_when_a_newer_version_is_in_force(town: Installation) -> None:
    newer = AGREEMENT | {
        "version": 2,
        "supersedes": 1,
        "changes": [{"version": 2, "on": "2026-11-01", "what": "clearer"}],
    }
    towns.agree(town, newer, signed_by=["northbank", "riverside"])
    ask(town)
    assert treated(town) == ["arrears@1", "arrears@2"]
    town.delete_unneeded()
    assert treated(town) == ["arrears@2"]
    assert entries(town, "treated.deleted") == [deleted("superseded")]


def test_replaced_data_goes_with_what_was_made_of_it(town: Installation, tmp_path: Path) -> None:
    with town.reading() as connection:
        old = catalogue.dataset(connection, "northbank/housing")
    (file,) = town.layout.treated.glob("*@*/*.parquet")
    new = tmp_path / "new.csv"
    new.write_text(small_town.homes(seed=2))
    read = read_source(new, contract=old.contract, into=town.layout.data)
    acts.replace_dataset(town, replace(old, snapshot=read.snapshot))
    assert not old.snapshot.path.exists() and read.snapshot.path.exists()
    assert not file.exists()
    assert entries(town, "treated.deleted") == [deleted("data-replaced")]
    assert entries(town, "snapshot.deleted") == [{"dataset": "northbank/housing", "snapshot": old.snapshot.id}]
    ask(town)
    assert treated(town) == ["arrears@1"]


def test_a_mended_contract_over_the_same_data_makes_them_anew(town: Installation) -> None:
    with town.reading() as connection:
        old = catalogue.dataset(connection, "northbank/housing")
    acts.replace_dataset(town, replace(old, contract=replace(old.contract, version="1.1.0")))
    assert old.snapshot.path.exists() and treated(town) == []
    ask(town)


def test_what_cannot_be_deleted_is_told_and_not_recorded(town: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(town, Act.SUSPEND)
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", lambda *_, **__: None)
        assert [left.agreement for left in town.delete_unneeded()] == ["arrears@1"]
    assert entries(town, "treated.deleted") == []
    town.delete_unneeded()
    assert entries(town, "treated.deleted") == [deleted("suspended")]


@pytest.mark.parametrize("when", ["before the table is kept", "at the end"])
def test_an_agreement_that_stops_while_a_table_is_made_leaves_none(
    town: Installation, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(town, Act.SUSPEND)
    town.delete_unneeded()
    happen(town, Act.RESUME)
    made = preparation.treated_table

    def meanwhile(*arguments: object, **named: object) -> object:
        if when == "at the end":
            table = made(*arguments, **named)  # type: ignore[arg-type]
            happen(town, Act.SUSPEND)
            return table

        def stopped(done: int, total: int) -> None:
            if done and not entries(town, "agreement.suspended")[1:]:
                happen(town, Act.SUSPEND)
                town.delete_unneeded()

        return made(*arguments, **(named | {"progress": stopped}))  # type: ignore[arg-type]

    monkeypatch.setattr(preparation, "treated_table", meanwhile)
    with pytest.raises(NotAllowed):
        ask(town)
    assert not list(town.layout.treated.glob("*@*"))


def test_a_table_that_is_gone_before_the_engine_reads_it_is_made_by_the_next_question(
    town: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = preparation.treated_table

    def deleted_meanwhile(*arguments: object, **named: object) -> object:
        table = made(*arguments, **named)  # type: ignore[arg-type]
        table.path.unlink()
        return table

    with monkeypatch.context() as patched:
        patched.setattr(preparation, "treated_table", deleted_meanwhile)
        with pytest.raises(EngineFailed):
            ask(town)
    ask(town)


MAKER = """
import sys, time
from commonweal.gateway import treated
from commonweal.installation import open_installation

def stop(*_):
    print("half", flush=True)
    time.sleep(60)

treated.kept_once = stop
with open_installation(sys.argv[1]) as town:
    town.gateway(sys.argv[2]).ask(sys.argv[3], agreement="arrears")
"""


def test_half_a_table_of_a_killed_process_goes_and_that_of_a_living_one_stays(town: Installation) -> None:
    happen(town, Act.SUSPEND)
    town.delete_unneeded()
    happen(town, Act.RESUME)
    command = [sys.executable, "-c", MAKER, town.folder, small_town.ANALYST, small_town.SQL]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None and other.stdout.readline() == b"half\n"
        town.delete_unneeded()
        assert len(list(town.layout.treated.glob("arrears@1/engine-*/*.parquet"))) >= 1
        assert ask(town).to_arrow().num_rows
        other.kill()
    assert list(town.layout.treated.glob("arrears@1/engine-*")), "there must be something to clear"
    town.delete_unneeded()
    assert [path.suffix for path in (town.layout.treated / "arrears@1").iterdir()] == [".parquet"]
    assert treated(town) == ["arrears@1"]
