"""Pictures of every page, as the documentation shows them: ``python -m tests.web.pictures`` takes them all anew."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests.web import browser, served
from tests.web.browser import Screens
from tests.web.test_every_page import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "pictures" / "pages"
WIDTHS = {"wide": 1280, "narrow": 320}
_SCALES = {"wide": 0.6, "narrow": 1.0}  # smaller pictures, which can still be read
_QUALITY, _TALLEST = 50, 3000


def name_of(email: str | None, path: str) -> str:
    """Return the name of a page's picture: who reads it, and where."""
    reader = (email or "visitor").partition("@")[0]
    where = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"
    return f"{where}.{reader}"


def wanted() -> dict[str, tuple[str | None, str]]:
    """Return each page of those that are looked at once: by its first reader, without its searches."""
    found: dict[str, tuple[str | None, str]] = {}
    paths = set()
    for email, path in PAGES:
        if "?" in path or "nothing" in path or "unknown" in path or (path != "/" and path in paths):
            continue
        paths.add(path)
        found[name_of(email, path)] = (email, path)
    return found


def take(screens: Screens, folder: Path) -> None:
    """Take the picture of each page at both widths."""
    for name, (email, path) in wanted().items():
        for word, width in WIDTHS.items():
            screen = screens.of(email, scale=_SCALES[word])
            screen.page.set_viewport_size({"width": width, "height": 900})
            screen.open(path)
            tall = min(_TALLEST, screen.page.evaluate("document.documentElement.scrollHeight"))
            clip = {"x": 0, "y": 0, "width": width, "height": tall}
            target = folder / f"{name}.{word}.jpg"
            screen.page.screenshot(path=target, type="jpeg", quality=_QUALITY, full_page=True, clip=clip)  # type: ignore[arg-type]
            screen.context.close()


def main() -> None:
    """Take all pictures anew, and write the page that shows them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.jpg"):
        old.unlink()
    with tempfile.TemporaryDirectory() as name:
        built = served.build(Path(name) / "built")
        with served.copied(built, Path(name) / "served") as installation:
            town = served.Served(installation)
            with browser.serving(town) as address, browser.chromium() as chrome:
                take(Screens(town, address, chrome), FOLDER)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.jpg')))} pictures in {FOLDER.name}\n")


if __name__ == "__main__":
    main()
