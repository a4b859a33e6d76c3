"""Reading a file or folder into a snapshot: the work is done by a child process with limits, so no file can hurt the gateway.

Nothing is half added: the child works in a folder of its own, and only a complete, checked snapshot is moved into place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from commonweal.catalogue.contract import Contract
from commonweal.catalogue.dataset import Snapshot, Source
from commonweal.catalogue.document import contract_document, contract_from_document
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.errors import BadInput, NotFound, Place

__all__ = ["Ingested", "ReadingLimits", "Rejected", "RejectedReason", "read_source", "source_hash"]

WORKSPACE = ".reading-"
CHILD = "commonweal.catalogue.reading.process"


@dataclass(frozen=True)
class RejectedReason:
    """Why rows were set aside: column ('' for the row as a whole), reason, how many rows, and the first of them."""

    column: str
    reason: str
    count: int
    first_row: int


@dataclass(frozen=True)
class Rejected:
    """The rows set aside: the file they are in (mode 0600; None if there are none), how many, and why. No values."""

    path: Path | None
    count: int
    reasons: tuple[RejectedReason, ...] = ()


@dataclass(frozen=True)
class Ingested:
    """A source that was read: its contract (drafted if `drafted`), snapshot, rows set aside, notes and where it came from."""

    contract: Contract
    snapshot: Snapshot
    rejected: Rejected
    notes: tuple[str, ...]
    drafted: bool
    source: Source
    written: tuple[Path, ...] = field(default=(), repr=False)

    def discard(self) -> None:
        """Remove the files that this reading wrote, for example because the dataset could not be added."""
        for path in self.written:
            path.unlink(missing_ok=True)


def read_source(
    path: Path,
    *,
    contract: Contract | None,
    into: Path,
    limits: ReadingLimits | None = None,
    progress: Callable[[str, float], None] | None = None,
    draft_name: str = "",
    draft_id: str = "",
    sheet: str = "",
    as_of: date | None = None,
    by_reference: bool = False,
) -> Ingested:
    """Read a CSV, Parquet or Excel file, or a folder of files of one shape, into one Parquet file in the folder `into`.

    Without a contract one is drafted, named `draft_name`. `as_of` defaults to the day the source was last changed (UTC).
    `progress` is told what is being done and which share of it is done. Errors: NotFound without a file, BadInput with
    its place for everything else; then nothing of the reading remains.
    """
    limits = limits or ReadingLimits()
    source = _resolved(path)
    created = [folder for folder in (into, *into.parents) if not folder.exists()]
    into.mkdir(parents=True, exist_ok=True)
    try:
        _remove_abandoned(into)
        with tempfile.TemporaryDirectory(prefix=f"{WORKSPACE}{os.getpid()}-", dir=into) as workspace:
            request = {
                "path": str(source),
                "contract": contract_document(contract) if contract else None,
                "draft_id": draft_id or draft_name or "dataset",
                "draft_name": draft_name or "dataset",
                "sheet": sheet,
                "workspace": workspace,
                "limits": asdict(limits),
            }
            found = _run_child(request, limits, progress or _silent, source.name)
            return _kept(found, Path(workspace), into, source, contract is None, sheet, as_of, by_reference)
    except BaseException:
        for folder in created:
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()
        raise


def source_hash(path: Path) -> str:
    """Return the SHA-256 (hex) that `read_source` would record for a source now; BadInput if it cannot be read."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.is_symlink())
        return _combined([_file_hash(file) for file in files if not file.name.startswith((".", "_"))])
    return _file_hash(path)


def _remove_abandoned(folder: Path) -> None:
    """Remove what a reading left behind whose process was killed: it holds data that nobody would look for there."""
    for left in folder.glob(f"{WORKSPACE}*"):
        owner = left.name.removeprefix(WORKSPACE).partition("-")[0]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _resolved(path: Path) -> Path:
    """Return the source's absolute path without links; BadInput for a loop of links or what is no path."""
    try:
        return path.resolve(strict=True)
    except FileNotFoundError:
        raise NotFound("There is no such file or folder.", remedy="Check the path.", place=Place(path.name)) from None
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "its path leads nowhere"
        label = path.name.replace("\0", "?")[:80]
        raise BadInput("The file cannot be reached.", why=f"{why}.", place=Place(label)) from None


