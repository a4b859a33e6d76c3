"""Count tables lie in a folder of their own, readable by the installation alone, and no longer than they are needed."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.catalogue import store as catalogue
from commonweal.gateway.metered.accounts import accounts
from commonweal.held import HELD
from commonweal.installation import Installation, acts
from commonweal.ledger.reading import entries
from tests import towns
from tests.residents import sharing
from tests.residents.people import draw

SQL = "SELECT ward, sum(arrears) AS owed FROM resident GROUP BY ward"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with sharing.founded(tmp_path / "town") as installation:
        sharing.stock(installation, draw(300))
        sharing.agree(installation, sharing.document("standard"))
        sharing.agree(installation, sharing.document("standard", "another"))
        yield installation


def counted(installation: Installation) -> list[Path]:
    return sorted((installation.layout.treated / "counted").glob("*"))


def ask(installation: Installation, agreement: str) -> list[tuple[object, ...]]:
    return list(installation.gateway(sharing.ANALYST).ask(SQL, agreement=agreement).rows)


def test_nobody_else_may_read_them(town: Installation) -> None:
    ask(town, "standard")
    files = counted(town)
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700
    assert not any(word in file.name for file in files for word in ("ward", "arrears", "resident"))


def test_they_go_with_the_last_agreement_that_can_ask_of_them(town: Installation) -> None:
    before = ask(town, "standard")
    files = counted(town)
    copies = town.surroundings.least_copies
    towns.suspend(town, "standard", "care")
    copies.delete()
    assert counted(town) == files, "the other agreement still asks of them"
    assert ask(town, "another") == before
    towns.suspend(town, "another", "care")
    copies.delete()
    assert counted(town) == []
    with town.reading() as connection:
        (entry,) = entries(connection, kind="counted.deleted")
    assert entry.body["tables"] == len(files)
    assert copies.delete() == ()


def test_half_a_table_of_a_killed_process_is_cleared(town: Installation) -> None:
    ask(town, "standard")
    left = town.layout.treated / "counted" / "counting-left"
    left.mkdir()
    (left / HELD).touch()  # held by nobody any more
    (left / "x.parquet").write_bytes(b"half")
    town.surroundings.least_copies.delete()
    assert not left.exists()
    assert counted(town), "what is whole stays"


def test_count_tables_of_a_replaced_snapshot_go_and_the_others_stay(town: Installation) -> None:
    """A question about the new snapshot counts it, charges an account of its own, and has noise of its own."""
    before = ask(town, "standard")
    of_care = "SELECT need, count(DISTINCT person_id) AS n FROM spell GROUP BY need"
    old_files = counted(town)
    town.gateway(sharing.ANALYST).ask(of_care, agreement="standard")
    of_spells = [file for file in counted(town) if file not in old_files]
    assert old_files and of_spells
    with town.reading() as connection:
        old = catalogue.dataset(connection, "town/resident")
        charged = {each.snapshot for each in accounts(connection) if each.secret.startswith("town/resident")}
    acts.replace_dataset(town, replace(old, snapshot=replace(old.snapshot, id="f" * 64)), urgent="a duty to erase")
    assert counted(town) == of_spells, "what nothing can be asked of any more is gone, the rest is there"
    with town.reading() as connection:
        (entry,) = entries(connection, kind="counted.deleted")
    assert entry.body["tables"] == len(old_files)
    after = ask(town, "standard")
    assert [row[0] for row in after] == [row[0] for row in before] and after != before
    assert len(counted(town)) == len(of_spells) + len(old_files)
    with town.reading() as connection:
        now = {each.snapshot for each in accounts(connection) if each.secret.startswith("town/resident")}
    assert len(charged) == 1 and len(now) == 2 and charged < now
