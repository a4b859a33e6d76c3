"""A page's values, and showing them: what every page says of itself, apart from what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse

from commonweal.identity.secret import new_secret
from commonweal.web.asker import asker_or_none, here
from commonweal.web.cookies import set_cookie, visit_cookie
from commonweal.web.forms import csrf_token
from commonweal.web.notices import NOTICES

if TYPE_CHECKING:
    from commonweal.web.templates import Templates


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every page has: its title (the one h1), who may see it, and the ledger entry it rests on, if it does.

    `has_form` says that a visitor may send something from it; `problems` are those of the form that was sent, by field;
    `back` is where the link at the top leads, with its words.
    """

    title: str
    seen_by: str
    entry: int | None = None
    has_form: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    back: tuple[str, str] | None = None


def show(request: Request, template: str, page: Page, *, status: int = 200) -> HTMLResponse:
    """Return a page laid out by a template, which sees `page`, `asker`, `csrf`, `notice` and `path`."""
    settings = here(request).settings.web
    asker, cookie = asker_or_none(request), visit_cookie(settings)
    begins = page.has_form and asker is None and cookie not in request.cookies
    if begins:
        request.state.visit = new_secret()
    values = {
        "page": page,
        "asker": asker,
        "csrf": csrf_token(request),
        "notice": NOTICES.get(request.query_params.get("done", "")),
        "path": request.url.path,
    }
    templates = cast("Templates", request.app.state.templates)
    status = 422 if page.problems and status == 200 else status
    response = HTMLResponse(templates.render(template, values), status)
    if begins:
        set_cookie(response, settings, cookie, request.state.visit)
    return response


def go(path: str, *, done: str = "") -> RedirectResponse:
    """Return the answer to a form that was accepted: look at this page next, which says what was `done`."""
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}done={done}" if done else path, 303)
