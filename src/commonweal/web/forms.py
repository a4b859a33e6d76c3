"""What people send from a page: read once, and only if it comes from one of our own pages (no forged requests)."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile

from commonweal.errors import CommonwealError, NotAllowed
from commonweal.web.asker import asker_or_none, here
from commonweal.web.cookies import visit_cookie
from commonweal.web.receiving import received

FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Filled:
    """A form as it was sent. `problems` collects what is wrong, by field, for the summary at the top of the page."""

    data: FormData = field(default_factory=FormData)
    problems: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field's text, trimmed, with line ends as \\n; nothing when it was not sent."""
        value = self.data.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def raw(self, name: str) -> str:
        """Return a field's text as it was typed, spaces included: for passwords."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def many(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that may be given more than once."""
        return tuple(value for value in self.data.getlist(name) if isinstance(value, str))

    def file(self, name: str) -> UploadFile | None:
        """Return a file that was sent, or None."""
        value = self.data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def required(self, name: str, problem: str, *, longest: int = 4000) -> str:
        """Return a field's text, and note `problem` when it is empty or too long."""
        value = self.text(name)
        if not value:
            self.problems.setdefault(name, problem)
        elif len(value) > longest:
            self.problems.setdefault(name, f"This must be {longest:,} characters or fewer.")
        return value

    def fault(self, name: str, error: CommonwealError) -> None:
        """Note an error of a room at a field."""
        where = f"({error.place})" if error.place is not None else ""
        said = (error.message, error.why, error.remedy, where)
        self.problems.setdefault(name, " ".join(part for part in said if part))


def csrf_token(request: Request) -> str:
    """Return the token that forms of this session, or of this visit, carry; nothing for who has neither."""
    installation = here(request)
    asker = asker_or_none(request)
    if asker is not None and asker.session is not None:
        bound = asker.session.id
    else:
        bound = getattr(request.state, "visit", "") or request.cookies.get(visit_cookie(installation.settings.web), "")
    return hmac.new(installation.keys.secret("csrf"), bound.encode(), "sha256").hexdigest() if bound else ""


async def filled(request: Request) -> AsyncIterator[Filled]:
    """Give the form that was sent, and close its files afterwards; `NotAllowed` unless it comes from a page of ours."""
    if request.method in _SAFE:
        yield Filled()
        return
    must_be_ours(request)
    form = await received(request, here(request), files=asker_or_none(request) is not None)
    try:
        sent, expected = form.get(FIELD), csrf_token(request)
        if not isinstance(sent, str) or not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
            raise _forged(
                "The form does not carry this session's mark; it may have been open since before you signed in."
            )
        yield Filled(form)
    finally:
        await form.close()


def must_be_ours(request: Request) -> None:
    """Refuse a request that a browser says comes from another site (Sec-Fetch-Site, Origin)."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if site not in {"same-origin", "none"} or (origin not in (None, "null") and urlsplit(origin).netloc != host):
        raise _forged("It was sent from another site.")


def _forged(why: str) -> NotAllowed:
    return NotAllowed("This form was not accepted.", why=why, remedy="Open the page again and send it from there.")


FilledForm = Annotated[Filled, Depends(filled)]


def page_router() -> APIRouter:
    """Return a router for pages: whatever is sent to it is checked first, whether or not the page reads it."""
    return APIRouter(include_in_schema=False, dependencies=[Depends(filled)])
