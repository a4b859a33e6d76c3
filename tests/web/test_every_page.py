"""Every page, in a real browser, for those who read it: fit for everyone, at both widths."""

from __future__ import annotations

import pytest

from tests.web.browser import Screens
from tests.web.people import ANALYST, OFFICER

PAGES = [
    (None, "/"),
    (ANALYST, "/"),
    (ANALYST, "/catalogue"),
    (ANALYST, "/nothing-here"),
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
