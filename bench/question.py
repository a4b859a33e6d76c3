"""What a governed question costs, from words to a recorded answer, against the same SQL in bare DuckDB over the raw file.

usage: python bench/question.py [ROWS]     (10,000,000 by default; needs some 3 GB of disk under the temporary folder)

Prints ratios of medians taken in turn, one run: a person a row, then each person in three rows. By the profile `uk-tre`,
whose first question also makes the treated table; by `standard`, whose first question also counts the snapshot: the count
table with the secret, that without, and the sums in its levels. Then questions asked again, new ones over tables that are
open, and new ones that open a column set. `fixed` is a count over 1,000 rows: all that is not the engine's work. Answers
are handed over at once here, so that the work can be seen; `cpu` is what of it the processors did, the rest is waiting for
the disk and for a turn. Installed, answers wait for the next step of their schedule ([timing] in the settings): `handed
over` says when.
"""

from __future__ import annotations

import itertools
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from commonweal.agreement.reading import read_agreement
from commonweal.agreement.signature import sign
from commonweal.agreement.store import add_agreement, record_signature
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.catalogue.levels import Levels, Scale
from commonweal.gateway.gateway import Gateway
from commonweal.gateway.timing import Steps
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts, create

COLUMNS = {
    "person_id": ("BIGINT", Kind.LINK, "{person} * 7919 % 10000000019"),
    "sex": ("VARCHAR", Kind.QUASI, "CASE WHEN hash({person}, 1) % 2 = 0 THEN 'F' ELSE 'M' END"),
    "ward": ("VARCHAR", Kind.QUASI, "'ward ' || (hash({person}, 2) % 50)"),
    "tenancy": ("VARCHAR", Kind.QUASI, "['council', 'private', 'owner', 'other'][CAST(1 + hash(i, 3) % 4 AS INTEGER)]"),
    "age": ("VARCHAR", Kind.QUASI, "'from ' || (hash({person}, 4) % 18 * 5)"),
    "ethnicity": ("VARCHAR", Kind.QUASI, "'group ' || (hash({person}, 5) % 6)"),
    "arrears": ("DOUBLE", Kind.SENSITIVE, "greatest(CAST(hash(i, 7) % 1000000 AS DOUBLE) / 100 - 2000, 0)"),
}
ANALYST = "analyst@bench.example"
TENANCIES = ("council", "private", "owner", "other")
LEVELS = {
    "sex": Levels(Scale.VALUES, values=("F", "M")),
    "ward": Levels(Scale.VALUES, values=tuple(f"ward {n}" for n in range(50))),
    "tenancy": Levels(Scale.VALUES, values=TENANCIES),
    "age": Levels(Scale.VALUES, values=tuple(f"from {n * 5}" for n in range(18))),
    "ethnicity": Levels(Scale.VALUES, values=tuple(f"group {n}" for n in range(6))),
    "arrears": Levels(Scale.AMOUNTS, edges=(0, 100, 200, 500, 1000, 2000, 5000), top=20_000, missing=False),
}
"""Five quasi columns, and eight levels of the secret."""
QUESTIONS = {
    "counts by three columns": "SELECT ward, tenancy, sex, count(*) AS n FROM t GROUP BY ward, tenancy, sex",
    "counts and sums by three columns": "SELECT ward, tenancy, sex, count(*) AS n, sum(arrears) AS s FROM t GROUP BY ward, tenancy, sex",
    "counts and sums by ward, filtered": "SELECT ward, count(*) AS n, sum(arrears) AS s FROM t WHERE tenancy = 'council' AND arrears > 100 GROUP BY ward",
}
AGREEMENT = """
commonweal: agreement/1
id: PROFILE
version: 1
title: A measurement
parties:
  - {organisation: bench, role: controller, contact: {name: A, email: a@bench.example}, dpo: {name: B, email: b@bench.example}}
purpose: {code: research, statement: Measure what a question costs., necessity: There is no other way., benefits: [{to: users, what: speed, measure: ratio}]}
legal: {lawful_basis: public-task, power: none, dpia: {outcome: proceed, completed: 2026-01-01, review: 2099-01-01}}
term: {from: 2026-01-01, until: 2099-12-31, review: 2099-01-01, grace_days: 14}
people: [PEOPLE]
data:
  - dataset: bench/t
    because: it is measured
    columns: {person_id: link, sex: keep, ward: keep, tenancy: keep, age: keep, ethnicity: keep, arrears: keep}
safeguards: {profile: PROFILE, output: aggregate, minimum_count: 10}
retention: {results: 1 year}
onward_sharing: none
security: {mfa: false}
transparency: {public: true, privacy_notice: https://bench.example/privacy}
"""


