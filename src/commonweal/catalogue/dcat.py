"""Datasets described for other catalogues: DCAT-AP 3.0.1 as an RDF graph. Pure, and of nothing but what may be public.

A dataset is offered as a service that is asked under an agreement, never as a file. The agreement is named by
``odrl:hasPolicy``, under the address that its own ODRL document has.
Source: https://semiceu.github.io/DCAT-AP/releases/3.0.1/
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import about_whom, joins_of
from commonweal.catalogue.standards import STANDARDS

if TYPE_CHECKING:
    from rdflib import Graph, URIRef

PREFIXES: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "adms": "http://www.w3.org/ns/adms#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes; written out, so that reading a description needs no network."""

_RESTRICTED = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"
_ENGLISH = "http://publications.europa.eu/resource/authority/language/ENG"


@dataclass(frozen=True)
class Policy:
    """An agreement under which a dataset may be asked about: its address, what it is called, where it can be read."""

    address: str
    title: str
    page: str


@dataclass(frozen=True)
class Contact:
    """Whom to write to about a dataset."""

    name: str
    email: str


@dataclass(frozen=True)
class Offer:
    """A dataset as it is offered: whose it is in words, the agreements that use it, whom to write to if that is known."""

    dataset: Dataset
    organisation: str
    policies: tuple[Policy, ...]
    contact: Contact | None = None


@dataclass(frozen=True)
class Publication:
    """What publishes: the address of the installation (without a slash at the end), and what it is called."""

    base: str
    name: str

    def dataset(self, reference: str) -> str:
        """Return the address that names a dataset, as agreements' ODRL documents name it."""
        return f"{self.base}/datasets/{reference}"

    def organisation(self, name: str) -> str:
        """Return the address that names an organisation."""
        return f"{self.base}/organisations/{name}"


@dataclass(frozen=True)
class Part:
    """One page of a catalogue: its address, the addresses of the others, how many datasets there are in all."""

    address: str
    first: str
    last: str
    next: str = ""
    previous: str = ""
    total: int = 0


def dataset_graph(offer: Offer, publication: Publication) -> Graph:
    """Return the description of one dataset, with its publisher, its service and its agreements."""
    graph = _empty()
    _add(graph, offer, publication)
    return graph


def catalogue_graph(offers: Sequence[Offer], publication: Publication, part: Part | None = None) -> Graph:
    """Return the description of a catalogue with these datasets; `part` tells which page of it this is (Hydra)."""
    from rdflib import RDF, Literal, URIRef

    graph = _empty()
    term = _terms()
    here = URIRef(f"{publication.base}/catalogue")
    keeper = URIRef(publication.base)
    graph.add((here, RDF.type, term["dcat"].Catalog))
    graph.add((here, term["dct"].title, Literal(f"Catalogue of {publication.name}", lang="en")))
    told = "Datasets that public bodies let each other ask about, under agreements that are enforced on every question."
    graph.add((here, term["dct"].description, Literal(told, lang="en")))
    graph.add((here, term["dct"].publisher, keeper))
    _in_english(graph, here)
    home = URIRef(f"{publication.base}/")
    graph.add((here, term["foaf"].homepage, home))
    graph.add((home, RDF.type, term["foaf"].Document))
    _agent(graph, keeper, publication.name)
    for offer in offers:
        graph.add((here, term["dcat"].dataset, _add(graph, offer, publication)))
        graph.add((here, term["dcat"].service, URIRef(f"{publication.dataset(offer.dataset.reference)}#service")))
    if part is not None:
        _add_part(graph, part)
    return graph


def written(graph: Graph, form: str) -> str:
    """Return a graph as text: ``turtle`` or ``json-ld`` (with its context written out)."""
    if form == "json-ld":
        text: str = graph.serialize(format="json-ld", context=dict(PREFIXES), auto_compact=False, indent=2)
        return text
    return str(graph.serialize(format="turtle"))


def _terms() -> dict[str, Any]:
    from rdflib import Namespace

    return {prefix: Namespace(address) for prefix, address in PREFIXES.items()}


def _empty() -> Graph:
    from rdflib import Graph  # imported when used: most of what the catalogue does needs no RDF

    graph = Graph(bind_namespaces="none")
    for prefix, address in PREFIXES.items():
        graph.bind(prefix, address)
    return graph


def _agent(graph: Graph, who: URIRef, name: str) -> None:
    from rdflib import RDF, Literal

    foaf = _terms()["foaf"]
    graph.add((who, RDF.type, foaf.Agent))
    graph.add((who, foaf.name, Literal(name, lang="en")))


