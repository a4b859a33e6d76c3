"""Many threads, and several processes, ask of one folder: every answer is the one to its question, and recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

import commonweal
from commonweal.installation import Installation, open_installation
from commonweal.ledger.verification import verify
from tests import small_town
from tests.acceptance import town as town_of_the_first_path
from tests.small_town import ANALYST, entries, treated

QUESTIONS = [
    "select tenancy, count(*) as homes from housing group by tenancy order by tenancy",
    "select ward, count(*) as homes from housing group by ward order by ward",
    "select band, count(*) as homes from council_tax group by band order by band",
    "select sex, count(*) as people from person group by sex order by sex",
    "select need, count(distinct person_id) as people from social_care group by need order by need",
    "select category, count(distinct person_id) as people from police_incident group by category order by category",
    "select h.ward, count(distinct p.person_id) as people from person p join housing h using (uprn) group by h.ward"
    " order by h.ward",
    "select count(*) as pupils from school",
]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with small_town.made(tmp_path) as installation:
        yield installation


@pytest.mark.slow
def test_eight_threads_on_one_gateway_get_each_their_own_answer(tmp_path: Path) -> None:
    with town_of_the_first_path.build(tmp_path, "--people", "2000") as built:
        folder = built.folder
    with commonweal.open(folder, person=ANALYST) as gateway, ThreadPoolExecutor(8) as pool:

        def asked(number: int) -> tuple[int, list[dict[str, object]], int]:
            question = number % len(QUESTIONS)
            answer = gateway.ask(QUESTIONS[question], agreement=town_of_the_first_path.AGREEMENT)
            return question, answer.to_arrow().to_pylist(), answer.receipt.index

        found = list(pool.map(asked, range(4 * len(QUESTIONS))))  # the first ones also make the treated tables
        alone = [asked(number)[1] for number in range(len(QUESTIONS))]
    assert all(rows == alone[question] for question, rows, _ in found)
    assert len({json.dumps(rows) for rows in alone}) == len(QUESTIONS)
    assert len({index for _, _, index in found}) == len(found)
    with open_installation(folder) as built:
        assert len(entries(built, "question.answered")) == len(found) + len(alone)
        assert verify(built.layout.database).entries


def test_threads_that_are_first_together_start_one_engine(town: Installation) -> None:
    barrier = Barrier(8)

    def first(_: int) -> int:
        barrier.wait()
        return id(town.surroundings.engine)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first, range(8)))) == 1


ASKER = """
import json, sys
import commonweal
with commonweal.open(sys.argv[1], person=sys.argv[2]) as gateway:
    gateway.datasets()
    print("ready", flush=True)
    sys.stdin.readline()
    answers = [gateway.ask(sys.argv[3], agreement="arrears") for _ in range(5)]
    print(json.dumps([[a.to_arrow().to_pylist(), a.receipt.index] for a in answers]))
"""


def test_two_processes_make_the_same_table_and_append_at_once(town: Installation) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ASKER, town.folder, ANALYST, small_town.SQL]
    pipe = subprocess.PIPE
    askers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) for _ in range(2)]
    for each in askers:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in askers:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [json.loads(each.communicate()[0]) for each in askers]
    assert [each.returncode for each in askers] == [0, 0]
    rows, indexes = zip(*(answer for answers in told for answer in answers), strict=True)
    assert all(each == rows[0] for each in rows) and len(set(indexes)) == len(indexes) == 10
    assert treated(town) == ["arrears@1"]
    assert len(entries(town, "question.answered")) == 10
    assert verify(town.layout.database).entries


def test_an_opened_gateway_closes_its_installation_and_a_shared_one_does_not(town: Installation) -> None:
    with commonweal.open(town.folder, person=ANALYST) as gateway:
        assert gateway.ask(small_town.SQL, agreement="arrears").to_arrow().num_rows
    assert not list((town.layout.treated / ".spill").glob("engine-*"))
    shared, other = town.gateway(ANALYST), town.gateway(ANALYST)
    shared.ask(small_town.SQL, agreement="arrears")
    shared.close()
    assert other.ask(small_town.SQL, agreement="arrears").to_arrow().num_rows
