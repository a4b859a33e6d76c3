"""From an invitation to a revoked token, in a real browser; with and without scripts. Every page on the way is fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pyotp
import pytest

from commonweal.installation import people
from tests.web.browser import Screens
from tests.web.people import ADMINISTRATOR, ANALYST

PASSWORD = "amber otter ladder"


@pytest.mark.parametrize("scripts", [True, False])
def test_from_an_invitation_to_a_revoked_token(screens: Screens, scripts: bool) -> None:
    _, link = people.invite(screens.town.installation, ANALYST, forget_second_factor=True)
    screen = screens.of(scripts=scripts)
    page = screen.open(link.removeprefix(screens.town.installation.settings.web.url))
    checked(screen, scripts)
    page.fill("#password", PASSWORD)
    page.click("text=Set password")
    assert page.url.endswith("/you?done=signed-in")
    checked(screen, scripts)

    page.click("text=Set up your second factor")
    checked(screen, scripts)
    page.fill("#password", PASSWORD)
    page.click("main button:has-text('Continue')")
    checked(screen, scripts)
    secret = (page.text_content("#key") or "").replace(" ", "")
    app = pyotp.TOTP(secret)
    page.fill("#code", app.at(datetime.now(UTC) - timedelta(seconds=30)))
    page.click("main button:has-text('Continue')")
    assert page.locator("main li code").count() == 10
    checked(screen, scripts)

    page.click("text=Sign out")
    page.click("text=Sign in")
    checked(screen, scripts)
    page.fill("#email", ANALYST)
    page.fill("#password", "the wrong words")
    page.click("main button:has-text('Sign in')")
    assert "not right" in (page.text_content(".govuk-error-summary") or "")
    screen.complaints.clear()  # Chromium says of 422 that it is an error
    checked(screen, scripts)
    page.fill("#password", PASSWORD)
    page.click("main button:has-text('Sign in')")
    assert page.url.endswith("/sign-in/code")
    checked(screen, scripts)
    page.fill("#code", app.now())
    page.click("main button:has-text('Continue')")
    assert "You are signed in" in (page.text_content("main") or "")

    page.goto("/you/tokens")
    page.fill("#name", "nightly report")
    page.check("main input[name=agreements]")
    checked(screen, scripts)
    page.click("text=Make token")
    token = page.text_content("#secret") or ""
    checked(screen, scripts)
    assert datasets(screens, token) == 200
    page.click("text=I have copied it")
    checked(screen, scripts)
    page.click("text=Revoke")
    assert "revoked" in (page.text_content("main") or "")
    assert datasets(screens, token) == 401


def checked(screen, scripts: bool) -> None:  # type: ignore[no-untyped-def]
    """Look at a page at both widths; the checker itself is a script, so only where scripts run."""
    if scripts:
        screen.check()


def datasets(screens: Screens, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return httpx2.get(f"{screens.address}/api/datasets", headers=headers).status_code


def test_an_administrator_adds_and_removes_a_person(screens: Screens) -> None:
    screen = screens.of(ADMINISTRATOR, second_factor=True)
    page = screen.open("/people")
    screen.check()
    page.click("text=Add a person")
    screen.check()
    page.fill("#email", "new@northbank.example")
    page.fill("#name", "Nell New")
    page.check("input[value=analyst]")
    page.click("text=Add and make an invitation")
    assert "/invitation/" in (page.text_content("#link") or "")
    screen.check()
    page.click("text=I have sent it")
    page.click("text=Nell New")
    screen.check()
    page.click("text=Remove this person")
    screen.check()
    page.click("main button:has-text('Remove')")
    assert "The person is removed" in (page.text_content("main") or "")
    page.goto("/confirm?next=/people")
    screen.check()
