"""Comments of the parties' officers and stewards on clauses: of a draft, and of a version of an agreement."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.agreement.clause_comments.store import on_draft
from commonweal.errors import BadInput
from commonweal.identity.permission import Act
from commonweal.installation import Installation, drafting
from commonweal.installation.agreed import about
from commonweal.web.agreed import looked_at
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.drafted import drafted
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import go

router = page_router()


@router.post("/agreements/drafts/{identifier}/comments")
def comment_on_draft(installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Comment on a clause of a draft."""
    draft = drafted(installation, asker, identifier)
    return _comment(installation, asker, on_draft(draft.id), f"/agreements/drafts/{draft.id}", form)


@router.post("/agreements/drafts/{identifier}/comments/{comment}")
def resolve_on_draft(installation: Here, asker: Signed, identifier: str, comment: str, form: FilledForm) -> Response:
    """Resolve a comment on a draft, or open it again."""
    draft = drafted(installation, asker, identifier)
    return _resolve(installation, asker, on_draft(draft.id), comment, f"/agreements/drafts/{draft.id}", form)


@router.post("/agreements/{identifier}/comments")
def comment(
    installation: Here, asker: Signed, identifier: str, form: FilledForm, version: Annotated[int, Query(ge=1)]
) -> Response:
    """Comment on a clause of a version."""
    with installation.reading() as connection:
        on = _commented(installation, connection, asker, identifier, version)
    return _comment(installation, asker, on, f"/agreements/{identifier}?version={version}", form)


@router.post("/agreements/{identifier}/comments/{comment}")
def resolve(
    installation: Here,
    asker: Signed,
    identifier: str,
    comment: str,
    form: FilledForm,
    version: Annotated[int, Query(ge=1)],
) -> Response:
    """Resolve a comment on a version, or open it again."""
    with installation.reading() as connection:
        on = _commented(installation, connection, asker, identifier, version)
    return _resolve(installation, asker, on, comment, f"/agreements/{identifier}?version={version}", form)


def _commented(installation: Installation, connection: Connection, asker: Asker, identifier: str, version: int) -> str:
    found = looked_at(installation, connection, asker, identifier, version).agreement
    asker.must(Act.COMMENT_ON_AGREEMENT, about(found))
    return found.reference


def _comment(installation: Installation, asker: Asker, on: str, back: str, form: Filled) -> Response:
    text = form.required("comment", "Write your comment.")
    if form.problems:
        raise BadInput("Nothing was added.", why=form.problems["comment"], remedy="Go back and write your comment.")
    clause, organisation = form.text("clause"), asker.person.organisation
    drafting.comment_on(installation, on, clause, organisation, text, by=asker.person.email)
    return go(back, done="clause-comment-made")


def _resolve(installation: Installation, asker: Asker, on: str, comment: str, back: str, form: Filled) -> Response:
    again = form.text("act") == "reopen"
    person = asker.person
    drafting.resolve_comment(installation, comment, on, person.organisation, by=person.email, open_again=again)
    return go(back, done="clause-comment-reopened" if again else "clause-comment-resolved")
