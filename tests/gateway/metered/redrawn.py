"""One question under many draws of noise: what would have been shown, had the noise been another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.gateway.answer import Margin
from commonweal.gateway.metered import path, tables
from commonweal.gateway.metered.margins import with_margins
from commonweal.gateway.presentation import Shown
from commonweal.installation import Installation
from commonweal.query.question import read_query

_EXACT: dict[str, dict[Any, Any]] = {}
"""What was counted, by installation: it is the same under every noise."""


def plan_of(installation: Installation, sql: str, agreement: str) -> path.MeteredPlan:
    """Return the plan of a question, under the profile that its agreement has."""
    from commonweal.agreement import store
    from commonweal.catalogue import store as catalogue
    from commonweal.disclosure.metered.profile import METERED

    with installation.reading() as connection:
        found = store.agreement(connection, agreement)
        datasets = {each.reference: each for each in catalogue.datasets(connection)}
    contracts = {reference: each.contract for reference, each in datasets.items()}
    query = read_query(sql, contracts, agreed=[terms.dataset for terms in found.data], by_rules=False)
    profile = METERED[found.safeguards.profile]
    return path.metered_plan(query, datasets, found, profile, installation.surroundings.shared)


def redrawn(
    installation: Installation, sql: str, agreement: str, *, plain: bool, draws: int, start: int = 0
) -> Iterator[tuple[Shown, tuple[Margin, ...]]]:
    """Yield what is shown and its margins, under one draw of noise after another."""
    around = installation.surroundings
    plan = plan_of(installation, sql, agreement)
    exact = _EXACT.setdefault(str(installation.folder), {})
    count = tables.Tables._exact

    def counted(self: tables.Tables, place: tables.Place, still_allowed: Any) -> Any:
        key = (place.count.identity, place.columns)
        if key not in exact:
            exact[key] = count(self, place, still_allowed)
        return exact[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables.Tables, "_exact", counted)
        for draw in range(start, start + draws):
            patch.setattr(tables.Tables, "_key", lambda _self, draw=draw: f"draw {draw}".encode().ljust(32))
            patch.setitem(around.shared.__dict__, "tables", tables.Tables(around))
            read = path.measured(plan, around.shared, lambda: True, plain=plain)
            cells = {name: found.cells for name, found in read.items()}
            shown = around.presenter.present(plan.presentation, plan.titles, cells)
            yield with_margins(plan.presentation, shown, read, around.presenter)
