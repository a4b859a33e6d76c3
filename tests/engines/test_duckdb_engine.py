from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.engine import Engine, Limits
from commonweal.errors import EngineFailed, NotAllowed

from .conftest import LIMITS, SECRET

RUNAWAY = "SELECT count(*) FROM people a, people b, people c WHERE a.age * b.age + c.age = 77"


def pid_of(engine: DuckDBEngine) -> int:
    engine.layers()
    (pid,) = [process.pid for process in engine._processes]
    assert pid is not None
    return pid


def is_alive(pid: int) -> bool:
    """A zombie counts as alive: it is what nobody waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def has_ended(pid: int) -> bool:
    """An orphan has ended when it is gone or only waits for the system to notice."""
    try:
        return not is_alive(pid) or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return not is_alive(pid)


def soon(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_it_is_an_engine(shared_engine: DuckDBEngine) -> None:
    engine: Engine = shared_engine
    assert engine is shared_engine


def test_rows_arrive_with_their_types(shared_engine: DuckDBEngine, tmp_path: Path) -> None:
    token = uuid.UUID(int=2**127 + 5)
    big = 2**62
    table = pa.table(
        {
            "token": pa.array([token.bytes, None], pa.uuid()),
            "day": pa.array([date(1931, 2, 27), None], pa.date32()),
            "amount": pa.array([Decimal("12.34"), None], pa.decimal128(18, 2)),
            "big": pa.array([big, big], pa.int64()),
            "real": pa.array([0.1, None], pa.float64()),
            "text": pa.array(["Zoë 'Q'", None]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    files = {"t": tmp_path / "t.parquet"}
    row = shared_engine.run("SELECT * FROM t WHERE text IS NOT NULL", files)
    assert row.schema.field("token").type == pa.string()
    assert row.schema.field("day").type == pa.date32()
    assert row.schema.field("amount").type == pa.decimal128(18, 2)
    assert row.to_pylist() == [
        {"token": str(token), "day": date(1931, 2, 27), "amount": Decimal("12.34"), "big": big, "real": 0.1,
         "text": "Zoë 'Q'"}
    ]  # fmt: skip
    sums = shared_engine.run("SELECT sum(big) AS s, count(*) AS n, sum(amount) AS a, sum(real) AS r FROM t", files)
    assert sums.schema.types == [pa.decimal128(38, 0), pa.int64(), pa.decimal128(38, 2), pa.float64()]
    assert sums["s"].to_pylist() == [2 * big]  # beyond int64, and exact
    nothing = shared_engine.run("SELECT day, sum(big) AS s FROM t WHERE big < 0 GROUP BY day", files)
    assert (nothing.num_rows, nothing.column_names) == (0, ["day", "s"])


def test_a_trivial_question_is_quick_once_warm(shared_engine: DuckDBEngine, people: Path) -> None:
    def once() -> float:
        start = time.perf_counter()
        shared_engine.run("SELECT count(*) FROM people", {"people": people})
        return time.perf_counter() - start

    assert min(once() for _ in range(30)) <= 0.005


def test_tables_of_one_question_are_not_seen_by_the_next(
    shared_engine: DuckDBEngine, people: Path, other: Path
) -> None:
    both = {"people": people, "other": other}
    assert shared_engine.run("SELECT count(*) AS n FROM people, other", both)["n"].to_pylist() == [5_000]
    with pytest.raises(EngineFailed):
        shared_engine.run("SELECT count(*) AS n FROM people, other", {"people": people})


def test_a_replaced_file_is_read_anew(shared_engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    for value in (1, 2, 3):
        pq.write_table(pa.table({"x": [value]}), tmp_path / "new.parquet")
        (tmp_path / "new.parquet").replace(path)
        assert shared_engine.run("SELECT x FROM t", {"t": path})["x"].to_pylist() == [value]


def test_more_sets_of_tables_than_are_kept(shared_engine: DuckDBEngine, tmp_path: Path) -> None:
    for turn in range(14):
        number = turn % 7
        path = tmp_path / f"{number}.parquet"
        if not path.exists():
            pq.write_table(pa.table({"x": [number]}), path)
        assert shared_engine.run("SELECT x FROM t", {"t": path})["x"].to_pylist() == [number]


def test_it_stops_within_a_second_when_no_longer_allowed(engine: DuckDBEngine, people: Path) -> None:
    pid = pid_of(engine)
    start = time.monotonic()
    asked: list[float] = []

    def allowed() -> bool:
        asked.append(time.monotonic())
        return time.monotonic() < start + 1.0

    with pytest.raises(NotAllowed):
        engine.run(RUNAWAY, {"people": people}, still_allowed=allowed)
    assert 1.0 <= time.monotonic() - start < 2.0
    assert max(later - sooner for sooner, later in pairwise(asked)) <= 0.5
    assert not is_alive(pid)
    assert engine.run("SELECT count(*) AS n FROM people", {"people": people})["n"].to_pylist() == [5_000]


def test_it_does_not_start_or_hand_over_when_not_allowed(engine: DuckDBEngine, people: Path) -> None:
    with pytest.raises(NotAllowed):
        engine.run("SELECT 1", {"people": people}, still_allowed=lambda: False)
    assert engine._processes[0].pid is None
    engine.layers()
    answers = iter([True, False])  # before the run, and when it is done: too late to be shown
    with pytest.raises(NotAllowed):
        engine.run("SELECT 1 AS x", {"people": people}, still_allowed=lambda: next(answers))


def test_waiting_for_a_free_process_ends_too(engine: DuckDBEngine, people: Path) -> None:
    release = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(engine.run, RUNAWAY, {"people": people}, still_allowed=lambda: not release.is_set())
        assert soon(engine._idle.empty)
        start = time.monotonic()
        with pytest.raises(EngineFailed):
            engine.run("SELECT 1", {"people": people}, limits=replace(LIMITS, seconds=0.3))
        with pytest.raises(NotAllowed):
            engine.run("SELECT 1", {"people": people}, still_allowed=lambda: time.monotonic() < start + 0.6)
        assert time.monotonic() - start < 2.0
        release.set()
        assert isinstance(busy.exception(), NotAllowed)


FAILURES: dict[str, tuple[str, Limits]] = {
    "a value that is no number": ("SELECT sum(CAST(name AS INTEGER)) FROM people", LIMITS),
    "too many rows": ("SELECT * FROM people", LIMITS),
    "too many bytes": ("SELECT repeat(name, 50000) FROM people LIMIT 120", LIMITS),
    "too little memory": ("SELECT list(a.name || b.name || a.age) FROM people a, people b", LIMITS),
    "too little memory, in one value": ("SELECT max(length(repeat('x' || name, 2000000000))) FROM people", LIMITS),
    "too much time": (RUNAWAY, replace(LIMITS, seconds=0.3)),
    "no such column": ("SELECT nme FROM people", LIMITS),
    "no such table": ("SELECT * FROM persons", LIMITS),
    "nonsense": ("SELEC", LIMITS),
    "nothing": ("", LIMITS),
    "not text": ("SELECT '\ud800'", LIMITS),
}


def test_every_failure_looks_the_same_and_the_gateway_lives(engine: DuckDBEngine, people: Path, tmp_path: Path) -> None:
    seen = set()
    references = []
    for sql, limits in FAILURES.values():
        with pytest.raises(EngineFailed) as failure:
            engine.run(sql, {"people": people}, limits=limits)
        words, reference = failure.value.remedy.rstrip(".").rsplit(" ", 1)
        references.append(reference)
        seen.add((str(failure.value), failure.value.why, words, failure.value.place))
        assert failure.value.__cause__ is None
    with pytest.raises(EngineFailed):
        engine.run("SELECT 1", {"people": tmp_path / "absent.parquet"})
    (tmp_path / "broken.parquet").write_text(f"PAR1 {SECRET}")
    with pytest.raises(EngineFailed):
        engine.run("SELECT 1 FROM people", {"people": tmp_path / "broken.parquet"})
    assert len(seen) == 1
    assert engine.run("SELECT count(*) AS n FROM people", {"people": people})["n"].to_pylist() == [5_000]
    log = tmp_path / "logs" / "engine.log"
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["reference"] for entry in entries[: len(references)]] == references
    causes = [entry["cause"] for entry in entries]
    assert {"ConversionException", "TooManyRows", "TooManyBytes", "Overtime", "BinderException"} <= set(causes)
    assert SECRET not in log.read_text() and "person 1" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_process_killed_in_the_middle_fails_that_run_only(engine: DuckDBEngine, people: Path, tmp_path: Path) -> None:
    pid = pid_of(engine)
    threading.Timer(0.4, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(EngineFailed):
        engine.run(RUNAWAY, {"people": people})
    assert not is_alive(pid)
    assert '"cause": "Died with code -9"' in (tmp_path / "logs" / "engine.log").read_text()
    os.kill(pid_of(engine), signal.SIGKILL)  # and one killed while idle fails none
    time.sleep(0.1)
    assert engine.run("SELECT 1 AS x", {"people": people})["x"].to_pylist() == [1]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_gateway_ends_the_run(engine: DuckDBEngine, people: Path, trouble: type[BaseException]) -> None:
    pid = pid_of(engine)
    start = time.monotonic()

    def allowed() -> bool:
        if time.monotonic() > start + 0.3:
            raise trouble
        return True

    with pytest.raises(trouble):
        engine.run(RUNAWAY, {"people": people}, still_allowed=allowed)
    assert not is_alive(pid)


def test_twenty_threads_get_their_own_answers(tmp_path: Path, people: Path, other: Path) -> None:
    def ask(number: int) -> bool:
        sql = f"SELECT {number} AS mine, count(*) AS n FROM people WHERE age = {number}"
        tables = {"people": people} if number % 3 else {"people": people, "other": other}
        expected = len(range(number, 5_000, 90))
        return engine.run(sql, tables).to_pylist() == [{"mine": number, "n": expected}]

    with DuckDBEngine(tmp_path, LIMITS, workers=2) as engine, ThreadPoolExecutor(20) as pool:
        assert all(pool.map(ask, [number % 90 for number in range(200)]))


def test_closing_ends_everything(tmp_path: Path, people: Path) -> None:
    engine = DuckDBEngine(tmp_path / "spill", LIMITS)
    pid = pid_of(engine)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.run, RUNAWAY, {"people": people})
        assert soon(engine._idle.empty)
        time.sleep(0.2)
        engine.close()
        assert isinstance(running.exception(timeout=2), EngineFailed)
    engine.close()
    assert not is_alive(pid)
    assert [path.name for path in (tmp_path / "spill").iterdir()] == []
    with pytest.raises(EngineFailed):
        engine.run("SELECT 1", {"people": people})


def test_an_engine_that_is_forgotten_ends_its_process(tmp_path: Path) -> None:
    engine = DuckDBEngine(tmp_path, LIMITS)
    engine.prepare()
    pid = pid_of(engine)
    del engine
    assert soon(lambda: not is_alive(pid))


GATEWAY = """
import sys
from itertools import pairwise
from pathlib import Path
from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.engine import Limits
engine = DuckDBEngine(Path(sys.argv[1]), Limits())
engine.layers()
print(engine._processes[0].pid, flush=True)
engine.run(sys.argv[2], {"people": Path(sys.argv[3])})
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_with_its_gateway(end: signal.Signals, tmp_path: Path, people: Path) -> None:
    command = [sys.executable, "-c", GATEWAY, str(tmp_path), RUNAWAY, str(people)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
    ) as gateway:
        assert gateway.stdout is not None
        pid = int(gateway.stdout.readline())
        time.sleep(0.3)
        assert is_alive(pid)
        gateway.send_signal(end)
    assert soon(lambda: has_ended(pid), 1.0)
    DuckDBEngine(tmp_path, LIMITS).layers()
    assert len(list(tmp_path.glob("engine-*"))) <= 1  # what the dead one left is gone


