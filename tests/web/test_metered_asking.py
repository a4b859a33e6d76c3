"""Asking under two agreements, one of them metered: what it opens and costs is shown first, margins on every number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.acceptance import town as acceptance
from tests.web import browser
from tests.web.browser import Screens
from tests.web.people import ANALYST
from tests.web.served import Served, copied, sent

SQL = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy"
TEXT = (
    (acceptance.FIRST_PATH / "arrears-and-care.yaml")
    .read_text()
    .replace("id: arrears-and-care", "id: shared-tables")
    .replace("title: Rent arrears among people who receive care", "title: Arrears by shared tables")
    .replace("profile: uk-tre", "profile: standard")
    .replace("minimum_count: 10}", "minimum_count: 10, output_checking: {allowed: true}}")
)


@pytest.fixture(scope="module")
def two(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with copied(built, tmp_path_factory.mktemp("two") / "town") as installation:
        acceptance.share(installation, TEXT)
        yield Served(installation)


def test_the_agreement_is_chosen_first(two: Served) -> None:
    page = two.browser(ANALYST).get("/ask").text
    assert "Choose the agreement to ask under" in page
    assert "/ask?agreement=shared-tables" in page
    assert "/ask?agreement=arrears-and-care" in page
    assert "choose another" in two.browser(ANALYST).get("/ask?agreement=shared-tables").text


def test_the_rehearsal_says_what_it_costs_and_how_precise_it_is(two: Served) -> None:
    page = sent(
        two.browser(ANALYST),
        "/ask",
        {"agreement": "shared-tables", "sql": SQL, "act": "explain"},
        at="/ask?agreement=shared-tables",
    ).text
    assert "It opens" in page
    assert "of 0.128" in page
    assert "is known to within" in page
    assert "nothing drawn" in page


def test_a_metered_answer_in_a_browser(two: Served, chrome: Browser) -> None:
    with browser.serving(two) as address:
        screen = Screens(two, address, chrome).of(ANALYST)
        page = screen.open("/ask")
        screen.check()
        page.get_by_role("link", name="Arrears by shared tables").click()
        page.fill("#sql", SQL)
        page.get_by_role("button", name="See what will happen").click()
        page.get_by_role("heading", name="What will happen").wait_for()
        screen.check()
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Run").click()
        page.wait_for_url("**/answers/*")
        assert page.locator("td .cw-margin").first.inner_text().startswith("±")
        assert "in 95 of 100 cases" in page.inner_text("main")
        screen.check()
        lines = page.request.get(page.url + "/download/csv").text().splitlines()
        assert lines[0].startswith("tenancy,homes,homes low,homes high")
