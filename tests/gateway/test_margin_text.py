from __future__ import annotations

import pytest

from commonweal.gateway.answer import Margin, _shown_cell


@pytest.mark.parametrize(
    ("value", "low", "high", "wide", "text"),
    [
        (1360, 1340.0, 1380.0, False, " ±20"),
        (1360, 1341.0, 1383.0, False, " ±23"),  # the further side
        (219.2, 0.0, 480.0, True, " (0 to 480) wide"),
        (100.0, 0.0, 190.0, True, " ±100 wide"),
        (90.0, 0.0, 100.0, True, " (0 to 100) wide"),
        (0.0, 0.0, 310.0, True, " (0 to 310) wide"),
        (-5.0, -8.0, -2.0, True, " ±3 wide"),
        (0.0, 0.0, 0.0, False, ""),
        (None, 0.0, 1.0, False, ""),
    ],
)
def test_a_margin_is_written_as_it_reaches(value: float | None, low: float, high: float, wide: bool, text: str) -> None:
    cell = _shown_cell(value, Margin(0, "n", low, high, 0.0, wide))
    assert str(cell).removeprefix(cell.text) == text
