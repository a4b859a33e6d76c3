"""What is around every request: which hosts are answered for, how much may be sent, and what a browser may do with it."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from commonweal.installation.settings import WebSettings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing written into the page (CSP level 3): what is injected does not run."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

LONGEST_BODY = 16 * 2**20
"""Bytes that may be sent at once in any form but one with files."""

REQUEST_ID = "commonweal.request"
"""Where in the scope a request has its random name, which log and error page share."""


class TooLarge(Exception):
    """More was sent than may be."""


class _Receiving:
    """A `receive` that stops when more comes than may."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most
        self.too_large = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.too_large = True
            raise TooLarge
        return message


class GuardedApp:
    """ASGI middleware: refuses other hosts and large bodies, and puts the headers of safety on every response."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        """Take the application and the settings of the web."""
        self.app = app
        self.settings = settings
        self.hosts = settings.allowed_hosts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[REQUEST_ID] = secrets.token_hex(8)
        if scope["method"] == "HEAD":  # RFC 9110, 9.3.2: what GET would say, without the body
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        headers = Headers(scope=scope)
        if self._host(headers) not in self.hosts:
            refusal = PlainTextResponse("This server does not answer for that host.\n", 400)
            await refusal(scope, receive, self._sending(scope, send))
            return
        begun = False
        sending = self._sending(scope, send)
        receiving = _Receiving(receive, self._most(headers))

        async def noting(message: Message) -> None:
            nonlocal begun
            if begun or not receiving.too_large:  # what is said of half a body is not what is to be said
                begun = True
                await sending(message)

        with contextlib.suppress(TooLarge):
            await self.app(scope, receiving, noting)
        if receiving.too_large and not begun:
            await _too_large(scope["path"])(scope, receive, sending)

    def _host(self, headers: Headers) -> str:
        """Return the host that is asked for, without its port."""
        host = headers.get("host", "").lower()
        if host.startswith("["):
            return host.partition("]")[0] + "]"
        return host.partition(":")[0]

    def _most(self, headers: Headers) -> int:
        """Return how many bytes may be sent: files go to disk as they come, everything else is held in memory."""
        with_files = headers.get("content-type", "").lower().startswith("multipart/form-data")
        return self.settings.largest_upload if with_files else min(LONGEST_BODY, self.settings.largest_upload)

    def _sending(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that puts the headers on; what is not static is not kept by browsers unless it says so."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Request-ID"] = scope[REQUEST_ID]
                if self.settings.is_secure():
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
            await send(message)

        return guarded


def _too_large(path: str) -> Response:
    """Return what is said of a body that is too large: in words, or below /api as problem+json."""
    title = "That is more than may be sent at once."
    if not path.startswith("/api/"):
        return PlainTextResponse(f"{title}\n", 413)
    body = {"type": "about:blank#too-large", "title": title, "status": 413, "code": "too-large", "remedy": "Send less."}
    return JSONResponse(body, 413, media_type="application/problem+json")


def _without_body(send: Send) -> Send:
    """Return a `send` that keeps status and headers, the body's length among them, and leaves the body out."""

    async def headed(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return headed
