"""Parties: the organisations that share and receive, their roles and whom to write to (ICO code; DEA register)."""

from __future__ import annotations

from enum import StrEnum

from commonweal.agreement.clause import Clause, Contact, OrganisationName, Words
from commonweal.agreement.legal import LawfulBasis


class PartyRole(StrEnum):
    """A party's role under UK data protection law."""

    CONTROLLER = "controller"
    JOINT_CONTROLLER = "joint-controller"
    PROCESSOR = "processor"


class Party(Clause):
    """One organisation that signs. `lawful_basis` is given when it differs from the agreement's own."""

    organisation: OrganisationName
    role: PartyRole
    contact: Contact
    dpo: Contact | None = None
    lawful_basis: LawfulBasis | None = None
    responsible_owner: Words | None = None  # the senior person who answers for it (ATRS 2.1.3)


class JointControllers(Clause):
    """The arrangement between joint controllers (UK GDPR Article 26)."""

    arrangement: Words
    contact_point: Words | None = None


class Membership(Clause):
    """How organisations join and leave this agreement."""

    joining: Words | None = None
    leaving: Words | None = None
