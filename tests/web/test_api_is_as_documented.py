"""The API answers whatever is sent to it as its own description says; `python -m tests.web.fuzz` looks longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from tests.web import served
from tests.web.fuzz import Fuzzed
from tests.web.served import Served

EXAMPLES = 12


@pytest.fixture(scope="module")
def fuzzed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with served.copied(built, tmp_path_factory.mktemp("fuzzed") / "town") as installation:
        yield Fuzzed(Served(installation))


def test_whatever_is_sent_is_answered_as_documented(fuzzed: Fuzzed) -> None:
    findings = [found for label in fuzzed.operations for found in fuzzed.run(label, EXAMPLES)]
    assert not findings, "\n".join(findings)
    good = {label for label, seen in fuzzed.seen.items() if any(status < 300 for status in seen)}
    assert len(good) > len(fuzzed.operations) / 2, "most operations must have been reached, not only refused"


def test_every_route_below_api_is_documented(fuzzed: Fuzzed) -> None:
    operations = (tuple(label.split(" ", 1)) for label in fuzzed.operations)
    documented = {(method, path) for method, path in operations if path.startswith("/api/")}
    there = {
        (method, route.path)
        for route in iter_route_contexts(fuzzed.town.application.routes)
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}
        if route.path.startswith("/api/") and route.path != "/api/openapi.json"
    }
    assert there == documented


def test_the_description_has_words_for_everything(fuzzed: Fuzzed) -> None:
    document = fuzzed.client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for label in fuzzed.operations:
        method, path = label.split(" ", 1)
        operation = document["paths"][path][method.lower()]
        assert operation["summary"], label
        assert operation["description"], label
        assert operation["tags"], label


def test_what_is_not_as_described_is_found(fuzzed: Fuzzed) -> None:
    document = fuzzed.client.get("/api/openapi.json").json()
    for path in ("/api/jobs", "/api/agreements"):
        document["paths"][path]["get"]["responses"].pop("401" if path == "/api/jobs" else "200")
    document["components"]["schemas"]["Statistics"] = {"type": "string"}
    lying = fuzzed.operations
    try:
        fuzzed.described_as(document)
        assert "UndefinedStatusCode" in str(fuzzed.run("GET /api/jobs", EXAMPLES)) or fuzzed.run("GET /api/jobs", 40)
        assert fuzzed.run("GET /api/agreements", EXAMPLES)
    finally:
        fuzzed.operations = lying
