"""The child process of a reading: it gets one request, limits itself, reads, and writes one answer.

It is started by `catalogue.ingest` with the request as JSON on its standard input. It writes JSON lines: progress, then
either `result` or `error`. Whatever a file does to it, the parent only sees it end.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commonweal.catalogue.document import contract_from_document
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.errors import CommonwealError, NotFound

OVERHEAD = 2**30
"""Address space beyond the memory limit that libraries and thread stacks take without using it."""


def main() -> None:
    """Read the request, limit this process, and answer."""
    request = json.load(sys.stdin)
    os.umask(0o077)
    _limit(ReadingLimits(**request["limits"]))
    answer(request, _say)


def answer(request: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> None:
    """Do the reading; `say` is given progress, then one `result`, `error` or, where no place can be told, `failed`."""
    try:
        result = _read(request, ReadingLimits(**request["limits"]), say)
    except CommonwealError as error:
        say({"error": _plain(error)})
    except (MemoryError, ImportError):  # a library that finds no room is not found
        say({"failed": "memory"})
    except OSError as error:
        say({"failed": "disk", "why": error.strerror or ""})
    except Exception as error:
        # The text of such an error may quote the data: only its kind goes out.
        kind = type(error).__name__
        say({"failed": {"OutOfMemoryException": "memory", "IOException": "disk"}.get(kind, "engine")})
    else:
        say({"result": result})


def _limit(limits: ReadingLimits) -> None:
    """Bound this process: address space, CPU seconds, size of any file written, no core dumps."""
    space = limits.memory_bytes + OVERHEAD
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    seconds = int(limits.seconds * max(limits.threads, 1)) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.expanded_bytes, limits.expanded_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(request: dict[str, Any], limits: ReadingLimits, say: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    import duckdb  # lazy: the limits above must hold before it takes memory

    from commonweal.catalogue.reading.reading import Request, read
    from commonweal.catalogue.reading.staging import text_literal

    workspace = Path(request["workspace"])
    (workspace / "spill").mkdir()
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": limits.threads,
            "memory_limit": f"{limits.memory_bytes // 2**20 * 6 // 10}MiB",
            "temp_directory": str(workspace / "spill"),
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
        },
    )
    connection.execute(f"SET allowed_directories = [{text_literal(str(workspace))}]")
    connection.execute("SET enable_external_access = false")
    contract = contract_from_document(request["contract"]) if request["contract"] else None
    asked = Request(
        path=Path(request["path"]),
        contract=contract,
        draft_id=request["draft_id"],
        draft_name=request["draft_name"],
        sheet=request["sheet"],
        workspace=workspace,
        limits=limits,
    )
    return read(asked, connection, lambda doing, share: say({"doing": doing, "share": round(share, 3)}))


def _plain(error: CommonwealError) -> dict[str, Any]:
    place = error.place
    return {
        "not_found": isinstance(error, NotFound),
        "message": error.message,
        "why": error.why,
        "remedy": error.remedy,
        "place": None if place is None else vars(place),
    }


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
