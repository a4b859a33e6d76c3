"""Output checking, for programs: everything that the pages do, blinded in the same way."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from commonweal.gateway.output_checking.releasing import ReleasedFile
from commonweal.gateway.output_checking.request import Verdict, Wanted
from commonweal.gateway.output_checking.requesting import LONGEST_REASON
from commonweal.gateway.output_checking.showing import Shown
from commonweal.gateway.output_checking.state import State
from commonweal.installation import Installation
from commonweal.web.api.problems import problems
from commonweal.web.api.routing import api_router
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.formats import CSV
from commonweal.web.pages.outputs import attachment

router = api_router("/api/outputs", "output checking")

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The output's number.", examples=[1])]

_A_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What was released: a table as CSV, a file as its bytes.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class OutputTold(BaseModel):
    """An output as the reader may know it; other fields are there for those who may know them."""

    model_config = ConfigDict(extra="allow")

    number: int = Field(examples=[1])
    agreement: str = Field(description="id@version", examples=["arrears@1"])
    kind: str
    wanted: str = Field(description="unsuppressed or exact; empty for rows and files")
    file: str
    state: State
    you_are: list[str] = Field(description="requester, checker, named")
    requested_at: str


class OutputsTold(BaseModel):
    """The outputs that concern the person, newest first."""

    outputs: list[OutputTold]


class Looked(BaseModel):
    """An output as a checker sees it: `for_checkers` holds what would be released, and what breaks which rule."""

    output: OutputTold
    for_checkers: dict[str, Any] = Field(default_factory=dict)


class OutputAskedFor(BaseModel):
    """A question, as SQL or as the entry of one asked before, and why its output should be released."""

    agreement: str = Field(max_length=63, examples=["arrears"])
    reason: str = Field(max_length=LONGEST_REASON, examples=["The hostels are public knowledge."])
    sql: str | None = Field(None, max_length=100_000)
    entry: int | None = Field(None, ge=0, le=2**53)
    wanted: Wanted = Wanted.UNSUPPRESSED


class DecisionSaid(BaseModel):
    """What a checker decides, and why."""

    verdict: Verdict
    reason: str = Field(max_length=LONGEST_REASON, examples=["Every hostel is listed on the council's own pages."])


class ReasonSaid(BaseModel):
    """The answer to the checkers' questions."""

    reason: str = Field(max_length=LONGEST_REASON, examples=["It is needed for the yearly report."])


@router.get("", responses=problems())
def outputs(installation: Here, asker: Signed) -> OutputsTold:
    """List the outputs that concern the person; a token sees those under its own agreements."""
    found = asker.output_checking(installation).list()
    return OutputsTold(outputs=[_told(each) for each in found if asker.token is None or _is_covered(asker, each)])


@router.post("", status_code=201, responses=problems(404, 409))
def ask_for(installation: Here, asker: Signed, body: OutputAskedFor) -> OutputTold:
    """Ask for an output that the rules do not let through. Nothing is computed before a checker looks."""
    asker.must_cover(body.agreement)
    made = asker.output_checking(installation).request(
        body.reason, agreement=body.agreement, sql=body.sql, entry=body.entry, wanted=body.wanted
    )
    return _told(made)


@router.get("/{number}", responses=problems(404))
def show(installation: Here, asker: Signed, number: Number) -> OutputTold:
    """Show where an output stands, without its content."""
    return _told(_standing(installation, asker, number))


@router.post("/{number}/look", responses=problems(404, 409))
def look(installation: Here, asker: Signed, number: Number) -> Looked:
    """Look at an output as a checker; the look is recorded."""
    _standing(installation, asker, number)
    found = asker.output_checking(installation).show(number).as_dict()
    return Looked(output=OutputTold(**found["output"]), for_checkers=found.get("for_checkers", {}))


@router.post("/{number}/decide", responses=problems(404, 409))
def decide(installation: Here, asker: Signed, number: Number, body: DecisionSaid) -> OutputTold:
    """Decide on an output, as a checker who has looked at it."""
    _standing(installation, asker, number)
    return _told(asker.output_checking(installation).decide(number, body.verdict, body.reason))


@router.post("/{number}/resubmit", responses=problems(404, 409))
def resubmit(installation: Here, asker: Signed, number: Number, body: ReasonSaid) -> OutputTold:
    """Answer the checkers' questions; they check it anew."""
    _standing(installation, asker, number)
    return _told(asker.output_checking(installation).resubmit(number, body.reason))


@router.post("/{number}/withdraw", responses=problems(404, 409))
def withdraw(installation: Here, asker: Signed, number: Number) -> OutputTold:
    """Take one's own output back."""
    _standing(installation, asker, number)
    return _told(asker.output_checking(installation).withdraw(number))


@router.post("/{number}/fetch", response_class=Response, responses=problems(404, 409) | _A_FILE)
def fetch(installation: Here, asker: Signed, number: Number) -> Response:
    """Fetch what was released; that is recorded."""
    _standing(installation, asker, number)
    released = asker.output_checking(installation).fetch(number)
    if isinstance(released, ReleasedFile):
        return attachment(released.name, released.content, "application/octet-stream")
    return attachment(f"output-{number}.csv", CSV.write(released), CSV.media_type)


def _standing(installation: Installation, asker: Asker, number: int) -> Shown:
    """Return an output without its content, under an agreement that the token, if any, is for."""
    found = asker.output_checking(installation).standing(number)
    asker.must_cover(str(found.about["agreement"]).partition("@")[0])
    return found


def _is_covered(asker: Asker, found: Shown) -> bool:
    return asker.token is None or asker.token.covers(str(found.about["agreement"]).partition("@")[0])


def _told(found: Shown) -> OutputTold:
    return OutputTold(**found.about)
