"""Security: of access, transfer and storage; certificates that must not lapse; and what happens after a breach."""

from __future__ import annotations

from enum import StrEnum

from commonweal.agreement.clause import Clause, Contact, Day, LengthOfTime, OrganisationName, Words


class Classification(StrEnum):
    """Government security classifications."""

    OFFICIAL = "official"
    OFFICIAL_SENSITIVE = "official-sensitive"
    SECRET = "secret"  # noqa: S105  a classification, not a password
    TOP_SECRET = "top-secret"  # noqa: S105  a classification, not a password


class Environment(StrEnum):
    """Where people work with answers (Five Safes: safe settings)."""

    CONTROLLED = (
        "controlled"  # nothing can be copied out, and what leaves was checked first: a trusted research environment
    )
    OWN_NETWORK = "own-network"  # the party's own managed devices and network
    OPEN = "open"  # anywhere


class Certificate(Clause):
    """An assurance that a party holds until a day (Cyber Essentials, DSPT, ISO 27001 ...)."""

    name: Words
    organisation: OrganisationName
    expires: Day


class Security(Clause):
    """What the parties undertake; a certificate that expires stops answers until a version with a new one is signed.

    With `mfa`, who asks must have given a second factor: in their session, or in the one in which their token was made.
    """

    mfa: bool = False
    access: Words | None = None
    transfer: Words | None = None
    storage: Words | None = None
    classification: Classification | None = None
    training: Words | None = None
    vetting: Words | None = None
    environment: Environment | None = None
    certificates: tuple[Certificate, ...] = ()


class Breach(Clause):
    """Who tells whom after a personal data breach, and how soon (UK GDPR Article 33: the ICO within 72 hours)."""

    tell: tuple[Contact, ...] = ()
    within: LengthOfTime | None = None
    procedure: Words | None = None
