"""The application: one installation, served. Pages, the HTTP API, and what is around each request."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import cast

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, FastAPI

import commonweal
from commonweal.installation import Installation, open_installation
from commonweal.installation.jobs.kinds import KINDS, come_round
from commonweal.installation.jobs.worker import Workers
from commonweal.web.asking import THREADS
from commonweal.web.errors import show_errors
from commonweal.web.flight_sql.serving import serving_flight_sql
from commonweal.web.guard import GuardedApp
from commonweal.web.observing import Metrics, Observed, log_as_json, metrics_page
from commonweal.web.static import static_files
from commonweal.web.templates import Templates

PAGES = (
    "home",
    "catalogue",
    "agreement_overviews",
    "agreements",
    "drafts",
    "clause_comments",
    "library",
    "draft_part",
    "agreement_comparison",
    "agreement_acts",
    "agreement",
    "feed",
    "dataset_changes",
    "dataset",
    "ledger",
    "ledger_entry",
    "ledger_checks",
    "moderation",
    "incidents",
    "register",
    "statements",
    "api",
    "sessions",
    "sign_in",
    "sign_in_elsewhere",
    "invitation",
    "confirm",
    "you",
    "second_factor",
    "tokens",
    "people",
    "health",
    "ask",
    "answers",
    "outputs",
    "output_check",
    "requests",
    "jobs",
)
"""The files of `pages`, each with a `router`."""

API = (
    "ledger",
    "meter",
    "datasets",
    "tokens",
    "agreements",
    "drafts",
    "questions",
    "answers",
    "published",
    "delta_sharing",
    "outputs",
    "requests",
    "register",
    "listening",
    "jobs",
)
"""The files of `api`, each with a `router`."""

FOLDER = "COMMONWEAL_INSTALLATION"
"""The environment variable that names the folder when a server makes the application by itself."""


def create_application(installation: Installation, *, closing: Callable[[], None] = lambda: None) -> FastAPI:
    """Return the application that serves an installation; `closing` is called when it stops."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        workers = Workers(installation, KINDS)
        with installation.transaction() as connection:
            come_round(installation, connection, installation.ledger.now(connection))
        workers.start()
        with serving_flight_sql(installation):
            yield
        workers.stop()
        closing()

    app = FastAPI(
        title="commonweal",
        version=commonweal.__version__,
        summary="Data sharing agreements that run.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a thing has one address; Starlette would send people to the host that was said
        lifespan=lifespan,
    )
    app.state.installation = installation
    app.state.templates = Templates(installation)
    app.mount("/static", static_files(), name="static")
    for room, names in (("pages", PAGES), ("api", API)):
        for name in names:
            app.include_router(cast(APIRouter, import_module(f"commonweal.web.{room}.{name}").router))
    app.add_route("/metrics", metrics_page, include_in_schema=False)
    app.state.metrics = Metrics(installation)
    show_errors(app)
    app.add_middleware(Observed, metrics=app.state.metrics)
    app.add_middleware(GuardedApp, settings=installation.settings.web)
    return app


def application() -> FastAPI:
    """Return the application of the folder in COMMONWEAL_INSTALLATION: what a server is given the name of."""
    log_as_json()
    installation = open_installation(Path(os.environ.get(FOLDER, ".")))
    return create_application(installation, closing=installation.close)
