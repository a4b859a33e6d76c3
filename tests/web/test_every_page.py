"""Every page, in a real browser, for those who read it: fit for everyone, at both widths."""

from __future__ import annotations

import pytest

from tests.web.browser import Screens
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, OUTSIDER, STEWARD

PAGES = [
    (None, "/"),
    (ANALYST, "/"),
    (ANALYST, "/catalogue"),
    (ANALYST, "/nothing-here"),
    (None, "/sign-in"),
    (None, "/invitation/unknown"),
    (ANALYST, "/you"),
    (ADMINISTRATOR, "/you"),
    (ANALYST, "/you/password"),
    (ANALYST, "/you/second-factor"),
    (ANALYST, "/you/tokens"),
    (OFFICER, "/you/tokens"),
    (OFFICER, "/confirm"),
    (ADMINISTRATOR, "/people"),
    (ANALYST, "/people"),
    (ANALYST, "/agreements"),
    (OFFICER, "/agreements"),
    (OFFICER, "/agreements?words=nothing+fits"),
    (OFFICER, "/agreements/add"),
    (OFFICER, "/agreements/in-tray"),
    (OFFICER, "/agreements/map"),
    (OFFICER, "/agreements/calendar"),
    (OFFICER, "/agreements/drafts"),
    (ANALYST, "/agreements/drafts"),
    (STEWARD, "/agreements/drafts"),
    (OFFICER, "/agreements/drafts/new"),
    (OFFICER, "/agreements/drafts/new?from=library:housing-and-care"),
    (OFFICER, "/agreements/library"),
    (ANALYST, "/agreements/library"),
    (OFFICER, "/agreements/library/housing-and-care"),
    (ANALYST, "/agreements/library/clauses?part=law"),
    (ANALYST, "/agreements/arrears-and-care"),
    (OFFICER, "/agreements/arrears-and-care"),
    (OFFICER, "/agreements/arrears-and-care/compare"),
    (OFFICER, "/agreements/arrears-and-care/sign"),
    (OFFICER, "/agreements/arrears-and-care/suspend"),
    (ANALYST, "/agreements/arrears-and-care/suspend"),
    (ANALYST, "/ask"),
    (ANALYST, "/answers"),
    (ADMINISTRATOR, "/ask"),
    (ADMINISTRATOR, "/answers"),
    (OFFICER, "/answers"),
    (OFFICER, "/answers?of=agreements"),
    (STEWARD, "/"),
    (OFFICER, "/"),
    (ANALYST, "/catalogue?q=school+absence&under=any"),
    (ANALYST, "/catalogue?q=zebra"),
    (STEWARD, "/catalogue"),
    (STEWARD, "/catalogue/add"),
    (ANALYST, "/catalogue/northbank/housing"),
    (OUTSIDER, "/catalogue/northbank/housing"),
    (STEWARD, "/catalogue/northbank/housing"),
    (STEWARD, "/catalogue/northbank/housing/contract"),
    (STEWARD, "/catalogue/northbank/housing/replace"),
    (OFFICER, "/ledger"),
    (OFFICER, "/ledger?person=analyst@northbank.example&since=2026-01-01"),
    (ANALYST, "/ledger"),
    (OFFICER, "/ledger/2"),
    (None, "/ledger/11"),
    (OFFICER, "/ledger/verify"),
    (OFFICER, "/ledger/who"),
    (OFFICER, "/ledger/who?about=dataset"),
    (OFFICER, "/ledger/who?about=agreement"),
    (OFFICER, "/ledger/who?about=entity"),
    (OFFICER, "/ledger/who?about=asker"),
    (None, "/register"),
    (None, "/register?words=penguins"),
    (None, "/register/statistics"),
    (None, "/register/arrears-and-care"),
    (OFFICER, "/register/arrears-and-care"),
    (None, "/register/arrears-and-care/comment"),
    (OFFICER, "/register/arrears-and-care/incident"),
    (OFFICER, "/register/moderation"),
    (None, "/accessibility"),
    (None, "/privacy"),
    (None, "/help"),
]
"""Who opens which page."""


@pytest.mark.parametrize(("email", "path"), PAGES)
def test_a_page_is_fit_for_everyone(screens: Screens, email: str | None, path: str) -> None:
    screen = screens.of(email)
    screen.open(path)
    screen.complaints.clear()  # a page that is not there is said to be an error
    screen.check()
