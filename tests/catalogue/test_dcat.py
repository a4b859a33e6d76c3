from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, ODRL2, RDF, Graph, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import SH

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot, Source
from commonweal.catalogue.dcat import (
    Contact,
    Offer,
    Part,
    Policy,
    Publication,
    catalogue_graph,
    dataset_graph,
    written,
)
from commonweal.catalogue.levels import Levels, Scale

SHARED = Path(os.environ.get("COMMONWEAL_SHARED", Path(__file__).parents[3] / "shared"))
SHAPES = SHARED / "data" / "standards" / "dcat-ap" / "dcat-ap-SHACL-3.0.1.ttl"
PUBLICATION = Publication("https://data.northbank.example", "data.northbank.example")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")

MONTHS = Levels(Scale.MONTHS, months=(date(2023, 1, 1), date(2026, 2, 1)))
CONTRACT = Contract(
    "northbank-housing",
    "housing",
    "2.1.0",
    (
        Column("uprn", "integer", "BIGINT", Kind.LINK),
        Column("arrears_secret_name", "number", "DOUBLE", Kind.SENSITIVE, description="not to be told"),
        Column("began", "date", "DATE", Kind.QUASI, levels=MONTHS),
    ),
    (EntityKey("household", "uprn"),),
    'Homes that the council lets "with quotes" <and tags>\nand lines',
)
DATASET = Dataset(
    "northbank",
    "housing",
    CONTRACT,
    Snapshot("ab" * 32, Path("/srv/secret-place/x.parquet"), 2597, date(2026, 11, 24), 3, {"began": ("2023-01-01",)}),
    Source(Path("/srv/somebody/export.csv"), "cd" * 32),
)
OFFER = Offer(
    DATASET,
    "Northbank Council",
    (
        Policy(
            "https://data.northbank.example/agreements/arrears/1",
            "Arrears and care",
            "https://data.northbank.example/register/arrears",
        ),
    ),
    Contact("Information Governance", "ig@northbank.example"),
)
BARE = replace(
    OFFER,
    dataset=replace(DATASET, name="bare", contract=Contract("b", "bare", "1", CONTRACT.columns[:1], ())),
    policies=(),
    contact=None,
)


def test_a_description_says_what_it_is_and_under_which_agreement() -> None:
    graph = dataset_graph(OFFER, PUBLICATION)
    here = URIRef("https://data.northbank.example/datasets/northbank/housing")
    assert (here, RDF.type, DCAT.Dataset) in graph
    assert str(graph.value(here, DCTERMS.description)) == CONTRACT.description
    assert graph.value(here, ODRL2.hasPolicy) == URIRef("https://data.northbank.example/agreements/arrears/1")
    period = graph.value(here, DCTERMS.temporal)
    assert (str(graph.value(period, DCAT.startDate)), str(graph.value(period, DCAT.endDate))) == (
        "2023-01-01",
        "2026-02-28",
    )


def test_nothing_is_told_that_is_not_public() -> None:
    """Not a column, a number of rows, a place on disk, the name of a snapshot, or who sent the file."""
    for form in ("turtle", "json-ld"):
        text = written(catalogue_graph([OFFER, BARE], PUBLICATION), form)
        for hidden in ("arrears_secret_name", "not to be told", "2597", "secret-place", "somebody", "abab", "cdcd"):
            assert hidden not in text, (form, hidden)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD
def test_both_forms_say_the_same_and_read_back() -> None:
    graph = catalogue_graph([OFFER, BARE], PUBLICATION)
    read = [Graph().parse(data=written(graph, form), format=form) for form in ("turtle", "json-ld")]
    assert isomorphic(graph, read[0])
    assert isomorphic(read[0], read[1])


def test_a_page_of_the_catalogue_leads_to_the_next() -> None:
    here = "https://data.northbank.example/catalogue.ttl?page=2"
    part = Part(here, here[:-1] + "1", here[:-1] + "3", here[:-1] + "3", here[:-1] + "1", 250)
    graph = catalogue_graph([OFFER], PUBLICATION, part)
    assert str(graph.value(URIRef(here), HYDRA.nextPage)) == here[:-1] + "3"
    assert int(graph.value(URIRef(here), HYDRA.totalItems)) == 250  # type: ignore[arg-type]


def shapes() -> Graph:
    """Return the shapes of DCAT-AP 3.0.1 without the two that it names and nowhere defines."""
    if not SHAPES.exists():
        pytest.skip("the shapes of DCAT-AP are in the shared folder, which is not beside the repository")
    graph = Graph().parse(SHAPES)
    for shape, part in list(graph.subject_objects(SH.property)):
        if (part, SH.path, None) not in graph:
            graph.remove((shape, SH.property, part))
    return graph


def test_it_is_what_dcat_ap_asks_for() -> None:
    graph, asked = catalogue_graph([OFFER, BARE], PUBLICATION), shapes()
    conforms, _, report = validate(graph, shacl_graph=asked)
    assert conforms, report
    graph.remove((None, DCTERMS.title, None))  # the shapes are at work
    conforms, _, _ = validate(graph, shacl_graph=asked)
    assert not conforms
