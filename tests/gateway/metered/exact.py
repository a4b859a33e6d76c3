"""The metered path with its noise off: what is left must be what raw DuckDB says.

Noise is nought, nothing is drawn or rounded or withheld, and amounts sit at the upper edges of their levels, so that
reading is exact wherever recognition is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from commonweal.disclosure.metered.profile import Metered
from commonweal.gateway.metered import answering, cells, needs, tables
from commonweal.gateway.metered.path import MeteredPlan, measured, metered_plan
from commonweal.installation import Installation
from commonweal.query.question import read_query
from tests.residents.people import EDGES, TOP, Residents

Row = tuple[object, ...]


def at_edges(residents: Residents) -> Residents:
    """Return the residents with every amount moved up to the upper edge of its level."""
    highs = np.array([*EDGES, TOP])

    def moved(amounts: np.ndarray) -> np.ndarray:
        return highs[np.searchsorted(np.array(EDGES), amounts, side="left")]

    return replace(
        residents, arrears=moved(residents.arrears), last_year=moved(residents.last_year), cost=moved(residents.cost)
    )


@contextmanager
def silence() -> Iterator[None]:
    """Switch off noise, drawing, rounding and thresholds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            tables, "noise", lambda _k, _l, columns, axes, levels, _sd: np.zeros((*tables.shape(columns, axes), levels))
        )
        patch.setattr(tables, "noise_of_sums", lambda _k, _l, sds: np.zeros(sds.shape))
        bands = answering.band_means
        patch.setattr(answering, "band_means", lambda *a, **k: bands(*a, **(k | {"noise_sd": 0.0})))
        patch.setattr(answering.Answering, "_total", _total)
        patch.setattr(cells, "_rounded", lambda _target, value, _sd: value)
        patch.setattr(cells, "_type", lambda _aggregate, _target: cells.pa.float64())
        assert needs is not None
        yield


def _total(self: Any, feature: Any, histograms: Any, secrets: Any, part: Any, bands: Any) -> Any:
    """Return the sum without leaning: the band's mean is the value that everybody in it has."""
    weights = np.nan_to_num(bands.means) @ self._onto(feature, secrets, part)
    estimate = answering.linear(histograms, weights)
    return estimate, np.repeat(estimate.value[None], 4, axis=0)


def plan_of(installation: Installation, sql: str, agreement: str) -> MeteredPlan:
    """Return the plan of a question; Refused when it is none."""
    from commonweal.agreement import store
    from commonweal.catalogue import store as catalogue

    profile = Metered("standard")
    object.__setattr__(profile, "threshold", -(10**9))
    with installation.reading() as connection:
        found = store.agreement(connection, agreement)
        datasets = {each.reference: each for each in catalogue.datasets(connection)}
    contracts = {reference: each.contract for reference, each in datasets.items()}
    query = read_query(sql, contracts, agreed=[terms.dataset for terms in found.data], by_rules=False)
    return metered_plan(query, datasets, found, profile, installation.surroundings.shared)


def answered(installation: Installation, sql: str, agreement: str) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of the answer without noise."""
    around = installation.surroundings
    plan = plan_of(installation, sql, agreement)
    read = measured(plan, around.shared, lambda: True, plain=True)
    cells = {name: found.cells for name, found in read.items()}
    table = around.presenter.present(plan.presentation, plan.titles, cells).table
    return list(plan.titles), [tuple(row.values()) for row in table.to_pylist()]


def plain(value: object) -> object:
    """Return a value as both sides write it; nothing and null are the same number."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return round(float(value), 4) + 0.0


def compared(shown: list[Row], true: list[Row], numbers: set[int]) -> list[str]:
    """Return where two answers differ; `numbers` are the places of measured columns.

    Groups in which nobody meets the question's conditions are there with nought, since who meets them is not known.
    """

    def keyed(rows: list[Row]) -> dict[Row, Row]:
        return {
            tuple(plain(v) for n, v in enumerate(row) if n not in numbers): tuple(
                plain(row[n]) for n in sorted(numbers)
            )
            for row in rows
        }

    ours, theirs = keyed(shown), keyed(true)
    if len(theirs) < len(true):
        return []  # ROLLUP over a key that can be null: two groups of one name cannot be told apart here
    wrong = [f"missing {key}: {values}" for key, values in theirs.items() if key not in ours]
    for key, values in ours.items():
        for mine, right in zip(values, theirs.get(key, (0,) * len(values)), strict=True):
            alike = mine == right or {mine, right} <= {None, 0.0}
            if not alike and isinstance(mine, float) and isinstance(right, float):
                alike = abs(mine - right) <= 1e-6 * max(1.0, abs(right))
            if not alike:
                wrong.append(f"{key}: {mine} for {right}")
    return wrong
