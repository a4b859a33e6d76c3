"""The threshold: exact where being there is known to all; where it is a secret, on what a noisy size surely is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from commonweal.gateway.metered import tables
from commonweal.gateway.metered.answering import Answering
from commonweal.installation import Installation
from tests.gateway.metered import exact
from tests.residents import sharing
from tests.residents.people import Residents, draw

IN_CARE = "SELECT count(DISTINCT person_id) AS people FROM spell"


def with_care(number: int) -> Residents:
    """Return residents of whom just so many have care."""
    residents = draw(3000)
    residents.contacts[np.flatnonzero(residents.contacts)[number:]] = 0
    return residents


@pytest.fixture(params=[9, 30, 60])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Installation]]:
    with sharing.founded(tmp_path_factory.mktemp("few") / "town") as installation:
        sharing.stock(installation, with_care(request.param))
        sharing.agree(installation, sharing.document("standard"))
        yield request.param, installation


def test_a_size_that_noise_alone_may_have_lifted_is_withheld(
    town: tuple[int, Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, installation = town
    monkeypatch.setattr(
        tables, "noise", lambda _k, _l, columns, axes, levels, _sd: np.zeros((*tables.shape(columns, axes), levels))
    )
    answer = installation.gateway(sharing.ANALYST).ask(IN_CARE, agreement="standard")
    assert list(answer.rows) == [[number if number >= 10 + 2 * 14 else None]]
    assert [each.reason for each in answer.withheld] == ([] if number == 60 else ["fewer than 10 people"])


def test_what_is_known_to_all_needs_no_allowance(town: tuple[int, Installation]) -> None:
    _, installation = town
    found = []
    for sql in ("SELECT ward, count(*) AS people FROM resident GROUP BY ward", IN_CARE):
        plan = exact.plan_of(installation, sql, "standard")
        answering = Answering(plan.needs[0], installation.surroundings.shared.tables, lambda: True)
        rows = answering.rows(plan.readings[0].grouping_sets[0])
        found.append(rows.sizes - rows.least)
    assert (found[0] == 0).all()
    assert found[1] == pytest.approx([28.0])
