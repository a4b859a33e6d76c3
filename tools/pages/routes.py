"""The page of routes: who may open and do what over the web, from the table that the tests hold every route to."""

from __future__ import annotations

from tests.web.routes import ROUTES, Line


def routes_page() -> str:
    """Return the page: one table for pages, one for the API."""
    pages = [line for line in ROUTES.values() if "/api/" not in line.route]
    programs = [line for line in ROUTES.values() if "/api/" in line.route]
    return "\n".join(
        [
            "# Routes, and who may use them",
            "",
            "Every address that is served, and for whom it is. The tests try each with every role of a party, of another",
            "party, of an organisation that is no party, with nobody signed in, and with tokens for this agreement and for",
            "another. Who is not named is sent to sign in, refused, or told that there is nothing.",
            "",
            "What an act takes is decided by [permissions](permissions.md); this page only shows what comes of it.",
            "",
            "## Pages",
            "",
            "Pages know people by their session, and never look at a token.",
            "",
            "| Route | Who may |",
            "| --- | --- |",
            *(f"| `{line.route}` | {line.who} |" for line in _sorted(pages)),
            "",
            "## API",
            "",
            "| Route | Who may | With which token |",
            "| --- | --- | --- |",
            *(f"| `{line.route}` | {line.who} | {line.tokens} |" for line in _sorted(programs)),
            "",
        ]
    )


def _sorted(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.route.split(" ")[1], line.route))
