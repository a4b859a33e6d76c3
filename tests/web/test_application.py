from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from commonweal.identity import sessions
from commonweal.web.asker import is_for_programs
from commonweal.web.forms import filled
from tests.web.people import ANALYST, OFFICER
from tests.web.served import Served, csrf


def test_a_visitor_reads_the_first_page_and_no_more(town: Served) -> None:
    visitor = town.browser()
    assert visitor.get("/").status_code == 200
    away = visitor.get("/catalogue")
    assert away.status_code == 303
    assert away.headers["location"] == "/sign-in?next=/catalogue"
    refused = visitor.get("/api/datasets")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_person_reads_the_catalogue(town: Served) -> None:
    page = town.browser(ANALYST).get("/catalogue")
    assert page.status_code == 200
    assert "northbank/housing" in page.text


def test_nothing_runs_that_was_written_into_a_page(town: Served) -> None:
    page = town.browser(ANALYST).get("/catalogue")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*src=)", page.text)
    assert not re.search(r"\son[a-z]+=|style=", page.text)


def test_nothing_of_gov_uk_is_served(town: Served) -> None:
    visitor = town.browser()
    page = visitor.get("/")
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        body = visitor.get(path)
        assert body.status_code == 200
        assert body.headers["cache-control"].startswith("public, max-age=31536000")
        assert not re.search(r"gds transport|crest|crown", body.text + page.text, re.IGNORECASE)


def test_other_hosts_and_other_sites_are_refused(town: Served) -> None:
    person = town.browser(OFFICER)
    assert person.get("/", headers={"host": "evil.example"}).status_code == 400
    mark = csrf(person.get("/"))
    assert person.post("/catalogue", data={"csrf": mark}).status_code == 405
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert person.post("/sign-out", data={"csrf": mark}, headers=headers).status_code == 403
    assert person.post("/sign-out", data={}).status_code == 403


def test_every_page_that_takes_something_checks_where_it_comes_from(town: Served) -> None:
    routes = [context.original_route for context in iter_route_contexts(town.application.routes)]
    unsafe = [
        route
        for route in routes
        if isinstance(route, APIRoute) and not is_for_programs(route.path) and route.methods - {"GET", "HEAD"}
    ]
    assert {"/sign-out", "/ask"} <= {route.path for route in unsafe}
    unguarded = [route.path for route in unsafe if filled not in {each.call for each in route.dependant.dependencies}]
    assert not unguarded


def test_a_session_that_was_ended_is_over_at_once(town: Served) -> None:
    person = town.browser(ANALYST)
    assert person.get("/catalogue").status_code == 200
    with town.installation.transaction() as connection:
        assert sessions.end_all(connection, ANALYST) >= 1
    assert person.get("/catalogue").status_code == 303


@pytest.mark.parametrize("path", ["/nothing-here", "/catalogue/../../etc/passwd", "/static/../settings.py"])
def test_what_is_not_there_is_a_page_that_says_so(town: Served, path: str) -> None:
    found = town.browser(ANALYST).get(path)
    assert found.status_code == 404


def test_alive_and_ready(town: Served) -> None:
    assert town.browser().get("/healthz").json() == {"status": "ok"}
    assert town.browser().get("/readyz").json() == {"status": "ok"}
