"""A refusal as a page: it is an outcome, not an error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import Request

from commonweal.errors import Refused
from commonweal.gateway.examples import Example
from commonweal.gateway.pointing import Piece, pieces
from commonweal.web.asking import Asked
from commonweal.web.page import Page
from commonweal.web.routes import has_page

if TYPE_CHECKING:
    from commonweal.agreement.clause import Contact
    from commonweal.agreement.document import Agreement


@dataclass(frozen=True, kw_only=True)
class RefusalPage(Page):
    """Clause, reasons, the words concerned, who can change it, and what could be asked instead, the nearest first.

    `contacts` are of the parties that can change it: their organisation, and whom to write to. `request` is the address
    of a request for it, filled in; empty where there is none.
    """

    agreement_id: str
    agreement_title: str
    clause: str
    reasons: tuple[str, ...]
    remedy: str
    who: str
    contacts: tuple[tuple[str, Contact], ...]
    pieces: tuple[Piece, ...]
    sql: str
    plain: bool
    nearest: tuple[Example, ...]
    request: str


MOST_NEAREST = 3


def refusal_page(
    request: Request, question: Asked, agreement: Agreement, refusal: Refused, begin: Sequence[Example]
) -> RefusalPage:
    """Return the page of a refusal of a question under an agreement; `begin` are examples that it permits."""
    entry = re.fullmatch(r"entry (\d+)", refusal.reference)
    by_people = refusal.who.startswith("the officers")
    contacts = tuple(
        (party.organisation, party.contact)
        for party in agreement.parties
        if by_people and re.search(rf"\b{re.escape(party.organisation)}\b", refusal.who)
    )
    address = ""
    if by_people and entry and has_page(request, "/requests/new"):
        address = "/requests/new?" + urlencode({"agreement": agreement.id, "entry": entry[1]})
    return RefusalPage(
        title=f"This question cannot be answered under {agreement.title}",
        seen_by="you",
        entry=int(entry[1]) if entry else None,
        agreement_id=agreement.id,
        agreement_title=agreement.title,
        clause=refusal.clause,
        reasons=tuple(reason[:1].upper() + reason[1:] for reason in refusal.reasons),
        remedy=refusal.remedy,
        who=refusal.who,
        contacts=contacts,
        pieces=pieces(question.sql, refusal),
        sql=question.sql,
        plain=question.plain,
        nearest=_nearest(refusal, question.sql, begin),
        request=address,
    )


def _nearest(refusal: Refused, sql: str, begin: Sequence[Example]) -> tuple[Example, ...]:
    """Return what could be asked: what the refusal names, then examples about the tables that the question reads."""
    words = set(re.findall(r"\w+", sql.lower()))
    alike = [each for each in begin if set(re.findall(r"from (\w+)", each.sql)) & words]
    named = [Example("The nearest question", refusal.nearest)] if refusal.nearest else []
    return tuple([*named, *(alike or begin)][:MOST_NEAREST])
