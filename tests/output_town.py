"""A town whose agreement lets people check outputs: an analyst, a colleague, checkers of two organisations, a stranger.

Four homes are hostels: too few to be shown, with arrears whose sum is a number that stands nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commonweal.gateway.output_checking import OutputChecking
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts
from tests import small_town, towns

ANALYST = small_town.ANALYST
COLLEAGUE = "colleague@northbank.example"  # named in the agreement, no checker
OWN = "checker@northbank.example"  # a checker of the analyst's own organisation
OWN_TOO = "officer@northbank.example"
OTHER = "checker@riverside.example"
OTHER_TOO = "officer@riverside.example"
STRANGER = "stranger@riverside.example"  # known here, of a party, and nothing else
ELSEWHERE = "checker@fenwick.example"  # a checker of an organisation that is no party

PEOPLE = {
    COLLEAGUE: ("northbank", [Role.ANALYST]),
    OWN: ("northbank", [Role.CHECKER]),
    OWN_TOO: ("northbank", [Role.OFFICER]),
    OTHER: ("riverside", [Role.CHECKER]),
    OTHER_TOO: ("riverside", [Role.OFFICER]),
    STRANGER: ("riverside", [Role.ANALYST]),
    ELSEWHERE: ("fenwick", [Role.CHECKER]),
}

HOSTELS = (61_803.25, 39_887.5, 14_142.75, 27_182.125)
SUM = 143_015.625
"""The sum of the hostels' arrears, exact in binary: what nobody but a checker may see before it is released."""

SQL = "select tenancy, count(*) as homes, sum(arrears) as owed from housing group by tenancy order by tenancy"
ROWS = "select uprn, tenancy, arrears from housing where tenancy = 'hostel'"
REASON = "The hostels are public knowledge."


def document(**checking: Any) -> dict[str, Any]:
    clause = {"allowed": True} | checking
    people = [{"email": email, "role": "analyst"} for email in (ANALYST, COLLEAGUE)]
    return small_town.AGREEMENT | {
        "people": people,
        "safeguards": {"profile": "uk-tre", "output": "aggregate", "output_checking": clause},
    }


def csv() -> str:
    hostels = [f"{800000000000 + i},hostel,{owed}" for i, owed in enumerate(HOSTELS)]
    return small_town.homes(rows=400) + "\n".join(hostels) + "\n"


def made(folder: Path, **checking: Any) -> Installation:
    """Make the installation in `folder`/installation, with its agreement signed by both parties."""
    installation = towns.found(folder, [towns.Source("northbank/housing", csv(), small_town.CONTRACT)])
    acts.add_organisation(installation, "fenwick", "Fenwick Council")
    for email, (organisation, roles) in PEOPLE.items():
        acts.add_person(installation, email, organisation, roles)
    towns.agree(installation, document(**checking), signed_by=["northbank", "riverside"])
    return installation


def at(installation: Installation, person: str) -> OutputChecking:
    return installation.output_checking(person)


def kinds(installation: Installation) -> list[str]:
    """Return the kinds of the entries on outputs, oldest first."""
    from commonweal.ledger.reading import entries

    with installation.reading() as connection:
        return [entry.kind for entry in entries(connection, kind="output")][::-1]
