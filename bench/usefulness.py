"""How useful answers still are: sixty questions of usefulness.sql, asked one after another in one history, against the truth.

usage: python bench/usefulness.py [--people N] [--profile P ...] [--rough R] [--each]     (60,000 people, every profile there is)

Prints, for each profile: the share of questions answered, the cells withheld, and by kind of number the median and the
ninetieth percentile of the relative error (correlations: in points) of cells with at least fifty people behind them; how
often a stated interval holds the truth, and the meter, where the profile has them. `--each` prints a line a question.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.residents import sharing  # noqa: E402 - the town of the tests is asked about here too
from tests.residents.people import draw  # noqa: E402

if TYPE_CHECKING:
    import duckdb

    from commonweal.gateway.answer import Answer
    from commonweal.installation import Installation

QUESTIONS = ROOT / "bench" / "usefulness.sql"
FEWEST = 50
"""People behind a cell whose error counts."""
POINTS = {"correlation"}
"""Kinds whose error is a difference, not a share."""

Key = tuple[object, ...]


@dataclass(frozen=True)
class Question:
    """One question: its title, the kind of each measured column, what counts the people behind a cell, and the words."""

    title: str
    kinds: Mapping[str, str]
    behind: str
    sql: str


@dataclass
class Score:
    """What a profile came to: errors and holding intervals by kind, cells, refusals, seconds."""

    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    holds: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    refused: list[str] = field(default_factory=list)
    cells: int = 0
    withheld: int = 0
    seconds: list[float] = field(default_factory=list)


def read_questions(text: str) -> Iterator[Question]:
    """Yield the questions of a file; ValueError when one lacks the line of its outputs."""
    for part in text.split(";\n"):
        lines = part.strip().splitlines()
        if not lines:
            continue
        said = {name: rest for line in lines[1:3] for name, _, rest in [line.removeprefix("-- ").partition(": ")]}
        if "outputs" not in said:
            raise ValueError(f"{lines[0]} has no outputs")
        kinds = dict(pair.split() for pair in said["outputs"].split(", "))
        sql = "\n".join(line for line in lines if not line.startswith("--"))
        yield Question(lines[0].removeprefix("-- "), kinds, said.get("behind", ""), sql)


def key(value: object) -> object:
    """Return a key as both sides write it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def keyed(columns: Iterable[str], row: Iterable[object], kinds: Mapping[str, str]) -> tuple[Key, dict[str, object]]:
    """Return a row's keys, and its measured columns with `behind`."""
    named = dict(zip(columns, row, strict=True))
    measured = {*kinds, "behind"}
    keys = tuple(key(value) for name, value in named.items() if name not in measured)
    return keys, {name: value for name, value in named.items() if name in measured}


def truth(plain: duckdb.DuckDBPyConnection, question: Question) -> dict[Key, dict[str, object]]:
    """Return the true cells: every group, also those that an order, a limit or a condition on numbers would leave out."""
    import sqlglot

    tree = sqlglot.parse_one(question.sql, dialect="duckdb")
    for part in ("limit", "having", "order"):
        tree.set(part, None)
    if question.behind:
        tree = tree.select(f"{question.behind} AS behind", dialect="duckdb")
    found = plain.execute(tree.sql(dialect="duckdb"))
    columns = [each[0] for each in found.description]
    return dict(keyed(columns, row, question.kinds) for row in found.fetchall())


def margins(answer: Answer) -> dict[tuple[int, str], tuple[float, float]]:
    """Return the intervals that an answer states, by row and column; none where the profile states none."""
    stated: Any = getattr(answer, "margins", None)
    if stated is None:
        return {}
    rows = [tuple(row.values()) for row in stated.to_pylist()] if hasattr(stated, "to_pylist") else stated
    return {(each.row, each.column): (each.low, each.high) for each in rows}


def judge(question: Question, answer: Answer, true: Mapping[Key, Mapping[str, Any]], score: Score) -> list[float]:
    """Add an answer's cells to the score, and return the errors of this question alone."""
    intervals = margins(answer)
    shown = {}
    for number, row in enumerate(answer.rows):
        keys, values = keyed(answer.columns, row, question.kinds)
        shown[keys] = (number, values)
    left_out = "LIMIT" in question.sql or ("HAVING" in question.sql and "(SELECT" not in question.sql)
    errors = []
    for keys, exact in true.items():
        number, values = shown.get(keys, (-1, {}))
        if number < 0 and left_out:
            continue
        for name, kind in question.kinds.items():
            value, right = values.get(name), exact[name]
            if right is None or float(right) == 0:
                continue
            behind = exact.get("behind", right if kind in {"count", "running"} else FEWEST)
            score.cells += 1
            score.withheld += value is None
            if value is None or behind < FEWEST:
                continue
            error = abs(float(value) - float(right)) / (1 if kind in POINTS else abs(float(right)))
            score.errors[kind].append(error)
            errors.append(error)
            if (number, name) in intervals:
                low, high = intervals[number, name]
                score.holds[kind].append(low <= float(right) <= high)
    return errors


