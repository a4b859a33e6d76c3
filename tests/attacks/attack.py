"""Reading the cases of attack, and judging what they came to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.worlds import SECRETS

CASES = Path(__file__).resolve().parent / "cases.md"
THRESHOLD = 10
STEP = 5
LARGEST_SECRET = 4321.5
ROWS_OF_CARE = 14


@dataclass(frozen=True)
class Attack:
    """One case: its number, its name, the questions, what it must, and the agreements that it is tried under."""

    number: str
    name: str
    must: str
    questions: tuple[str, ...]
    under: tuple[str, ...]
    evidence: str


def read_attacks(text: str) -> Iterator[Attack]:
    """Yield the cases of a page in order; ValueError when a case lacks its questions or what it must."""
    for match in re.finditer(r"^### (\w+) (.+?)\n(.*?)(?=^### |^## |\Z)", text, flags=re.M | re.S):
        number, name, body = match.groups()
        block = re.search(r"```sql\n(.*?)```", body, flags=re.S)
        facts = dict(re.findall(r"^(engine|must|why|under|evidence): (.+)$", body, flags=re.M))
        if block is None or facts.get("must") not in {"REFUSE", "SAFE", "QUIET", "HISTORY"} or "why" not in facts:
            raise ValueError(f"case {number} is not whole")
        questions = tuple(part.strip() for part in re.split(r"^--next$", block[1], flags=re.M) if part.strip())
        under = tuple(facts.get("under", "generous").split(", "))
        yield Attack(number, name.strip(), facts["must"], questions, under, facts.get("evidence", ""))


def attacks() -> list[Attack]:
    """Return all cases of the project's page."""
    return list(read_attacks(CASES.read_text(encoding="utf-8")))


Row = tuple[object, ...]


@dataclass(frozen=True)
class Outcome:
    """What one question came to in one world: everything that the analyst sees but the receipt's own numbers.

    `kind` is ``answered``, ``refused``, ``error`` (another of our errors) or ``crashed`` (any other); `words` is all that
    was said; `engine_calls` how often an engine ran.
    """

    kind: str
    words: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    engine_calls: int = 0

    def seen(self) -> tuple[object, ...]:
        """Return what may be compared between worlds."""
        return (self.kind, self.words, self.columns, self.rows)


Outcomes = Mapping[str, Outcome]
"""One question's outcome in each world."""


def exposed(outcome: Outcome, question: str) -> list[str]:
    """Return the identifiers of the target that an outcome shows and the question did not say.

    The digits of a fraction are an identifier only if there are no others: 7/9 is nobody's home.
    """
    shown = re.sub(r"(?<=\d)\.(\d+)", lambda found: found[0] if found[1] in SECRETS else "", repr(outcome.seen()))
    return [secret for secret in SECRETS if secret in shown and secret not in question]


def faults(attack: Attack, question: str, outcomes: Outcomes) -> list[str]:
    """Return what is wrong with a question's outcomes, given what the case must; none when all is well."""
    found = [f"world {world} crashed: {o.words}" for world, o in outcomes.items() if o.kind == "crashed"]
    for world, outcome in outcomes.items():
        found += [f"world {world} shows {secret}" for secret in exposed(outcome, question)]
    if attack.must == "REFUSE":
        found += not_refused(outcomes)
    elif attack.must == "QUIET":
        found += ["A and B can be told apart"] if outcomes["A"].seen() != outcomes["B"].seen() else []
    elif attack.must == "SAFE":
        found += not_safe(outcomes, most_counted(question))
    return found


def not_refused(outcomes: Outcomes) -> list[str]:
    """Return in what way a question was not simply refused: everywhere, in the same words, by nobody but the gate."""
    found = [f"world {world}: {o.kind}, not refused" for world, o in outcomes.items() if o.kind != "refused"]
    found += [f"world {world}: an engine ran" for world, o in outcomes.items() if o.engine_calls]
    if len({outcome.seen() for outcome in outcomes.values()}) > 1:
        found.append("the refusals differ between the worlds")
    return found


def most_counted(question: str) -> int:
    """Return by how much the target may change a count: her rows, where rows of care are counted and not people."""
    words = question.lower()
    return ROWS_OF_CARE if "social_care" in words and "distinct" not in words else 1


def not_safe(outcomes: Outcomes, counted: int = 1) -> list[str]:
    """Return in what way outcomes tell the worlds apart by more than protected cells may.

    `counted`: by how much the target may change an exact count; what is shown may be a step of rounding further off.
    """
    kinds = {outcome.kind for outcome in outcomes.values()}
    if kinds == {"refused"}:
        return not_refused(outcomes)
    if kinds != {"answered"}:
        return [f"not the same everywhere: {', '.join(f'{world} {o.kind}' for world, o in outcomes.items())}"]
    found = [
        f"world {world} shows {value}, a count under {THRESHOLD}"
        for world, outcome in outcomes.items()
        for row in outcome.rows
        for value in row
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < THRESHOLD
    ]
    for first, second in (("A", "B"), ("A", "C"), ("B", "C")):
        found += told_apart(outcomes[first], outcomes[second], f"{first} and {second}", counted)
    return found


def told_apart(first: Outcome, second: Outcome, worlds: str, counted: int) -> list[str]:
    """Return the cells by which two worlds' answers differ more than one person in a group of ten others explains."""
    if first.columns != second.columns or len(first.rows) != len(second.rows):
        return [f"{worlds} differ in the shape of the answer"]
    found = []
    for row, other in zip(first.rows, second.rows, strict=True):
        for column, value, counter in zip(first.columns, row, other, strict=True):
            if value != counter and not explained(value, counter, counted):
                found.append(f"{worlds} differ in {column}: {value!r} and {counter!r}")
    return found


def explained(value: object, other: object, counted: int) -> bool:
    """Return whether two shown numbers may stand for groups that differ in one person of ten or more others.

    Counts by what one person counts, rounded to steps of five; amounts by what one person owes, scaled and rounded with
    the count. A key, a text and a cell withheld in one world alone are never explained.
    """
    if isinstance(value, bool) or isinstance(other, bool):
        return False
    if isinstance(value, int) and isinstance(other, int):
        return abs(value - other) <= STEP * math.ceil(counted / STEP)
    if isinstance(value, float | int) and isinstance(other, float | int):
        value, other = float(value), float(other)
        if not (math.isfinite(value) and math.isfinite(other)):
            return False
        largest = max(abs(value), abs(other))
        return abs(value - other) <= LARGEST_SECRET + 0.25 * largest
    return False
