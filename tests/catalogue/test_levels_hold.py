"""Stewards are told when the levels of a contract do not hold every value, and how many is told to nobody."""

from __future__ import annotations

from datetime import date

import pytest

from commonweal.catalogue.contract import Contract, Kind
from commonweal.catalogue.levels import Levels, Scale
from tests.catalogue.conftest import Read, column, contract

TABLE = (
    "ward,born,owed,since\n"
    "A,1980-01-01,12.5,2025-01-03\n"
    "B,1990-05-05,0,2025-02-01\n"
    "Zetland,1890-01-01,,2030-01-01\n"
    "Zetland,,7,\n"
)
SAID = "its levels do not hold every value"


def levelled(*, missing: bool, wards: tuple[str, ...] = ("A", "B")) -> Contract:
    return contract(
        column("ward", "VARCHAR", Kind.QUASI, levels=Levels(Scale.VALUES, values=wards, missing=missing)),
        column("born", "DATE", Kind.QUASI, levels=Levels(Scale.AGES, edges=(0.0, 30.0, 60.0), missing=missing)),
        column("owed", "DOUBLE", Kind.SENSITIVE, levels=Levels(Scale.AMOUNTS, edges=(0.0, 10.0), missing=missing)),
        column("since", "DATE", Kind.SENSITIVE,
               levels=Levels(Scale.MONTHS, months=(date(2025, 1, 1), date(2025, 3, 1)), missing=missing)),
    )  # fmt: skip


def test_each_column_with_values_outside_its_levels_is_named_and_no_value_or_number(read: Read) -> None:
    notes = [note for note in read(TABLE, levelled(missing=False)).notes if SAID in note]
    assert [note.partition(":")[0] for note in notes] == ["ward", "born", "owed", "since"]
    assert not any(word in note for note in notes for word in ("Zetland", "1890", "2030", " 1 ", " 2 "))


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (TABLE, levelled(missing=True)),
        (TABLE.split("Zetland")[0], levelled(missing=False)),
    ],
    ids=["a level for the rest", "nothing outside"],
)
def test_where_every_value_has_a_level_nothing_is_said(read: Read, table: str, wanted: Contract) -> None:
    assert not [note for note in read(table, wanted).notes if SAID in note]


def test_what_is_proposed_holds_every_value(read: Read) -> None:
    head, *rows = TABLE.splitlines()
    drafted = read("\n".join([head, *rows * 30]) + "\n")
    levels = [column.levels for column in drafted.contract.columns if column.levels is not None]
    assert levels
    assert all(each.missing for each in levels)
    assert not [note for note in drafted.notes if SAID in note]
