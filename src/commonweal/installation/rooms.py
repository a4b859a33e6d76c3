"""The tables of all rooms, for comparing them with what the migrations make."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast

from sqlalchemy import MetaData

ROOMS = (
    "catalogue",
    "identity",
    "ledger",
    "agreement",
    "agreement.clause_comments",
    "agreement.comments",
    "agreement.drafting",
    "agreement.incidents",
    "agreement.requests",
    "risk",
    "gateway.kept",
    "gateway.output_checking",
    "gateway.published",
    "gateway.siblings",
    "installation",
    "installation.jobs",
)
"""The rooms that may keep tables; each declares them in its ``tables.py``."""


def metadata_of_rooms() -> list[MetaData]:
    """Return the metadata of every room that keeps tables."""
    modules = (f"commonweal.{room}.tables" for room in ROOMS)
    return [cast(MetaData, import_module(module).metadata) for module in modules if find_spec(module)]
