"""Reports of who used data, made up for tests of how they are written."""

from __future__ import annotations

from datetime import UTC, datetime

from commonweal.installation.who import About, Report, Scope, Use

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def report_with(*texts: str) -> Report:
    """Return a report with a use for each text, which stands where people's own words could stand."""
    uses = tuple(Use(1, NOON, "a@x.example", "a@1", "prevention", ("n/h",), "answered", text) for text in texts)
    return Report(2, NOON, "o@x.example", "x", Scope(About.DATASET, "n/h"), uses)
