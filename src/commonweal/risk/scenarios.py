"""Scenarios: the motivated intruder of this agreement, as persons with something to know, to want and to try.

The ICO's test imagines somebody who starts with no special knowledge or skill, is reasonably competent, and has the
internet, libraries, public records and questions to neighbours at hand. People who know more (a colleague, a former
partner, another party) are taken beside that one, since here they are the likelier ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.agreement.parties import PartyRole
from commonweal.agreement.security import Environment
from commonweal.agreement.sharing import OnwardSharing
from commonweal.catalogue.contract import Kind
from commonweal.disclosure.metered.profile import METERED
from commonweal.risk.facts import Facts
from commonweal.risk.finding import listed
from commonweal.risk.level import Level
from commonweal.risk.of_purpose import ENFORCEMENT
from commonweal.risk.traits import Sector

LOW, MEDIUM, HIGH, SEVERE = Level


@dataclass(frozen=True)
class Scenario:
    """Who it is, what they know, what they would try, what stands in the way, and how likely that makes it."""

    who: str
    knows: str
    tries: str
    hindered: str
    level: Level

    def as_dict(self) -> dict[str, object]:
        """Return the scenario as JSON-ready values."""
        return {
            "who": self.who,
            "knows": self.knows,
            "tries": self.tries,
            "hindered": self.hindered,
            "level": self.level.word,
        }


def scenarios(facts: Facts) -> tuple[Scenario, ...]:
    """Return the scenarios that this agreement gives rise to; none when nothing is to be protected or known."""
    if not facts.secrets:
        return ()
    found = [_outsider(facts), _insider(facts)]
    if len(facts.agreement.parties) > 1:
        found.append(_party(facts))
    if facts.of_kind(Kind.SPECIAL):
        found.append(_grudge(facts))
    if Sector.COMPANY in facts.sectors.values():
        found.append(_company(facts))
    if facts.agreement.purpose.code in ENFORCEMENT:
        found.append(_official(facts))
    return tuple(found)


def _secret(facts: Facts) -> str:
    return listed([each.name for each in (*facts.of_kind(Kind.SPECIAL), *facts.secrets)], 2)


def _known_by_sight(facts: Facts) -> str:
    return listed([each.name for each in facts.of_kind(Kind.QUASI)], 4) or "that somebody is in the data"


def _by_series(facts: Facts) -> tuple[str, Level]:
    """Return what stands in the way of a series of questions, and what is left of the risk."""
    chosen = str(facts.agreement.safeguards.profile)
    if chosen in METERED:
        return f"noise that is kept, and a meter: {chosen} leaves a guess little better than chance", LOW
    if facts.agreement.security.environment is Environment.CONTROLLED:
        return f"{chosen} one answer at a time, a room that nothing leaves unchecked, and the record", MEDIUM
    return f"{chosen} one answer at a time, and a record that somebody must read", HIGH


def _outsider(facts: Facts) -> Scenario:
    onward = facts.agreement.onward_sharing
    level = {OnwardSharing.NONE: LOW, OnwardSharing.WITH_CONSENT_OF_ALL_PARTIES: MEDIUM}.get(onward, HIGH)
    if onward is OnwardSharing.PUBLISHED and str(facts.agreement.safeguards.profile) in METERED:
        level = MEDIUM
    profile = facts.agreement.safeguards.profile
    seen = {
        OnwardSharing.NONE: "answers do not leave the parties",
        OnwardSharing.WITH_CONSENT_OF_ALL_PARTIES: "answers leave only if all parties consent",
        OnwardSharing.PUBLISHED: f"what is published is protected by {profile}, and cannot be called back",
    }[onward]
    return Scenario(
        "a neighbour, or a journalist on a local story",
        f"{_known_by_sight(facts)} of one person, from sight and public records",
        f"finds the one cell that can only be that person, and reads {_secret(facts)}",
        seen,
        level,
    )


def _insider(facts: Facts) -> Scenario:
    hindered, level = _by_series(facts)
    return Scenario(
        "somebody who may ask, and is curious about a person they know",
        f"{_known_by_sight(facts)} of that person, and how to write SQL",
        f"asks for groups that differ by that person, and takes one answer on {_secret(facts)} from the other",
        hindered,
        level,
    )


def _party(facts: Facts) -> Scenario:
    hindered, level = _by_series(facts)
    holders = listed(list(dict.fromkeys(terms.organisation for terms in facts.agreement.data)), 3)
    return Scenario(
        f"a party with rows of its own ({holders})",
        "everything in its own datasets about the same people, names included",
        f"sets its rows beside answers until only one person fits {_secret(facts)}",
        hindered,
        max(level, MEDIUM),
    )


def _grudge(facts: Facts) -> Scenario:
    hindered, level = _by_series(facts)
    return Scenario(
        "a former partner or a relative, with a friend among those who ask",
        "dates, places and household of one person, better than any file",
        f"has the friend ask about that household, to learn {_secret(facts)} or where somebody went",
        hindered,
        level,
    )


def _company(facts: Facts) -> Scenario:
    hindered, level = _by_series(facts)
    roles = {party.organisation: party.role for party in facts.agreement.parties}
    companies = [name for name, found in facts.sectors.items() if found is Sector.COMPANY]
    bound = all(roles[name] is PartyRole.PROCESSOR for name in companies)
    return Scenario(
        f"a company with a file of customers ({listed(companies)})",
        "names, addresses, ages and payments of many people",
        f"scores its customers by area and group with what it learns about {_secret(facts)}",
        hindered + ("; it is bound as a processor" if bound else "; it decides for itself what to use answers for"),
        max(level, MEDIUM if bound else HIGH),
    )


def _official(facts: Facts) -> Scenario:
    hindered, level = _by_series(facts)
    return Scenario(
        "an official who wants to act against somebody",
        "a name, an address, and the services that person uses",
        f"narrows a group down until {_secret(facts)} justifies a visit, a sanction or a search",
        hindered + "; the purpose and the person are in the record of every question",
        max(level, MEDIUM),
    )
