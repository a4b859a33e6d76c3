"""Whether the server works, for machines that watch it: no figures, no names."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from commonweal.errors import CommonwealError
from commonweal.web.asker import Here

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive() -> JSONResponse:
    """Say that the process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(installation: Here) -> JSONResponse:
    """Say whether the record can be read, without which nothing is answered."""
    try:
        with installation.reading() as connection:
            installation.ledger.now(connection)
    except CommonwealError:
        return JSONResponse({"status": "unavailable"}, 503)
    return JSONResponse({"status": "ok"})
