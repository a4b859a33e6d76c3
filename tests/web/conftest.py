from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.web import browser, served
from tests.web.browser import Screens
from tests.web.served import Served


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return served.build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def town(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served.copied(built, tmp_path_factory.mktemp("served") / "town") as installation:
        yield Served(installation)


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with browser.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def screens(town: Served, chrome: Browser) -> Iterator[Screens]:
    with browser.serving(town) as address:
        yield Screens(town, address, chrome)
