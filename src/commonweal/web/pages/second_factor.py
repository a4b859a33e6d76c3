"""Your second factor: an app on your telephone, set up or replaced, and recovery codes for when it is lost."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import Busy, NotAllowed
from commonweal.identity import passwords, second_factor
from commonweal.identity.sessions import FRESH
from commonweal.installation import signing_in
from commonweal.web.asker import Here, Signed, address_of
from commonweal.web.entering import carry, go_on_as
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.step_up import must_be_fresh

router = page_router()


@dataclass(frozen=True, kw_only=True)
class SecondFactorPage(Page):
    """How far setting up is: not begun (nothing to show), or the secret as picture and as text."""

    has_app: bool
    has_password: bool
    picture: str = ""
    secret: str = ""


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesPage(Page):
    """Recovery codes, shown this once."""

    codes: tuple[str, ...]


@router.get("/you/second-factor")
def second_factor_page(request: Request, installation: Here, asker: Signed) -> Response:
    """Show how to set an app up."""
    return _shown(request, installation, asker, {})


@router.post("/you/second-factor/begin")
def begin(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Begin: with the second factor there is, or with the password; so a session alone cannot take an account over."""
    session, email = asker.session, asker.person.email
    assert session is not None, "below /you nobody comes with a token"
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        has_app = second_factor.is_set_up(connection, email)
        has_password = passwords.kept_hash(connection, email) is not None
    if has_app:
        must_be_fresh(asker, now)
    elif has_password:
        typed = form.raw("password")
        try:
            if not typed or not signing_in.is_right_password(installation, email, typed, address_of(request)):
                form.problems.setdefault("password", "Enter your password")
        except Busy as error:
            form.problems["password"] = f"{error.message} {error.remedy}"
    elif now - session.began > FRESH:
        raise NotAllowed("You signed in too long ago for this.", remedy="Sign out, sign in again, and do it then.")
    if form.problems:
        return _shown(request, installation, asker, form.problems)
    signing_in.begin_second_factor(installation, session)
    return go("/you/second-factor")


@router.post("/you/second-factor")
def confirm(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Check a code of the app; from now on it counts."""
    session, typed, status = asker.session, form.required("code", "Enter the code that your app shows"), 200
    assert session is not None, "below /you nobody comes with a token"
    if not form.problems:
        try:
            codes, found = signing_in.confirm_second_factor(installation, session, typed, address_of(request))
        except (NotAllowed, Busy) as error:
            form.problems["code"] = f"{error.message} {error.remedy}"
            status = error.http_status if isinstance(error, Busy) else 200
        else:
            go_on_as(request, found)
            return carry(request, _codes(request, codes), found)
    return _shown(request, installation, asker, form.problems, status=status)


@router.post("/you/recovery-codes")
def new_codes(request: Request, installation: Here, asker: Signed) -> Response:
    """Make new recovery codes; the old ones work no more."""
    with installation.reading() as connection:
        must_be_fresh(asker, installation.ledger.now(connection))
    assert asker.session is not None, "who is fresh has a session"
    return _codes(request, signing_in.new_recovery_codes(installation, asker.session))


def _codes(request: Request, codes: tuple[str, ...]) -> Response:
    title = "Keep these recovery codes"
    return show(request, "you/recovery_codes.html", RecoveryCodesPage(title=title, seen_by="you, once", codes=codes))


def _shown(
    request: Request, installation: Here, asker: Signed, problems: dict[str, str], *, status: int = 200
) -> Response:
    email, session = asker.person.email, asker.session
    with installation.reading() as connection:
        secret = (
            second_factor.begun_secret(connection, email, session.id, installation.keys.secret("second-factor"))
            if session is not None
            else None
        )
        has_app = second_factor.is_set_up(connection, email)
        has_password = passwords.kept_hash(connection, email) is not None
    picture = ""
    if secret is not None:
        name = f"commonweal ({installation.settings.name})"
        picture = second_factor.picture_for_app(second_factor.address_for_app(secret, email, name))
    page = SecondFactorPage(
        title="Replace your second factor" if has_app else "Set up a second factor",
        seen_by="you",
        problems=problems,
        back=("/you", "Your page"),
        has_app=has_app,
        has_password=has_password,
        picture=picture,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)) if secret else "",
    )
    return show(request, "you/second_factor.html", page, status=status)
