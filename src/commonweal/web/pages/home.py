"""The first page: what waits for whoever has signed in, or what this is for everybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.describing import unclassified
from commonweal.disclosure.profile import Rules
from commonweal.gateway.metered.accounts import Account, accounts
from commonweal.gateway.metered.opening import tag
from commonweal.identity.permission import Act, Thing
from commonweal.identity.person import Role
from commonweal.installation import Installation
from commonweal.installation.entry_words import in_words
from commonweal.installation.involvement import Stands, all_that_stand
from commonweal.ledger.keyed import full_texts
from commonweal.ledger.searching import Sought, following, search
from commonweal.web.asker import Asker, Here, Visitor
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show
from commonweal.web.rooms import is_served
from commonweal.web.waiting import Waiting, waiting_for

router = page_router()

RECENT = 5
SHORT = 100


@dataclass(frozen=True)
class MeterBar:
    """How much of the dearest account of an agreement's data is spent, and which that is."""

    secret: str
    spent: float
    cap: float

    @property
    def share(self) -> float:
        """Return the share of the cap that is spent, in per cent."""
        return 100 * self.spent / self.cap


@dataclass(frozen=True)
class OwnAgreement:
    """An agreement that concerns this person; `meter` is nothing while no shared table about its data is open."""

    id: str
    title: str
    state: str
    reason: str
    may_ask: bool
    is_metered: bool
    meter: MeterBar | None


@dataclass(frozen=True)
class OwnDataset:
    """A dataset of a steward's organisation."""

    reference: str
    rows: int
    without_kind: int


@dataclass(frozen=True)
class RecentQuestion:
    """A question this person asked: its entry, when, its text in short (or what was recorded of it), and what became of it."""

    entry: int
    time: datetime
    text: str
    agreement: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """What waits, then what is one's own; empty for a visitor, who is told what this is."""

    waiting: tuple[Waiting, ...] = ()
    agreements: tuple[OwnAgreement, ...] = ()
    datasets: tuple[OwnDataset, ...] = ()
    questions: tuple[RecentQuestion, ...] = ()
    may_add: bool = False
    may_draft: bool = False
    can_ask: bool = False


@router.get("/")
def home(request: Request, installation: Here, visitor: Visitor) -> Response:
    """Show the first page."""
    if visitor is None:
        title = "Data shared for the public good, under agreements that run"
        return show(request, "home_public.html", HomePage(title=title, seen_by="everyone"))
    person, own = visitor.person, Thing(organisation=visitor.person.organisation)
    with installation.reading() as connection:
        stand = [each for each in all_that_stand(installation, connection) if each.involves(person)]
        page = HomePage(
            title="What waits for you",
            seen_by="you",
            waiting=waiting_for(connection, installation, visitor),
            agreements=_agreements(connection, stand, visitor),
            datasets=_datasets(connection, visitor),
            questions=_questions(connection, installation, visitor),
            may_add=visitor.may(Act.ADD_DATASET, own),
            may_draft=visitor.may(Act.DRAFT_AGREEMENT, own) and is_served(request, "/agreements/new"),
            can_ask=any(each.standing.in_force and each.names(person) for each in stand),
        )
    return show(request, "home.html", page)


def _agreements(connection: Connection, stand: Sequence[Stands], asker: Asker) -> tuple[OwnAgreement, ...]:
    """Return the agreements, those that answer first."""
    spent = _dearest(connection, stand)
    found = [
        OwnAgreement(
            each.agreement.id,
            each.agreement.title,
            each.standing.state.value,
            "" if each.standing.in_force else each.standing.reason,
            each.standing.in_force and each.names(asker.person),
            not isinstance(each.agreement.safeguards.protection, Rules),
            spent.get(each.agreement.id),
        )
        for each in stand
    ]
    return tuple(sorted(found, key=lambda each: (not each.may_ask, each.state != "in-force", each.title)))


def _dearest(connection: Connection, stand: Sequence[Stands]) -> Mapping[str, MeterBar]:
    """Return for each agreement the account that is nearest its cap, of the present snapshots of its data."""
    by_dataset: dict[str, list[Account]] = {}
    for account in accounts(connection):
        by_dataset.setdefault(account.dataset, []).append(account)
    if not by_dataset:
        return {}
    present = {each.reference: tag(each) for each in catalogue.datasets_named(connection, sorted(by_dataset))}
    found: dict[str, MeterBar] = {}
    for each in stand:
        own = [
            account
            for terms in each.agreement.data
            for account in by_dataset.get(terms.dataset, ())
            if account.snapshot == present.get(terms.dataset)
        ]
        if own:
            most = max(own, key=lambda account: account.rho)
            found[each.agreement.id] = MeterBar(most.secret, most.rho, most.cap)
    return found


def _datasets(connection: Connection, asker: Asker) -> tuple[OwnDataset, ...]:
    """Return the datasets of a steward's organisation; nothing for others, who have the catalogue."""
    own = asker.person.organisation
    if Role.STEWARD not in asker.person.roles:
        return ()
    names = [key.reference for key in catalogue.keys(connection) if key.organisation == own]
    return tuple(
        OwnDataset(each.reference, each.snapshot.rows, len(unclassified(each.contract)))
        for each in catalogue.datasets_named(connection, names)
    )


def _questions(connection: Connection, installation: Installation, asker: Asker) -> tuple[RecentQuestion, ...]:
    """Return what this person asked last, with what became of it."""
    digest = installation.ledger.person_hash(asker.person.email)
    found = list(search(connection, Sought(kind="question", person=digest), limit=RECENT))
    outcomes = following(connection, [each.index for each in found if each.kind == "question.asked"])
    texts = full_texts(connection, [str(each.body.get("question", "")) for each in found])
    recent = []
    for each in found:
        text = texts.get(str(each.body.get("question", "")), str(each.body.get("sql", "The question was erased.")))
        outcome = outcomes.get(each.index)
        said = in_words(outcome or each) if outcome or each.kind != "question.asked" else "It is being worked on."
        short = " ".join(text.split())
        short = short if len(short) <= SHORT else f"{short[:SHORT]}…"
        recent.append(RecentQuestion(each.index, each.time, short, str(each.body.get("agreement", "")), said))
    return tuple(recent)
