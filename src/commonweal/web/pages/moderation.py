"""What officers do with comments from the public: read, publish, reject with a reason, answer."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement import store
from commonweal.agreement.comments import store as comments
from commonweal.agreement.comments.comment import LONGEST, Comment, CommentState
from commonweal.errors import BadInput
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation, listening
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

SEEN_BY = "officers of the parties to the agreement"


@dataclass(frozen=True, kw_only=True)
class ModerationPage(Page):
    """The comments on agreements of the officer's organisation: those that wait, those without an answer, the others."""

    waiting: tuple[Comment, ...]
    unanswered: tuple[Comment, ...]
    done: tuple[Comment, ...]
    titles: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ModeratedCommentPage(Page):
    """One comment, and what can be done with it."""

    comment: Comment
    agreement: str
    may_moderate: bool
    may_answer: bool
    reason: str = ""
    answer: str = ""
    changed: str = ""
    longest: int = LONGEST


@router.get("/register/moderation")
def moderation(request: Request, installation: Here, asker: Signed) -> Response:
    """List the comments that an officer may moderate or answer."""
    with installation.reading() as connection:
        own = {
            each.id: each for each in store.agreements(connection) if asker.person.organisation in each.organisations
        }
        if not own:
            asker.must(Act.MODERATE, Thing())
        for each in own.values():
            asker.must(Act.MODERATE, Thing(parties=frozenset(each.organisations)))
        found = comments.comments(connection, agreements=own)
    page = ModerationPage(
        title="Comments from the public",
        seen_by=SEEN_BY,
        waiting=tuple(each for each in found if each.state is CommentState.HELD),
        unanswered=tuple(each for each in found if each.state is CommentState.PUBLISHED and not each.answer),
        done=tuple(each for each in reversed(found) if each.state is CommentState.REJECTED or each.answer),
        titles={name: each.title for name, each in own.items()},
    )
    return show(request, "register/moderation.html", page)


@router.get("/register/moderation/{identifier}")
def comment(request: Request, installation: Here, asker: Signed, identifier: str) -> Response:
    """Show one comment to an officer of a party."""
    return show(request, "register/moderate.html", _page(installation, asker, identifier, Filled()))


@router.post("/register/moderation/{identifier}/publish")
def publish(installation: Here, asker: Signed, identifier: str) -> Response:
    """Publish a comment."""
    _must(installation, asker, identifier, Act.MODERATE)
    person = asker.person
    listening.publish_comment(installation, identifier, person.organisation, by=person.email)
    return go(f"/register/moderation/{identifier}", done="comment-published")


@router.post("/register/moderation/{identifier}/reject")
def reject(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Reject a comment, with a reason."""
    _must(installation, asker, identifier, Act.MODERATE)
    reason = form.required("reason", "Say why it is rejected.", longest=500)
    if not form.problems:
        try:
            person = asker.person
            listening.reject_comment(installation, identifier, person.organisation, reason, by=person.email)
            return go("/register/moderation", done="comment-rejected")
        except BadInput as error:
            form.fault("reason", error)
    return show(request, "register/moderate.html", _page(installation, asker, identifier, form))


@router.post("/register/moderation/{identifier}/answer")
def answer(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Answer a published comment, for everybody to read."""
    _must(installation, asker, identifier, Act.ANSWER_PUBLIC)
    words = form.required("answer", "Write the answer.", longest=LONGEST)
    changed = form.text("changed")
    if len(changed) > LONGEST:
        form.problems["changed"] = f"This must be {LONGEST:,} characters or fewer."
    if not form.problems:
        try:
            person = asker.person
            listening.answer_comment(
                installation, identifier, person.organisation, words, changed=changed, by=person.email
            )
            return go(f"/register/moderation/{identifier}", done="comment-answered")
        except BadInput as error:
            form.fault("answer", error)
    return show(request, "register/moderate.html", _page(installation, asker, identifier, form))


def _thing(installation: Installation, identifier: str) -> tuple[Comment, str, Thing]:
    with installation.reading() as connection:
        found = comments.comment(connection, identifier)
        about = store.agreement(connection, found.agreement)
        return found, about.title, Thing(parties=frozenset(about.organisations))


def _must(installation: Installation, asker: Asker, identifier: str, act: Act) -> None:
    found, _, thing = _thing(installation, identifier)
    asker.must(act, thing)
    asker.must_cover(found.agreement)


def _page(installation: Installation, asker: Asker, identifier: str, form: Filled) -> ModeratedCommentPage:
    found, title, thing = _thing(installation, identifier)
    asker.must(Act.MODERATE, thing)
    return ModeratedCommentPage(
        title="A comment from the public",
        seen_by=SEEN_BY,
        problems=form.problems,
        back=("/register/moderation", "Comments from the public"),
        comment=found,
        agreement=title,
        may_moderate=found.state is CommentState.HELD,
        may_answer=found.state is CommentState.PUBLISHED and asker.may(Act.ANSWER_PUBLIC, thing),
        reason=form.text("reason"),
        answer=form.text("answer") or found.answer,
        changed=form.text("changed") or found.changed,
    )
