"""What each step of the story found out: plain, frozen values, the same for the terminal and for ``--json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fact:
    """What all facts share: which step, under which title, and how many seconds it took."""

    number: ClassVar[int]
    title: ClassVar[str]
    seconds: float = field(kw_only=True, default=0.0)

    def as_dict(self) -> dict[str, Any]:
        """Return the fact as plain JSON values."""
        return {"step": self.number, "title": self.title} | asdict(self)


@dataclass(frozen=True)
class AddedDataset:
    """One dataset as it was added: rows in the file, kept and set aside, what was mended (words -> values)."""

    dataset: str
    file: str
    as_of: str
    rows_in_file: int
    rows: int
    set_aside: int
    mended: dict[str, int]
    identifiers: tuple[str, ...]


@dataclass(frozen=True)
class Joined(Fact):
    """Step 1: organisations (name -> title) and datasets are there."""

    number = 1
    title = "Five organisations, six datasets"
    organisations: dict[str, str]
    datasets: tuple[AddedDataset, ...]
    people: int
    made_seconds: float
    added_seconds: float


@dataclass(frozen=True)
class Agreed(Fact):
    """Step 2: the agreement, who signed it, what is enforced, partly enforced and only recorded."""

    number = 2
    title = "One agreement"
    reference: str
    agreement_title: str
    purpose: str
    clauses: dict[str, str]
    signed: dict[str, str]
    state: str
    enforced: tuple[str, ...]
    partly: tuple[str, ...]
    recorded: tuple[str, ...]
    content_hash: str
    file: str
    risk: str = ""


@dataclass(frozen=True)
class Asked(Fact):
    """Step 3: a question across three agencies and its protected answer; withheld cells are None in `rows`.

    `ruling` holds what each clause says of the question, `obligations` what each asks to be done, both by clause. The
    first question about a snapshot also makes the treated tables; `again_seconds` is the same question after that.
    """

    number = 3
    title = "A question across three agencies"
    question: str
    sql: str
    ruling: dict[str, str]
    obligations: dict[str, str]
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    withheld: tuple[dict[str, object], ...]
    notes: tuple[str, ...]
    receipt: dict[str, Any]
    first_seconds: float
    again_seconds: float
    same_again: bool
    bare_seconds: float
    svg: str
    html: str


@dataclass(frozen=True)
class Refusal(Fact):
    """Step 4: a question that must not be answered; `would_tell` is how many people the bare engine would name."""

    number = 4
    title = "A question that must not be answered"
    question: str
    sql: str
    would_tell: int
    clause: str
    reasons: tuple[str, ...]
    remedy: str
    who: str
    nearest: str
    reference: str


@dataclass(frozen=True)
class Difference(Fact):
    """Step 5: two questions that differ by one person: what they would give bare, and what they gave.

    An answer is the number shown, or the reason why none was.
    """

    number = 5
    title = "The same question, slyly"
    question: str
    first_sql: str
    second_sql: str
    bare: tuple[int, int]
    answers: tuple[int | str, int | str]
    told: bool


@dataclass(frozen=True)
class Account:
    """What a secret has cost: rho spent of its cap, and how often a fair bit of one person could be guessed (0 to 1)."""

    secret: str
    rho: float
    cap: float
    guess: float


@dataclass(frozen=True)
class Metered(Fact):
    """Step 6: a question under the profile `standard`, read from shared noisy tables.

    `shown` holds the rows as people read them, margins behind the numbers; `rows` the numbers and `bare` what the bare
    engine gives, row by row; `within` of `numbers` numbers are within their margin. `again` tells whether the question
    in other words had the same answer, `again_cost` what it added to the meter.
    """

    number = 6
    title = "A question for everyone"
    reference: str
    question: str
    sql: str
    other_words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    shown: tuple[tuple[str, ...], ...]
    bare: tuple[tuple[object, ...], ...]
    margins: tuple[dict[str, object], ...]
    numbers: int
    within: int
    notes: tuple[str, ...]
    accounts: tuple[Account, ...]
    again: bool
    again_cost: float


@dataclass(frozen=True)
class Recorded(Fact):
    """Step 7: the ledger verified, a proof verified offline, and a changed byte found at its entry."""

    number = 7
    title = "The record"
    entries: int
    verify_seconds: float
    proof_file: str
    key_file: str
    proof_entry: int
    proof_verified: bool
    copy_file: str
    changed_entry: int
    found_entry: int | None
    finding: str


@dataclass(frozen=True)
class NowYou(Fact):
    """Step 8: what to type next."""

    number = 8
    title = "Now you"
    folder: str
    commands: tuple[tuple[str, str], ...]
