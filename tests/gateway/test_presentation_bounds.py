"""What is done above the measures is bounded in time and size: one question cannot hold up all others."""

import time

import pyarrow as pa
import pytest
from sqlglot import exp

from commonweal.disclosure.cells import Aggregate, Measured, ProtectedCells
from commonweal.errors import EngineFailed
from commonweal.gateway import presentation
from commonweal.query.dialect import DIALECT

CELLS = {
    "__measure_1": ProtectedCells(
        pa.table({"k1": list(range(200)), "set": [0] * 200, "a1": [10] * 200, "a1__why": pa.nulls(200, pa.string())}),
        ("k1",),
        (Aggregate("a1", Measured.ROWS),),
        (),
    )
}


def joined(times: int, output: str) -> exp.Query:
    tables = ", ".join(f"__measure_1 m{n}" for n in range(times))
    tree = DIALECT.parse(f"select {output} from {tables}")[0]
    assert isinstance(tree, exp.Query)
    return tree


def test_results_joined_with_themselves_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presentation, "MOST_SECONDS", 0.5)
    presenter = presentation.Presenter()
    started = time.monotonic()
    with pytest.raises(EngineFailed):
        presenter.present(joined(8, "sum(m0.a1 * m1.k1 + m7.k1) as n"), ("n",), CELLS)
    assert time.monotonic() - started < 5
    table = presenter.present(joined(2, "sum(m0.a1) as n"), ("n",), CELLS).table
    assert table.to_pylist() == [{"n": 400_000}]
    presenter.close()


def test_an_answer_of_too_many_rows_is_stopped() -> None:
    presenter = presentation.Presenter()
    with pytest.raises(EngineFailed):
        presenter.present(joined(3, "m0.k1 as n"), ("n",), CELLS)
    presenter.close()
