"""Names of organisations and datasets, and the nearest known name when one is not known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from commonweal.errors import BadInput

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
"""What an organisation or a dataset may be called: it becomes a folder, a word in SQL and part of an address."""


def check_name(name: str, what: str) -> str:
    """Return `name` if it may name `what` (for example "organisation"); BadInput says what a name looks like."""
    if NAME.fullmatch(name):
        return name
    raise BadInput(
        f"That cannot be the name of {_article(what)}.",
        why="A name begins with a small letter and holds small letters, digits, - and _, 63 at most.",
        remedy="Choose a short name such as riverside_nhs.",
    )


def split_reference(reference: str) -> tuple[str, str]:
    """Return organisation and name of a dataset's reference ``organisation/name``; BadInput if it is not one."""
    organisation, slash, name = reference.partition("/")
    if not slash:
        raise BadInput(
            "A dataset is named by its organisation and its own name.",
            why="There is no / between the two.",
            remedy="Write it as northbank/housing.",
        )
    return check_name(organisation, "organisation"), check_name(name, "dataset")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or an empty string if none is near."""
    found = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def suggestion(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return "Did you mean X?" for the nearest known name, else `otherwise`."""
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else otherwise


def _article(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