def build(folder: Path, rows: int, repeats: int, analysts: tuple[str, ...] = (ANALYST,)) -> Installation:
    """Make an installation that shares one dataset of `rows` rows, each person in `repeats` of them, with analysts."""
    installation = create(folder / f"installation{rows}-{repeats}")
    data = installation.layout.data / "bench"
    data.mkdir(exist_ok=True)
    path = data / "t.parquet"
    columns = ", ".join(f"{sql.format(person=f'(i // {repeats})')} AS {name}" for name, (_, _, sql) in COLUMNS.items())
    duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    described = tuple(
        Column(name, "string", kind, role, required=True, levels=LEVELS.get(name))
        for name, (kind, role, _) in COLUMNS.items()
    )
    described = (replace(described[0], unique=repeats == 1), *described[1:])
    contract = Contract("bench", "t", "1.0.0", described, (EntityKey("person", "person_id"),))
    acts.add_organisation(installation, "bench", "Bench")
    for analyst in analysts:
        acts.add_person(installation, analyst, "bench", [Role.ANALYST])
    named = ", ".join(f"{{email: {analyst}, role: analyst}}" for analyst in analysts)
    acts.add_dataset(installation, Dataset("bench", "t", contract, Snapshot("0" * 64, path, rows, date(2026, 11, 24))))
    for profile in ("uk-tre", "standard"):
        text = AGREEMENT.replace("PROFILE", profile).replace("PEOPLE", named)
        agreement = read_agreement(text, source="bench", contracts={"bench/t": contract}, organisations=["bench"])
        with installation.transaction() as connection:
            now = datetime.now(UTC)
            add_agreement(connection, installation.ledger, agreement, at=now)
            signed = sign(agreement, "bench", installation.keys.organisation("bench"), now)
            record_signature(connection, installation.ledger, signed)
    return installation


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    os.environ["COMMONWEAL_TIMING_FIRST"] = "0"
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as name:
        for repeats in (1, 3):
            with build(Path(name), rows, repeats) as installation:
                print(f"{rows:,} rows, each person in {repeats}")
                metered(installation, repeats)
                by_rules(installation)
        with build(Path(name), 1000, 1) as installation:
            gateway = installation.gateway(ANALYST)
            for profile in ("uk-tre", "standard"):
                sql = "SELECT count(*) AS n FROM t"
                asked = [milliseconds(lambda sql=sql, p=profile: gateway.ask(sql, agreement=p)) for _ in range(25)][5:]
                middle, least = statistics.median(asked), min(asked)
                print(f"fixed: a count over 1,000 rows by {profile} takes {middle:.1f} ms (least {least:.1f})")


def bare_engine(installation: Installation) -> duckdb.DuckDBPyConnection:
    """Return a plain DuckDB over the raw file."""
    bare = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    bare.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{installation.layout.data}/bench/t.parquet')")
    return bare


def new_questions(people: str) -> Iterator[str]:
    """Yield questions that differ and all read one column set: ward, tenancy, sex with the secret."""
    for sex in "FM":
        yield f"SELECT ward, tenancy, {people} AS n, sum(arrears) AS s FROM t WHERE sex = '{sex}' GROUP BY ward, tenancy"
    for tenancy in TENANCIES:
        yield f"SELECT ward, sex, {people} AS n, sum(arrears) AS s FROM t WHERE tenancy = '{tenancy}' GROUP BY ward, sex"
    for number in range(15):
        where = f"ward = 'ward {number}'"
        yield f"SELECT tenancy, sex, {people} AS n, sum(arrears) AS s FROM t WHERE {where} GROUP BY tenancy, sex"


def opening_questions(people: str) -> Iterator[str]:
    """Yield questions that each need a column set which none before them needed."""
    for two in itertools.combinations(("ward", "tenancy", "sex", "age", "ethnicity"), 2):
        keys = ", ".join(two)
        if two not in {("ward", "tenancy"), ("ward", "sex"), ("tenancy", "sex")}:
            yield f"SELECT {keys}, {people} AS n, sum(arrears) AS s FROM t GROUP BY {keys}"


