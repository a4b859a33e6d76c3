"""An invitation's page: whom it is for, and the password they choose."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import BadInput
from commonweal.installation import signing_in
from commonweal.web.asker import Here
from commonweal.web.entering import enter
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.page import Page, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class InvitationPage(Page):
    """Whom the invitation is for."""

    email: str


@router.get("/invitation/{secret}")
def invitation_page(request: Request, installation: Here, secret: str) -> Response:
    """Show whom the link is for; looking at it does not use it up, since programs that check mail look at links."""
    return _shown(request, signing_in.invited(installation, secret)[1].email, {})


@router.post("/invitation/{secret}")
def accept(request: Request, installation: Here, form: FilledForm, secret: str) -> Response:
    """Set the password and sign in."""
    _, person = signing_in.invited(installation, secret)
    password = form.raw("password")
    if not password:
        form.problems.setdefault("password", "Choose a password")
    else:
        try:
            return enter(request, signing_in.accept(installation, secret, password))
        except BadInput as error:
            form.fault("password", error)
    return _shown(request, person.email, form.problems)


def _shown(request: Request, email: str, problems: dict[str, str]) -> Response:
    page = InvitationPage(
        title="Choose your password", seen_by="who has this link", has_form=True, email=email, problems=problems
    )
    return show(request, "sign_in/invitation.html", page)
