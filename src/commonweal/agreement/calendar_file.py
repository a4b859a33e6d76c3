"""The days of agreements as an iCalendar file (RFC 5545), which calendars of mail programs read and subscribe to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from commonweal.agreement.due import Due

MEDIA_TYPE = "text/calendar; charset=utf-8"
REMINDER = 14
"""Days before, on which a calendar reminds."""

_LONGEST = 75  # octets in a line, without its end (RFC 5545, 3.1)


def calendar_file(found: Iterable[Due], *, name: str, address: str, now: datetime) -> str:
    """Return the file: an all-day event for each day, with a reminder; `address` is where the pages are, without a slash.

    An event keeps its identity from file to file, so a calendar that reads the file again moves nothing twice.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//commonweal//agreements//EN", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}"]
    for due in found:
        lines += _event(due, address, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(due: Due, address: str, now: datetime) -> Iterator[str]:
    identity = hashlib.sha256(f"{due.reference} {due.matter} {due.words}".encode()).hexdigest()[:32]
    summary = f"{due.title}: {due.matter.value}"
    yield "BEGIN:VEVENT"
    yield f"UID:{identity}@commonweal"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{due.day.isoformat().replace('-', '')}"  # without an end it is that one day
    yield f"SUMMARY:{_text(summary)}"
    yield f"DESCRIPTION:{_text(due.words)}"
    yield f"URL:{address}/agreements/{due.agreement}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{_text(summary)}"
    yield f"TRIGGER:-P{REMINDER}D"
    yield "END:VALARM"
    yield "END:VEVENT"


def _text(value: str) -> str:
    """Return words as a value of type TEXT (RFC 5545, 3.3.11): nothing in them can end the line or begin another."""
    one = value.replace("\r\n", "\n").replace("\r", "\n")
    for special, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        one = one.replace(special, written)
    return "".join(mark for mark in one if mark == "\t" or mark.isprintable())


def _folded(line: str) -> str:
    """Return a line folded so that no part is longer than may be, never within a character."""
    parts, length = [""], 0
    for mark in line:
        size = len(mark.encode())
        if length + size > _LONGEST:
            parts.append(" ")
            length = 1
        parts[-1] += mark
        length += size
    return "\r\n".join(parts)
