"""The register as plain JSON: what the pages show, under the same names."""

from __future__ import annotations

import csv
import io
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from commonweal.agreement.comments.comment import PublicComment
from commonweal.agreement.register.public import PublicAgreement, Statistics
from commonweal.harmless import harmless

IN_SHORT = ("id", "version", "title", "status", "standing", "purpose", "purpose_code", "start", "until", "review")
"""What a line of the list holds, besides the parties."""


def plain(value: object) -> Any:
    """Return a value as plain JSON: days and moments in ISO 8601; bytes are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: plain(part) for name, part in parts.items() if not isinstance(part, bytes)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def agreement_as_dict(agreement: PublicAgreement) -> dict[str, Any]:
    """Return all that the public is told of an agreement."""
    told: dict[str, Any] = plain(agreement)
    told["people"] = [{"role": role, "number": number} for role, number in agreement.people]
    told["links"] = [{"between": left, "and": right} for left, right in agreement.links]
    told["powers"] = [{"name": name, "status": status} for name, status in agreement.powers]
    told["rights"] = [{"right": right, "words": words} for right, words in agreement.rights]
    told["algorithm"] = dict(agreement.algorithm)
    return told


def agreement_in_short(agreement: PublicAgreement) -> dict[str, Any]:
    """Return an agreement as a line of a list."""
    told = {name: plain(getattr(agreement, name)) for name in IN_SHORT}
    return told | {"parties": list(agreement.organisations), "questions": agreement.questions.total}


def statistics_as_dict(statistics: Statistics) -> dict[str, Any]:
    """Return the figures."""
    told: dict[str, Any] = plain(statistics)
    return told | {"by_status": dict(statistics.by_status)}


def comments_as_csv(comments: tuple[PublicComment, ...]) -> str:
    """Return published comments as CSV (RFC 4180), with nothing that a spreadsheet would take for a formula."""
    names = [each.name for each in fields(PublicComment)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for comment in comments:
        told = plain(comment)
        writer.writerow([harmless(str(told[name] or "")) for name in names])
    return text.getvalue()
