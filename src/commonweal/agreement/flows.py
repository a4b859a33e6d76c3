"""Flows: who shares what with whom, as lines of a table and as a drawing's positions. Pure.

Data flows from the owner of a dataset to the organisations whose people are named and so may ask; what flows are
protected answers, never copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from commonweal.agreement.document import Agreement


@dataclass(frozen=True)
class Flow:
    """One owner's datasets, for the people of one organisation, under one agreement."""

    owner: str
    recipient: str
    agreement: str
    title: str
    datasets: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the flow as plain values for JSON."""
        return {
            "owner": self.owner,
            "recipient": self.recipient,
            "agreement": self.agreement,
            "title": self.title,
            "datasets": list(self.datasets),
        }


def flows(agreements: Iterable[Agreement], organisation_of: Mapping[str, str]) -> tuple[Flow, ...]:
    """Return all flows between organisations; `organisation_of` says whose each known address (in small letters) is.

    Who is named and not known here cannot ask, so nothing flows to them.
    """
    found = []
    for agreement in agreements:
        named = (person.email.casefold() for person in agreement.people)
        recipients = {organisation_of[email] for email in named if email in organisation_of}
        for owner in dict.fromkeys(terms.organisation for terms in agreement.data):
            datasets = tuple(terms.dataset for terms in agreement.data if terms.organisation == owner)
            found += [
                Flow(owner, recipient, agreement.id, agreement.title, datasets)
                for recipient in sorted(recipients - {owner})
            ]
    return tuple(sorted(found, key=lambda flow: (flow.owner, flow.recipient, flow.agreement)))


@dataclass(frozen=True)
class Box:
    """An organisation in the drawing: where its box is and what stands in it."""

    name: str
    x: int
    y: int
    label: str


@dataclass(frozen=True)
class Arrow:
    """A line from an owner's box to a recipient's, as the path of an SVG; wider for more agreements."""

    owner: str
    recipient: str
    path: str
    width: int
    agreements: int


@dataclass(frozen=True)
class Drawing:
    """The picture of flows: owners on the left, recipients on the right. Lengths are in the picture's own unit."""

    width: int
    height: int
    owners: tuple[Box, ...]
    recipients: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    description: str


BOX_WIDTH, BOX_HEIGHT, ROW, TOP = 220, 44, 64, 44
WIDTH = 720
_LONGEST = 26  # letters that fit into a box


def drawing(found: Iterable[Flow], titles: Mapping[str, str]) -> Drawing:
    """Return where boxes and arrows are; `titles` are the organisations' names for people."""
    counted: dict[tuple[str, str], set[str]] = {}
    for flow in found:
        counted.setdefault((flow.owner, flow.recipient), set()).add(flow.agreement)
    owners = _boxes(dict.fromkeys(owner for owner, _ in counted), 0, titles)
    recipients = _boxes(sorted({recipient for _, recipient in counted}), WIDTH - BOX_WIDTH, titles)
    at = {("owner", box.name): box for box in owners} | {("recipient", box.name): box for box in recipients}
    arrows = tuple(
        Arrow(owner, recipient, _curve(at["owner", owner], at["recipient", recipient]), min(1 + len(ids), 8), len(ids))
        for (owner, recipient), ids in counted.items()
    )
    height = TOP + ROW * max(len(owners), len(recipients), 1)
    return Drawing(WIDTH, height, owners, recipients, arrows, _told(arrows, titles))


def _boxes(names: Iterable[str], x: int, titles: Mapping[str, str]) -> tuple[Box, ...]:
    return tuple(Box(name, x, TOP + ROW * row, _short(titles.get(name, name))) for row, name in enumerate(names))


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _curve(owner: Box, recipient: Box) -> str:
    """Return the path from the right edge of one box to just before the left edge of the other."""
    x, y = owner.x + BOX_WIDTH, owner.y + BOX_HEIGHT // 2
    to_x, to_y = recipient.x - 12, recipient.y + BOX_HEIGHT // 2
    middle = (x + to_x) // 2
    return f"M {x} {y} C {middle} {y}, {middle} {to_y}, {to_x} {to_y}"


def _told(arrows: Iterable[Arrow], titles: Mapping[str, str]) -> str:
    """Return in sentences what the picture shows."""
    sentences = []
    for arrow in arrows:
        number = "1 agreement" if arrow.agreements == 1 else f"{arrow.agreements} agreements"
        names = (titles.get(name, name) for name in (arrow.owner, arrow.recipient))
        sentences.append("{} to {} under {}.".format(*names, number))
    return " ".join(sentences) or "Nothing is shared."