def _run_child(
    request: dict[str, Any], limits: ReadingLimits, progress: Callable[[str, float], None], label: str
) -> dict[str, Any]:
    """Start the child, pass on its progress, and return its result; BadInput whatever else becomes of it."""
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        "TMPDIR": str(request["workspace"]),
    }
    child = subprocess.Popen(  # noqa: S603 - our own module, by the interpreter that runs this
        [sys.executable, "-P", "-m", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=request["workspace"],
        start_new_session=True,
    )
    late = threading.Timer(limits.seconds, child.kill)
    late.start()
    answer: dict[str, Any] = {}
    try:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(json.dumps(request).encode())
        child.stdin.close()
        for line in child.stdout:
            message = json.loads(line)
            if "doing" in message:
                progress(message["doing"], message["share"])
            else:
                answer = message
    except (BrokenPipeError, ValueError):
        answer = {}
    finally:
        timed_out = not late.is_alive()
        late.cancel()
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    return _result(answer, limits, label, timed_out)


def _result(answer: dict[str, Any], limits: ReadingLimits, label: str, timed_out: bool) -> dict[str, Any]:
    if "result" in answer:
        result: dict[str, Any] = answer["result"]
        return result
    if "error" in answer:
        said = answer["error"]
        place = Place(**said["place"]) if said["place"] else Place(label)
        kind = NotFound if said["not_found"] else BadInput
        raise kind(said["message"], why=said["why"], remedy=said["remedy"], place=place)
    failed = answer.get("failed", "")
    if timed_out:
        why = f"Reading it takes more than {limits.seconds:,.0f} seconds."
    elif failed == "disk":
        why = f"The file system says: {answer.get('why') or 'there is no room, or it fails'}."
    elif failed == "engine":
        why = "Its content is not what its form promises."
    else:
        why = f"Reading it takes more than {limits.memory_bytes / 2**20:,.0f} MiB of memory, or it breaks the reader."
    raise BadInput(
        "The file cannot be read.", why=why, remedy="Export it again, as CSV or Parquet.", place=Place(label)
    )


def _kept(
    found: dict[str, Any],
    workspace: Path,
    into: Path,
    source: Path,
    drafted: bool,
    sheet: str,
    as_of: date | None,
    by_reference: bool,
) -> Ingested:
    """Move the child's files into place, durably, named by the content of the snapshot."""
    clean = workspace / "clean.parquet"
    digest = _file_hash(clean)
    snapshot_path, written = into / f"{digest}.parquet", []
    if not snapshot_path.exists():
        _move(clean, snapshot_path)
        written.append(snapshot_path)
    rejected_path: Path | None = None
    if found["rejected_rows"]:
        rejected_path = into / f"{digest}.rejected.csv"
        if not rejected_path.exists():
            written.append(rejected_path)
        _move(workspace / "rejected.csv", rejected_path)
    day = as_of or datetime.fromtimestamp(found["changed"] / 1e9, tz=UTC).date()
    return Ingested(
        contract=contract_from_document(found["contract"]),
        snapshot=Snapshot(
            id=digest,
            path=snapshot_path,
            rows=found["rows"],
            as_of=day,
            rejected_rows=found["rejected_rows"],
            known_values={name: tuple(values) for name, values in found["known_values"].items()},
        ),
        rejected=Rejected(
            rejected_path, found["rejected_rows"], tuple(RejectedReason(**fault) for fault in found["faults"])
        ),
        notes=tuple(found["notes"]),
        drafted=drafted,
        source=Source(source, _combined(found["digests"]), by_reference=by_reference, sheet=sheet),
        written=tuple(written),
    )


def _move(made: Path, place: Path) -> None:
    """Rename a finished file into place so that it is there whole or not at all, even after a power cut."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.rename(place)
    descriptor = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput("The file cannot be read.", why=f"{error.strerror}.", place=Place(path.name)) from None


def _combined(digests: list[str]) -> str:
    """Return the hash of a source: its one file's, or of the list of its files' hashes."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _silent(_doing: str, _share: float) -> None:
    return None