def _add(graph: Graph, offer: Offer, publication: Publication) -> URIRef:
    """Add a dataset and what hangs on it; return its address."""
    from rdflib import RDF, XSD, Literal, URIRef

    term, dataset = _terms(), offer.dataset
    dcat, dct = term["dcat"], term["dct"]
    here = URIRef(publication.dataset(dataset.reference))
    owner = URIRef(publication.organisation(dataset.organisation))
    page = URIRef(f"{publication.base}/catalogue/{dataset.reference}")
    graph.add((here, RDF.type, dcat.Dataset))
    graph.add((here, dct.title, Literal(f"{dataset.name.replace('_', ' ')} ({offer.organisation})", lang="en")))
    graph.add((here, dct.description, Literal(_described(offer), lang="en")))
    graph.add((here, dct.identifier, Literal(dataset.reference)))
    graph.add((here, dct.publisher, owner))
    _in_english(graph, here)
    graph.add((here, dct.modified, Literal(dataset.snapshot.as_of.isoformat(), datatype=XSD.date)))
    graph.add((here, dcat.version, Literal(dataset.contract.version)))
    graph.add((here, dcat.landingPage, page))
    for word in _keywords(offer):
        graph.add((here, dcat.keyword, Literal(word, lang="en")))
    graph.add((page, RDF.type, term["foaf"].Document))
    _agent(graph, owner, offer.organisation)
    _restricted(graph, here)
    _add_contact(graph, here, offer)
    _add_period(graph, here, dataset)
    for policy in offer.policies:
        agreed = URIRef(policy.address)
        graph.add((here, term["odrl"].hasPolicy, agreed))
        graph.add((agreed, RDF.type, term["odrl"].Agreement))
        graph.add((agreed, RDF.type, term["odrl"].Policy))
        graph.add((agreed, dct.title, Literal(policy.title, lang="en")))
        graph.add((agreed, term["rdfs"].seeAlso, URIRef(policy.page)))
    _add_service(graph, here, page, owner, offer, publication)
    return here


def _add_service(
    graph: Graph, here: URIRef, page: URIRef, owner: URIRef, offer: Offer, publication: Publication
) -> None:
    """Add how the data is to be had: a service that answers questions under an agreement."""
    from rdflib import RDF, Literal, URIRef

    term = _terms()
    dcat, dct = term["dcat"], term["dct"]
    way, service = URIRef(f"{here}#access"), URIRef(f"{here}#service")
    graph.add((here, dcat.distribution, way))
    graph.add((way, RDF.type, dcat.Distribution))
    graph.add((way, dct.title, Literal("Questions, answered under an agreement", lang="en")))
    graph.add((way, dcat.accessURL, page))
    graph.add((way, dcat.accessService, service))
    graph.add((service, RDF.type, dcat.DataService))
    graph.add((service, dct.title, Literal(f"Questions about {offer.dataset.reference}", lang="en")))
    graph.add((service, dcat.endpointURL, URIRef(f"{publication.base}/api")))
    graph.add((service, dcat.endpointDescription, URIRef(f"{publication.base}/api/openapi.json")))
    graph.add((service, dcat.servesDataset, here))
    graph.add((service, dct.publisher, owner))
    _restricted(graph, service)
    _add_contact(graph, service, offer)


def _in_english(graph: Graph, what: URIRef) -> None:
    from rdflib import RDF, URIRef

    dct = _terms()["dct"]
    graph.add((what, dct.language, URIRef(_ENGLISH)))
    graph.add((URIRef(_ENGLISH), RDF.type, dct.LinguisticSystem))


def _restricted(graph: Graph, what: URIRef) -> None:
    """Say that access is for those whom an agreement names."""
    from rdflib import RDF, URIRef

    dct = _terms()["dct"]
    graph.add((what, dct.accessRights, URIRef(_RESTRICTED)))
    graph.add((URIRef(_RESTRICTED), RDF.type, dct.RightsStatement))


def _add_contact(graph: Graph, what: URIRef, offer: Offer) -> None:
    from rdflib import RDF, Literal, URIRef

    if offer.contact is None:
        return
    term = _terms()
    contact = URIRef(f"{str(what).partition('#')[0]}#contact")
    graph.add((what, term["dcat"].contactPoint, contact))
    graph.add((contact, RDF.type, term["vcard"].Kind))
    graph.add((contact, term["vcard"].fn, Literal(offer.contact.name)))
    graph.add((contact, term["vcard"].hasEmail, URIRef(f"mailto:{offer.contact.email}")))


def _add_period(graph: Graph, here: URIRef, dataset: Dataset) -> None:
    """Add the time that the data covers, where one column of months says so."""
    from rdflib import RDF, XSD, Literal, URIRef

    periods = {column.levels.months for column in dataset.contract.columns if column.levels and column.levels.months}
    if len(periods) != 1:
        return
    term = _terms()
    first, last = next(iter(periods))
    period = URIRef(f"{here}#period")
    graph.add((here, term["dct"].temporal, period))
    graph.add((period, RDF.type, term["dct"].PeriodOfTime))
    graph.add((period, term["dcat"].startDate, Literal(first.isoformat(), datatype=XSD.date)))
    graph.add((period, term["dcat"].endDate, Literal(_last_day(last).isoformat(), datatype=XSD.date)))


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _described(offer: Offer) -> str:
    """Return what a dataset is: its contract's words, or whom it is about."""
    about = ", ".join(about_whom(offer.dataset.contract)) or "something that is not said yet"
    return offer.dataset.contract.description or f"Records about {about}, held by {offer.organisation}."


def _keywords(offer: Offer) -> list[str]:
    contract = offer.dataset.contract
    joins = [STANDARDS[standard].title for standard in joins_of(contract)]
    return list(dict.fromkeys([entity.kind for entity in contract.entities] + joins))


def _add_part(graph: Graph, part: Part) -> None:
    """Say which page of the catalogue this is, in the way that harvesters follow."""
    from rdflib import RDF, XSD, Literal, URIRef

    hydra, here = _terms()["hydra"], URIRef(part.address)
    graph.add((here, RDF.type, hydra.PagedCollection))
    graph.add((here, hydra.totalItems, Literal(part.total, datatype=XSD.integer)))
    named = {"firstPage": part.first, "lastPage": part.last, "nextPage": part.next, "previousPage": part.previous}
    for name, address in named.items():
        if address:
            graph.add((here, hydra[name], Literal(address)))
