"""Levels proposed for drafts: in round numbers, without rare values, and closed."""

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from commonweal.catalogue.level_bounds import in_words
from commonweal.catalogue.levels import Levels, Scale
from commonweal.catalogue.odcs import read_contract, write_contract
from commonweal.catalogue.reading.proposed_levels import LEAST_SHARE, MOST_BANDS, merged_edges, round_numbers

from .conftest import Read


def town(people: int = 600, rows_each: int = 1) -> str:
    chance = random.Random(3)
    lines = ["person_id,dob,start_date,sex,arrears,bedrooms,postcode,ward,diagnosis,age"]
    for person in range(people):
        for _ in range(rows_each):
            born = date(1930, 1, 1) + timedelta(days=chance.randrange(30_000))
            start = date(2023, 3, 5) + timedelta(days=chance.randrange(500)) if person else date(1907, 1, 1)
            owed = round(chance.lognormvariate(5.5, 1), 2) if chance.random() < 0.4 else 0
            ward = "Hermitage" if person < 3 else f"Ward {person % 6}"
            ill = "rarissima" if person == 7 else chance.choice(["flu", "gout"])
            code = f"OX{person % 4 + 1} {person % 9 + 1}AE"
            lines.append(
                f"{person + 1},{born},{start},{'FM'[person % 2]},{987_654.0 if person == 5 else owed},"
                f"{17 if person == 9 else person % 5},{code},{ward},{ill},{person % 97}"
            )
    return "\n".join(lines)


def test_each_kind_of_column_gets_levels_in_round_numbers(read: Read) -> None:
    found = read(town())
    levels = {column.name: column.levels for column in found.contract.columns}
    assert levels["person_id"] is None
    ages = Levels(Scale.AGES, edges=tuple(range(0, 91, 5)), rungs=((*(age // 10 for age in range(0, 91, 5)), 10),))
    assert levels["dob"] == ages == levels["age"]
    assert levels["start_date"] is not None and in_words(levels["start_date"]) == "24 months, 8 quarters, 2 years"
    assert levels["start_date"].lows[0] == date(2023, 1, 1)
    assert levels["bedrooms"] is None  # of no kind, until the steward gives it one
    assert levels["sex"] is not None and levels["sex"].values == ("F", "M")
    assert levels["postcode"] == Levels(Scale.VALUES, values=("OX1", "OX2", "OX3", "OX4"), of="district")
    assert levels["ward"] is not None and levels["ward"].values == tuple(f"Ward {n}" for n in range(6))
    assert levels["diagnosis"] is not None and levels["diagnosis"].values == ("flu", "gout")
    arrears = levels["arrears"]
    assert arrears is not None and arrears.edges[0] == 0 and set(arrears.edges[1:]) <= set(round_numbers(1, 10_000))
    assert arrears.top is not None and arrears.top <= 10_000  # one debt of a million does not decide
    assert arrears.known <= MOST_BANDS + 1
    written = write_contract(found.contract)
    for rare in ("rarissima", "Hermitage", "987", "1907", "1930"):
        assert rare in town() and rare not in written
    assert any(note.startswith("ward: 1 values") for note in found.notes)
    assert not any("rarissima" in note or "Hermitage" in note for note in found.notes)
    assert read_contract(written, source="draft") == found.contract


def test_membership_is_secret_where_rows_repeat_or_health_is_told(read: Read) -> None:
    header, *rows = town().splitlines()
    without = "\n".join(",".join(row.split(",")[:5]) for row in (header, *rows))
    assert read(town()).contract.membership == "secret"
    assert read(without).contract.membership == "known"
    header, *rows = town(people=300, rows_each=2).splitlines()
    repeated = read("\n".join(",".join(row.split(",")[:5]) for row in (header, *rows))).contract
    assert repeated.membership == "secret"
    assert "# For the steward" in write_contract(repeated)


def test_a_repeated_secret_counts_in_three_levels_at_most(read: Read) -> None:
    found = read(town(people=300, rows_each=2)).contract
    assert found.by_name["diagnosis"].levels is not None and found.by_name["diagnosis"].levels.most == 3
    assert found.by_name["sex"].levels is not None and found.by_name["sex"].levels.most == 1


def test_a_given_contract_is_kept_as_it_is(read: Read) -> None:
    drafted = read(town())
    arrears = replace(drafted.contract.by_name["arrears"], levels=Levels(Scale.AMOUNTS, edges=(0, 7)))
    bare = replace(drafted.contract.by_name["ward"], levels=None)
    columns = tuple({"arrears": arrears, "ward": bare}.get(c.name, c) for c in drafted.contract.columns)
    given_one = replace(drafted.contract, columns=columns, membership="known")
    assert read(town(), given_one).contract == given_one


def test_hostile_columns_get_no_levels_or_sound_ones(read: Read) -> None:
    header = "person_id,arrears,balance,income,start_date,ward"
    lines = [f"{i},{-i},1e-12,{10.0**14 * (i + 1)},9999-12-31,{i}x" for i in range(1, 120)]
    contract = read(header + "\n" + "\n".join(lines)).contract
    assert [contract.by_name[name].levels for name in ("arrears", "balance", "income", "ward")] == [None] * 4
    assert contract.by_name["start_date"].levels is not None


@given(st.floats(1e-6, 1e9), st.floats(1, 1e6))
def test_round_numbers_enclose_their_range(low: float, factor: float) -> None:
    high = low * factor
    found = round_numbers(low, high)
    assert found == sorted(set(found)) and low <= found[0] <= 2.5 * low * (1 + 1e-9) and found[-1] >= high
    assert all(f"{number:e}"[0] in "125" for number in found)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=30), st.integers(0, 1_000))
def test_merged_bands_are_few_and_full(bands: list[int], above: int) -> None:
    below = [sum(bands[: index + 1]) for index in range(len(bands))]
    count = below[-1] + above
    edges = [float(index) for index in range(len(bands))]
    kept = merged_edges(edges, below, count)
    assert kept and kept == [edge for edge in edges if edge in kept]
    sizes = [
        high - low
        for low, high in zip([0, *(below[int(e)] for e in kept)], [*(below[int(e)] for e in kept), count], strict=True)
    ]
    assert len(kept) == 1 or (len(sizes) <= MOST_BANDS and min(sizes) >= LEAST_SHARE * count)
