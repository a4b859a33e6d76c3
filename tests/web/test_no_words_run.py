"""Words that try to be scripts, in every field of every form there is: kept as words, shown as words, never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.web import served
from tests.web.lived_in import TWO, at, live
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, STEWARD
from tests.web.routes import ROUTES
from tests.web.served import Served

EVIL = "ev1l\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*191 }}"
READERS = (ANALYST, STEWARD, OFFICER, ADMINISTRATOR, None)
PATTERNS = [route.removeprefix("GET ") for route in ROUTES if route.startswith("GET ") and "/api/" not in route]
LEFT_ALONE = {"/sign-out", "/agreements/{}/end", "/agreements/{}/withdraw", "/answers/{}/delete", "/people/{}/remove"}
"""Forms that only end things: what they would end is where the words are looked for."""


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with the values it comes with."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """Reads the forms of a page: fields for words are `open`; of choices, the last one is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(said.get("action", ""), said.get("method", "get").lower()))
        if not self.found:
            return
        form, name = self.found[-1], said.get("name", "")
        if tag == "textarea" or (tag == "input" and said.get("type", "text") in {"text", "search"}):
            form.open.add(name)
        elif tag == "input" and said.get("type") == "email":
            form.fields[name] = "ev1l@x.example"
        elif tag == "input" and said.get("type") != "file":
            form.fields[name] = said.get("value", "")
        elif tag == "select":
            self._select = name
            form.fields[name] = ""
        elif tag == "option" and self._select:
            form.fields[self._select] = said.get("value", "") or form.fields[self._select]


def forms_of(page: str, address: str) -> list[Form]:
    """Return the forms of a page that are sent, with their addresses."""
    reader = Forms()
    reader.feed(page)
    for form in reader.found:
        form.action = form.action or address
    return [form for form in reader.found if form.method == "post"]


@pytest.fixture(scope="module")
def town(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served.copied(built, tmp_path_factory.mktemp("words") / "town") as installation:
        yield Served(installation)


def test_words_in_every_field_of_every_form_stay_words(town: Served) -> None:
    known = live(town, agreement=TWO)
    tried: set[str] = set()
    fields: set[tuple[str, str]] = set()
    for email in READERS:
        for pattern in PATTERNS:
            address = at(pattern, known)
            page = _browser(town, email).get(address)
            if page.status_code != 200 or not page.headers["content-type"].startswith("text/html"):
                continue
            for form in forms_of(page.text, address):
                goes = re.sub(rf"{re.escape(TWO)}|northbank/housing|[0-9a-f]{{24,}}|\b\d+\b", "{}", form.action)
                mine = f"{email} {goes} {sorted(form.open)}"
                if goes in LEFT_ALONE or mine in tried:
                    continue
                tried.add(mine)
                fields |= {(goes, name) for name in form.open}
                _send(town, email, address, form)
    assert len(fields) > 25, sorted(fields)
    shown = _look_everywhere(town, known)
    assert len(shown) >= 3, f"the words must be shown somewhere, as words: {shown}"


def _browser(town: Served, email: str | None) -> TestClient:
    return town.browser(email, second_factor=True)


def _send(town: Served, email: str | None, address: str, form: Form) -> None:
    """Send a form with the words in all its fields at once, and then in each with something plain in the others."""
    for alone in (None, *sorted(form.open)):
        browser = _browser(town, email)
        now = next((each for each in forms_of(browser.get(address).text, address) if each.action == form.action), None)
        if now is None:
            return
        words = {name: EVIL if alone in (None, name) else "2026-01-02" for name in form.open}
        answer = browser.post(form.action, data=form.fields | now.fields | words)
        assert answer.status_code < 500, (form.action, alone, answer.status_code)
        _only_words(answer.text, form.action)


def _look_everywhere(town: Served, known: dict[str, str]) -> set[str]:
    """Open everything there is as everyone; return the addresses at which the words are shown."""
    shown = set()
    for email in READERS:
        browser = _browser(town, email)
        addresses = {at(pattern, known) for pattern in PATTERNS}
        for address in sorted(addresses):
            answer = browser.get(address)
            if answer.headers.get("content-type", "").startswith(("text/html", "image/svg", "application/atom")):
                _only_words(answer.text, address)
                if "ev1l" in answer.text:
                    shown.add(address)
    return shown


def _only_words(page: str, where: str) -> None:
    assert "<script>alert" not in page, where
    assert "<img src=x" not in page, where
    assert "1337" not in page.partition("ev1l")[2], where
