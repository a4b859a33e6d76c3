"""Agreements in a real browser, without scripts: two officers of two organisations sign, and it is in force."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from commonweal.agreement.state import Act
from commonweal.installation import agreeing
from tests.web import agreements as made
from tests.web.browser import Screen, Screens
from tests.web.people import ANALYST, OFFICER, OTHER_OFFICER

BOTH = ("northbank", "riverside_nhs")


def sign(screen: Screen, title: str) -> Page:
    """Find an agreement in the in-tray, read it, and sign it."""
    page = screen.open("/agreements/in-tray")
    screen.check()
    page.get_by_role("link", name=title).click()
    screen.check()
    page.get_by_role("button", name="Read and sign").click()
    screen.check()
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Sign version 1").click()
    return page


def test_two_officers_sign_and_it_comes_into_force(screens: Screens) -> None:
    ours, theirs = (screens.of(email, second_factor=True) for email in (OFFICER, OTHER_OFFICER))
    page = ours.open("/agreements/add")
    ours.check()
    page.get_by_label("Or the text itself").fill(made.written(made.document("signed-here")).replace("onward", "inward"))
    page.get_by_role("button", name="Add", exact=True).click()
    assert "There is a problem" in page.inner_text("main")
    ours.complaints.clear()  # a form with problems is an error of the request
    ours.check()
    page.get_by_label("Or the text itself").fill(made.written(made.document("signed-here")))
    page.get_by_role("button", name="Add", exact=True).click()
    assert "Each party can sign it now" in page.inner_text("main")
    assert "proposed" in sign(ours, "Title of signed-here").inner_text("main").lower()
    done = sign(theirs, "Title of signed-here")
    assert "You have signed for your organisation" in done.inner_text("main")
    assert "In force until 31 October 2099" in done.inner_text("main")
    theirs.check()
    named = screens.of(ANALYST)
    assert "In force" in named.open("/agreements/signed-here").inner_text("main")


def test_signing_and_stopping_need_no_scripts(screens: Screens) -> None:
    made.add(screens.town.installation, made.document("no-scripts"), signed_by=("riverside_nhs",))
    screen = screens.of(OFFICER, scripts=False, second_factor=True)
    page = screen.open("/agreements/no-scripts/sign")
    page.get_by_role("button", name="Sign version 1").click()
    assert "Say that you have read" in page.inner_text("main")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Sign version 1").click()
    assert "In force until" in page.inner_text("main")
    page.get_by_role("link", name="Suspend this agreement").click()
    page.get_by_role("button", name="Suspend it now").click()
    assert "Give the reason" in page.inner_text("main")
    page.get_by_label("Why").fill("A complaint is looked into.")
    page.get_by_role("button", name="Suspend it now").click()
    assert "northbank suspended it" in page.inner_text("main")
    assert screen.elsewhere == []


@pytest.mark.parametrize("path", ["/evil", "/evil/sign", "/evil/compare", "/evil/resume", "", "/calendar", "/map", "/in-tray"])  # fmt: skip
def test_words_that_try_to_be_scripts_are_words(screens: Screens, path: str) -> None:
    installation = screens.town.installation
    if path == "/evil":
        made.add(installation, made.evil("evil-in-force"), signed_by=BOTH)
        made.add(installation, made.evil("evil"), signed_by=BOTH)
        made.add(installation, made.document("evil", version=2, title=made.EVIL))
        agreeing.happen(installation, Act.SUSPEND, "evil", "northbank", made.EVIL)
    screen = screens.of(OFFICER)
    said: list[str] = []
    screen.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page = screen.open(f"/agreements{path}")
    assert "<script>alert('x')</script>" in page.inner_text("body")
    for details in page.query_selector_all("details:not([open]) > summary"):
        details.click()
    screen.check()
    assert said == []


def test_the_meter_of_a_metered_agreement_is_a_bar_with_its_figure(screens: Screens) -> None:
    town = screens.town
    document = made.document("metered", safeguards={"profile": "standard", "output": "aggregate"})
    document["data"] = [terms for terms in document["data"] if terms["dataset"] == "northbank/housing"]
    document["links"] = []
    made.add(town.installation, document, signed_by=BOTH)
    screen = screens.of(OFFICER)
    page = screen.open("/agreements/metered")
    assert "Nothing has been opened yet" in page.inner_text("main")
    screen.check()
