"""Transparency: what people are told, and the algorithm used, if any (ICO code; ATRS)."""

from __future__ import annotations

from commonweal.agreement.clause import Clause, WebAddress, Words


class Transparency(Clause):
    """Whether the agreement is public, and where the privacy notice is."""

    public: bool = True
    privacy_notice: WebAddress | None = None
    notice_text: Words | None = None


class Algorithm(Clause):
    """The model that answers feed, if any, with its public record (ATRS tiers 1 and 2)."""

    name: Words
    description: Words | None = None
    performance: Words | None = None
    bias: Words | None = None
    training_data: Words | None = None
    record: WebAddress | None = None


class AutomatedDecisions(Clause):
    """Whether answers lead to decisions about people without a human (UK GDPR Articles 22A to 22D)."""

    used: bool
    human_review: Words | None = None
