"""What holds for every test: in CI nothing is skipped in silence, and frames may print a table at the end.

A skipped test proves nothing, and nobody reads the list of skipped tests of a passing run. So in CI (the variable CI is
set) a skip is a failure, unless what is missing lies outside the repository: a reason that names the shared folder.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

ALLOWED_REASON = "shared"
"""A skip whose reason has this word may be skipped in CI too: the folder beside the repository is not part of it."""

TABLE = "table"
"""A test that puts (TABLE, name of table, row) into its user properties has the row printed at the end of the run."""


def skipped_in_vain(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Return whether a report is a skip that CI may not let pass; an expected failure is none."""
    if not os.environ.get("CI") or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return False
    return ALLOWED_REASON not in str(report.longrepr)


def fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that says why."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} was skipped, which CI does not allow: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the skip of a test."""
    report = yield
    if skipped_in_vain(report):
        fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the skip of a whole file."""
    report = yield
    if skipped_in_vain(report):
        fail(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests have put together, row by row, from whichever process ran them."""
    tables: dict[str, list[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == TABLE and getattr(report, "when", "") == "call":
                    title, row = value
                    tables.setdefault(title, []).append(row)
    for title, rows in sorted(tables.items()):
        terminalreporter.section(title)
        for row in sorted(rows):
            terminalreporter.write_line(row)
