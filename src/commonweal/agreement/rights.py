"""Rights: who answers a person who asks for access, rectification or erasure, objects or complains, and how soon."""

from __future__ import annotations

from commonweal.agreement.clause import Clause, Contact, LengthOfTime, Words


class Rights(Clause):
    """One contact for the public, and the parties' arrangement behind it."""

    contact: Contact
    access: Words | None = None
    rectification: Words | None = None
    erasure: Words | None = None
    objection: Words | None = None
    complaints: Words | None = None
    within: LengthOfTime | None = None
