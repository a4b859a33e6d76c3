"""What is shown when something cannot be done: a page for people, problem+json (RFC 9457) for programs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commonweal.errors import Busy, CommonwealError, Refused, SecondFactorNeeded, SignInNeeded
from commonweal.web.asker import is_for_programs
from commonweal.web.guard import REQUEST_ID, TooLarge
from commonweal.web.next_place import place_of, with_next
from commonweal.web.page import Page, show

_log = logging.getLogger("commonweal.web")


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """What happened, why, and what to do next."""

    why: str
    remedy: str
    reference: str


def show_errors(app: FastAPI) -> None:
    """Let an application show every error in one of the two ways."""
    app.add_exception_handler(CommonwealError, _known)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_shape)
    app.add_middleware(_FailuresShown)


def problem(error: CommonwealError, *, instance: str = "", delta: bool = False) -> JSONResponse:
    """Return an error as problem+json: `type` is about:blank#code, with clause, reasons and nearest of a refusal."""
    body: dict[str, object] = {
        "type": f"about:blank#{error.code}",
        "title": error.message,
        "status": error.http_status,
        "detail": error.why,
        "code": error.code,
        "remedy": error.remedy,
        # Delta Sharing's names for the two, which its clients show.
        **({"errorCode": error.code.upper(), "message": error.message} if delta else {}),
    }
    if error.place is not None:
        body["place"] = str(error.place)
    if instance:
        body["instance"] = instance
    if isinstance(error, Refused):
        refused = error.as_dict()["refused"]
        assert isinstance(refused, dict)
        body |= refused
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Busy) else {}
    if isinstance(error, SignInNeeded):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, error.http_status, headers, media_type="application/problem+json")


def is_api(request: Request) -> bool:
    """Return whether a request comes from a program."""
    return is_for_programs(request.url.path)


class _FailuresShown:
    """ASGI middleware: shows failures of ours within all that is put on a response.

    Starlette's own place for this is around everything, so that headers of safety would be missing, and raises the error
    again for the server to log, with the values in its words.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Take the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except TooLarge:
            raise
        except Exception as error:
            if scope["type"] != "http":
                raise
            response = await _unknown(Request(scope, receive), error)
            if not begun:
                await response(scope, receive, send)


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, CommonwealError)
    if is_api(request):
        return problem(error, instance=_reference(request), delta=request.url.path.startswith("/delta-sharing/"))
    if isinstance(error, SignInNeeded):
        return RedirectResponse(with_next("/sign-in", place_of(request)), 303)
    if isinstance(error, SecondFactorNeeded):
        return RedirectResponse(with_next("/confirm", place_of(request)), 303)
    return _page(request, error.http_status, error.message, error.why, error.remedy)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = {404: "Page not found", 405: "This cannot be done here"}.get(
        error.status_code, HTTPStatus(error.status_code).phrase
    )
    if is_api(request):
        body = {"type": "about:blank", "title": title, "status": error.status_code, "code": "http", "remedy": ""}
        return JSONResponse(body, error.status_code, error.headers, media_type="application/problem+json")
    return _page(request, error.status_code, title, "There is nothing at this address.", "Check it, or begin at home.")


async def _of_shape(request: Request, error: Exception) -> Response:
    """Say where a request is not of the documented shape; never what it held."""
    assert isinstance(error, RequestValidationError)
    where = [".".join(str(part) for part in each["loc"]) for each in error.errors()]
    places = ", ".join(dict.fromkeys(where)) or "body"
    if is_api(request):
        body = {
            "type": "about:blank#bad-input",
            "title": "The request is not of the documented shape.",
            "status": 422,
            "detail": f"Look at: {places}.",
            "code": "bad-input",
            "remedy": "See /api/openapi.json.",
        }
        return JSONResponse(body, 422, media_type="application/problem+json")
    return _page(request, 422, "Something in this address is not right.", f"Look at: {places}.", "Begin at home.")


async def _unknown(request: Request, error: Exception) -> Response:
    """Say nothing of a failure of ours but its reference; its kind and place, without values, are in the log."""
    trace, last = error.__traceback__, "?"
    while trace is not None:
        last = f"{trace.tb_frame.f_code.co_filename.rpartition('commonweal/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    _log.error("failed request=%s kind=%s at=%s", _reference(request), type(error).__name__, last)
    title, remedy = "Something went wrong here.", "Try again later; if it stays so, give the reference to support."
    if is_api(request):
        body = {"type": "about:blank#error", "title": title, "status": 500, "code": "error", "remedy": remedy}
        return JSONResponse(body | {"instance": _reference(request)}, 500, media_type="application/problem+json")
    return _page(request, 500, title, "It is not something you did.", remedy)


def _page(request: Request, status: int, title: str, why: str, remedy: str) -> Response:
    page = ErrorPage(title=title, seen_by="you", why=why, remedy=remedy, reference=_reference(request))
    return show(request, "error.html", page, status=status)


def _reference(request: Request) -> str:
    return str(request.scope.get(REQUEST_ID, ""))
