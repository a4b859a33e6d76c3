from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import commonweal
from commonweal.client import RemoteGateway
from commonweal.identity import tokens
from tests.acceptance import town as acceptance
from tests.acceptance.town import AGREEMENT
from tests.web import browser, served
from tests.web.people import ANALYST
from tests.web.served import Served

METERED = "shared-tables"
PUBLIC = "care-for-everybody"

_WRITTEN = (acceptance.FIRST_PATH / "arrears-and-care.yaml").read_text()
BY_SHARED_TABLES = (
    _WRITTEN.replace("id: arrears-and-care", f"id: {METERED}")
    .replace("title: Rent arrears among people who receive care", "title: Arrears by shared tables")
    .replace("profile: uk-tre", "profile: standard")
)
FOR_EVERYBODY = (
    _WRITTEN.replace("id: arrears-and-care", f"id: {PUBLIC}")
    .replace("title: Rent arrears among people who receive care", "title: Arrears and care, for everybody")
    .replace("onward_sharing: none", "onward_sharing: published")
)


@dataclass(frozen=True)
class Place:
    """A served town, and where."""

    town: Served
    url: str

    def token(self, email: str = ANALYST, *agreements: str) -> str:
        installation = self.town.installation
        with installation.transaction() as connection:
            now = installation.ledger.now(connection)
            _, secret = tokens.make(
                connection,
                email,
                name="a test",
                agreements=frozenset(agreements or (AGREEMENT, METERED, PUBLIC)),
                until=now + timedelta(days=1),
                now=now,
            )
        return secret

    def connect(self, email: str = ANALYST, *agreements: str) -> RemoteGateway:
        return commonweal.connect(self.url, self.token(email, *agreements))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("clients")
    with served.copied(served.build(folder / "built"), folder / "served") as installation:
        for text in (BY_SHARED_TABLES, FOR_EVERYBODY):
            acceptance.share(installation, text)
        town = Served(installation)
        with browser.serving(town) as url:
            yield Place(town, url)


@pytest.fixture(scope="session")
def remote(place: Place) -> Iterator[RemoteGateway]:
    with place.connect() as opened:
        yield opened
