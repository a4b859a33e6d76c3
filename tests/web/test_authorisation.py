"""Every route, tried by everyone: each role of one organisation, of another, nobody, and tokens for this and that agreement.

Expected is what `tests.web.routes` says. Those who may not are tried first, since what may be done changes what there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from commonweal.identity.person import Role
from commonweal.installation import acts
from tests.web import served
from tests.web.bodies import bodies_of
from tests.web.lived_in import ID, TWO, at, bearer, live
from tests.web.people import (
    ADMINISTRATOR,
    ANALYST,
    CHECKER,
    HEAD,
    OFFICER,
    OTHER_CHECKER,
    OTHER_OFFICER,
    OTHER_STEWARD,
    OUTSIDER,
    STEWARD,
)
from tests.web.routes import IN_THEIR_OWN_TESTS, ROUTES, Line, Tokens, Who
from tests.web.served import Served, csrf

POLICE_OFFICER, POLICE_STEWARD, POLICE_ADMINISTRATOR, POLICE_HEAD = (
    f"{role}@police.example" for role in ("officer", "steward", "administrator", "head")
)
NORTHBANK = {ANALYST, STEWARD, OFFICER, CHECKER, HEAD, ADMINISTRATOR}
RIVERSIDE = {OTHER_OFFICER, OTHER_CHECKER, OTHER_STEWARD}
POLICE = {OUTSIDER, POLICE_OFFICER, POLICE_STEWARD, POLICE_ADMINISTRATOR, POLICE_HEAD}
PEOPLE = NORTHBANK | RIVERSIDE | POLICE
READERS = {OFFICER, OTHER_OFFICER, POLICE_OFFICER, HEAD, POLICE_HEAD, ADMINISTRATOR, POLICE_ADMINISTRATOR}

MAY: dict[Who, set[str]] = {
    Who.EVERYONE: PEOPLE | {""},
    Who.SIGNED_IN: PEOPLE,
    Who.INVOLVED: NORTHBANK | RIVERSIDE,
    Who.NAMED: {ANALYST},
    Who.NAMED_OR_OFFICER: {ANALYST, OFFICER, OTHER_OFFICER},
    Who.OWNER: {ANALYST},
    Who.OFFICERS_OF_PARTIES: {OFFICER, OTHER_OFFICER},
    Who.OFFICERS: {OFFICER, OTHER_OFFICER, POLICE_OFFICER},
    Who.STEWARDS_OF_OWNER: {STEWARD},
    Who.STEWARDS: {STEWARD, OTHER_STEWARD, POLICE_STEWARD},
    Who.ADMINISTRATORS: {ADMINISTRATOR, POLICE_ADMINISTRATOR},
    Who.ADMINISTRATORS_OF_OWN: {ADMINISTRATOR},
    Who.READERS: READERS,
    Who.READERS_AND_CONCERNED: (READERS - POLICE) | {ANALYST},
    Who.SELF_REPORT: {OFFICER},
    Who.THIS_MACHINE: PEOPLE | {""},
}

QUERY = {
    "GET /agreements/{identifier}/compare": "?from=1&to=1",
    "GET /api/agreements/{identifier}/compare": "?from=1&to=1",
}
BEGUN = {"GET /sign-in/code", "POST /sign-in/code"}
"""For who has begun to sign in: others are sent to begin, whoever they are."""


@dataclass(frozen=True)
class Comer:
    """Who comes: somebody's session, a token of theirs and whether it is for the agreement, or nobody (no e-mail)."""

    email: str
    token: str = ""

    def may(self, line: Line) -> bool:
        """Return whether the table lets them."""
        if not self.token:
            return self.email in MAY[line.who]
        if not line.route.partition(" ")[2].startswith("/api/"):
            return "" in MAY[line.who]  # a page does not see the token
        fits = line.tokens is Tokens.ANY or (line.tokens is Tokens.COVERING and self.token == TWO)
        return fits and self.email in MAY[line.who]


COMERS = [
    *(Comer(email) for email in sorted(PEOPLE | {""})),
    *(Comer(email, token) for email in (ANALYST, OFFICER) for token in (ID, TWO)),
]


