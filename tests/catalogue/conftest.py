"""What the catalogue's tests share: contracts written short, files, and the folder with the standard's own examples."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commonweal.catalogue import ingest
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.ingest import Ingested, ReadingLimits, read_source
from commonweal.catalogue.reading import process

LOGICAL = {"VARCHAR": "string", "BIGINT": "integer", "INTEGER": "integer", "DOUBLE": "number", "DATE": "date"}


@pytest.fixture(scope="session")
def shared() -> Path:
    root = Path(os.environ.get("COMMONWEAL_SHARED", Path(__file__).parents[2].parent / "shared"))
    if not root.is_dir():
        pytest.skip("the folder with the standard's examples is not here")
    return root


def column(name: str, physical: str, kind: Kind | None = None, **more: object) -> Column:
    return Column(name, LOGICAL.get(physical, "string"), physical, kind, **more)  # type: ignore[arg-type]


def contract(*columns: Column, entities: tuple[tuple[str, str], ...] = (("person", "row"),)) -> Contract:
    keys = tuple(EntityKey(kind, key) for kind, key in entities)
    return Contract("test-table", "table", "1.0.0", columns, keys)


Progress = Callable[[str, float], None]
Read = Callable[..., Ingested]


@pytest.fixture
def read_in_child(tmp_path: Path) -> Read:
    """Read bytes or text as a file of some name, or a path, into the folder `data` of the test."""

    def reading(
        content: bytes | str | Path, wanted: Contract | None = None, *, name: str = "table.csv", **more: object
    ) -> Ingested:
        path = content if isinstance(content, Path) else tmp_path / name
        if not isinstance(content, Path):
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        more.setdefault("limits", ReadingLimits(threads=1, memory_bytes=512 * 2**20))
        return read_source(path, contract=wanted, into=tmp_path / "data", draft_name="table", **more)  # type: ignore[arg-type]

    return reading


@pytest.fixture
def read(read_in_child: Read, monkeypatch: pytest.MonkeyPatch) -> Read:
    """The same without starting a process for each file: what the child does is done here, through the same words."""

    def here(request: dict[str, Any], limits: ReadingLimits, progress: Progress, label: str) -> dict[str, Any]:
        said: list[dict[str, Any]] = []

        def say(message: dict[str, Any]) -> None:
            if "doing" in message:
                progress(message["doing"], message["share"])
            said.append(message)

        process.answer(json.loads(json.dumps(request)), say)
        return ingest._result(json.loads(json.dumps(said[-1])), limits, label, timed_out=False)

    monkeypatch.setattr(ingest, "_run_child", here)
    return read_in_child
