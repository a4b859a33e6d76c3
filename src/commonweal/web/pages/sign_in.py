"""Signing in with an account kept here: e-mail address and password, then a code for who has a second factor."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import Busy, NotAllowed, NotFound
from commonweal.identity import begun
from commonweal.identity.begun import Part
from commonweal.installation import signing_in
from commonweal.web.asker import Here, Visitor, address_of
from commonweal.web.entering import begun_secret, enter
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.next_place import local
from commonweal.web.page import Page, go, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    """What was typed, where to go next, and how the organisation's own sign-in is called (nothing: there is none)."""

    email: str = ""
    next: str = "/"
    elsewhere: str = ""


@dataclass(frozen=True, kw_only=True)
class CodePage(Page):
    """The code that is needed."""


@router.get("/sign-in")
def sign_in_page(request: Request, installation: Here, visitor: Visitor, next: str = "/") -> Response:
    """Show the form, or go on when somebody is signed in already."""
    if visitor is not None:
        return go(local(next))
    return _shown(request, installation, SignInPage(title="Sign in", seen_by="everyone", next=local(next)))


@router.post("/sign-in")
def sign_in(request: Request, installation: Here, form: FilledForm) -> Response:
    """Check the password; every mistake gets the same words."""
    next_place = local(form.text("next"))
    email = form.required("email", "Enter your e-mail address", longest=320)
    password = form.raw("password")
    if not password:
        form.problems.setdefault("password", "Enter your password")
    if not form.problems:
        try:
            found = signing_in.with_password(installation, email, password, address_of(request), next_place=next_place)
            return enter(request, found)
        except NotAllowed as error:
            form.problems["email"] = f"{error.message} {error.remedy}"
        except Busy as error:
            form.problems["email"] = f"{error.message} {error.remedy}"
            return _shown(request, installation, _again(form, email, next_place), busy=error)
    return _shown(request, installation, _again(form, email, next_place))


@router.get("/sign-in/code")
def code_page(request: Request, installation: Here) -> Response:
    """Ask for the code, if a password was right just before."""
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        waiting = begun.find(connection, begun_secret(request), Part.CODE, now)
    if waiting is None:
        return go("/sign-in")
    return show(request, "sign_in/code.html", _code_page({}))


@router.post("/sign-in/code")
def code(request: Request, installation: Here, form: FilledForm) -> Response:
    """Check the code."""
    typed = form.required("code", "Enter the code", longest=40)
    status = 200
    if not form.problems:
        try:
            return enter(request, signing_in.with_code(installation, begun_secret(request), typed, address_of(request)))
        except NotFound:
            return go("/sign-in")
        except (NotAllowed, Busy) as error:
            form.problems["code"] = f"{error.message} {error.remedy}"
            status = error.http_status if isinstance(error, Busy) else 200
    return show(request, "sign_in/code.html", _code_page(form.problems), status=status)


def _again(form: FilledForm, email: str, next_place: str) -> SignInPage:
    return SignInPage(title="Sign in", seen_by="everyone", next=next_place, email=email, problems=form.problems)


def _code_page(problems: dict[str, str]) -> CodePage:
    back = ("/sign-in", "Back")
    return CodePage(title="Enter your code", seen_by="who is signing in", has_form=True, problems=problems, back=back)


def _shown(request: Request, installation: Here, page: SignInPage, *, busy: Busy | None = None) -> Response:
    settings = installation.settings.oidc
    whole = SignInPage(
        title=page.title,
        seen_by=page.seen_by,
        has_form=True,
        problems=page.problems,
        email=page.email,
        next=page.next,
        elsewhere=settings.title if settings.issuer else "",
    )
    response = show(request, "sign_in/sign_in.html", whole, status=429 if busy else 200)
    if busy:
        response.headers["Retry-After"] = str(busy.retry_after)
    return response
