"""Each layer that an engine's process reports as active is the kernel's, whatever DuckDB thinks of it.

The attempts are Python code inside the real process, after its real confinement. Where this system does not grant a
layer, its tests are skipped with the layer's own reason, and the same attempts outside show that they can succeed.
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.engines import landlock, system_calls, worker_process
from commonweal.engines.duckdb_engine import DuckDBEngine, _question
from commonweal.engines.engine import Limits
from commonweal.engines.layer import Layer
from commonweal.engines.worker_process import WorkerProcess

LIMITS = Limits(seconds=60, memory_bytes=100 * 2**20, spill_bytes=2**30, threads=2)
NAMES = {"process", "limits", "network", "user", "privileges", "files", "TCP", "signals", "system calls"}
NO_CALL = errno.ENOSYS


class Inside:
    """The process, the tables it may read, and a place to ask it."""

    def __init__(self, folder: Path) -> None:
        self.tables = folder / "treated"
        self.tables.mkdir()
        rows = 1_500_000
        self.table = self.tables / "people.parquet"
        pq.write_table(pa.table({"n": range(rows), "name": [f"person {n}" for n in range(rows)]}), self.table)
        self.other = self.tables / "other.parquet"
        pq.write_table(pa.table({"n": [1]}), self.other)
        self.raw = folder / "raw.parquet"
        pq.write_table(pa.table({"n": [1]}), self.raw)
        for path in (self.table, self.other, self.raw):
            path.chmod(0o600)
        self.process = WorkerProcess(self.tables / ".spill", LIMITS.memory_bytes, LIMITS.spill_bytes, self.tables)
        self.layers = {layer.name: layer for layer in self.process.layers(lambda: True)}

    def run(self, text: str) -> str:
        question = _question(text, {"people": self.table}, LIMITS)
        header, payload = self.process.ask(question, seconds=60, longest=2**30, still_allowed=lambda: True)
        return payload.decode() if header["kind"] == "rows" else str(header["cause"])

    def python(self, text: str) -> str:
        """Run Python where DuckDB runs."""
        return self.run("python\n" + text)

    def outer(self, text: str) -> str:
        """Run Python beside it, held by what holds the whole process."""
        return self.run("outer\n" + text)

    def need(self, name: str) -> None:
        layer: Layer = self.layers[name]
        if not layer.active:
            pytest.skip(f"{name}: {layer.why_not}")


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_process, "MODULE", "tests.engines.inside")
        made = Inside(tmp_path_factory.mktemp("inside"))
        yield made
        made.process.kill()


def outside(text: str) -> str:
    """Run the same attempt in a process that nothing holds back: it must do no harm there."""
    code = f"from tests.engines.inside import outcome; print(outcome({text!r}).tobytes().decode())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=30)
    return done.stdout.strip()


def test_every_layer_is_reported(child: Inside) -> None:
    assert set(child.layers) == NAMES
    for layer in child.layers.values():
        assert layer.active == (not layer.why_not)


def test_it_reads_its_table_and_no_other_file(child: Inside) -> None:
    child.need("files")
    reading = "result = len(os.read(os.open({!r}, os.O_RDONLY), 4))"
    assert child.python(reading.format(str(child.table))) == "done 4"
    for place in ("/etc/passwd", str(child.raw), sys.executable, "/proc/self/environ", "/proc/1/status"):
        attempt = reading.format(place)
        assert child.python(attempt) == child.outer(attempt) == f"refused {errno.EACCES}", place
    assert outside(reading.format("/etc/passwd")) == outside(reading.format(str(child.raw))) == "done 4"


def test_where_a_question_runs_not_even_the_tables_of_others_can_be_read(child: Inside) -> None:
    child.need("files")
    reading = f"result = len(os.read(os.open({str(child.other)!r}, os.O_RDONLY), 4))"
    assert child.python(reading) == f"refused {errno.EACCES}"
    assert child.outer(reading) == "done 4"  # the process answers questions of other agreements too
    listing = f"result = os.listdir({str(child.tables)!r})"
    assert child.python(listing) == f"refused {errno.EACCES}"


def test_it_writes_into_its_spill_folder_and_nowhere_else(child: Inside) -> None:
    child.need("files")
    writing = "result = os.write(os.open({!r}, os.O_WRONLY | os.O_CREAT, 0o600), b'abc')"
    assert child.python(writing.format("spill/1/mine")) == "done 3"
    for place in ("/tmp/mine", str(child.table), str(child.tables / "mine"), "/dev/shm/mine"):
        attempt = writing.format(place)
        assert child.python(attempt) == child.outer(attempt) == f"refused {errno.EACCES}", place
    for attempt in (f"os.truncate({str(child.table)!r}, 0)", f"os.unlink({str(child.other)!r})"):
        assert child.python(attempt).startswith("refused"), attempt
    for attempt in ("os.rename('spill/1/mine', 'spill/1/other')", "os.symlink('/etc/passwd', 'spill/1/link')"):
        assert child.python(attempt) == f"refused {NO_CALL}", attempt
    assert outside(writing.format(str(child.tables.parent / "mine"))) == "done 3"


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
        "socket.socketpair()",
        "os.execv('/bin/true', ['true'])",
        "os.memfd_create('code')",
        "call('ptrace', 0, 0, 0, 0)",
        "call('mount', None, None, None, 0, None)",
        "call('unshare', 0x10000000)",
        "call('setns', -1, 0)",
        "call('syscall', 321, 0, 0, 0)",
        "call('syscall', 425, 8, 0)",
        "call('process_vm_readv', os.getpid(), None, 0, None, 0, 0)",
        "call('personality', 0x0040000)",
        "call('chroot', None)",
        "call('syscall', 434, -1, 0)",
        "call('mknod', None, 0o60600, 0x801)",
        "os.setuid(0)",
        "os.chmod('spill', 0o777)",
    ],
)  # fmt: skip
def test_calls_it_does_not_need_do_not_exist(attempt: str, child: Inside) -> None:
    child.need("system calls")
    assert child.python(attempt) == child.outer(attempt) == f"refused {NO_CALL}"
    assert not outside(attempt).startswith(f"refused {NO_CALL}"), "this system has no such call anyway"


@pytest.mark.parametrize(
    "attempt",
    [
        "os.fork()",
        "os.kill(os.getppid(), 0)",
        "os.kill(1, 9)",
        "call('prctl', 4, 1, 0, 0, 0)",
        "call('mmap', None, 4096, 7, 0x22, -1, 0)",
    ],
)
def test_calls_it_needs_in_one_form_are_refused_in_others(attempt: str, child: Inside) -> None:
    child.need("system calls")
    assert child.python(attempt) == child.outer(attempt) in {f"refused {errno.EPERM}", f"refused {NO_CALL}"}


def test_new_threads_are_allowed_and_held_to_the_same(child: Inside) -> None:
    child.need("files")
    attempt = """
