"""Questions, for programs: ask, or be told what would happen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import JSONResponse, Response

from commonweal.errors import BadInput, Refused
from commonweal.gateway.answer import Answer
from commonweal.gateway.kept.store import is_kept
from commonweal.web.api.answer_shapes import FORMS, NOT_ACCEPTABLE, REFUSED, AnswerBody, ExplanationBody, QuestionAsked
from commonweal.web.api.problems import problems
from commonweal.web.asker import Here, Signed
from commonweal.web.asking import Asked, asked, explained, once_only
from commonweal.web.formats import Form, accepted
from commonweal.web.forms import must_be_ours

router = APIRouter(prefix="/api/questions", tags=["questions"])

_LONGEST_KEY = 200


@router.post(
    "",
    response_model=AnswerBody | ExplanationBody,
    responses=problems(404, 409, 429)
    | REFUSED
    | NOT_ACCEPTABLE
    | {200: {"content": FORMS, "description": "The answer"}},
)
def ask(
    request: Request,
    installation: Here,
    asker: Signed,
    question: QuestionAsked,
    accept: Annotated[str, Header()] = "",
    idempotency_key: Annotated[str | None, Header(description="Sent again with the same question, asks once")] = None,
) -> Response:
    """Ask a question under an agreement.

    The answer is protected by the agreement and recorded before it is handed over; it comes as JSON, CSV or an Arrow
    stream, as Accept says. What the agreement does not permit is a problem with the clause, the reasons, the remedy, who
    can change it, and the nearest question that would be permitted.
    """
    must_be_ours(request)
    form = accepted(accept)
    asker.must_cover(question.agreement)
    wanted = Asked(question.sql, question.agreement, question.plain)

    def work() -> Answer | dict[str, Any]:
        if not question.explain:
            return asked(installation, asker, wanted)
        explanation = explained(installation, asker, wanted)
        if explanation.refusal is not None:
            raise _with_steps(explanation.refusal, explanation.as_dict()["explanation"])
        return explanation.as_dict()

    if idempotency_key is None:
        found = work()
    else:
        found = once_only(installation, asker, _checked(idempotency_key), question.model_dump(), work)
    if not isinstance(found, Answer):
        return JSONResponse(found)
    return _as_response(installation, found, form)


def _as_response(installation: Here, answer: Answer, form: Form) -> Response:
    """Return an answer in a form; Content-Location is where it can be opened again, if it is kept."""
    number = answer.receipt.index
    headers = {"Vary": "Accept", "Answer-Entry": str(number)}
    with installation.reading() as connection:
        if is_kept(connection, number):
            headers["Content-Location"] = f"/api/answers/{number}"
    return Response(form.write(answer), media_type=form.media_type, headers=headers)


def _with_steps(refusal: Refused, steps: object) -> Refused:
    """Return a refusal with what each step before it decided."""
    return Refused(
        refusal.clause,
        refusal.reasons,
        remedy=refusal.remedy,
        who=refusal.who,
        nearest=refusal.nearest,
        reference=refusal.reference,
        details={**refusal.details, "explanation": steps},
    )


def _checked(key: str) -> str:
    if not key.strip() or len(key) > _LONGEST_KEY:
        raise BadInput(
            "This is not an Idempotency-Key.",
            why=f"It has 1 to {_LONGEST_KEY} characters.",
            remedy="Send a random one, for example a UUID.",
        )
    return key
