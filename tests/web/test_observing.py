from __future__ import annotations

import json
import logging

import pytest

from commonweal.web.observing import _Lines
from tests.web.people import ANALYST
from tests.web.served import Served


def test_metrics_count_by_route_and_tell_nothing_of_anybody(town: Served) -> None:
    person = town.browser(ANALYST)
    person.get("/catalogue")
    person.get("/jobs/a-secret-name")
    person.get("/a-secret-name")
    text = town.browser().get("/metrics").text
    assert 'commonweal_requests_total{method="GET",route="/catalogue",status="200"} 1.0' in text
    assert 'route="/jobs/{identifier}",status="404"' in text
    assert "commonweal_ledger_entries " in text
    assert 'commonweal_jobs{state="waiting"}' in text
    assert "a-secret-name" not in text
    assert ANALYST not in text


def test_metrics_are_for_this_machine(town: Served) -> None:
    assert town.browser().get("/metrics", headers={"x-forwarded-for": "10.0.0.1"}).status_code == 404


def test_logs_are_json_lines_without_addresses(town: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="commonweal"):
        got = town.browser(ANALYST).get("/jobs/a-secret-name?also=this")
    lines = [json.loads(_Lines().format(record)) for record in caplog.records if record.name == "commonweal.access"]
    assert lines[-1]["route"] == "/jobs/{identifier}"
    assert lines[-1]["status"] == 404
    assert lines[-1]["request"] == got.headers["x-request-id"]
    assert "a-secret-name" not in json.dumps(lines)
    assert ANALYST not in json.dumps(lines)
