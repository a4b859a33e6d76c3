"""Which drafts whoever asks may see and change, for pages and API alike; the rule is identity's."""

from __future__ import annotations

from commonweal.agreement.drafting import store
from commonweal.agreement.drafting.places import Document
from commonweal.agreement.drafting.starting import next_version
from commonweal.catalogue import store as catalogue
from commonweal.catalogue.contract import Contract
from commonweal.identity import store as identity
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation
from commonweal.installation.agreed import titles
from commonweal.web.agreed import looked_at, must_do
from commonweal.web.asker import Asker
from commonweal.web.draft_view import Known


def drafted(installation: Installation, asker: Asker, identifier: str, act: Act = Act.SEE_DRAFT) -> store.Draft:
    """Return a draft for whoever may do an act to it: people of the organisation whose it is."""
    with installation.reading() as connection:
        found = store.draft(connection, identifier)
    asker.must(act, Thing(organisation=found.organisation))
    asker.must_cover(str(found.document.get("id", "")))
    return found


def known_here(installation: Installation) -> tuple[Known, dict[str, Contract]]:
    """Return what exists here to choose from, and the contracts of the datasets."""
    with installation.reading() as connection:
        datasets = catalogue.datasets(connection)
        names = titles(connection)
        people = {person.email: person.name or person.email for person in identity.people(connection)}
    known = {
        "organisations": {name: names[name] for name in sorted(names)},
        "datasets": {each.reference: each.reference for each in datasets},
        "people": people,
    }
    return known, {each.reference: each.contract for each in datasets}


def next_version_of(installation: Installation, asker: Asker, identifier: str) -> Document:
    """Return a draft of the next version of an agreement, for an officer of a party."""
    with installation.reading() as connection:
        found = looked_at(installation, connection, asker, identifier)
        must_do(asker, Act.PROPOSE_AGREEMENT, found, connection)
        latest = next(each for each in found.versions if each.version == found.versions[-1].version)
    return next_version(latest)
