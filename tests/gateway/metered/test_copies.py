"""Count tables lie in a folder of their own, readable by the installation alone, and no longer than they are needed."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonweal.held import HELD
from commonweal.installation import Installation
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
