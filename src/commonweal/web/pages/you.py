"""Your own page: who you are here, how you sign in, where you are signed in."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, Busy, NotAllowed
from commonweal.identity import passwords, second_factor, sessions, tokens
from commonweal.identity.permission import Act, Thing
from commonweal.identity.sessions import Session
from commonweal.installation import signing_in
from commonweal.web.asker import Here, Signed, address_of
from commonweal.web.entering import carry
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class YouPage(Page):
    """Who you are, how you sign in, and where you are signed in."""

    organisation: str
    has_password: bool
    has_app: bool
    codes_left: int
    sessions: tuple[Session, ...]
    tokens: int
    manages: bool


@dataclass(frozen=True, kw_only=True)
class PasswordPage(Page):
    """The password, changed."""


@router.get("/you")
def you_page(request: Request, installation: Here, asker: Signed) -> Response:
    """Show who is signed in."""
    email = asker.person.email
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        working = [each for each in tokens.tokens_of(connection, email) if each.works(now)]
        page = YouPage(
            title=asker.person.name or email,
            seen_by="you",
            organisation=catalogue.organisation(connection, asker.person.organisation).title,
            has_password=passwords.kept_hash(connection, email) is not None,
            has_app=second_factor.is_set_up(connection, email),
            codes_left=second_factor.recovery_codes_left(connection, email),
            sessions=sessions.sessions_of(connection, email, now),
            tokens=len(working),
            manages=asker.may(Act.MANAGE_PEOPLE, Thing(organisation=asker.person.organisation)),
        )
    return show(request, "you/you.html", page)


@router.post("/you/sessions/end-others")
def end_others(installation: Here, asker: Signed) -> Response:
    """End all sessions but this one."""
    if asker.session is not None:
        signing_in.end_others(installation, asker.session)
    return go("/you", done="others-ended")


@router.get("/you/password")
def password_page(request: Request, asker: Signed) -> Response:
    """Ask for the old and the new password."""
    return _password(request, {})


@router.post("/you/password")
def change_password(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Change the password."""
    old, new, status = form.raw("old"), form.raw("new"), 200
    if not old:
        form.problems["old"] = "Enter your present password"
    if not new:
        form.problems["new"] = "Choose a new password"
    if not form.problems and asker.session is not None:
        try:
            found = signing_in.change_password(installation, asker.session, old, new, address_of(request))
            return carry(request, go("/you", done="password-changed"), found)
        except BadInput as error:
            form.fault("new", error)
        except NotAllowed:
            form.problems["old"] = "This is not your present password."
        except Busy as error:
            form.problems["old"], status = f"{error.message} {error.remedy}", error.http_status
    return _password(request, form.problems, status=status)


def _password(request: Request, problems: dict[str, str], *, status: int = 200) -> Response:
    page = PasswordPage(title="Change your password", seen_by="you", problems=problems, back=("/you", "Your page"))
    return show(request, "you/password.html", page, status=status)
