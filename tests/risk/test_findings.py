"""Every finding at every level that it knows: from an agreement on which all are low, one change at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from commonweal.catalogue.contract import Kind
from commonweal.risk.assessment import KNOWN
from commonweal.risk.finding import Finding, Judged, Known
from commonweal.risk.level import Level
from commonweal.risk.measured import LARGEST, Measured
from commonweal.risk.released import Released, SameSecret
from commonweal.risk.sources import SOURCES

from . import mild
from .mild import DOCUMENT, REPAIRS, column, contract, document, finding, with_column, with_parties

LOW, MEDIUM, HIGH, SEVERE = Level

SPECIAL = {"special_category": {"article_9": "h", "schedule_1": "health-or-social-care"}}
OFFENCE = {"criminal_offence": {"schedule_1": "preventing-or-detecting-unlawful-acts"}}


def legal(**more: Any) -> dict[str, Any]:
    return DOCUMENT["legal"] | more


def need(treatment: Any = "keep") -> Any:
    return with_column(column("need", Kind.SPECIAL), treatment, legal=legal(**SPECIAL))


def quasi(count: int, codes: int = 2) -> Any:
    named = [column(f"fact_{n}", Kind.QUASI, codes=tuple(str(i) for i in range(codes))) for n in range(count)]
    changed = document()
    changed["data"][0]["columns"] |= {each.name: "keep" for each in named}
    return changed, {REPAIRS: contract(REPAIRS, *mild.COLUMNS, *named)}


def linked(count: int, because: str | None = "it is needed") -> Any:
    """Return the document with `count` more datasets, each linked with the first."""
    changed = document()
    contracts = dict(mild.CONTRACTS)
    for number in range(count):
        reference = f"northbank/other_{number}"
        contracts[reference] = contract(reference, column("uprn", Kind.LINK, "BIGINT", unique=True))
        changed["data"].append(
            {"dataset": reference, "columns": {"uprn": "link"}} | ({"because": because} if because else {})
        )
        changed.setdefault("links", []).append([f"{REPAIRS}.uprn", f"{reference}.uprn"])
    return changed, contracts


def three_holders() -> Any:
    """Return the document with two more parties, each with a dataset of its own."""
    names = ("riverside_nhs", "helpers")
    changed, contracts = with_parties(*((name, "controller") for name in names)), dict(mild.CONTRACTS)
    for name in names:
        contracts[f"{name}/homes"] = contract(f"{name}/homes", column("uprn", Kind.LINK, "BIGINT"))
        changed["data"].append({"dataset": f"{name}/homes", "because": "it is needed", "columns": {"uprn": "link"}})
    return changed, contracts


def term(**days: str) -> dict[str, Any]:
    return document(term=DOCUMENT["term"] | days)


def purpose(**more: Any) -> dict[str, Any]:
    return document(purpose=DOCUMENT["purpose"] | more)


def police_and_care() -> Any:
    changed, _ = with_column(column("need", Kind.SPECIAL), legal=legal(**SPECIAL, **OFFENCE))
    changed["data"][0]["columns"]["arrest"] = "keep"
    both = (column("need", Kind.SPECIAL), column("arrest", Kind.SENSITIVE))
    return changed, {REPAIRS: contract(REPAIRS, *mild.COLUMNS, *both)}


def overdue(days: str) -> dict[str, Any]:
    return document(legal=legal(dpia=DOCUMENT["legal"]["dpia"] | {"review": days, "completed": "2026-11-01"}))


@dataclass(frozen=True)
class Case:
    """A finding, the level expected of it, and what is changed: a document, or a document with its contracts."""

    code: str
    level: Level
    changed: Any = field(default_factory=document)
    more: dict[str, Any] = field(default_factory=dict)

    def found(self) -> Finding:
        arguments = self.changed if isinstance(self.changed, tuple) else (self.changed,)
        return finding(self.code, *arguments, **self.more)


school = column("school_year", Kind.QUASI, "INTEGER", minimum=1, maximum=13)
CASES = [
    Case("data.special-category", HIGH, need()),
    Case("data.special-category", LOW, need("withhold")),
    Case("data.special-category", SEVERE, with_column(column("belief", Kind.SPECIAL))),
    Case("data.sensitive", MEDIUM, with_column(column("arrears", Kind.SENSITIVE, "DOUBLE"))),
    Case("data.children", MEDIUM, with_column(school)),
    Case("data.children", HIGH, with_column(column("absence_pct", Kind.SENSITIVE, "DOUBLE"))),
    Case("data.health", HIGH, need()),
    Case("data.offences", HIGH, with_column(column("arrest", Kind.SENSITIVE), legal=legal(**OFFENCE))),
    Case("data.offences", SEVERE, with_column(column("x", Kind.SPECIAL, standard="offence"), legal=legal(**SPECIAL))),
    Case("data.location", MEDIUM, with_column(column("ward", Kind.QUASI))),
    Case("data.location", MEDIUM, with_column(column("postcode", Kind.QUASI, standard="postcode"), "district")),
    Case("data.location", HIGH, with_column(column("postcode", Kind.QUASI, standard="postcode"))),
    Case("data.minimisation", MEDIUM, linked(1, because=None)),
    Case("data.quasi-columns", LOW, quasi(5)),
    Case("data.quasi-columns", MEDIUM, quasi(6)),
    Case("data.quasi-columns", HIGH, quasi(8)),
    Case("data.quasi-columns", HIGH, quasi(11)),
    Case("data.quasi-columns", SEVERE, quasi(12)),
    Case("data.detail", MEDIUM, quasi(3, codes=10)),
    Case("data.detail", HIGH, quasi(5, codes=10)),
    Case("parties.number", LOW, with_parties(("riverside_nhs", "controller"))),
    Case("parties.number", MEDIUM, with_parties(("riverside_nhs", "controller"), ("helpers", "controller"))),
    Case("parties.number", HIGH, with_parties(*((f"school_{n}", "controller") for n in range(4)))),
    Case("parties.sort", LOW, with_parties(("riverside_nhs", "controller"))),
    Case("parties.sort", MEDIUM, with_parties(("helpers", "controller"))),
    Case("parties.sort", MEDIUM, with_parties(("acme", "processor"))),
    Case("parties.sort", HIGH, with_parties(("acme", "controller"))),
    Case("parties.processors", MEDIUM, with_parties(("acme", "processor"))),
    Case("parties.own-rows", MEDIUM, with_parties(("riverside_nhs", "controller"))),
    Case("parties.own-rows", HIGH, three_holders()),
    Case("parties.onward", MEDIUM, document(onward_sharing="with-consent-of-all-parties")),
    Case("parties.onward", HIGH, document(onward_sharing="published")),
    Case("parties.abroad", MEDIUM, document(location={"countries": ["GB", "IE"], "transfer_safeguard": "adequate"})),
    Case("parties.abroad", HIGH, document(location={"countries": ["GB", "US"]})),
    Case("purpose.use", MEDIUM, purpose(code="prevention")),
    Case("purpose.use", HIGH, purpose(code="debt")),
    Case("purpose.creep", MEDIUM, with_column(column("arrest", Kind.SENSITIVE), legal=legal(**OFFENCE))),
    Case("purpose.creep", MEDIUM, purpose(aims=[f"aim {n}" for n in range(6)])),
    Case("purpose.creep", HIGH, police_and_care()),
    Case("purpose.creep", HIGH, (need()[0] | {"purpose": DOCUMENT["purpose"] | {"code": "debt"}}, need()[1])),
    Case("purpose.automated", MEDIUM, document(algorithm={"name": "a model"})),
    Case("purpose.automated", HIGH, document(automated_decisions={"used": True, "human_review": "an officer"})),
    Case("purpose.automated", SEVERE, document(automated_decisions={"used": True})),
    Case("purpose.benefit", MEDIUM, purpose(benefits=[])),
    Case("purpose.benefit", MEDIUM, purpose(benefits=[{"to": "tenants", "what": "dry homes"}])),
    Case("safe.people", HIGH, document(people=[{"email": "a@northbank.example", "role": "analyst"}])),
    Case("safe.people", MEDIUM, document(people=[], security={"training": "every year"})),
    Case("safe.people", HIGH, more={"today": mild.date(2028, 1, 1)}),
    Case("safe.projects", MEDIUM, document(legal=legal(dpia={"needed": False, "why_not_needed": "plain"}))),
    Case("safe.projects", HIGH, (linked(1)[0] | {"legal": legal(dpia={"needed": False, "why_not_needed": "x"})}, linked(1)[1])),
    Case("safe.projects", HIGH, overdue("2027-01-14")),
    Case("safe.projects", LOW, overdue("2027-01-15")),
    Case("safe.settings", MEDIUM, document(security={"environment": "own-network"})),
    Case("safe.settings", MEDIUM, document(security={"access": "managed devices", "storage": "encrypted"})),
    Case("safe.settings", HIGH, document(security={"environment": "open"})),
    Case("safe.settings", HIGH, document(security={})),
    Case("safe.data", MEDIUM, with_column(column("dob", Kind.QUASI, "DATE"))),
    Case("safe.data", LOW, with_column(column("dob", Kind.QUASI, "DATE"), {"band": "5 years"})),
    Case("safe.data", HIGH, quasi(2, codes=101)),
    Case("safe.outputs", MEDIUM),
    Case("safe.outputs", LOW, more={"metered": "standard"}),
    Case("safe.outputs", SEVERE, document(security={})),
    Case("safe.outputs", SEVERE, more={"metered": "unheard-of"}),
    Case("recognition.singling-out", MEDIUM, quasi(3, codes=10)),
    Case("recognition.singling-out", HIGH, quasi(5, codes=10)),
    Case("recognition.alone", MEDIUM, more={"measured": {}}),
    Case("recognition.alone", MEDIUM, more={"measured": {REPAIRS: Measured(LARGEST, "1 to 5 %")}}),
    Case("recognition.alone", HIGH, more={"measured": {REPAIRS: Measured(LARGEST, "20 to 50 %")}}),
    Case("recognition.alone", SEVERE, more={"measured": {REPAIRS: Measured(LARGEST, "half or more")}}),
    Case("recognition.small-population", MEDIUM, more={"measured": {}}),
    Case("recognition.small-population", HIGH, more={"measured": {REPAIRS: Measured("100 to 999", "under 1 %")}}),
    Case("recognition.small-population", SEVERE, more={"measured": {REPAIRS: Measured("under 100", "under 1 %")}}),
    Case("recognition.linkability", MEDIUM, linked(3)),
    Case("recognition.linkability", HIGH, linked(4)),
    Case("recognition.inference", MEDIUM, need()),
    Case("recognition.inference", HIGH, (need()[0] | {"safeguards": {"profile": "nhs"}}, need()[1])),
    Case("recognition.intruder", MEDIUM, need()),
    Case("recognition.intruder", HIGH, (need()[0] | {"security": {}}, need()[1])),
    Case("released.questions", MEDIUM, more={"released": Released(questions=50)}),
    Case("released.questions", HIGH, more={"released": Released(questions=500)}),
    Case("released.questions", LOW, more={"released": Released(questions=500), "metered": "standard"}),
    Case("released.tables", MEDIUM, more={"released": Released(tables=9, spent=0.064)}),
    Case("released.same-secret", MEDIUM, more={"released": Released(same_secrets=(SameSecret("x", ("a/b.c",)),))}),
    Case("released.same-secret", HIGH, more={"released": Released(same_secrets=(SameSecret("x", ("a/b.c",)),) * 3)}),
    Case("time.term", MEDIUM, term(until="2029-11-30")),
    Case("time.term", HIGH, term(until="2030-11-30")),
    Case("time.review", MEDIUM, term(until="2029-11-30", review="2028-11-30")),
    Case("time.review", HIGH, term(until="2029-11-30", review="2029-11-30")),
    Case("time.review", HIGH, more={"today": mild.date(2027, 6, 1)}),
    Case("time.retention", MEDIUM, document(retention={"results": "5 years"})),
    Case("time.retention", HIGH, document(retention={"results": "1 year", "extracts": "10 years"})),
]  # fmt: skip


def test_all_findings_of_the_mild_agreement_are_low_but_for_its_profile() -> None:
    found = {each.known.code: each.level for each in mild.assessed().findings}
    assert {code for code, level in found.items() if level is not LOW} == {"safe.outputs"}
    assert mild.assessed().level is LOW


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.level.word}")
def test_a_finding(case: Case) -> None:
    found = case.found()
    assert found.level is case.level, found.sentence
    assert found.sentence.endswith(".")
    assert bool(found.lower) == (found.level is not LOW)


def test_every_level_of_every_finding_is_reached() -> None:
    reached = {(each.known.code, each.level) for each in mild.assessed().findings}
    reached |= {(case.code, case.level) for case in CASES}
    explained = {(known.code, level) for known in KNOWN for level in known.levels}
    assert explained - reached == set()
    assert reached - explained == set()


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.code)
def test_every_finding_says_why_on_whose_word_and_what_would_lower_it(known: Known) -> None:
    assert known.asks.endswith("?")
    assert known.reason.endswith(".")
    assert known.lower.endswith(".")
    assert known.sources and set(known.sources) <= set(SOURCES)
    assert set(known.levels) >= {LOW}


def test_codes_are_unique_and_every_source_is_used() -> None:
    assert len({known.code for known in KNOWN}) == len(KNOWN)
    used = {name for known in KNOWN for name in known.sources}
    assert set(SOURCES) - used == {"ico-dpia"}, "the source of the table of levels; nothing else rests on nothing"


def test_a_level_without_a_word_is_a_mistake_of_ours() -> None:
    judge: Callable[[Any], Judged] = lambda _facts: Judged(SEVERE, "So it is.")  # noqa: E731
    known = Known("x", KNOWN[0].theme, KNOWN[0].axis, "?", {LOW: "never"}, ".", (), ".", judge)
    with pytest.raises(ValueError, match="does not explain"):
        known.finding(mild.gathered())


def test_joined_datasets_bring_their_columns_to_the_subject() -> None:
    """A home's tenure counts for the people in it when people can be joined to homes, and not when they cannot."""
    people = contract(
        "northbank/person",
        column("person_id", Kind.LINK, "BIGINT", unique=True),
        column("uprn", Kind.LINK, "BIGINT"),
        column("sex", Kind.QUASI),
        kind="person",
        key="person_id",
    )
    changed = document()
    changed["data"].append(
        {"dataset": "northbank/person", "columns": {"person_id": "link", "uprn": "link", "sex": "keep"}}
    )
    both = dict(mild.CONTRACTS) | {"northbank/person": people}
    assert mild.gathered(changed, both).width == 1
    changed["links"] = [["northbank/person.uprn", f"{REPAIRS}.uprn"]]
    gathered = mild.gathered(changed, both)
    assert gathered.widest is not None
    assert gathered.widest.quasi == (("northbank/person", "sex"), (REPAIRS, "tenure"))
    # Not the other way round: a home has many people.
    assert next(s for s in gathered.subjects if s.dataset == REPAIRS).quasi == ((REPAIRS, "tenure"),)
