"""The document of an agreement as everybody may have it: what was signed, without the names of people who use it.

Its hash stands in the record beside the hash of what was signed, from the moment the version was added, so that what
the public is shown can be checked like everything else.
"""

from __future__ import annotations

import hashlib
from typing import Any

from commonweal.agreement.document import Agreement
from commonweal.agreement.hashing import canonical_json


def public_document(agreement: Agreement) -> dict[str, Any]:
    """Return the document without the addresses of people who ask or check, and without the names of who decided.

    Of the people named only their roles are left, of checkers only how many there are, of those who decided their
    position. Contacts stay: they are given to be written to.
    """
    document = agreement.as_document()
    if agreement.people:
        document["people"] = [{"role": person.role.value} for person in agreement.people]
    checking = document.get("safeguards", {}).get("output_checking")
    if checking and "checkers" in checking:
        checkers = len(checking["checkers"])
        document["safeguards"] = document["safeguards"] | {"output_checking": checking | {"checkers": checkers}}
    if agreement.decisions:
        document["decisions"] = [
            {name: value for name, value in decision.items() if name != "by"} for decision in document["decisions"]
        ]
    return document


def public_canonical(agreement: Agreement) -> bytes:
    """Return the public document as canonical JSON (RFC 8785)."""
    return canonical_json(public_document(agreement))


def public_hash(agreement: Agreement) -> str:
    """Return the SHA-256 (hex) of the public document's canonical JSON."""
    return hashlib.sha256(public_canonical(agreement)).hexdigest()