def test_spilled_rows_are_the_owners_alone_and_removed(tmp_path: Path) -> None:
    rows = 3_000_000
    pq.write_table(pa.table({"x": pa.array(range(rows)), "y": [SECRET] * rows}), tmp_path / "big.parquet")
    folder = tmp_path / "spill"
    limits = Limits(seconds=60, memory_bytes=100 * 2**20, spill_bytes=2**30, threads=2)
    sql = "SELECT max(n) AS n FROM (SELECT y, x, row_number() OVER (ORDER BY hash(x), y) AS n FROM t)"
    found: list[int] = []

    def look() -> bool:
        for path in folder.glob("engine-*/spill/**/*"):
            if path.is_file() and path.stat().st_size > 1_000_000:
                found.append(path.stat().st_mode | path.parents[1].stat().st_mode)
        return True

    with DuckDBEngine(folder, limits) as engine:
        answer = engine.run(sql, {"t": tmp_path / "big.parquet"}, still_allowed=look)
        assert answer["n"].to_pylist() == [rows]
    assert found, "nothing was spilled, so this test tells nothing"
    assert not any(mode & 0o077 for mode in found)
    assert not list(folder.glob("engine-*"))


def test_a_process_that_cannot_start_fails_like_the_rest(
    engine: DuckDBEngine, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(Path(sys.modules["commonweal"].__path__[0]).parent)])
    broken = tmp_path / "duckdb.py"
    broken.write_text("raise ImportError('no such library here')")
    sys.path.insert(0, str(tmp_path))
    with pytest.raises(EngineFailed):
        engine.run("SELECT 1", {"people": people})
    assert '"cause": "Died at start: ImportError"' in (tmp_path / "logs" / "engine.log").read_text()
    broken.unlink()
    monkeypatch.undo()
    assert engine.run("SELECT 1 AS x", {"people": people})["x"].to_pylist() == [1]
