"""The feed of changes (Atom, RFC 4287): what happened to public agreements, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from commonweal.agreement.register.public import Happening, PublicAgreement, Register

ATOM = "http://www.w3.org/2005/Atom"
MOST = 100
"""How many happenings the feed holds."""


def feed_of(register: Register, *, base: str, relative: bool = False) -> bytes:
    """Return the feed as UTF-8; `base` is the address of the register, under which the agreements are.

    `relative` is for files that may be hosted anywhere: the links lead to files beside the feed.
    """
    happened = [(each, agreement) for agreement in register.agreements for each in agreement.history]
    happened.sort(key=lambda both: (both[0].at, both[1].id, both[0].key), reverse=True)
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _text(feed, "id", _id(register, "register"))
    _text(feed, "title", f"Data sharing agreements of {register.name}")
    _text(feed, "updated", _moment(happened[0][0].at if happened else datetime(1970, 1, 1, tzinfo=UTC)))
    _text(Xml.SubElement(feed, f"{{{ATOM}}}author"), "name", register.name)
    _link(feed, "alternate", "index.html" if relative else base, "text/html")
    if not relative:
        _link(feed, "self", f"{base}/feed.xml", "application/atom+xml")
    for each, agreement in happened[:MOST]:
        _entry(
            feed, register, each, agreement, f"{agreement.slug}/index.html" if relative else f"{base}/{agreement.slug}"
        )
    written: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: Xml.Element, register: Register, each: Happening, agreement: PublicAgreement, address: str) -> None:
    entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
    _text(entry, "id", _id(register, f"register/{agreement.id}/{each.key}"))
    _text(entry, "title", f"{_shown(agreement.title)}: {each.words}")
    _text(entry, "updated", _moment(each.at))
    _link(entry, "alternate", address, "text/html")
    _text(entry, "summary", f"{each.words} {_shown(agreement.purpose)}")


def _id(register: Register, what: str) -> str:
    """Return an id that is this register's own for ever, wherever it is served from (RFC 9562, name-based)."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'commonweal:{register.name}/{what}')}"


def _link(parent: Xml.Element, relation: str, address: str, kind: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}link", {"rel": relation, "href": address, "type": kind})


def _text(parent: Xml.Element, name: str, words: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}{name}").text = words


def _shown(words: str) -> str:
    return " ".join(words.split())


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