def peaks() -> str:
    """Return the most memory that this process and its ended children have held."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return f"{own:.2f} GiB"


def metered(installation: Installation, repeats: int) -> None:
    """Print what questions by the profile `standard` cost."""
    gateway = installation.gateway(ANALYST)
    people = "count(*)" if repeats == 1 else "count(DISTINCT person_id)"
    sql = f"SELECT ward, tenancy, sex, {people} AS n, sum(arrears) AS s FROM t GROUP BY ward, tenancy, sex"
    counted, first = counting(installation, lambda: gateway.ask(sql, agreement="standard"))
    bare = bare_engine(installation)
    bare.sql(sql).fetchall()
    before = time.process_time()
    raw = statistics.median(milliseconds(lambda: bare.sql(sql).fetchall()) for _ in range(5))
    raw_cpu = (time.process_time() - before) * 200
    tables = ", ".join(
        f"{ms:.0f} ms ({ms / raw:.1f} x raw; cpu {cpu:.0f}, {cpu / raw_cpu:.1f} x)" for ms, cpu in counted
    )
    print(
        f"  standard: the snapshot once: first question {first:.0f} ms, of it counting {tables};"
        f" raw {raw:.0f} ms (cpu {raw_cpu:.0f})"
    )
    in_turn(gateway, bare, "asked again", [sql] * 15)
    in_turn(gateway, bare, "new, its tables open", list(new_questions(people)))
    in_turn(gateway, bare, "new, opening a column set", list(opening_questions(people)))
    surroundings = gateway.surroundings
    object.__setattr__(surroundings, "steps", Steps())  # the schedule of an installation, on the same warm tables
    again = [milliseconds(lambda: gateway.ask(sql, agreement="standard")) for _ in range(15)]
    new = [other.replace("AS n", "AS number") for other in new_questions(people)]
    once = [milliseconds(lambda each=each: gateway.ask(each, agreement="standard")) for each in new]
    object.__setattr__(surroundings, "steps", Steps(0))
    one, other = statistics.median(again), statistics.median(once)
    print(f"  standard: handed over, with the usual schedule: asked again {one:.0f} ms, new {other:.0f} ms")


def in_turn(gateway: Gateway, bare: duckdb.DuckDBPyConnection, title: str, asked: list[str]) -> None:
    """Ask each question and run it in the plain engine, in turn, and print what they took."""
    governed, raw, worked = [], [], []
    for sql in asked:
        before = time.process_time()
        governed.append(milliseconds(lambda sql=sql: gateway.ask(sql, agreement="standard")))
        worked.append((time.process_time() - before) * 1000)
        raw.append(milliseconds(lambda sql=sql: bare.sql(sql).fetchall()))
    one, other, cpu = statistics.median(governed), statistics.median(raw), statistics.median(worked)
    ordered = sorted(governed)
    least, last = ordered[0], ordered[int(0.9 * len(ordered))]
    print(
        f"  standard: {title}: {one:.1f} ms (least {least:.1f}, 90th {last:.1f}; cpu {cpu:.1f}), bare {other:.0f} ms,"
        f" ratio {one / other:.2f}"
    )


def counting(installation: Installation, ask: Callable[[], object]) -> tuple[list[tuple[float, float]], float]:
    """Return how long each count table took that a question made, by the clock and by the processors, and the whole
    question, in ms; print peak memory.
    """
    took: list[tuple[float, float]] = []
    tables = installation.surroundings.shared.tables
    counted = tables._counted

    def timed(*arguments: Any, **named: Any) -> Path:
        before, worked = time.perf_counter(), time.process_time()
        path = counted(*arguments, **named)
        took.append(((time.perf_counter() - before) * 1000, (time.process_time() - worked) * 1000))
        return path

    tables._counted = timed  # type: ignore[method-assign]
    try:
        first = milliseconds(ask)
    finally:
        tables._counted = counted  # type: ignore[method-assign]
    print(f"  peak memory of the gateway after counting: {peaks()}")
    return [each for each in took if each[0] > 0.02 * first], first


def by_rules(installation: Installation) -> None:
    """Print what questions by the profile `uk-tre` cost."""
    gateway = installation.gateway(ANALYST)
    bare = bare_engine(installation)
    first = milliseconds(lambda: gateway.ask("SELECT count(*) AS n FROM t", agreement="uk-tre"))
    print(f"  uk-tre: first question, which makes the treated table, {first / 1000:.1f} s")
    for title, sql in QUESTIONS.items():
        raw, governed = [], []
        for _ in range(6):
            raw.append(milliseconds(lambda sql=sql: bare.sql(sql).fetchall()))
            governed.append(milliseconds(lambda sql=sql: gateway.ask(sql, agreement="uk-tre")))
        ratios = [g / r for g, r in zip(governed[1:], raw[1:], strict=True)]
        one, other, ratio = (statistics.median(values) for values in (raw[1:], governed[1:], ratios))
        print(f"  uk-tre: {title}: bare {one:.0f} ms, governed {other:.0f} ms, ratio {ratio:.2f}")
    print(f"  peak memory of the gateway: {peaks()}, the plain engine's in it")


if __name__ == "__main__":
    main()