@dataclass
class Town:
    """The town, what stands in its addresses, and what is sent to it."""

    served: Served
    known: dict[str, str]
    bodies: dict[str, dict[str, Any]]

    def asked(self, comer: Comer, route: str) -> httpx2.Response:
        """Return what a route answers to somebody who comes anew."""
        method, pattern = route.split(" ", 1)
        address = at(pattern, self.known) + QUERY.get(route, "")
        browser = self.served.browser(comer.email if comer.email and not comer.token else None, second_factor=True)
        said = dict(self.bodies.get(route, {}))
        headers = said.pop("headers", {}) | (bearer(self.served, comer.email, comer.token) if comer.token else {})
        if method == "GET" or pattern.startswith("/api/"):
            return browser.request(method, address, headers=headers, **said)
        signed_in = comer.email and not comer.token
        mark = csrf(browser.get("/you" if signed_in else "/sign-in"))
        return browser.post(address, data={"csrf": mark} | said.get("data", {}), headers=headers)


@pytest.fixture(scope="module")
def lived_in(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with served.copied(built, tmp_path_factory.mktemp("lived") / "town") as installation:
        town = Served(installation)
        for email, role in (
            (POLICE_OFFICER, Role.OFFICER),
            (POLICE_STEWARD, Role.STEWARD),
            (POLICE_ADMINISTRATOR, Role.ADMINISTRATOR),
            (POLICE_HEAD, Role.HEAD_OF_SERVICE),
        ):
            acts.add_person(installation, email, "county_police", (role,))
        known = live(town, agreement=TWO)
        yield Town(town, known, bodies_of(town))


def refused(answer: httpx2.Response) -> bool:
    """Return whether somebody was turned away, whichever way."""
    away = answer.status_code == 303 and answer.headers["location"].startswith(("/sign-in", "/confirm"))
    return away or answer.status_code in {401, 403}


def test_every_route_has_its_line(lived_in: Town) -> None:
    there = {
        f"{method} {route.path}"
        for route in iter_route_contexts(lived_in.served.application.routes)
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}
    }
    lines = {*ROUTES, *IN_THEIR_OWN_TESTS}
    assert there - lines == set(), "routes without a line in tests/web/routes.py"
    assert lines - there == set(), "lines in tests/web/routes.py without a route"


def test_routes_tried_elsewhere_are_tried_and_for_nobody_who_is_not_signed_in(lived_in: Town) -> None:
    assert all((Path(__file__).parents[2] / file).is_file() for file in IN_THEIR_OWN_TESTS.values())
    through = []
    for route in IN_THEIR_OWN_TESTS:
        method, pattern = route.split(" ", 1)
        address = re.sub(r"\{[^}]+\}", "1", pattern)
        visitor = lived_in.served.browser()
        data = {"csrf": csrf(visitor.get("/sign-in"))} if method == "POST" and not pattern.startswith("/api") else None
        for headers in ({}, {"Authorization": "Bearer cwt_nothing"}):
            answer = visitor.request(method, address, data=data, headers=headers)
            if not refused(answer) and "/delta-sharing/files/" not in route:  # those want a signature, not a person
                through.append((route, answer.status_code))
    assert not through


def _changes(route: str) -> int:
    """Return how much a route changes of what others find: looking does nothing, ending an agreement the most."""
    last = (
        "/suspend",
        "/resume",
        "/withdraw",
        "/end",
        "/incidents",
        "/remove",
        "/delete",
        "/api/agreements",
        "/columns",
    )
    return 0 if route.startswith("GET") else 2 if route.endswith(last) or route.startswith("DELETE") else 1


@pytest.mark.parametrize("route", sorted(ROUTES, key=_changes))
def test_a_route_is_for_those_whom_the_table_names(lived_in: Town, route: str) -> None:
    line, wrong = ROUTES[route], []
    for comer in sorted(COMERS, key=lambda each: each.may(line)):
        answer = lived_in.asked(comer, route)
        hidden = answer.status_code == 404 and line.who in HIDDEN
        if answer.status_code >= 500:
            wrong.append(f"{comer}: {answer.status_code}")
        elif comer.may(line) and refused(answer) and route not in BEGUN:
            wrong.append(f"{comer} may and was refused: {answer.status_code} {answer.text[-300:]}")
        elif not comer.may(line) and not refused(answer) and not hidden:
            wrong.append(f"{comer} may not and got {answer.status_code}")
    assert not wrong, f"{route}:\n" + "\n".join(wrong)


HIDDEN = {Who.OWNER, Who.ADMINISTRATORS_OF_OWN, Who.SELF_REPORT, Who.NAMED_OR_OFFICER}
"""Where what is somebody else's is said not to be there."""
