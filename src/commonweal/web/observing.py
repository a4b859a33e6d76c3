"""What the people who run it may see of its work: counts and times by route, never an address, a person or a value.

Metrics are Prometheus's text form at /metrics, for this machine only; logs are a JSON object a line on standard error.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commonweal.web.guard import REQUEST_ID

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from commonweal.installation import Installation

_log = logging.getLogger("commonweal.access")

OTHER = "other"
"""The route of a request that no route of ours took: what was asked for stays out of metrics and logs."""

_LOCAL = frozenset({"127.0.0.1", "::1", "testclient"})


class Metrics:
    """Requests by method, route and status, how long they took, and what is read when the metrics are."""

    def __init__(self, installation: Installation) -> None:
        """Make the counters, in a registry of their own."""
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram  # heavy enough to wait for its use

        self.registry: CollectorRegistry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("commonweal_requests", "Requests", labels, registry=self.registry)
        self.seconds = Histogram("commonweal_request_seconds", "Seconds", ("route",), registry=self.registry)
        self._entries = Gauge("commonweal_ledger_entries", "Entries of the ledger", registry=self.registry)
        self._jobs = Gauge("commonweal_jobs", "Jobs that have not ended", ("state",), registry=self.registry)
        self._installation = installation

    def text(self) -> str:
        """Return all of them as Prometheus reads them."""
        from prometheus_client import generate_latest

        from commonweal.installation.jobs import queue
        from commonweal.ledger.reading import size_of

        with self._installation.reading() as connection:
            self._entries.set(size_of(connection))
            for state, count in queue.counts(connection).items():
                self._jobs.labels(state).set(count)
        return generate_latest(self.registry).decode()


class Observed:
    """ASGI middleware: counts and times every request, and writes a line for each."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Take the application and the counters."""
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            route, took = route_of(scope), time.perf_counter() - began
            self.metrics.requests.labels(scope["method"], route, str(status)).inc()
            self.metrics.seconds.labels(route).observe(took)
            _log.info(
                "request",
                extra={
                    "said": {
                        "request": scope.get(REQUEST_ID, ""),
                        "method": scope["method"],
                        "route": route,
                        "status": status,
                        "ms": round(took * 1000, 1),
                    }
                },
            )


def route_of(scope: Scope) -> str:
    """Return the route that took a request, with the names of its parts and not what stood there."""
    route = scope.get("route")
    return str(getattr(route, "path", OTHER)) or OTHER


def metrics_page(request: Request) -> Response:
    """Show the metrics to this machine, and to no other, whatever a proxy says."""
    if request.client is None or request.client.host not in _LOCAL or "x-forwarded-for" in request.headers:
        return PlainTextResponse("Not found.\n", 404)
    metrics: Metrics = request.app.state.metrics
    return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")


class _Lines(logging.Formatter):
    """One JSON object a line: when, how grave, what, and the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps(said | getattr(record, "said", {}))


def log_as_json(level: int = logging.INFO) -> None:
    """Send the logs of this program, and of nothing else, to standard error as JSON lines; done once a process."""
    logger = logging.getLogger("commonweal")
    if any(isinstance(handler.formatter, _Lines) for handler in logger.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
