"""Findings on the parties: who gets to see answers, in which role, and to whom answers go on from them."""

from __future__ import annotations

from commonweal.agreement.parties import PartyRole
from commonweal.agreement.sharing import OnwardSharing
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Judged, Known, Theme, listed
from commonweal.risk.level import Level
from commonweal.risk.traits import Sector

LOW, MEDIUM, HIGH, SEVERE = Level


def _number(facts: Facts) -> Judged:
    count = len(facts.agreement.parties)
    level = LOW if count <= 2 else MEDIUM if count <= 4 else HIGH
    return Judged(level, "One party." if count == 1 else f"{count} parties.", facts.agreement.organisations)


def _sectors(facts: Facts) -> Judged:
    companies = tuple(name for name, found in facts.sectors.items() if found is Sector.COMPANY)
    others = tuple(name for name, found in facts.sectors.items() if found in (Sector.CHARITY, Sector.UNKNOWN))
    roles = {party.organisation: party.role for party in facts.agreement.parties}
    if any(roles[name] is not PartyRole.PROCESSOR for name in companies):
        return Judged(
            HIGH, f"{listed(companies)}: a company that decides for itself what to do with answers.", companies
        )
    if companies:
        return Judged(MEDIUM, f"{listed(companies)}: a company, bound as a processor.", companies)
    if others:
        return Judged(MEDIUM, f"{listed(others)}: a charity, or a body of which nothing is known here.", others)
    return Judged(LOW, "All parties are public bodies or universities.")


def _processors(facts: Facts) -> Judged:
    found = tuple(p.organisation for p in facts.agreement.parties if p.role is PartyRole.PROCESSOR)
    if not found:
        return Judged(LOW, "No party works for another as a processor.")
    return Judged(MEDIUM, f"{listed(found)}: works on the data for others.", found)


def _own_rows(facts: Facts) -> Judged:
    holders = tuple(dict.fromkeys(terms.organisation for terms in facts.agreement.data))
    if len(facts.agreement.organisations) < 2:
        return Judged(LOW, "No party could set its own rows beside another's answers.")
    level = MEDIUM if len(holders) <= 2 else HIGH
    return Judged(level, f"{listed(holders)}: each knows its own rows, and could set them beside answers.", holders)


def _onward(facts: Facts) -> Judged:
    onward = facts.agreement.onward_sharing
    if onward is OnwardSharing.NONE:
        return Judged(LOW, "Answers stay with the parties.")
    if onward is OnwardSharing.WITH_CONSENT_OF_ALL_PARTIES:
        return Judged(MEDIUM, "Answers may be passed on if all parties consent.")
    return Judged(HIGH, "Answers are published for everybody.")


def _abroad(facts: Facts) -> Judged:
    location = facts.agreement.location
    abroad = tuple(code for code in location.countries if code != "GB") if location else ()
    if not abroad:
        return Judged(LOW, "Everything stays in the United Kingdom.")
    if location is not None and location.transfer_safeguard:
        return Judged(MEDIUM, f"Answers go to {listed(abroad)}, under a safeguard that is named.", abroad)
    return Judged(HIGH, f"Answers go to {listed(abroad)}, and no safeguard is named.", abroad)


FINDINGS = (
    Known(
        "parties.number",
        Theme.PARTIES,
        Axis.LIKELIHOOD,
        "How many parties are there?",
        {LOW: "one or two", MEDIUM: "three or four", HIGH: "five or more"},
        "Each party adds people, systems and knowledge of its own against which answers can be held.",
        ("ico-sharing",),
        "Share among the parties that the purpose needs; make a second agreement for a second purpose.",
        _number,
    ),
    Known(
        "parties.sort",
        Theme.PARTIES,
        Axis.LIKELIHOOD,
        "What sort of bodies are they?",
        {
            LOW: "public bodies and universities",
            MEDIUM: "a charity, a body of which nothing is known, or a company that is a processor",
            HIGH: "a company that is a controller",
        },
        "A body's interests, its other data and the duties that bind its staff decide what answers are worth to it.",
        ("ico-anonymisation", "ukan"),
        "Make a company a processor, and give each organisation its full title so that it is known for what it is.",
        _sectors,
    ),
    Known(
        "parties.processors",
        Theme.PARTIES,
        Axis.LIKELIHOOD,
        "Does anybody work on the data for another?",
        {LOW: "nobody", MEDIUM: "somebody"},
        "A processor is one more place and one more set of people; it needs a contract and instructions (Article 28).",
        ("ico-sharing",),
        "Let the controllers' own people ask.",
        _processors,
    ),
    Known(
        "parties.own-rows",
        Theme.PARTIES,
        Axis.LIKELIHOOD,
        "Could a party set its own rows beside an answer about another's?",
        {LOW: "no", MEDIUM: "yes; two bodies hold data", HIGH: "yes; three or more bodies hold data"},
        "Whoever holds rows about the same people knows nearly everything about them already, but for the fact asked.",
        ("ukan", "measured"),
        "Use a metered profile: it holds against somebody who knows everybody else's secret.",
        _own_rows,
    ),
    Known(
        "parties.onward",
        Theme.PARTIES,
        Axis.LIKELIHOOD,
        "To whom may answers go on?",
        {LOW: "to nobody", MEDIUM: "to others, if all parties consent", HIGH: "to everybody"},
        "What is released to the world cannot be called back, and meets everything that anybody else knows.",
        ("ico-anonymisation",),
        "Write `onward_sharing: none`, and publish chosen tables after they were checked.",
        _onward,
    ),
    Known(
        "parties.abroad",
        Theme.PARTIES,
        Axis.LIKELIHOOD,
        "Do answers leave the United Kingdom?",
        {LOW: "no", MEDIUM: "yes, under a named safeguard", HIGH: "yes, and no safeguard is named"},
        "Rights and remedies may not follow.",
        ("gdpr-transfer",),
        "Name the adequacy regulations or the safeguard under `location.transfer_safeguard`.",
        _abroad,
    ),
)
