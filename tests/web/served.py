"""A small town, served: its installation built once a run, copied for each module of tests, and browsers for its people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from commonweal.identity import sessions
from commonweal.installation import Installation, acts, open_installation
from commonweal.web.application import create_application
from commonweal.web.cookies import session_cookie
from tests.acceptance import town
from tests.web.people import PEOPLE

BASE = "http://127.0.0.1:8765"


def build(folder: Path) -> Path:
    """Build the town with its agreement and its people; return the installation's folder, closed."""
    with town.build(folder) as installation:
        with installation.reading() as connection:
            known = {person.email for person in town_people(connection)}
        for person in PEOPLE:
            if person.email not in known:
                acts.add_person(installation, person.email, person.organisation, person.roles, person.name)
    return folder / "town"


def town_people(connection):  # type: ignore[no-untyped-def]
    from commonweal.identity.store import people

    return people(connection)


@dataclass
class Served:
    """An installation and its application; `browser` gives a client for a person, signed in, or for a visitor."""

    installation: Installation

    def __post_init__(self) -> None:
        self.application = create_application(self.installation)

    def browser(self, email: str | None = None, *, second_factor: bool = False) -> TestClient:
        client = TestClient(self.application, base_url=BASE, follow_redirects=False, raise_server_exceptions=False)
        if email is not None:
            with self.installation.transaction() as connection:
                now = self.installation.ledger.now(connection)
                _, secret = sessions.begin(connection, email, now, second_factor=second_factor)
            client.cookies.set(session_cookie(self.installation.settings.web), secret)
        return client


def copied(built: Path, folder: Path) -> Installation:
    """Return a copy of a built installation, opened."""
    shutil.copytree(built, folder)
    return open_installation(folder)


def csrf(page: httpx2.Response) -> str:
    """Return the mark that the forms of a page carry."""
    return page.text.split('name="csrf" value="', 1)[1].split('"', 1)[0]


def sent(client: TestClient, path: str, data: dict[str, str | list[str]], *, at: str | None = None) -> httpx2.Response:
    """Send a form as a browser does: from the page it is on (`at`, by default the page it goes to)."""
    return client.post(path, data=data | {"csrf": csrf(client.get(at or path))})
