"""The shapes in which agreements are sent and received, with an example of each value for the documentation."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_ID = "arrears-and-care"
_HASH = "5f2b5a0c9d0f4e6b8a1c3d5e7f90123456789abcdef0123456789abcdef01234"
_REASON = "In force until 30 November 2027."

Id = Annotated[str, Field(examples=[_ID])]
Number = Annotated[int, Field(examples=[1])]
State = Annotated[str, Field(examples=["in-force"])]
Hash = Annotated[str, Field(examples=[_HASH])]
Day = Annotated[str, Field(examples=["2026-12-01"])]


class InShort(BaseModel):
    """An agreement as a line of a list."""

    id: Id
    version: Number
    title: Annotated[str, Field(examples=["Rent arrears among people who receive care"])]
    parties: Annotated[list[str], Field(examples=[["northbank", "riverside_nhs"]])]
    state: State
    in_force: bool
    reason: Annotated[str, Field(examples=[_REASON])]
    starts: Annotated[str, Field(alias="from", examples=["2026-12-01"])]
    until: Annotated[str, Field(examples=["2027-11-30"])]
    content_hash: Hash


class Agreements(BaseModel):
    """A page of agreements; `next_cursor` leads to the page after, null on the last."""

    agreements: list[InShort]
    next_cursor: Annotated[str | None, Field(examples=["arrears-and-care@1"])]


class Versions(BaseModel):
    """The versions of an agreement, and which of them counts today."""

    versions: list[InShort]
    counting: Number


class Risk(BaseModel):
    """An assessment of the risk, in short."""

    level: Annotated[str, Field(examples=["medium"])]
    profile_allowed: bool
    on: Day
    assessment: Hash


class SignatureShown(BaseModel):
    """A party, and when it signed; null when it has not."""

    organisation: Annotated[str, Field(examples=["northbank"])]
    signed_at: Annotated[str | None, Field(examples=["2026-11-24T10:16:36+00:00"])]


class EventShown(BaseModel):
    """What a party did other than signing."""

    act: Annotated[str, Field(examples=["suspend"])]
    organisation: Annotated[str, Field(examples=["northbank"])]
    reason: Annotated[str, Field(examples=["A complaint is being looked into."])]
    at: Annotated[str, Field(examples=["2026-11-24T10:16:36+00:00"])]


class ClauseShown(BaseModel):
    """A line of a clause, and what it is worth: enforced, partly, or recorded."""

    path: Annotated[str, Field(examples=["data[1].columns.sex"])]
    words: Annotated[str, Field(examples=["as it is"])]
    enforcement: Annotated[str, Field(examples=["enforced"])]


class AgreementShown(BaseModel):
    """An agreement: the document, and all that is known of it."""

    id: Id
    version: Number
    title: Annotated[str, Field(examples=["Rent arrears among people who receive care"])]
    content_hash: Hash
    state: State
    in_force: bool
    reason: Annotated[str, Field(examples=[_REASON])]
    purpose: Annotated[str, Field(examples=["Find where care and rent arrears meet."])]
    signatures: list[SignatureShown]
    events: list[EventShown]
    split: Annotated[dict[str, int], Field(examples=[{"enforced": 11, "partly": 10, "recorded": 14}])]
    clauses: list[ClauseShown]
    document: dict[str, Any]
    versions: Annotated[list[int], Field(examples=[[1, 2]])]
    risk: Risk | None


class Text(BaseModel):
    """An agreement's text."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str,
        Field(
            max_length=300_000,
            description="The agreement in YAML.",
            examples=["commonweal: agreement/1\nid: arrears-and-care\nversion: 1\n"],
        ),
    ]


class TextProblem(BaseModel):
    """One thing wrong with a text: where, what, and what would mend it."""

    severity: Annotated[str, Field(examples=["error"])]
    line: Annotated[int, Field(examples=[7])]
    column: Annotated[int, Field(examples=[3])]
    path: Annotated[str, Field(examples=["term.review"])]
    message: Annotated[str, Field(examples=["The key `review` is missing."])]
    suggestion: str


class Checked(BaseModel):
    """What is wrong with a text, and whether it can be added all the same."""

    usable: bool
    problems: list[TextProblem]


class Added(BaseModel):
    """What was added."""

    id: Id
    version: Number
    content_hash: Hash
    risk: Risk


class ToSign(BaseModel):
    """What is to be signed: the content hash of the version that was read."""

    model_config = ConfigDict(extra="forbid")

    expected: Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=[_HASH])]


class Reason(BaseModel):
    """Why something is done; the parties and those who are stopped will read it."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=4000, examples=["A complaint is being looked into."])]


class Standing(BaseModel):
    """Where an agreement stands after something was done to it."""

    id: Id
    version: Number
    act: Annotated[str, Field(examples=["suspend"])]
    organisation: Annotated[str, Field(examples=["northbank"])]
    state: State
    in_force: bool
    reason: Annotated[str, Field(examples=[_REASON])]


class SignedVersion(BaseModel):
    """A version that was signed, where it stands now, and the assessment that the signature refers to."""

    id: Id
    version: Number
    organisation: Annotated[str, Field(examples=["northbank"])]
    state: State
    in_force: bool
    reason: Annotated[str, Field(examples=[_REASON])]
    risk: Risk | None


class Difference(BaseModel):
    """One difference between two versions."""

    clause: Annotated[str, Field(examples=["data"])]
    path: Annotated[str, Field(examples=["data.northbank/housing.columns.ward"])]
    change: Annotated[str, Field(examples=["changed"])]
    before: Annotated[str | None, Field(examples=["in bands of 5 years"])]
    after: Annotated[str | None, Field(examples=["in bands of 10 years"])]
    words: str
    effect: Annotated[str, Field(examples=["tightened"])]
    enforcement: Annotated[str, Field(examples=["enforced"])]


class Comparison(BaseModel):
    """What differs between two versions, by clause."""

    id: Id
    first: Annotated[int, Field(alias="from", examples=[1])]
    second: Annotated[int, Field(alias="to", examples=[2])]
    summary: Annotated[str, Field(examples=["3 differences: 1 lets more be seen, 2 let less be seen."])]
    differences: list[Difference]


class Due(BaseModel):
    """A day of an agreement."""

    day: Day
    matter: Annotated[str, Field(examples=["review"])]
    agreement: Id
    version: Number
    title: str
    words: str


class Dues(BaseModel):
    """Days of agreements, earliest first."""

    due: list[Due]


class Flow(BaseModel):
    """One owner's datasets, for the people of one organisation, under one agreement."""

    owner: Annotated[str, Field(examples=["riverside_nhs"])]
    recipient: Annotated[str, Field(examples=["northbank"])]
    agreement: Id
    title: str
    datasets: Annotated[list[str], Field(examples=[["riverside_nhs/social_care"]])]


class Flows(BaseModel):
    """Who shares what with whom."""

    flows: list[Flow]
