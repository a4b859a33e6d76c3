"""ODRL: it parses, says what the agreement says, and keeps the rules of ODRL's validators."""

from __future__ import annotations

import json
import warnings

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, XSD

from commonweal.agreement.odrl import PROFILE, odrl_document

from .agreed import changed, read

ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
DPV = Namespace("https://w3id.org/dpv#")
GDPR = Namespace("https://w3id.org/dpv/legal/eu/gdpr#")
BASE = "https://share.northbank.example/"


def graph(text: str | None = None) -> Graph:
    agreement = read() if text is None else read(text)
    with warnings.catch_warnings():
        # rdflib 7 uses a class of its own that it has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=json.dumps(odrl_document(agreement, BASE)), format="json-ld")


def test_it_is_an_agreement_with_its_profile_purpose_and_basis() -> None:
    found = graph()
    policy = URIRef(f"{BASE}agreements/arrears-and-care/1")
    assert (policy, RDF.type, ODRL.Agreement) in found
    assert list(found.objects(policy, ODRL.uid)) == [policy]
    assert list(found.objects(policy, ODRL.profile)) == [URIRef(PROFILE)]
    assert (policy, DPV.hasPurpose, DPV.ImprovePublicServices) in found
    assert set(found.objects(policy, DPV.hasLegalBasis)) == {GDPR["A6-1-e"], GDPR["A9-2-h"]}


def test_every_rule_has_exactly_one_assigner_assignee_action_and_target() -> None:
    found = graph()
    policy = URIRef(f"{BASE}agreements/arrears-and-care/1")
    rules = [*found.objects(policy, ODRL.permission), *found.objects(policy, ODRL.prohibition)]
    assert len(rules) == 3 + 6, "three datasets, one recipient each; two prohibitions for each"
    for rule in rules:
        for predicate in (ODRL.assigner, ODRL.assignee, ODRL.action, ODRL.target):
            (only,) = found.objects(rule, predicate)
            assert isinstance(only, URIRef)
        assert found.value(rule, ODRL.assigner) != found.value(rule, ODRL.assignee)
    owners = {(str(found.value(rule, ODRL.target)), str(found.value(rule, ODRL.assigner))) for rule in rules}
    assert (f"{BASE}datasets/riverside_nhs/social_care", f"{BASE}organisations/riverside_nhs") in owners


def test_constraints_are_whole_and_say_days_and_counts() -> None:
    found = graph()
    constraints = list(found.subjects(RDF.type, ODRL.Constraint))
    assert constraints
    for constraint in constraints:
        for predicate in (ODRL.leftOperand, ODRL.operator, ODRL.rightOperand):
            assert len(list(found.objects(constraint, predicate))) == 1
    rights = set(found.objects(None, ODRL.rightOperand))
    assert Literal("2027-11-30", datatype=XSD.date) in rights
    assert Literal(10) in rights


def test_withheld_columns_are_not_named_and_onward_sharing_follows_the_clause() -> None:
    text = changed(("sex: keep", "sex: keep, name: withhold"), ("onward_sharing: none", "onward_sharing: published"))
    found = graph(text)
    names = {str(name) for name in found.objects(None, URIRef(f"{PROFILE}#name"))}
    assert "sex" in names
    assert "name" not in names
    assert ODRL.distribute in set(graph().objects(None, ODRL.action))
    assert ODRL.distribute not in set(found.objects(None, ODRL.action))
