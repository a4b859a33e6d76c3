"""The town after a while: one of everything that has an address, so that no route is tried on what is not there."""

from __future__ import annotations

import re
from datetime import date, timedelta

from commonweal.agreement.incidents.incident import Affected, ToldIco
from commonweal.agreement.requests.request import Wanted
from commonweal.identity import sessions, tokens
from commonweal.identity.person import Role
from commonweal.installation import acts, drafting, listening, requesting_access
from commonweal.installation.jobs import queue
from commonweal.installation.who import About, Scope, make_report
from commonweal.web.cookies import session_cookie
from commonweal.web.pages.people import _key
from tests.web import agreements as made
from tests.web.people import ANALYST, OFFICER
from tests.web.served import Served

SPARE = "spare@northbank.example"
ID = "arrears-and-care"
TWO = "two-bodies"
BOTH = ("northbank", "riverside_nhs")
SQL = "select tenancy, count(*) as n from northbank.housing group by tenancy"


def bearer(town: Served, email: str, *agreements: str) -> dict[str, str]:
    """Return the header of a new token of a person for some agreements."""
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        _, secret = tokens.make(
            connection, email, name="test", agreements=frozenset(agreements), until=now + timedelta(days=1), now=now
        )
    return {"Authorization": f"Bearer {secret}"}


def cookie_of(town: Served, email: str) -> dict[str, str]:
    """Return the cookie of a new session of a person who gave a second factor just now."""
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        _, secret = sessions.begin(connection, email, now, second_factor=True)
    return {session_cookie(town.installation.settings.web): secret}


def live(town: Served, agreement: str = ID) -> dict[str, str]:
    """Let things happen in the town; return what stands in addresses, by its name in the patterns of routes.

    Names that mean different things at different addresses are ``PREFIX/NAME``, as in ``jobs/identifier``.
    """
    acts.add_person(town.installation, SPARE, "northbank", (Role.ANALYST,))
    made.add(town.installation, made.document(TWO), signed_by=BOTH)
    with town.installation.gateway(ANALYST) as gateway:
        answer = gateway.ask(SQL, agreement=agreement)
    held = listening.receive_comment(town.installation, agreement, "Who may see this?", name="A citizen")
    told = listening.Told(
        date(2026, 1, 2), "A letter went astray.", "It came back.", ToldIco.NOT_NEEDED, Affected.NOBODY
    )
    listening.record_incident(town.installation, agreement, "northbank", told, by=OFFICER)
    scope = Scope(About.DATASET, "northbank/housing")
    report = make_report(town.installation, scope, "A citizen asked", by=OFFICER)
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        job = queue.add(connection, town.installation.ledger, "question", {"sql": SQL}, at=now, person=ANALYST)
        token, _ = tokens.make(
            connection, ANALYST, name="kept", agreements=frozenset({agreement}), until=now + timedelta(days=1), now=now
        )
    draft = drafting.make(town.installation, "northbank", {"title": "A draft"}, by=OFFICER)
    wanted = Wanted("To see more", "More is seen", ("northbank/council_tax",), agreement=agreement)
    request = requesting_access.make(town.installation, wanted, by=ANALYST)
    return {
        "drafts/identifier": draft.id,
        "part": "name",
        "parts/part": "name",
        "requests/number": str(request.number),
        "share": "northbank",
        "schema": agreement,
        "table": "none",
        "published/name": "none",
        "agreements/identifier": agreement,
        "register/identifier": agreement,
        "organisation": "northbank",
        "name": "housing",
        "number": str(answer.receipt.index),
        "index": str(answer.receipt.index),
        "reports/index": str(report.entry),
        "who/index": str(report.entry),
        "comments/identifier": held.id,
        "moderation/identifier": held.id,
        "jobs/identifier": job.id,
        "tokens/identifier": token.id[:16],
        "key": _key(town.installation, SPARE),
        "secret": "unknown",
        "form": "csv",
    }


def at(pattern: str, known: dict[str, str]) -> str:
    """Return an address of a route's pattern, filled in with what there is."""

    def filled(found: re.Match[str]) -> str:
        name = found[1].partition(":")[0]
        before = pattern[: found.start()].strip("/").rpartition("/")[2]
        return known.get(f"{before}/{name}") or known[name]

    return re.sub(r"\{([^}]+)\}", filled, pattern)
