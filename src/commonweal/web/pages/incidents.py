"""Recording an incident: what went wrong, in plain words, and stopping the agreement with it if need be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement import store
from commonweal.agreement.comments.comment import LONGEST
from commonweal.agreement.incidents import store as incidents
from commonweal.agreement.incidents.incident import AFFECTED_WORDS, Affected, Incident, ToldIco
from commonweal.agreement.register.public import slug
from commonweal.errors import BadInput
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation
from commonweal.installation.listening import Told, record_incident
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

ICO_CHOICES: Mapping[ToldIco, str] = {
    ToldIco.YES: "Yes",
    ToldIco.NOT_YET: "Not yet",
    ToldIco.NOT_NEEDED: "No: a risk to people is unlikely",
}


@dataclass(frozen=True, kw_only=True)
class IncidentPage(Page):
    """The form for an incident, with what was typed, and the incidents recorded before."""

    agreement: str
    slug: str
    known: tuple[Incident, ...]
    typed: Mapping[str, str]
    suspend: bool
    ico: Mapping[str, str]
    bands: Mapping[str, str]
    longest: int = LONGEST


@router.get("/register/{identifier}/incident")
def incident_form(request: Request, installation: Here, asker: Signed, identifier: str) -> Response:
    """Show the form."""
    return show(request, "register/incident.html", _page(installation, asker, identifier, Filled()))


@router.post("/register/{identifier}/incident")
def incident(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Record an incident, and suspend the agreement in the same transaction if that was ticked."""
    agreement = identifier.removeprefix("~")
    _must(installation, asker, agreement)
    told = _told(form)
    if told is not None:
        try:
            person = asker.person
            record_incident(installation, agreement, person.organisation, told, by=person.email)
            done = "incident-suspended" if told.suspend else "incident-recorded"
            return go(f"/register/{slug(agreement)}/incident", done=done)
        except BadInput as error:
            field = "held_until" if "kept back" in error.message else "happened" if "day" in error.message else "what"
            form.fault(field, error)
    return show(request, "register/incident.html", _page(installation, asker, identifier, form))


def _told(form: Filled) -> Told | None:
    """Return what was said, or None with the problems noted."""
    happened = _day(form, "happened", "Give the day on which it happened.", needed=True)
    held_until = _day(form, "held_until", "Give the last day on which it is kept back.", needed=False)
    what = form.required("what", "Say what happened.", longest=LONGEST)
    done = form.required("done", "Say what was done.", longest=LONGEST)
    if form.text("told_ico") not in set(ToldIco):
        form.problems.setdefault("told_ico", "Say whether the Information Commissioner was told.")
    if form.text("affected") not in set(Affected):
        form.problems.setdefault("affected", "Say how many people it touched.")
    if held_until is not None and not form.text("held_because"):
        form.problems.setdefault("held_because", "Say why it is kept back; it will be shown afterwards.")
    if form.problems or happened is None:
        return None
    return Told(
        happened,
        what,
        done,
        ToldIco(form.text("told_ico")),
        Affected(form.text("affected")),
        suspend="suspend" in form.many("suspend"),
        held_until=held_until,
        held_because=form.text("held_because"),
    )


def _day(form: Filled, name: str, problem: str, *, needed: bool) -> date | None:
    written = form.text(name)
    if not written and not needed:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        form.problems.setdefault(name, f"{problem} Write it as 2026-12-01.")
        return None


def _must(installation: Installation, asker: Asker, agreement: str) -> tuple[str, tuple[Incident, ...]]:
    """Let officers of the parties pass; return the agreement's title and its incidents."""
    with installation.reading() as connection:
        about = store.agreement(connection, agreement)
        found = incidents.incidents(connection, [agreement])
    asker.must(Act.RECORD_INCIDENT, Thing(parties=frozenset(about.organisations)))
    asker.must_cover(agreement)
    return about.title, found


def _page(installation: Installation, asker: Asker, identifier: str, form: Filled) -> IncidentPage:
    agreement = identifier.removeprefix("~")
    title, found = _must(installation, asker, agreement)
    names = ("happened", "what", "done", "told_ico", "affected", "held_until", "held_because")
    return IncidentPage(
        title="Record an incident",
        seen_by="officers of the parties to the agreement",
        problems=form.problems,
        agreement=title,
        slug=slug(agreement),
        known=found,
        typed={name: form.text(name) for name in names},
        suspend=bool(form.many("suspend")),
        ico={key.value: words for key, words in ICO_CHOICES.items()},
        bands={key.value: words for key, words in AFFECTED_WORDS.items()},
    )
