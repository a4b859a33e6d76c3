"""What commonweal's peers take for the same questions on the same rows: SmartNoise SQL, ACRO, OpenDP with Polars.

usage: COMMONWEAL_BENCH_PEERS=FOLDER python bench/peers.py [ROWS]     (10,000,000 by default)

Each peer has an environment of its own in FOLDER, made when it is not there (which needs the package index, and some
minutes); without the variable this says so and ends. Counts, then counts and sums, by three columns of 1,000,000 rows and
of ROWS; ACRO of 1,000,000 only. Prints medians and their ratios to the plain engine, which is asked in the same run.
SmartNoise and ACRO have the rows in memory already; OpenDP, the plain engine and the profile `uk-tre` read the file.
They promise different things, so this is what each costs, not which is better.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from question import ANALYST, QUESTIONS, bare_engine, build, milliseconds  # noqa: E402 - the data of the other benchmark

from commonweal.installation import Installation  # noqa: E402

VARIABLE = "COMMONWEAL_BENCH_PEERS"
PEERS = {
    "SmartNoise SQL": ("smartnoise", ("smartnoise-sql", "pyarrow"), 10_000_000),
    "ACRO": ("acro_tables", ("acro", "pyarrow"), 1_000_000),
    "OpenDP with Polars": ("opendp_polars", ("opendp[polars]",), 10_000_000),
}
"""Program, packages, and the most rows it is asked of."""
PATIENCE = 300
TITLES = tuple(QUESTIONS)[:2]
Took = tuple[float, float]
"""By the clock and by the processors, in ms; of `uk-tre` without the engine's, which is another process."""


def python_of(folder: Path, name: str, packages: tuple[str, ...]) -> Path | None:
    """Return the interpreter of a peer's environment, made if need be; None, said plainly, where it cannot be had."""
    home = folder / name
    python = home / "bin" / "python"
    if (home / "ready").exists():
        return python
    venv.create(home, with_pip=True, clear=True)
    made = subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], capture_output=True, text=True)
    if made.returncode:
        print(f"  {name}: skipped, its packages cannot be installed: {made.stderr.strip().splitlines()[-1:]}")
        return None
    (home / "ready").touch()
    return python


def peer(python: Path, program: str, data: Path) -> dict[str, Took] | str:
    """Return a peer's medians by question, or why there are none."""
    command = [python, "-W", "ignore", HERE / "peers" / f"{program}.py", data]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"not done after {PATIENCE} s"
    if ended.returncode:
        return "failed: " + (ended.stderr.strip().splitlines() or ["no word of why"])[-1][:200]
    found: dict[str, Took] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found


def median(work: Callable[[], object], times: int = 5) -> Took:
    """Return the medians of some times after a first one, in ms, by the clock and by this process's processor time."""
    work()
    every, worked = [], []
    for _ in range(times):
        before = time.process_time()
        every.append(milliseconds(work))
        worked.append((time.process_time() - before) * 1000)
    return statistics.median(every), statistics.median(worked)


def ours(installation: Installation, sql: str) -> dict[str, Took]:
    """Return what the plain engine and both kinds of profile take: under `standard`, in new words every time."""
    gateway, bare, number = installation.gateway(ANALYST), bare_engine(installation), 0

    def in_new_words() -> object:
        nonlocal number
        number += 1
        return gateway.ask(sql.replace("AS n", f"AS n{number}"), agreement="standard")

    return {
        "DuckDB": median(lambda: bare.sql(sql).fetchall()),
        "commonweal, uk-tre": median(lambda: gateway.ask(sql, agreement="uk-tre")),
        "commonweal, standard": median(in_new_words),
    }


def compare(folder: Path, installation: Installation, rows: int) -> None:
    """Print a table for one number of rows."""
    data = installation.layout.data / "bench" / "t.parquet"
    took = {title: ours(installation, QUESTIONS[title]) for title in TITLES}
    for name, (program, packages, most) in PEERS.items():
        python = python_of(folder, program, packages) if rows <= most else None
        found = peer(python, program, data) if python is not None else f"not asked of more than {most:,} rows"
        if isinstance(found, str):
            print(f"  {name}: {found}")
            continue
        for title in TITLES:
            took[title][name] = found[title]
    for title in TITLES:
        print(f"  {title}")
        plain = took[title]["DuckDB"][0]
        for name, (clock, cpu) in took[title].items():
            print(f"    {name:22} {clock:10.1f} ms  {clock / plain:8.2f} x   (processors {cpu:.0f} ms)")


def main() -> None:
    """Compare."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        print(f"peers: skipped. Set {VARIABLE} to a folder in which their environments may be made.")
        return
    os.environ["COMMONWEAL_TIMING_FIRST"] = "0"
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    for rows in sorted({min(most, 1_000_000), most}):
        print(f"{rows:,} rows")
        with tempfile.TemporaryDirectory() as name, build(Path(name), rows, 1) as installation:
            compare(Path(folder).resolve(), installation, rows)


if __name__ == "__main__":
    main()
