"""Which datasets may be told of to everybody: those in an agreement that is public and that every party has signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.agreement.state import State
from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dcat import Contact, Offer, Policy, Publication
from commonweal.installation.involvement import Stands, all_that_stand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from commonweal.catalogue.dataset import Dataset
    from commonweal.installation.installation import Installation

SIGNED = frozenset({State.SIGNED, State.IN_FORCE, State.SUSPENDED})


def publication(installation: Installation) -> Publication:
    """Return under which address and name this installation publishes."""
    return Publication(installation.settings.web.url, installation.settings.name)


def public_offers(installation: Installation, connection: Connection) -> tuple[Offer, ...]:
    """Return every dataset that may be told of to everybody, by name, with the public agreements that use it."""
    stand = _public(installation, connection)
    names = sorted({terms.dataset for each in stand for terms in each.agreement.data})
    titles = {each.name: each.title for each in catalogue.organisations(connection)}
    found = catalogue.datasets_named(connection, names)
    return tuple(_offer(installation, each, titles.get(each.organisation, each.organisation), stand) for each in found)


def offer_of(installation: Installation, connection: Connection, dataset: Dataset) -> Offer:
    """Return one dataset with the public agreements that use it, there may be none."""
    titles = {each.name: each.title for each in catalogue.organisations(connection)}
    title = titles.get(dataset.organisation, dataset.organisation)
    return _offer(installation, dataset, title, _public(installation, connection))


def _public(installation: Installation, connection: Connection) -> tuple[Stands, ...]:
    return tuple(
        each
        for each in all_that_stand(installation, connection)
        if each.agreement.transparency.public and each.standing.state in SIGNED
    )


def _offer(installation: Installation, dataset: Dataset, title: str, stand: Sequence[Stands]) -> Offer:
    base = installation.settings.web.url
    using = [each.agreement for each in stand if each.uses(dataset.reference)]
    policies = tuple(
        Policy(f"{base}/agreements/{each.id}/{each.version}", each.title, f"{base}/register/{each.id}")
        for each in using
    )
    contacts = (
        Contact(party.contact.name, party.contact.email)
        for each in using
        for party in each.parties
        if party.organisation == dataset.organisation
    )
    return Offer(dataset, title, policies, next(contacts, None))
