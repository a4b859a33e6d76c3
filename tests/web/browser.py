"""A real browser before a real server, and what every page must be: free of violations, no wider than its screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
import uvicorn
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from commonweal.identity import sessions
from commonweal.web.cookies import session_cookie
from tests.web.served import Served

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {1280: 900, 320: 640}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give the machine's Chromium, or skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def serving(town: Served) -> Iterator[str]:
    """Serve a town on a free port; give the address."""
    config = uvicorn.Config(
        town.application, host="127.0.0.1", port=0, log_level="warning", access_log=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@dataclass
class Screens:
    """Browsers of people before one served town. Whatever leaves the host is noted, and is a failure."""

    town: Served
    address: str
    browser: Browser

    def of(
        self, email: str | None = None, *, scripts: bool = True, second_factor: bool = False, scale: float = 1
    ) -> Screen:
        context = self.browser.new_context(
            base_url=self.address, java_script_enabled=scripts, device_scale_factor=scale
        )
        if email is not None:
            with self.town.installation.transaction() as connection:
                now = self.town.installation.ledger.now(connection)
                _, secret = sessions.begin(connection, email, now, second_factor=second_factor)
            name = session_cookie(self.town.installation.settings.web)
            context.add_cookies([{"name": name, "value": secret, "url": self.address}])
        return Screen(self.address, context)


class Screen:
    """One person's browser."""

    def __init__(self, address: str, context: BrowserContext) -> None:
        self.address = address
        self.context = context
        self.page: Page = context.new_page()
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.page.on(
            "request", lambda sent: None if sent.url.startswith((address, "data:")) else self.elsewhere.append(sent.url)
        )
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def check(self, picture: Path | None = None) -> None:
        """Fail unless the page that is open is fit for everyone, at both widths; keep a picture of it."""
        self.page.wait_for_load_state()
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{self.page.url} is {wide} px wide at {width}"
            if width == 1280:
                self.page.evaluate(Path(AXE_FILE_PATH).read_text())
            found = self.page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
            bad = [
                f"{each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes']][:3]}"
                for each in found["violations"]
                if width == 1280 or each["id"] != "color-contrast"
            ]
            assert not bad, f"{self.page.url} at {width}: {bad}"
            if picture is not None:
                self.page.screenshot(path=picture.with_name(f"{picture.stem}-{width}.png"), full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})
        assert len(self.page.query_selector_all("h1")) == 1, self.page.url
        assert not self.elsewhere, self.elsewhere
        assert not self.complaints, self.complaints
