"""People of an organisation, for its administrators: listed, added, invited, given other roles, removed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import BadInput, CommonwealError, Conflict, NotFound
from commonweal.identity import passwords, second_factor, sessions, tokens
from commonweal.identity import store as identity
from commonweal.identity.permission import Act, Thing
from commonweal.identity.person import Person, Role, role_named
from commonweal.installation import Installation, acts, people
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.step_up import must_be_fresh

router = page_router()

ROLES = {
    Role.STEWARD: "looks after datasets: adds, describes and shares them",
    Role.OFFICER: "drafts and signs agreements, decides requests, answers the public",
    Role.ANALYST: "asks questions under agreements",
    Role.CHECKER: "checks outputs before they are released",
    Role.HEAD_OF_SERVICE: "decides what data is used for, and sees what came of it",
    Role.ADMINISTRATOR: "adds people, gives them roles, takes them away",
}
"""What each role does, in a line."""


@dataclass(frozen=True)
class Line:
    """A person as the list shows them; `key` names them in addresses, where an e-mail address does not belong."""

    key: str
    person: Person


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Page):
    """The people of the organisation."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class AddPersonPage(Page):
    """What was typed about a new person."""

    roles: dict[Role, str]
    email: str = ""
    name: str = ""
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PersonPage(Page):
    """One person: their roles, and how they sign in."""

    key: str
    person: Person
    roles: dict[Role, str]
    chosen: tuple[str, ...]
    is_you: bool
    has_password: bool
    has_app: bool
    sessions: int
    tokens: int


@dataclass(frozen=True, kw_only=True)
class RemovePersonPage(Page):
    """Who is to be removed, and what ends with them."""

    key: str
    person: Person


@dataclass(frozen=True, kw_only=True)
class InvitedPage(Page):
    """The link of an invitation, shown this once."""

    person: Person
    link: str
    until: str


@router.get("/people")
def people_page(request: Request, installation: Here, asker: Signed) -> Response:
    """List the people of the asker's organisation."""
    _must_manage(asker)
    with installation.reading() as connection:
        found = identity.people(connection, asker.person.organisation)
    lines = tuple(Line(_key(installation, each.email), each) for each in found)
    return show(request, "people/list.html", PeoplePage(title="People", seen_by=_SEEN_BY, lines=lines))


@router.get("/people/add")
def add_page(request: Request, installation: Here, asker: Signed) -> Response:
    """Ask who is to be added."""
    _must_manage_now(installation, asker)
    return _adding(request, {}, "", "", ())


