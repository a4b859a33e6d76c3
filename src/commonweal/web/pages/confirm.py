"""Confirming: the second factor afresh, for acts that need it now, then on to where it was needed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import Busy, NotAllowed
from commonweal.identity import second_factor
from commonweal.installation import signing_in
from commonweal.web.asker import Here, Signed, address_of
from commonweal.web.entering import carry
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.next_place import local
from commonweal.web.page import Page, go, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class ConfirmPage(Page):
    """Whether the person has a second factor here, and whether their organisation's sign-in has one that counts."""

    next: str
    has_app: bool
    elsewhere: str


@router.get("/confirm")
def confirm_page(request: Request, installation: Here, asker: Signed, next: str = "/") -> Response:
    """Ask for a code."""
    return _shown(request, installation, asker, local(next), {})


@router.post("/confirm")
def confirm(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Check the code; the session goes on under a new secret."""
    next_place, typed, status = local(form.text("next")), form.required("code", "Enter the code", longest=40), 200
    if not form.problems and asker.session is not None:
        try:
            found = signing_in.confirm(installation, asker.session, typed, address_of(request))
            return carry(request, go(next_place, done="confirmed"), replace(found, next=next_place))
        except (NotAllowed, Busy) as error:
            form.problems["code"] = f"{error.message} {error.remedy}"
            status = error.http_status if isinstance(error, Busy) else 200
    return _shown(request, installation, asker, next_place, form.problems, status=status)


def _shown(
    request: Request, installation: Here, asker: Signed, next_place: str, problems: dict[str, str], status: int = 200
) -> Response:
    settings = installation.settings.oidc
    with installation.reading() as connection:
        has_app = second_factor.is_set_up(connection, asker.person.email)
    page = ConfirmPage(
        title="Confirm it is you",
        seen_by="you",
        next=next_place,
        has_app=has_app,
        elsewhere=settings.title if settings.issuer and settings.second_factors else "",
        problems=problems,
    )
    return show(request, "sign_in/confirm.html", page, status=status)
