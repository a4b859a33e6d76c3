"""How fast the web is on this machine: pages and answers a second and their p95, start-up time, and memory.

usage: python bench/web.py [--seconds 6] [--connections 200] [--workers 1]

Makes the small town of the tests, serves it with `commonweal serve` on loopback, and loads it with wrk (needs `wrk` on the
PATH), which shares the machine's cores with the server. Within a minute; prints one line a figure.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commonweal.installation import open_installation
from tests.web import served
from tests.web.lived_in import ID, SQL, bearer, cookie_of
from tests.web.people import ANALYST
from tests.web.served import Served

RUN = "from commonweal.cli.main import run; raise SystemExit(run())"

DONE = """done = function(summary, latency, requests)
  for _, share in ipairs({50, 95, 99}) do io.write(string.format("p%d %d us\\n", share, latency:percentile(share))) end
end
"""
"""What wrk is told to print at the end: it does not say p95 by itself."""

ASK = """wrk.method = "POST"
wrk.body = '{{"sql": "{sql}", "agreement": "{agreement}"}}'
wrk.headers["Content-Type"] = "application/json"
"""


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[str, float, int]]:
    """Serve a folder; give the address, the seconds until it was ready, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, began = f"http://127.0.0.1:{port}", time.perf_counter()
    command = [sys.executable, "-c", RUN, "--installation", str(folder), "serve", "--port", str(port)]
    with (folder.parent / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--workers", str(workers)], stdout=log, stderr=log)
    try:
        while not _is_ready(address):
            if process.poll() is not None or time.perf_counter() - began > 20:
                raise SystemExit((folder.parent / "log").read_text()[-2000:])
            time.sleep(0.02)
        yield address, time.perf_counter() - began, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def settle(address: str) -> None:
    """Wait until what was asked by those who have gone is done, so that the next figure is of its own; 8 s at most."""
    until = time.perf_counter() + 8
    while time.perf_counter() < until:
        began = time.perf_counter()
        if _is_ready(address) and time.perf_counter() - began < 0.05:
            return
        time.sleep(0.2)


def memory(pid: int) -> float:
    """Return the MiB that a process and those that it started hold for themselves (proportional set size)."""
    total = 0
    for process in _family(pid):
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1])  # type: ignore[index]
    return total / 1024


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(one for child in children for one in _family(int(child)))]


def load(address: str, seconds: float, connections: int, *options: str) -> str:
    """Load an address; return requests a second, p50, p95, p99 and what was not answered well, as one line."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", *options, address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    if not rate:
        return f"       0 answered within {seconds:g} s"
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    late = re.search(r"timeout (\d+)", said)
    shown = ", ".join(
        f"p{share} {int(us) / 1000:,.0f} ms" for share, us in re.findall(r"^p(\d+) (\d+) us$", said, re.M)
    )
    return f"{rate:8.1f} a second, {shown}, {bad[1] if bad else 0} refused, {late[1] if late else 0} late"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="for each thing")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not on the PATH; install it (apt install wrk)")
    with tempfile.TemporaryDirectory() as made:
        folder = served.build(Path(made))
        with open_installation(folder) as installation:
            town = Served(installation)
            (name, secret), *_ = cookie_of(town, ANALYST).items()
            token = bearer(town, ANALYST, ID)["Authorization"]
        script = Path(made) / "ask.lua"
        script.write_text(DONE + ASK.format(sql=SQL, agreement=ID))
        done = Path(made) / "done.lua"
        done.write_text(DONE)
        os.environ.pop("COMMONWEAL_INSTALLATION", None)
        with serving(folder, given.workers) as (address, ready, pid):
            print(
                f"ready after {ready:.2f} s, {memory(pid):.0f} MiB; {given.workers} process(es), {os.cpu_count()} cores"
            )
            session, program = ("-H", f"Cookie: {name}={secret}"), ("-H", f"Authorization: Bearer {token.split()[1]}")
            tried = (
                ("healthz", "/healthz", ()),
                ("a style sheet", "/static/commonweal.css", ()),
                ("register, a visitor", "/register", ()),
                ("one agreement, a visitor", f"/register/{ID}", ()),
                ("first page, signed in", "/", session),
                ("catalogue, signed in", "/catalogue", session),
                ("a dataset, signed in", "/catalogue/northbank/housing", session),
                ("agreements, API", "/api/agreements", program),
            )
            for words, path, options in tried:
                print(
                    f"{words:28}",
                    load(address + path, given.seconds, given.connections, "-s", str(done), *options),
                    flush=True,
                )
            ask = (*program, "-s", str(script))
            for connections in (2, given.connections):
                settle(address)
                line = load(f"{address}/api/questions", given.seconds, connections, *ask)
                print(f"{f'a question, {connections} at once':28}", line, flush=True)
            print(f"{memory(pid):.0f} MiB after")


if __name__ == "__main__":
    main()
