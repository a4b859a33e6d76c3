"""Your tokens: for programs of yours that ask under agreements; made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import BadInput
from commonweal.identity import second_factor, tokens
from commonweal.identity.permission import Act, Thing
from commonweal.identity.tokens import Token
from commonweal.installation.tokens import end_of, make_token, naming, revoke_token
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.step_up import must_be_fresh

router = page_router()

_USUAL = timedelta(days=90)


@dataclass(frozen=True)
class Line:
    """One token as the list shows it: its state is works, ended or revoked."""

    token: Token
    state: str
    last_day: date


@dataclass(frozen=True, kw_only=True)
class TokensPage(Page):
    """Your tokens, what a new one may be for (titles by id), and what was typed."""

    lines: tuple[Line, ...]
    agreements: Mapping[str, str]
    name: str = ""
    chosen: tuple[str, ...] = ()
    day: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, kw_only=True)
class NewTokenPage(Page):
    """A token that was just made, with its secret, shown this once."""

    token: Token
    secret: str
    last_day: date
    address: str
    agreements: Mapping[str, str] = field(default_factory=dict)


@router.get("/you/tokens")
def tokens_page(request: Request, installation: Here, asker: Signed) -> Response:
    """List your tokens, and offer to make one."""
    with installation.reading() as connection:
        usual = (installation.ledger.now(connection) + _USUAL).date()
    return _shown(request, installation, asker, day=(str(usual.day), str(usual.month), str(usual.year)))


@router.post("/you/tokens")
def make(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Make a token and show its secret."""
    asker.must(Act.MAKE_TOKEN, Thing(maker=asker.person.email))
    must_be_fresh_if_able(installation, asker)
    name = form.required("name", "Give the token a name, so that you know later what uses it", longest=100)
    chosen = form.many("agreements")
    day = (form.text("until-day"), form.text("until-month"), form.text("until-year"))
    until = _day(day)
    if not chosen:
        form.problems["agreements"] = "Choose at least one agreement"
    if until is None:
        form.problems["until-day"] = "Enter the last day as a day, a month and a year"
    if not form.problems and until is not None:
        try:
            token, secret = make_token(
                installation,
                asker.person.email,
                name=name,
                agreements=chosen,
                until=end_of(until),
                second_factor=asker.second_factor,
                by=asker.person.email,
            )
        except BadInput as error:
            where = "until-day" if "year" in error.message else "agreements" if "agreement" in error.message else "name"
            form.fault(where, error)
        else:
            return _made(request, installation, token, secret, until)
    return _shown(request, installation, asker, problems=form.problems, name=name, chosen=chosen, day=day)


@router.post("/you/tokens/{identifier}/revoke")
def revoke(installation: Here, asker: Signed, identifier: str) -> Response:
    """Revoke one of your tokens; this needs no second factor, so that it is quick."""
    asker.must(Act.MAKE_TOKEN, Thing(maker=asker.person.email))
    revoke_token(installation, asker.person.email, identifier, by=asker.person.email)
    return go("/you/tokens", done="token-revoked")


def must_be_fresh_if_able(installation: Here, asker: Asker) -> None:
    """Ask for the second factor now of who has one: a token outlives the session that it is made in."""
    with installation.reading() as connection:
        if second_factor.is_set_up(connection, asker.person.email):
            must_be_fresh(asker, installation.ledger.now(connection))


def _day(parts: tuple[str, str, str]) -> date | None:
    try:
        found = date(int(parts[2]), int(parts[1]), int(parts[0]))
        return found if found.year < MAXYEAR else None
    except (ValueError, OverflowError):
        return None


def _made(request: Request, installation: Here, token: Token, secret: str, last_day: date) -> Response:
    page = NewTokenPage(
        title="Copy your token now",
        seen_by="you, once",
        token=token,
        secret=secret,
        last_day=last_day,
        address=installation.settings.web.url + "/api",
        back=("/you/tokens", "Your tokens"),
    )
    return show(request, "you/new_token.html", page)


def _shown(
    request: Request,
    installation: Here,
    asker: Asker,
    *,
    problems: Mapping[str, str] | None = None,
    name: str = "",
    chosen: tuple[str, ...] = (),
    day: tuple[str, str, str],
) -> Response:
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        found = tokens.tokens_of(connection, asker.person.email)
        agreements = naming(connection, asker.person.email)
    lines = tuple(
        Line(
            each,
            "works" if each.works(now) else "revoked" if each.revoked else "ended",
            (each.until - timedelta(seconds=1)).date(),
        )
        for each in found
    )
    page = TokensPage(
        title="Your tokens",
        seen_by="you",
        back=("/you", "Your page"),
        problems=problems or {},
        lines=lines,
        agreements=agreements,
        name=name,
        chosen=chosen,
        day=day,
    )
    return show(request, "you/tokens.html", page)
