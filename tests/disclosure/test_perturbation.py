from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from cell_key_perturbation.create_perturbed_table import create_perturbed_table
from cell_key_perturbation.utils.generate_test_data import generate_test_data
from cell_key_perturbation.utils.generate_test_ptable import generate_ptable_10_5_rule
from hypothesis import given
from hypothesis import strategies as st

from commonweal.disclosure.perturbation import PerturbationTable, default_table, from_arrow, read_table


def random_ptable() -> pd.DataFrame:
    table = generate_ptable_10_5_rule()
    rng = np.random.default_rng(5)
    shift = rng.integers(-5, 6, len(table))
    table["pvalue"] = np.where(table["pcv"] < 10, -table["pcv"], shift)
    return table


@pytest.mark.parametrize("ptable", [generate_ptable_10_5_rule(), random_ptable()], ids=["10-5 rule", "random shifts"])
@pytest.mark.parametrize(("size", "columns"), [(1000, ["var5", "var8"]), (1000, ["var2"]), (30_000, ["var2", "var3"])])
def test_equal_to_the_public_package(ptable: pd.DataFrame, size: int, columns: list[str], capsys: object) -> None:
    data = generate_test_data(size=size)
    theirs = create_perturbed_table(data, ptable, [], columns, "record_key", threshold=10)
    ours = from_arrow(pa.Table.from_pandas(ptable))
    exact, keys = theirs["pre_sdc_count"].to_numpy(), theirs["ckey"].to_numpy()
    # Their keys are ours: the sum of the record keys modulo 256.
    grouped = data.groupby(columns)["record_key"].sum() % 256
    assert sorted(grouped.tolist()) == sorted(keys[exact > 0].tolist())
    shifted = ours.apply(exact, keys)
    expected = theirs["count"]
    assert (exact > 750).any() == (size > 1000)  # the end of the table is passed in one case
    assert expected.isna().tolist() == (shifted < 10).tolist()
    assert expected.dropna().astype(int).tolist() == shifted[shifted >= 10].tolist()


@pytest.mark.parametrize("threshold", [3, 8, 10, 20])
def test_our_own_table_keeps_its_promises(threshold: int) -> None:
    shifts = default_table(threshold).shifts.astype(int)
    for count in range(1, 751):
        row = shifts[count - 1]
        if count < threshold:
            assert (count + row == 0).all()
            continue
        assert row.sum() == 0  # unbiased, exactly
        assert np.abs(row).max() <= 5
        assert (count + row >= threshold).all()
        if count >= threshold + 2:
            assert (row.astype(float) ** 2).mean() == pytest.approx(4.0, rel=0.025)
    assert default_table(threshold).largest_shift == 5


def test_our_own_table_does_not_treat_neighbouring_counts_alike() -> None:
    shifts = default_table().shifts
    assert not np.array_equal(shifts[99], shifts[100])


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**6)), min_size=1))
def test_the_same_cell_always_gets_the_same_shift(cells: list[tuple[int, int]]) -> None:
    counts, keys = np.array([c for c, _ in cells]), np.array([k for _, k in cells])
    table = default_table()
    shown = table.apply(counts, keys)
    assert shown.tolist() == [int(table.apply(np.array([c]), np.array([k % 256]))[0]) for c, k in cells]
    assert (np.abs(shown - counts)[counts >= 10] <= 5).all()
    assert (shown[counts == 0] == 0).all()


def test_tables_are_read_from_csv_and_parquet(tmp_path: Path) -> None:
    ptable = pa.Table.from_pandas(generate_ptable_10_5_rule(), preserve_index=False)
    pyarrow.csv.write_csv(ptable, tmp_path / "p.csv")
    pyarrow.parquet.write_table(ptable, tmp_path / "p.parquet")
    assert read_table(tmp_path / "p.csv") == read_table(tmp_path / "p.parquet") == from_arrow(ptable)
    assert read_table(tmp_path / "p.csv") != default_table()


def test_tables_with_holes_are_errors() -> None:
    ptable = pa.Table.from_pandas(generate_ptable_10_5_rule(), preserve_index=False)
    with pytest.raises(ValueError, match="exactly once"):
        from_arrow(ptable.slice(1))
    with pytest.raises(ValueError, match="exactly once"):
        from_arrow(pa.concat_tables([ptable, ptable.slice(0, 1)]))
    with pytest.raises(ValueError, match="column ckey"):
        from_arrow(ptable.drop_columns(["ckey"]))
    with pytest.raises(ValueError, match="1 to 250"):
        PerturbationTable(np.zeros((10, 256), dtype=np.int16))
    with pytest.raises(ValueError, match="read-only"):
        default_table().shifts[0, 0] = 1
