"""Reading cases: chapters of YAML into frozen cases, tables drawn as text into rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
ANALYST = "analyst@northbank.example"

CHAPTER_KEYS = {"title", "about", "tables", "agreement", "cases"}
CASE_KEYS = {"title", "why", "agreement", "signed_by", "signed_on", "asked_by", "ask", "answer", "refused"}


@dataclass(frozen=True)
class Table:
    """A table as it is drawn: names of the columns, and rows of text; None is a withheld or missing cell."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]

    def as_csv(self) -> str:
        """Return the table as a CSV file that somebody might have exported."""
        lines = [self.columns, *([cell or "" for cell in row] for row in self.rows)]
        return "".join(",".join(line) + "\n" for line in lines)


@dataclass(frozen=True)
class Refusal:
    """What a refusal must say: the clause it names (empty: any), and words that its reasons must have."""

    clause: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One case; exactly one of `answer` and `refused` is given. `agreement` is the whole document."""

    chapter: str
    title: str
    why: str
    changes: Mapping[str, Any]
    agreement: Mapping[str, Any]
    signed_by: tuple[str, ...]
    signed_on: str
    asked_by: str
    ask: str
    answer: Table | None
    refused: Refusal | None

    @property
    def key(self) -> tuple[str, ...]:
        """Return what tells this case's agreement, as it stands, from the chapter's others."""
        return (repr(self.agreement), repr(self.signed_by), self.signed_on)


@dataclass(frozen=True)
class Chapter:
    """A file of cases: a town, what it is about, and its cases in order."""

    file: str
    title: str
    about: str
    changes: Mapping[str, Any]
    drawn: Mapping[str, str]
    cases: tuple[Case, ...]

    def tables(self) -> dict[str, Table]:
        """Return the town's tables by dataset, all lines drawn out."""
        return {reference: drawn_out(text) for reference, text in self.drawn.items()}


def split(line: str) -> list[str]:
    """Return the cells of one line of a drawn table."""
    return [cell.strip() for cell in line.split("|")]


def values(cell: str) -> list[str]:
    """Return what a cell of a town's table stands for: a range, a list to go round, repeated or plain text."""
    if match := re.fullmatch(r"(\d+)-(\d+)", cell):
        return [str(number) for number in range(int(match[1]), int(match[2]) + 1)]
    if match := re.fullmatch(r"(.+) x(\d+)", cell):
        return [match[1]] * int(match[2])
    return [part.strip() for part in cell.split(",")]


def drawn_out(text: str) -> Table:
    """Return a town's table with every line drawn out into its rows; the first column decides how many."""
    header, *lines = [split(line) for line in text.strip().splitlines()]
    rows: list[tuple[str | None, ...]] = []
    for line in lines:
        if len(line) != len(header):
            raise ValueError(f"a line with {len(line)} cells under {len(header)} columns: {' | '.join(line)}")
        columns = [values(cell) for cell in line]
        count = len(columns[0])
        rows += zip(*(islice(cycle(column), count) for column in columns), strict=True)
    return Table(tuple(header), tuple(rows))


def expected(text: str) -> Table:
    """Return an answer as it is drawn; `-` is a withheld cell, ``(no rows)`` an answer without rows."""
    if text.strip() == "(no rows)":
        return Table((), ())
    header, *lines = [split(line) for line in text.strip().splitlines()]
    return Table(tuple(header), tuple(tuple(None if cell == "-" else cell for cell in line) for line in lines))


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `changes` laid over it: maps are merged, everything else is replaced."""
    result = dict(base)
    for key, value in changes.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return result


def only(keys: set[str], found: Mapping[str, Any], place: str) -> None:
    """Refuse keys that nothing reads: a misspelt one would quietly weaken a case."""
    if unknown := set(found) - keys:
        raise ValueError(f"{place}: nothing reads {', '.join(sorted(unknown))}")


def read_case(raw: Mapping[str, Any], chapter: str, base: Mapping[str, Any]) -> Case:
    """Return one case; ValueError says what is wrong with it."""
    only(CASE_KEYS, raw, f"{chapter}, {raw.get('title')}")
    if ("answer" in raw) == ("refused" in raw):
        raise ValueError(f"{chapter}, {raw['title']}: a case has an answer or a refusal")
    refused = None
    if "refused" in raw:
        only({"clause", "reasons"}, raw["refused"], f"{chapter}, {raw['title']}, refused")
        refused = Refusal(raw["refused"].get("clause", ""), tuple(raw["refused"].get("reasons", ())))
    changes = raw.get("agreement", {})
    agreement = merged(base, changes)
    return Case(
        chapter=chapter,
        title=raw["title"],
        why=raw.get("why", ""),
        changes=changes,
        agreement=agreement,
        signed_by=tuple(raw.get("signed_by", [party["organisation"] for party in agreement["parties"]])),
        signed_on=str(raw.get("signed_on", "")),
        asked_by=raw.get("asked_by", ANALYST),
        ask=raw["ask"].strip(),
        answer=expected(raw["answer"]) if "answer" in raw else None,
        refused=refused,
    )


def read_chapter(path: Path) -> Chapter:
    """Return a file of cases, checked."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    only(CHAPTER_KEYS, raw, path.name)
    base = yaml.safe_load((FOLDER / "agreement.yaml").read_text(encoding="utf-8"))
    changes = raw.get("agreement", {})
    base = merged(base, changes)
    cases = tuple(read_case(case, raw["title"], base) for case in raw["cases"])
    return Chapter(path.name, raw["title"], raw["about"].strip(), changes, raw["tables"], cases)


def chapters(folder: Path = FOLDER / "cases") -> Iterator[Chapter]:
    """Yield the chapters in the order of their files' names."""
    for path in sorted(folder.glob("*.yaml")):
        yield read_chapter(path)
