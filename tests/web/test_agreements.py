"""Agreements on the web: seen by whom they concern, read, added, signed, stopped, compared; pages and API alike."""

from __future__ import annotations

import pytest

from tests.web.people import OFFICER
from tests.web.served import Served

ID = "arrears-and-care"


@pytest.mark.parametrize(
    "path",
    [
        "/agreements", "/agreements/add", "/agreements/in-tray", "/agreements/map", "/agreements/calendar",
        f"/agreements/{ID}", f"/agreements/{ID}?version=1", f"/agreements/{ID}/compare", f"/agreements/{ID}/suspend",
    ],
)  # fmt: skip
def test_an_officer_reads_every_page(town: Served, path: str) -> None:
    page = town.browser(OFFICER).get(path)
    assert page.status_code == 200, page.text[-800:]
    assert "<h1" in page.text
