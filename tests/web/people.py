"""The people of the served town, one for each thing that people do, and a second organisation's beside them."""

from __future__ import annotations

from commonweal.identity.person import Person, Role

ANALYST = "analyst@northbank.example"
STEWARD = "steward@northbank.example"
OFFICER = "officer@northbank.example"
CHECKER = "checker@northbank.example"
HEAD = "head@northbank.example"
ADMINISTRATOR = "administrator@northbank.example"
OTHER_OFFICER = "officer@riverside.example"
OTHER_CHECKER = "checker@riverside.example"
OTHER_STEWARD = "steward@riverside.example"
OUTSIDER = "analyst@police.example"

PEOPLE = (
    Person(ANALYST, "northbank", (Role.ANALYST,), "Ana Lyst"),
    Person(STEWARD, "northbank", (Role.STEWARD,), "Stu Ward"),
    Person(OFFICER, "northbank", (Role.OFFICER,), "Olive Officer"),
    Person(CHECKER, "northbank", (Role.CHECKER,), "Chay Checker"),
    Person(HEAD, "northbank", (Role.HEAD_OF_SERVICE,), "Hedda Head"),
    Person(ADMINISTRATOR, "northbank", (Role.ADMINISTRATOR,), "Adi Min"),
    Person(OTHER_OFFICER, "riverside_nhs", (Role.OFFICER,), "Rory River"),
    Person(OTHER_CHECKER, "riverside_nhs", (Role.CHECKER,), "Rae River"),
    Person(OTHER_STEWARD, "riverside_nhs", (Role.STEWARD,), "Sam River"),
    Person(OUTSIDER, "county_police", (Role.ANALYST,), "Pol Ice"),
)
