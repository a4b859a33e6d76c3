"""Two hundred people ask at once: what comes through, how long they wait, and whether every answer is right and recorded.

usage: python bench/concurrency.py [ROWS]     (1,000,000 by default and at most; the same data as question.py)

200 threads of one installation, each for a person of its own, ask by the profile `standard`; then four processes ask of
one folder. Every answer is compared with the one to the same question asked alone, every receipt is verified, and so is
the ledger. Then one person asks 100 questions at once while another asks one. Ends with an error when anything is wrong.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from question import ANALYST, TENANCIES, build  # noqa: E402 - the data of the other benchmark

from commonweal.errors import Busy  # noqa: E402
from commonweal.gateway.answer import Answer  # noqa: E402
from commonweal.installation import Installation, open_installation  # noqa: E402
from commonweal.ledger import verify, verify_proof  # noqa: E402

PEOPLE, EACH, PROCESSES, GREEDY = 200, 3, 4, 100
MOST_BEFORE = 50
"""Of one person's questions may come before another's one: two by the quota, the others while its thread gets going on a busy
machine; without turns it would be all of them."""
ANALYSTS = tuple(f"analyst{number}@bench.example" for number in range(PEOPLE))
QUESTIONS = tuple(
    f"SELECT {key}, count(*) AS n, sum(arrears) AS s FROM t WHERE tenancy = '{tenancy}' GROUP BY {key}"
    for key, tenancy in itertools.product(("ward", "sex", "age", "ethnicity"), TENANCIES)
)
Asked = tuple[str, Answer, float]


def told(answer: Answer) -> str:
    """Return all that an answer says, apart from its receipt and its time."""
    return repr((answer.columns, answer.rows, answer.withheld, answer.notes, answer.margins))


def asked(installation: Installation, person: str, number: int) -> Asked:
    """Ask a question and return its words, its answer and the seconds it took, waiting for its turn included."""
    sql = QUESTIONS[number % len(QUESTIONS)]
    began = time.perf_counter()
    answer = installation.gateway(person).ask(sql, agreement="standard")
    return sql, answer, time.perf_counter() - began


def figures(title: str, took: Sequence[float], whole: float) -> None:
    """Print throughput and waits."""
    ordered = sorted(took)
    middle, late = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
    print(f"{title}: {len(took) / whole:.0f} questions/s, p50 {middle * 1000:.0f} ms, p95 {late * 1000:.0f} ms")


def check(found: Sequence[Asked], alone: Mapping[str, str], installation: Installation) -> None:
    """End with an error when an answer differs from the one asked alone, or anything of the record does not verify."""
    for sql, answer, _ in found:
        if told(answer) != alone[sql]:
            raise SystemExit(f"a wrong answer to {sql}")
        if verify_proof(answer.receipt.proof, installation.ledger.key).entry.index != answer.receipt.index:
            raise SystemExit("a receipt of another entry")
    if len({answer.receipt.index for _, answer, _ in found}) != len(found):
        raise SystemExit("two answers have one receipt")
    print(
        f"  {len(found)} answers as asked alone, receipts verified, ledger of {verify_all(installation)} entries verified"
    )


def verify_all(installation: Installation) -> int:
    """Verify the ledger and return how many entries it has."""
    return verify(installation.layout.database).entries


def threads(installation: Installation, alone: Mapping[str, str]) -> None:
    """Ask with a thread for each of 200 people."""
    together = Barrier(PEOPLE)

    def person(number: int) -> list[Asked]:
        together.wait()
        return [asked(installation, ANALYSTS[number], number + place) for place in range(EACH)]

    began = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE) as pool:
        found = [each for its in pool.map(person, range(PEOPLE)) for each in its]
    figures(f"{PEOPLE} people, {EACH} questions each", [took for _, _, took in found], time.perf_counter() - began)
    check(found, alone, installation)


def greedy(installation: Installation) -> None:
    """Let one person ask a hundred questions at once, and another one."""
    ended: list[str] = []

    def ask(person: str, number: int) -> None:
        asked(installation, person, number)
        ended.append(person)

    with ThreadPoolExecutor(GREEDY + 1) as pool:
        work = [pool.submit(ask, ANALYSTS[0], number) for number in range(GREEDY)]
        time.sleep(0.05)
        before = len(ended)
        work.append(pool.submit(ask, ANALYSTS[1], 0))
        refused = sum(isinstance(each.exception(), Busy) for each in work)
    behind = ended.index(ANALYSTS[1]) - before
    print(
        f"one person's {GREEDY} questions at once and another's one: {behind} of the {len(ended) - before} left came before it,"
        f" {refused} told to wait"
    )
    if behind > MOST_BEFORE:
        raise SystemExit("one person's questions keep another's waiting")


def processes(installation: Installation, alone: Mapping[str, str]) -> None:
    """Ask with four processes of one folder; each compares its answers itself."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, __file__, "--ask", str(installation.folder)]
    began = time.perf_counter()
    running = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, env=environment, text=True)
        for number in range(PROCESSES)
    ]
    for each in running:
        assert each.stdin is not None
        each.stdin.write(json.dumps(dict(alone)))
        each.stdin.close()
    ended = [each.wait() for each in running]  # all are waited for before any is judged
    if any(ended):
        raise SystemExit("a process failed")
    took = time.perf_counter() - began
    print(f"{PROCESSES} processes, {len(QUESTIONS) * EACH} questions each: {took:.1f} s with their start")
    print(f"  ledger of {verify_all(installation)} entries verified")


def asker(folder: str, number: int) -> None:
    """Be one of the processes."""
    alone = json.load(sys.stdin)
    with open_installation(folder) as installation:
        found = [asked(installation, ANALYSTS[number], place) for place in range(len(QUESTIONS) * EACH)]
        check(found, alone, installation)


def main() -> None:
    os.environ["COMMONWEAL_TIMING_FIRST"] = "0"
    if sys.argv[1:2] == ["--ask"]:
        asker(sys.argv[2], int(sys.argv[3]))
        return
    rows = min(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, 1_000_000)
    with tempfile.TemporaryDirectory() as name, build(Path(name), rows, 1, (ANALYST, *ANALYSTS)) as installation:
        first = [asked(installation, ANALYST, number) for number in range(len(QUESTIONS))]
        alone = {sql: told(answer) for sql, answer, _ in first}
        began = time.perf_counter()
        again = [asked(installation, ANALYST, number) for number in range(2 * len(QUESTIONS))]
        figures(f"{rows:,} rows, one person alone", [took for _, _, took in again], time.perf_counter() - began)
        check([*first, *again], alone, installation)
        threads(installation, alone)
        greedy(installation)
        processes(installation, alone)


if __name__ == "__main__":
    main()
