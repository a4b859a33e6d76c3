from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from commonweal.engines.duckdb_engine import DuckDBEngine

from .conftest import LIMITS

LINUX = sys.platform.startswith("linux")
PROBE = """
import socket, sys
if sys.argv[2] == "confined":
    from commonweal.engines.confinement import confine
    print({layer.name: layer.active for layer in confine(2**28, 2**24)}["network"])
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2).close()
    print("connected")
except OSError:
    print("no way out")
"""


def probe(port: int, how: str, folder: Path) -> list[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROBE, str(port), how]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, cwd=folder)
    return done.stdout.split("\n")[:-1]


def test_a_confined_process_has_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert probe(port, "free", tmp_path) == ["connected"]
        network, outcome = probe(port, "confined", tmp_path)
    if network == "False":
        pytest.skip("this system does not let a process leave the network; the engine's own locks remain")
    assert (network, outcome) == ("True", "no way out")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The /proc folder of an engine process, with a secret in the gateway's environment."""
    if not LINUX:
        pytest.skip("/proc is Linux's")
    folder = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as patch, DuckDBEngine(folder, LIMITS) as engine:
        patch.setenv("COMMONWEAL_SECRET", "hunter2")
        assert {layer.name: layer.active for layer in engine.layers()}["limits"]
        yield Path(f"/proc/{engine._processes[0].pid}")


def test_its_environment_tells_nothing(process: Path) -> None:
    try:
        environment = (process / "environ").read_bytes()
    except PermissionError:
        pytest.skip("not even its owner may look")
    names = {entry.split(b"=")[0] for entry in environment.split(b"\0") if entry}
    assert b"PYTHONPATH" in names  # there is something to read
    assert b"COMMONWEAL_SECRET" not in names and b"hunter2" not in environment


def test_its_limits_hold(process: Path) -> None:
    lines = (process / "limits").read_text().splitlines()
    limits = {line[:25].strip(): line[25:].split()[:2] for line in lines}  # name, then soft and hard
    assert limits["Max core file size"] == ["0", "0"]
    assert int(limits["Max open files"][1]) <= 512
    assert limits["Max address space"][1] == str(LIMITS.memory_bytes + 4 * 2**30)


def test_it_is_alone_in_its_group_and_stands_back(process: Path) -> None:
    pid = int(process.name)
    assert os.getpgid(pid) == pid != os.getpgid(0)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0)
    assert (process / "oom_score_adj").read_text().strip() == "1000"


def test_it_holds_pipes_and_nothing_else(process: Path) -> None:
    try:
        links = [str(link.readlink()) for link in (process / "fd").iterdir()]
    except PermissionError:
        pytest.skip("not even its owner may look")
    kinds = {link.split(":")[0] for link in links if link != f"{process}/cgroup"}
    assert kinds <= {"pipe", "/dev/null", "anon_inode", "/dev/urandom"}, links


def test_it_has_no_power_over_the_system(process: Path) -> None:
    lines = dict(line.split(":\t") for line in (process / "status").read_text().splitlines() if ":\t" in line)
    assert int(lines["CapEff"], 16) in (0, 1 << 2)  # at most reading
    assert int(lines["CapPrm"], 16) in (0, 1 << 2)
    assert lines["NoNewPrivs"] == "1"