@router.post("/people/add")
def add(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Add a person and show the link of their invitation."""
    _must_manage_now(installation, asker)
    email = form.required("email", "Enter their e-mail address", longest=320)
    name, chosen = form.text("name"), form.many("roles")
    roles = _roles(form, chosen)
    if not form.problems:
        try:
            added = acts.add_person(installation, email, asker.person.organisation, roles, name, by=asker.person.email)
            return _invited(request, installation, added, by=asker.person.email)
        except BadInput as error:
            form.fault("name" if "name" in error.message else "email", error)
        except Conflict:  # who has it may belong to somebody else's organisation: that is not told
            form.problems["email"] = "This address cannot be added; it may be in use here already."
    return _adding(request, form.problems, email, name, chosen)


@router.get("/people/{key}")
def person_page(request: Request, installation: Here, asker: Signed, key: str) -> Response:
    """Show one person."""
    _must_manage(asker)
    return _person(request, installation, asker, _of_key(installation, asker, key), {})


@router.post("/people/{key}/roles")
def change_roles(request: Request, installation: Here, asker: Signed, form: FilledForm, key: str) -> Response:
    """Give a person other roles."""
    _must_manage_now(installation, asker)
    person, roles = _of_key(installation, asker, key), _roles(form, form.many("roles"))
    if person.email == asker.person.email and Role.ADMINISTRATOR not in roles:
        form.problems.setdefault("roles", "You cannot stop being an administrator; another administrator can do it")
    if form.problems:
        return _person(request, installation, asker, person, form.problems, form.many("roles"))
    people.change_roles(installation, person.email, roles, by=asker.person.email)
    return go(f"/people/{key}", done="roles-changed")


@router.post("/people/{key}/invite")
def invite(request: Request, installation: Here, asker: Signed, form: FilledForm, key: str) -> Response:
    """Invite a person anew, for who has forgotten their password or lost their second factor."""
    _must_manage_now(installation, asker)
    person = _of_key(installation, asker, key)
    forget = form.text("forget") == "yes"
    return _invited(request, installation, person, by=asker.person.email, forget=forget)


@router.get("/people/{key}/remove")
def remove_page(request: Request, installation: Here, asker: Signed, key: str) -> Response:
    """Say what removing a person ends, and ask."""
    _must_manage(asker)
    person = _of_key(installation, asker, key)
    title = f"Remove {person.name or person.email}"
    page = RemovePersonPage(title=title, seen_by=_SEEN_BY, key=key, person=person, back=(f"/people/{key}", "Back"))
    return show(request, "people/remove.html", page)


@router.post("/people/{key}/remove")
def remove(installation: Here, asker: Signed, key: str) -> Response:
    """Remove a person at once; this waits for no second factor, since it may have to be quick."""
    _must_manage(asker)
    person = _of_key(installation, asker, key)
    if person.email == asker.person.email:
        raise Conflict("You cannot remove yourself.", remedy="Another administrator of your organisation can.")
    people.remove_person(installation, person.email, by=asker.person.email)
    return go("/people", done="person-removed")


_SEEN_BY = "the administrators of your organisation"


def _must_manage(asker: Asker) -> None:
    asker.must(Act.MANAGE_PEOPLE, Thing(organisation=asker.person.organisation))


def _must_manage_now(installation: Installation, asker: Asker) -> None:
    """Who gives others access must have proved just now who they are."""
    _must_manage(asker)
    with installation.reading() as connection:
        must_be_fresh(asker, installation.ledger.now(connection))


def _key(installation: Installation, email: str) -> str:
    return hmac.new(installation.keys.secret("people"), email.encode(), "sha256").hexdigest()[:24]


def _of_key(installation: Installation, asker: Asker, key: str) -> Person:
    """Return the person of the asker's organisation with that key; `NotFound` for others'."""
    with installation.reading() as connection:
        for person in identity.people(connection, asker.person.organisation):
            if hmac.compare_digest(_key(installation, person.email).encode(), key.encode()):
                return person
    raise NotFound("There is no such person in your organisation.", remedy="See the list of people.")


def _roles(form: FilledForm, chosen: tuple[str, ...]) -> list[Role]:
    """Return the roles that were ticked, noting a problem when there is none."""
    try:
        roles = [role_named(each) for each in chosen]
    except CommonwealError:
        roles = []
    if not roles:
        form.problems["roles"] = "Choose at least one role"
    return roles


def _adding(request: Request, problems: dict[str, str], email: str, name: str, chosen: tuple[str, ...]) -> Response:
    page = AddPersonPage(
        title="Add a person",
        seen_by=_SEEN_BY,
        back=("/people", "People"),
        problems=problems,
        roles=ROLES,
        email=email,
        name=name,
        chosen=chosen,
    )
    return show(request, "people/add.html", page)


def _person(
    request: Request,
    installation: Installation,
    asker: Asker,
    person: Person,
    problems: dict[str, str],
    chosen: tuple[str, ...] | None = None,
) -> Response:
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        page = PersonPage(
            title=person.name or person.email,
            seen_by=_SEEN_BY,
            back=("/people", "People"),
            problems=problems,
            key=_key(installation, person.email),
            person=person,
            roles=ROLES,
            chosen=tuple(role.value for role in person.roles) if chosen is None else chosen,
            is_you=person.email == asker.person.email,
            has_password=passwords.kept_hash(connection, person.email) is not None,
            has_app=second_factor.is_set_up(connection, person.email),
            sessions=len(sessions.sessions_of(connection, person.email, now)),
            tokens=sum(each.works(now) for each in tokens.tokens_of(connection, person.email)),
        )
    return show(request, "people/person.html", page)


def _invited(
    request: Request, installation: Installation, person: Person, *, by: str, forget: bool = False
) -> Response:
    made, link = people.invite(installation, person.email, forget_second_factor=forget, by=by)
    page = InvitedPage(
        title=f"Send this link to {person.name or person.email}",
        seen_by="you, once",
        back=("/people", "People"),
        person=person,
        link=link,
        until=made.until.isoformat(),
    )
    return show(request, "people/invited.html", page)
