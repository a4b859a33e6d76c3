"""Released tables: the noisy tables of the profile ``formal``, whose randomness is fresh and so must be kept.

A table is drawn once, written whole, and its hash recorded in the ledger before anything of it is handed over. Drawing it
again would give its secret away twice: a released table that is missing or changed answers nothing until it is restored.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import Unavailable
from commonweal.gateway.metered.opening import Table
from commonweal.gateway.treated import kept_once
from commonweal.held import HeldFolder
from commonweal.ledger.canonical import JSON
from commonweal.ledger.reading import entries

if TYPE_CHECKING:
    from commonweal.disclosure.metered.axis import Real
    from commonweal.gateway.surroundings import Surroundings

KIND = "meter.released"
FOLDER = "released"


def released(around: Surroundings, table: Table, draw: Callable[[], Real]) -> Real:
    """Return a released table, drawing and recording it when it has never been.

    Raises:
        Unavailable: when it was released, and is not there as it was.
    """
    name = _name(table)
    path = around.treated.parent / FOLDER / f"{name}.npy"
    with around.reading() as connection:
        known = next((e.body["sha256"] for e in entries(connection, kind=KIND) if e.body["name"] == name), None)
    if known is None:
        if not path.exists():
            _write(path, draw())
        known = hashlib.sha256(path.read_bytes()).hexdigest()
        with around.transaction() as connection:
            recorded = (e.body["sha256"] for e in entries(connection, kind=KIND) if e.body["name"] == name)
            first = next(recorded, None)
            if first is None:
                columns: list[JSON] = [[axis, depth] for axis, depth in table.columns]
                body: dict[str, JSON] = {"name": name, "table": table.label, "columns": columns, "sha256": known}
                around.ledger.append(connection, KIND, body)
            known = first or known
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != known:
        raise Unavailable(
            "A table that was released under the profile formal is not there as it was.",
            why="Drawing it again would tell more about people than was agreed.",
            remedy=f"Restore the folder {FOLDER} of the installation from its backup.",
        )
    found: Real = np.load(io.BytesIO(content), allow_pickle=False)
    return found


def _write(path: Path, drawn: Real) -> None:
    """Write a table whole under its name, unless another has meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = HeldFolder(path.parent, "drawing-")
    try:
        partial = private.path / path.name
        with partial.open("wb") as out:
            np.save(out, drawn, allow_pickle=False)
        kept_once(partial, path)
    finally:
        private.remove()


def _name(table: Table) -> str:
    named = [table.label, [list(column) for column in table.columns], table.sd]
    return hashlib.sha256(json.dumps(named, separators=(",", ":")).encode()).hexdigest()[:40]
