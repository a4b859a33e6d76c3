"""The same answer in every thread and process; thousands of groups; amounts that no contract would let in."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.catalogue import store as catalogue
from commonweal.installation import Installation, open_installation
from tests.residents import sharing
from tests.residents.people import AGES, BANDS, SEXES, TOP, WARDS, draw

QUESTIONS = [
    "SELECT ward, sex, count(*) AS n, sum(arrears) AS s FROM resident GROUP BY ward, sex ORDER BY s DESC",
    "SELECT tenancy, median(arrears) AS m FROM resident WHERE arrears > 0 GROUP BY tenancy",
    "SELECT need, count(DISTINCT person_id) AS n FROM spell GROUP BY need",
    "SELECT corr(arrears, cost) AS c, avg(cost) AS m FROM resident",
]
ASKER = """
import json, sys
import commonweal
with commonweal.open(sys.argv[1], person=sys.argv[2]) as gateway:
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps([gateway.ask(sql, agreement=sys.argv[3]).to_csv() for sql in json.loads(sys.argv[4])]))
"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with sharing.founded(tmp_path / "town") as installation:
        sharing.stock(installation, draw(2000))
        for profile in ("standard", "formal"):
            sharing.agree(installation, sharing.document(profile))
        yield installation


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["standard", "formal"])
def test_every_thread_and_process_is_told_the_same(profile: str, town: Installation) -> None:
    """Two processes and eight threads are all the first to ask; one more process asks when all is open."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ASKER, town.folder, sharing.ANALYST, profile, json.dumps(QUESTIONS)]
    pipe = subprocess.PIPE
    others = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) for _ in range(2)]
    for each in others:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    gateway, barrier = town.gateway(sharing.ANALYST), Barrier(8 + 1)

    def asked(number: int) -> tuple[int, str]:
        barrier.wait()
        question = number % len(QUESTIONS)
        return question, gateway.ask(QUESTIONS[question], agreement=profile).to_csv()

    with ThreadPoolExecutor(8) as pool:
        waiting = pool.map(asked, range(8))
        for each in others:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        barrier.wait()
        by_threads = list(waiting)
    by_processes = [json.loads(each.communicate()[0]) for each in others]
    late = subprocess.run(command, input="\n", capture_output=True, text=True, env=environment, check=True)
    by_processes.append(json.loads(late.stdout.partition("\n")[2]))
    assert all(answers == by_processes[0] for answers in by_processes)
    assert all(csv == by_processes[0][question] for question, csv in by_threads)
    assert len(set(by_processes[0])) == len(QUESTIONS)


def test_an_installation_opened_again_says_the_same(town: Installation) -> None:
    told = [town.gateway(sharing.ANALYST).ask(sql, agreement="standard").to_csv() for sql in QUESTIONS[:3]]
    for file in (town.layout.treated / "counted").iterdir():
        file.unlink()  # it is counted anew, and the noise is the same
    with open_installation(town.folder) as again:
        asking = again.gateway(sharing.ANALYST)
        assert [asking.ask(sql, agreement="standard").to_csv() for sql in QUESTIONS[:3][::-1]] == told[::-1]


BY_FOUR = (
    "SELECT ward, age_in_years(date_of_birth) AS age, sex, band, count(*) AS n, sum(arrears) AS s "
    "FROM resident GROUP BY ward, age, sex, band"
)


def test_thousands_of_groups_under_formal(town: Installation) -> None:
    """Every group of the contract is there, once; what is shown adds up with the answer by ward."""
    answer = town.gateway(sharing.ANALYST).ask(BY_FOUR, agreement="formal")
    keys = [tuple(row[:4]) for row in answer.rows]
    assert len(keys) == len(set(keys)) == WARDS * AGES * len(SEXES) * len(BANDS)
    hidden = {(each.row, each.column) for each in answer.withheld}
    assert all((row[4] is None) == ((n, "n") in hidden) for n, row in enumerate(answer.rows))
    assert all(math.isfinite(value) for row in answer.rows for value in row[4:] if value is not None)


def test_thousands_of_groups_under_standard(town: Installation) -> None:
    """Where being there is known to all, a group is there if somebody is; those of fewer than ten are withheld."""
    answer = town.gateway(sharing.ANALYST).ask(BY_FOUR, agreement="standard")
    keys = [tuple(row[:4]) for row in answer.rows]
    residents = draw(2000)
    codes = np.stack([residents.known[name] for name in ("ward", "age", "sex", "band")])
    there = np.unique(codes, axis=1).shape[1]
    assert len(keys) == len(set(keys)) == there > 1000
    assert all(row[4] is None for row in answer.rows), "with 2,000 people every one of these groups is small"


# --- amounts that no contract would let in

ODD = (None, float("nan"), -5.0, -1e30, 1e30, float("inf"), float("-inf"), 0.0, 1e-300)


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Installation]:
    """A town in which every third amount is none that the contract allows, written past every check."""
    residents = draw(2000)
    with sharing.founded(tmp_path / "odd") as installation:
        sharing.stock(installation, residents)
        with installation.reading() as connection:
            path = catalogue.dataset(connection, "town/resident").snapshot.path
        table = pq.read_table(path)
        for name in ("arrears", "cost"):
            values: list[float | None] = table.column(name).to_pylist()
            values[::3] = [ODD[n % len(ODD)] for n in range(len(values[::3]))]
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.array(values, pa.float64()))
        pq.write_table(table, path)
        for profile in ("standard", "formal"):
            sharing.agree(installation, sharing.document(profile))
        yield installation


@pytest.mark.parametrize("profile", ["standard", "formal"])
def test_odd_amounts_break_nothing_and_weigh_no_more_than_the_top(profile: str, odd: Installation) -> None:
    gateway = odd.gateway(sharing.ANALYST)
    questions = [
        "SELECT tenancy, count(*) AS n, sum(arrears) AS s, avg(arrears) AS m FROM resident GROUP BY tenancy",
        "SELECT tenancy, median(cost) AS m, quantile_cont(cost, 0.9) AS p FROM resident GROUP BY tenancy",
        "SELECT corr(arrears, cost) AS c FROM resident",
        "SELECT count(*) AS n FROM resident WHERE arrears > 0",
        "SELECT arrears > 500 AS much, count(*) AS n FROM resident GROUP BY 1",
    ]
    for sql in questions:
        answer = gateway.ask(sql, agreement=profile)
        numbers = [value for row in answer.rows for value in row if isinstance(value, float | int)]
        assert numbers and all(math.isfinite(value) for value in numbers), sql
        margins = [margin.as_dict() for margin in answer.margins]
        assert all(math.isfinite(float(str(each[end]))) for each in margins for end in ("low", "high")), sql
    for row in gateway.ask(questions[0], agreement=profile).rows:
        tenancy, n, s, m = row
        if s is not None:
            assert isinstance(n, int) and isinstance(s, float) and isinstance(m, float)
            assert s <= 1.5 * n * TOP and m <= TOP, tenancy


def test_odd_amounts_do_not_move_the_others(odd: Installation, tmp_path: Path) -> None:
    """The share of people without debts is as if the odd ones were none, in a level of their own, or at the top."""
    with sharing.founded(tmp_path / "clean") as clean:
        residents = draw(2000)
        arrears = residents.arrears.copy()
        replaced = [ODD[n % len(ODD)] for n in range(len(arrears[::3]))]
        arrears[::3] = np.array([0.0 if v is None or not v > 0 else min(v, TOP) for v in replaced])
        sharing.stock(clean, replace(residents, arrears=arrears))
        sharing.agree(clean, sharing.document("standard"))
        sql = "SELECT count(*) AS n FROM resident WHERE arrears > 0"
        (one,), (other,) = (each.gateway(sharing.ANALYST).ask(sql, agreement="standard").rows for each in (clean, odd))
    assert isinstance(one[0], int) and isinstance(other[0], int)
    # Nobody knows whether the 74 NaN and the 74 unknown owe; the rest is counted alike, within the noise.
    assert abs(one[0] - other[0]) < 2 * 75 + 4 * 2**0.5 * 14
