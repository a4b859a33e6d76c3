"""People: who may ask under the agreement. A person who is not named here may not."""

from __future__ import annotations

from enum import StrEnum

from commonweal.agreement.clause import Clause, Day, Email, Words


class PersonRole(StrEnum):
    """What a named person does under this agreement."""

    ANALYST = "analyst"  # asks questions
    CHECKER = "checker"  # checks answers before they leave
    OFFICER = "officer"  # looks after the agreement
    STEWARD = "steward"  # looks after a dataset


class Accreditation(Clause):
    """A person's training and vetting for work with confidential data, and the last day of it.

    For example as an accredited researcher under the Digital Economy Act 2017, Part 5 Chapter 5.
    """

    scheme: Words
    until: Day
    number: Words | None = None


class NamedPerson(Clause):
    """One person, by e-mail address; which organisation they belong to, the installation knows."""

    email: Email
    role: PersonRole
    reason: Words | None = None
    accreditation: Accreditation | None = None
