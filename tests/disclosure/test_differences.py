"""What follows by subtracting two numbers of one cell, or a whole's parts from it."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.cells import Aggregate, Cells, Difference, Measured, Partition
from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import protect

UK = PROFILES["uk-tre"]
COUNT = Aggregate("a1", Measured.ROWS)


def counted(**counts: list[int]) -> dict[str, list[int]]:
    return {name: values for n, values in counts.items() for name in (n, f"{n}__n_person")}


def shown(cells: Cells, name: str, rules=UK) -> list[object]:
    return protect(cells, rules).table.column(name).to_pylist()


def nested(between: list[int]) -> Cells:
    size = len(between)
    columns = counted(a1=[500] * size, a2=[300] * size, a3=[300 - n for n in between], d1=between)
    table = pa.table({"k1": [f"g{i}" for i in range(size)], "set": [0] * size, "n_person": [500] * size, **columns})
    parts = tuple(Aggregate(name, Measured.INDICATOR, partial=True) for name in ("a2", "a3"))
    return Cells(
        table,
        ("k1",),
        ("person",),
        (COUNT, *parts, Aggregate("d1", Measured.INDICATOR)),
        ((0,),),
        (None,),
        (Difference("a3", "a2", "d1"),),
    )


def test_a_part_is_given_up_where_it_differs_from_another_by_few_or_none() -> None:
    assert shown(nested([0, 1, 9, 10, 100]), "a3") == [None, None, None, 290, 200]
    assert shown(nested([0, 1, 9, 10, 100]), "a2") == [300] * 5


def test_none_and_a_few_look_alike() -> None:
    one, other = protect(nested([0]), UK), protect(nested([4]), UK)
    assert one.withheld == other.withheld and one.table.equals(other.table)


def test_a_profile_without_secondary_suppression_rounds_only() -> None:
    assert None not in shown(nested([1]), "a3", PROFILES["nhs"])


def test_what_differs_from_a_withheld_number_may_be_shown() -> None:
    cells = nested([4])
    columns = {name: cells.table.column(name) for name in cells.table.column_names}
    columns |= {"a2": pa.array([3]), "a2__n_person": pa.array([3])}
    assert shown(replace(cells, table=pa.table(columns)), "a3") == [295]


def pivot(rest: int, *parts: int, whole: int = 400, twice: int = 0) -> Cells:
    names = [f"a{n}" for n in range(2, 2 + len(parts))]
    columns = counted(a1=[whole], r1=[rest + twice], **{n: [value] for n, value in zip(names, parts, strict=True)})
    table = pa.table({"set": [0], "n_person": [whole], **columns})
    aggregates = (COUNT, *(Aggregate(name, Measured.INDICATOR, partial=True) for name in names))
    partition = Partition("a1", "r1", tuple((name,) for name in names))
    return Cells(
        table,
        (),
        ("person",),
        (*aggregates, Aggregate("r1", Measured.INDICATOR)),
        ((),),
        (),
        (),
        (partition,),
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (pivot(100, 150, 150), [150, 150]),
        (pivot(3, 197, 200), [195, None]),  # three are left over
        (pivot(0, 200, 200), [200, None]),  # and nobody is looks the same
        (pivot(0, 392, 8), [None, None]),  # nearly everybody is in the first
        (pivot(0, 195, 197, 8), [195, None, None]),
        (pivot(60, 150, 185, 5), [150, 185, None]),
    ],
)
def test_a_whole_and_its_parts_leave_no_few(cells: Cells, expected: list[object]) -> None:
    names = [names[0] for names in cells.partitions[0].parts]
    assert [shown(cells, name)[0] for name in names] == expected
    assert shown(cells, "a1") == [400]


def test_parts_that_overlap_are_no_partition() -> None:
    cells = pivot(0, 300, 250, twice=150)
    assert [shown(cells, name)[0] for name in ("a2", "a3")] == [300, 250]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=4))
def test_parts_that_are_everybody_leave_nobody_over_until_one_is_withheld(sizes: list[int]) -> None:
    # count(*) beside a count of each of a column's public codes.
    whole = sum(sizes)
    names = [f"p{i}" for i in range(len(sizes))]
    columns = counted(a1=[whole], r1=[0], **{name: [size] for name, size in zip(names, sizes, strict=True)})
    parts = tuple(Aggregate(name, Measured.INDICATOR, partial=True) for name in names)
    table = pa.table({"set": [0], "n_person": [whole], **columns})
    partition = Partition("a1", "r1", tuple((name,) for name in names), complete=True)
    cells = Cells(table, (), ("person",), (COUNT, *parts, Aggregate("r1", Measured.INDICATOR)), partitions=(partition,))
    protected = protect(cells, UK).table.to_pylist()[0]
    hidden = [size for name, size in zip(names, sizes, strict=True) if protected[name] is None]
    if min(sizes) >= 10:
        assert not hidden  # with its last column
    elif whole >= 10:
        assert protected["a1"] is None or sum(hidden) >= 10 or len(hidden) == len(sizes)
