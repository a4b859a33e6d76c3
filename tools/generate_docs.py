"""Write the pages of docs/ that are made from code: ``python -m tools.generate_docs [--check]``.

`PAGES` is the whole list. A page is a function without arguments that returns Markdown; it lives beside what it
describes (a room's ``pages.py``), or in ``tools/pages`` when it describes the house. With ``--check`` nothing is
written, and a page that differs from its function's text is an error.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent

NOTE = "<!-- Made from code by `make docs`; change the code, not this page. -->\n\n"


@dataclass(frozen=True)
class Page:
    """One generated page: its path under docs/, and ``module:function`` of the text.

    `awaited` says that the module is still to be written: then its absence is no error, and only its absence.
    """

    path: str
    source: str
    awaited: bool = False


PAGES = (
    Page("reference/errors.md", "tools.pages.errors:errors_page"),
    Page("reference/commands.md", "tools.pages.commands:commands_page"),
    Page("reference/agreement-fields.md", "commonweal.agreement.pages:fields_page"),
    Page("reference/agreement-states.md", "commonweal.agreement.pages:states_page"),
    Page("reference/output-states.md", "commonweal.gateway.output_checking.pages:states_page"),
    Page("reference/disclosure-rules.md", "commonweal.disclosure.pages:rules_page"),
    Page("reference/risk-findings.md", "commonweal.risk.pages:findings_page"),
    Page("reference/treatments.md", "commonweal.deidentification.pages:treatments_page"),
    Page("reference/permissions.md", "commonweal.identity.pages:permissions_page"),
    Page("reference/routes.md", "tools.pages.routes:routes_page"),
    Page("reference/sql.md", "commonweal.query.pages:sql_page"),
    Page("reference/rulings.md", "tools.pages.rulings:rulings_page"),
    Page("reference/pages.md", "tools.pages.pictures:pictures_page"),
    Page("reference/satre.md", "tools.pages.satre:satre_page"),
    Page("explanation/rooms.md", "tools.pages.rooms:rooms_page"),
    Page("index.md", "tools.pages.index:index_page"),  # the last: it lists the others
)


def text_of(page: Page) -> str | None:
    """Return the page's text with its note, or None when its code is awaited and not there.

    Raises ModuleNotFoundError when code that should be there is not, and LookupError when a page comes out empty.
    """
    module_name, _, function_name = page.source.partition(":")
    try:
        module = importlib.import_module(module_name)
        function = cast("Callable[[], str]", getattr(module, function_name))
        body = function()
    except ModuleNotFoundError as error:
        # Only the room's own absence is excused: a library that is missing is a broken environment.
        if page.awaited and (error.name or "").partition(".")[0] in {"commonweal", "tools"}:
            return None
        raise
    if not body.strip():
        raise LookupError(f"{page.source} returned an empty page")
    return NOTE + body.strip() + "\n"


def write(page: Page, text: str, folder: Path) -> bool:
    """Write `text` under `folder` when it differs; return whether it did."""
    path = folder / page.path
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def stale(page: Page, text: str, folder: Path) -> bool:
    """Return whether the page under `folder` is missing or differs from `text`."""
    path = folder / page.path
    return not path.exists() or path.read_text(encoding="utf-8") != text


def main(arguments: list[str], pages: tuple[Page, ...] = PAGES, folder: Path = ROOT / "docs") -> int:
    """Write or check the pages, print what changed, is stale or cannot be made, and return the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m tools.generate_docs [--check]\n")
        return 2
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    wrong = 0
    for page in pages:
        try:
            text = text_of(page)
        except Exception as error:  # one broken page must not keep the others from being made or checked
            wrong += 1
            sys.stdout.write(f"broken   docs/{page.path} ({page.source}: {type(error).__name__}: {error})\n")
            continue
        if text is None:
            sys.stdout.write(f"awaited  docs/{page.path} ({page.source} is still to be written)\n")
        elif arguments:
            if stale(page, text, folder):
                wrong += 1
                sys.stdout.write(f"stale    docs/{page.path} (made by {page.source})\n")
        elif write(page, text, folder):
            sys.stdout.write(f"written  docs/{page.path}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