def ask_all(
    questions: Iterable[Question], installation: Installation, agreement: str, truths: Mapping[str, Any], *, each: bool
) -> Score:
    """Ask the questions one after another and return what they came to."""
    from commonweal.errors import CommonwealError

    score = Score()
    gateway = installation.gateway(sharing.ANALYST)
    for question in questions:
        began = time.perf_counter()
        try:
            answer = gateway.ask(question.sql, agreement=agreement)
        except CommonwealError as error:
            score.refused.append(f"{question.title}: {error}")
            if each:
                print(f"    {question.title:60} NOT ANSWERED: {' '.join(str(error).split())[:150]}")
            continue
        score.seconds.append(time.perf_counter() - began)
        before = score.withheld, score.cells
        errors = judge(question, answer, truths[question.title], score)
        if each:
            middle = f"{100 * statistics.median(errors):6.1f} %" if errors else "   none  "
            lost = f"{score.withheld - before[0]} of {score.cells - before[1]} withheld"
            print(f"    {question.title:60} {middle}  {lost}")
    return score


def ninetieth(values: list[float]) -> float:
    """Return the ninetieth percentile."""
    return sorted(values)[min(len(values) - 1, int(0.9 * len(values)))]


def report(profile: str, score: Score, asked: int, meter: Mapping[str, float]) -> str:
    """Return the figures of a profile as text."""
    answered = asked - len(score.refused)
    withheld = f"{score.withheld} of {score.cells} cells withheld ({100 * score.withheld / max(1, score.cells):.1f} %)"
    pace = statistics.median(score.seconds) * 1000 if score.seconds else float("nan")
    lines = [
        f"{profile}: {answered} of {asked} answered ({100 * answered / asked:.0f} %), {withheld}, median {pace:.0f} ms"
    ]
    for kind, errors in sorted(score.errors.items()):
        unit = "points" if kind in POINTS else "%"
        line = f"  {kind:12} median {100 * statistics.median(errors):5.1f}, 90th {100 * ninetieth(errors):5.1f} {unit} ({len(errors)} cells)"
        if score.holds[kind]:
            line += f"; interval holds {100 * sum(score.holds[kind]) / len(score.holds[kind]):.0f} %"
        lines.append(line)
    if meter:
        lines.append("  meter: " + ", ".join(f"{name} {spent:.3f}" for name, spent in sorted(meter.items())))
    lines += [f"  not answered: {' '.join(each.split())[:160]}" for each in score.refused]
    return "\n".join(lines)


def meter(installation: Installation) -> dict[str, float]:
    """Return what each account has been charged, from the ledger; nothing where nothing is metered."""
    from commonweal.ledger.reading import entries

    spent: dict[str, float] = defaultdict(float)
    with installation.reading() as connection:
        for entry in entries(connection, kind="meter.opened"):
            body: Mapping[str, Any] = entry.body
            for account, rho in body.get("rho", {}).items():
                spent[account.partition("@")[0]] += float(rho)
    return spent


def main() -> None:
    from commonweal.disclosure.metered.profile import METERED
    from commonweal.disclosure.profile import PROFILES

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, help=argparse.SUPPRESS)  # make bench passes one number to all
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--profile", nargs="*", default=[*PROFILES, *METERED])
    parser.add_argument("--rough", type=float, default=0.0, help="how unlike wards by tenancies are (0 or 0.4)")
    parser.add_argument("--each", action="store_true", help="a line a question")
    wanted = parser.parse_args()
    began = time.perf_counter()
    residents = draw(wanted.people, rough=wanted.rough)
    questions = list(read_questions(QUESTIONS.read_text(encoding="utf-8")))
    with sharing.plain(residents) as plain:
        truths = {question.title: truth(plain, question) for question in questions}
    print(
        f"{wanted.people:,} people, {len(questions)} questions one after another; errors of cells with {FEWEST} people or more"
    )
    for profile in wanted.profile:
        with tempfile.TemporaryDirectory() as folder, sharing.founded(Path(folder) / "town") as installation:
            sharing.stock(installation, residents)
            agreement = sharing.agree(installation, sharing.document(profile))
            score = ask_all(questions, installation, agreement, truths, each=wanted.each)
            print(report(profile, score, len(questions), meter(installation)))
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