found = []
def look():
    try:
        os.open('/etc/passwd', os.O_RDONLY)
        found.append(0)
    except OSError as error:
        found.append(error.errno)
thread = threading.Thread(target=look)
thread.start()
thread.join()
result = found
"""
    assert child.python(attempt) == f"done [{errno.EACCES}]"


def test_it_is_nobody(child: Inside) -> None:
    child.need("user")
    assert child.python("result = (os.getuid(), os.geteuid())") == "done (65534, 65534)"


def test_there_is_no_network_behind_the_walls_either(child: Inside) -> None:
    """The namespace is checked by test_confinement; here nothing listens that it could reach even with a socket."""
    child.need("system calls")
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt = f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), timeout=2)"
        assert outside(attempt) == "done None"
        assert child.python(attempt).startswith(("refused", "failed gaierror"))


def test_a_question_that_spills_is_answered_all_the_same(child: Inside) -> None:
    sql = "SELECT max(c) AS most, count(*) AS names FROM (SELECT name, count(*) AS c FROM people GROUP BY name)"
    question = _question(sql, {"people": child.table}, LIMITS)
    spilled: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        folder = child.tables / ".spill"
        while not done.wait(0.005):
            spilled.update(path.name for path in folder.glob("engine-*/spill/*/*storage*"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, payload = child.process.ask(question, seconds=60, longest=2**30, still_allowed=lambda: True)
    done.set()
    watcher.join()
    assert pa.ipc.open_stream(bytes(payload)).read_all().to_pylist() == [{"most": 1, "names": 1_500_000}]
    assert spilled, "nothing was spilled, so nothing is shown"


def test_landlock_alone_denies_tcp_and_signals(tmp_path: Path) -> None:
    """Without seccomp before it, so that each wall is seen to stand by itself."""
    if landlock.abi() < landlock.SIGNALS_FROM:
        pytest.skip("this kernel's Landlock is older")
    code = (
        "import os, socket\nfrom commonweal.engines import landlock\nlandlock.keep_only([], [])\n"
        "for attempt in (lambda: socket.create_connection(('127.0.0.1', {}), 2), lambda: os.kill(os.getppid(), 0)):\n"
        "    try:\n        attempt()\n        print('done')\n    except OSError as error:\n        print(error.errno)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", code.format(server.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, cwd=tmp_path)
    assert done.stdout.split() == [str(errno.EACCES), str(errno.EPERM)]


def test_both_architectures_have_their_numbers() -> None:
    x86, arm = system_calls.calls(1), system_calls.calls(2)
    assert set(arm) < set(x86)
    assert (x86["read"], x86["openat"], x86["exit_group"]) == (0, 257, 231)
    assert (arm["read"], arm["openat"], arm["exit_group"]) == (63, 56, 94)
    for numbers in (x86, arm):
        assert len(set(numbers.values())) == len(numbers)
    for forbidden in ("socket", "execve", "ptrace", "clone3", "mount", "bpf", "io_uring_setup", "rename", "truncate"):
        assert forbidden not in x86


def header(name: str) -> dict[str, int]:
    path = Path(name)
    if not path.exists():
        pytest.skip("the kernel's headers are not here")
    rows = [line.replace("__NR3264_", "__NR_").split() for line in path.read_text().splitlines()]
    return {
        row[1][5:]: int(row[2]) for row in rows if len(row) >= 3 and row[1].startswith("__NR_") and row[2].isdigit()
    }


@pytest.mark.parametrize(
    ("column", "name"),
    [(1, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (2, "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_the_kernels(column: int, name: str) -> None:
    known = header(name)
    for call, number in system_calls.calls(column).items():
        assert known["fstatat" if call == "newfstatat" and column == 2 else call] == number, call


def test_an_engine_says_what_holds_it(tmp_path: Path, people: Path) -> None:
    with DuckDBEngine(tmp_path / "spill", LIMITS, folder_of_tables=people.parent) as engine:
        assert {layer.name for layer in engine.layers()} == NAMES
        assert engine.run("SELECT count(*) AS n FROM t", {"t": people}).to_pylist() == [{"n": 5_000}]


def test_an_engine_that_is_not_told_where_its_tables_lie_says_so(tmp_path: Path) -> None:
    with DuckDBEngine(tmp_path / "spill", LIMITS) as engine:
        files = {layer.name: layer for layer in engine.layers()}["files"]
    assert (files.active, files.why_not) == (False, "the engine was not told where its tables lie")
