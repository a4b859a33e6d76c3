"""A dataset's page, and what can be downloaded of it: its contract, never its data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fastapi import Request
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import about_whom, unclassified, without_levels
from commonweal.catalogue.names import NAME
from commonweal.catalogue.odcs import write_contract
from commonweal.errors import NotFound
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation.involvement import all_that_stand
from commonweal.web.asker import Here, Signed
from commonweal.web.cards import Agreed, may_change, organisation_titles, rows_in_words
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show
from commonweal.web.rooms import is_served
from commonweal.web.sections import Section, Shown, sections_of

router = page_router()


@dataclass(frozen=True, kw_only=True)
class DatasetPage(Page):
    """A dataset in short, then its sections."""

    reference: str
    organisation: str
    description: str
    about: tuple[str, ...]
    membership: str
    rows: str
    as_of: date
    contract_version: str
    contract_status: str
    ask_under: tuple[Agreed, ...]
    unclassified: tuple[str, ...]
    without_levels: tuple[str, ...]
    sections: tuple[Section, ...]
    may_change: bool
    may_request: bool


MEMBERSHIP = {
    "known": "Others may know who is in it",
    "secret": "Being in it is itself a secret",
}


@router.get("/catalogue/{organisation}/{name}")
def dataset_page(request: Request, installation: Here, asker: Signed, organisation: str, name: str) -> Response:
    """Show a dataset."""
    asker.must(Act.SEE_CATALOGUE)
    dataset = dataset_named(installation, organisation, name)
    contract = dataset.contract
    with installation.reading() as connection:
        stand = all_that_stand(installation, connection)
        shown = Shown(request, connection, installation, asker, dataset, stand)
        sections = sections_of(shown)
        title = organisation_titles(connection).get(organisation, organisation)
    change = may_change(asker, dataset)
    under = [each for each in shown.own if each.names(asker.person)]
    return show(
        request,
        "catalogue/dataset.html",
        DatasetPage(
            title=dataset.reference,
            seen_by="everyone signed in; its stewards see more",
            back=("/catalogue", "Catalogue"),
            reference=dataset.reference,
            organisation=title,
            description=contract.description,
            about=tuple(about_whom(contract)),
            membership=MEMBERSHIP[contract.membership],
            rows=rows_in_words(dataset, asker),
            as_of=dataset.snapshot.as_of,
            contract_version=contract.version,
            contract_status=contract.status,
            ask_under=tuple(Agreed(each.agreement.id, each.agreement.title) for each in under),
            unclassified=tuple(unclassified(contract)) if change else (),
            without_levels=tuple(without_levels(contract)) if change else (),
            sections=sections,
            may_change=change,
            may_request=is_served(request, "/requests/new"),
        ),
    )


@router.get("/catalogue/{organisation}/{name}/contract.odcs.yaml")
def contract_file(installation: Here, asker: Signed, organisation: str, name: str) -> Response:
    """Hand out the contract as an ODCS file."""
    asker.must(Act.SEE_CATALOGUE)
    dataset = dataset_named(installation, organisation, name)
    headers = {"Content-Disposition": f'attachment; filename="{organisation}.{name}.odcs.yaml"'}
    return Response(write_contract(dataset.contract), media_type="application/yaml", headers=headers)


def dataset_named(installation: Installation, organisation: str, name: str) -> Dataset:
    """Return the dataset of an address; `NotFound` also for what could not be a name."""
    if not (NAME.fullmatch(organisation) and NAME.fullmatch(name)):
        raise NotFound("There is no dataset of that name.", remedy="Search the catalogue for it.")
    with installation.reading() as connection:
        return catalogue.dataset(connection, f"{organisation}/{name}")
