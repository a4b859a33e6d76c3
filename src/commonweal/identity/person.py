"""Who somebody is here: an e-mail address, one organisation, one or more roles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from commonweal.errors import BadInput

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ORGANISATION = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LONGEST_NAME = 200


class Role(StrEnum):
    """What a person does here; the agreement says what each may do under it."""

    STEWARD = "steward"
    OFFICER = "officer"
    ANALYST = "analyst"
    CHECKER = "checker"
    HEAD_OF_SERVICE = "head-of-service"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Person:
    """Somebody who uses this installation.

    `email` is kept in small letters, because one mailbox must be one person; `roles` are kept once each, in the order
    of `Role`, and there is at least one. `name` may be empty. `BadInput` if any of it is not what it must be.
    """

    email: str
    organisation: str
    roles: tuple[Role, ...]
    name: str = ""

    def __post_init__(self) -> None:
        """Put every part into its one written form, or refuse it."""
        object.__setattr__(self, "email", normalised_email(self.email))
        object.__setattr__(self, "roles", _ordered(self.roles))
        object.__setattr__(self, "name", _checked_name(self.name))
        if not _ORGANISATION.fullmatch(self.organisation):
            raise BadInput(
                "This is not the name of an organisation.",
                why="The name has a character that names do not have, or is too long.",
                remedy="Use the short name, for example northbank: small letters, digits, - and _, at most 63.",
            )


def normalised_email(text: str) -> str:
    """Return an e-mail address in the one form we keep: trimmed, small letters, the domain as IDNA.

    The shape is that of RFC 5321 without quoted local parts, address literals and names without a dot, which no public
    body gives its staff. `BadInput` otherwise; the message never repeats the text, which may be anything.
    """
    local, at, domain = unicodedata.normalize("NFKC", text).strip().lower().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    labels = domain.split(".")
    good = (
        bool(at)
        and len(local) <= 64
        and len(domain) <= 253
        and len(labels) >= 2
        and _LOCAL.fullmatch(local) is not None
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    if not good:
        raise BadInput(
            "This is not an e-mail address.",
            why="A person is known by an address such as a.name@northbank.example.",
            remedy="Give the whole address, without a name or brackets around it.",
        )
    return f"{local}@{domain}"


def role_named(text: str) -> Role:
    """Return the role of that name; `BadInput` with the nearest known one, or all of them."""
    written = text.strip().lower().replace("_", "-").replace(" ", "-")
    known = [role.value for role in Role]
    if written in known:
        return Role(written)
    near = get_close_matches(written, known, n=1)
    raise BadInput(
        "There is no such role.",
        why=f"The roles are {', '.join(known)}.",
        remedy=f"Did you mean {near[0]}?" if near else "Choose one of them.",
    )


def _ordered(roles: Iterable[Role | str]) -> tuple[Role, ...]:
    wanted = {role if isinstance(role, Role) else role_named(role) for role in roles}
    if not wanted:
        raise BadInput(
            "A person needs at least one role.",
            why="Without a role nobody can be named in an agreement.",
            remedy=f"Choose from {', '.join(role.value for role in Role)}.",
        )
    return tuple(role for role in Role if role in wanted)


def _checked_name(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise BadInput(
            "This is not a person's name.",
            why=f"A name has at most {_LONGEST_NAME} characters, all of them printable.",
            remedy="Shorten it, or leave it out.",
        )
    return name
