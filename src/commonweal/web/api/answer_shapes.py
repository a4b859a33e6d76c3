"""The shapes of answers and explanations in the API: what `Answer.as_dict` and `Explanation.as_dict` give."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from commonweal.web.api.problems import Problem


class QuestionAsked(BaseModel):
    """A question in SQL under an agreement."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "sql": "select tenancy, count(*) as homes from housing group by tenancy",
                    "agreement": "arrears-and-care",
                }
            ]
        },
    )

    sql: str = Field(min_length=1, max_length=20_000, description="The question, in DuckDB's SQL")
    agreement: str = Field(min_length=1, max_length=63, description="The agreement to ask under, by its id")
    plain: bool = Field(default=False, description="Metered profiles: small groups as released, nothing drawn")
    explain: bool = Field(default=False, description="Say what would happen; release nothing")


class AnswerTable(BaseModel):
    """The table. A cell that is withheld is null here and listed in `withheld`."""

    columns: list[str] = Field(examples=[["tenancy", "homes"]])
    rows: list[list[Any]] = Field(examples=[[["council", 565], ["owner", 1275]]])


class WithheldCell(BaseModel):
    """A cell that is withheld (row from 0), and why."""

    row: int
    column: str
    reason: str = Field(examples=["fewer than 10 households"])


class MarginOf(BaseModel):
    """In 95 of 100 cases the true number of a cell lies between `low` and `high`; `wide`: more than half of it."""

    row: int
    column: str
    low: float | None
    high: float | None
    drawn: float
    wide: bool


class ReceiptOf(BaseModel):
    """The ledger entry of the answer, and the proof of it (C2SP tlog-proof), which can be checked offline."""

    index: int
    leaf_hash: str
    checkpoint: str
    proof: str


class AnswerBody(BaseModel):
    """A protected answer; `receipt.index` is its number, by which it is opened again."""

    answer: AnswerTable
    withheld: list[WithheldCell]
    notes: list[str]
    agreement: str = Field(examples=["arrears-and-care@1"])
    datasets: list[str]
    receipt: ReceiptOf
    margins: list[MarginOf] = []


class StepOf(BaseModel):
    """One step of what would happen, with facts of its own beside the words."""

    model_config = ConfigDict(extra="allow")

    step: str
    decided: str
    details: list[str]


class ExplanationBody(BaseModel):
    """What each step would decide; a refusal comes as a problem instead."""

    explanation: list[StepOf]


class AnswerInShort(BaseModel):
    """A kept answer, as a line of a list; `id` is its ledger entry, `until` when it is deleted."""

    id: int
    asked: int
    agreement: str
    person: str
    sql: str
    datasets: list[str]
    rows: int
    withheld: int
    at: str
    until: str


class Answers(BaseModel):
    """Kept answers, newest first; `next` is the address of the older ones."""

    answers: list[AnswerInShort]
    next: str | None = None


class Refusal(Problem):
    """The agreement does not permit the question."""

    clause: str = ""
    reasons: list[str] = Field(default_factory=list)
    who: str = ""
    nearest: str = ""
    reference: str = Field(default="", description="The ledger entry of the refusal")


FORMS: dict[str, Any] = {
    "text/csv": {"schema": {"type": "string"}, "example": "tenancy,homes\r\ncouncil,565\r\n"},
    "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
}
"""The other forms of an answer, chosen by Accept; withheld cells are [c] in CSV, null in Arrow (why: schema metadata)."""

NOT_ACCEPTABLE: dict[int | str, dict[str, Any]] = {
    406: {
        "description": "None of what Accept names is a form that an answer has",
        "model": Problem,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}

REFUSED: dict[int | str, dict[str, Any]] = {
    403: {
        "description": "The agreement does not permit the question, or this person may not do that",
        "model": Refusal,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
}
"""How a refusal is documented."""
