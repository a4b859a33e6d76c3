"""Which columns an agreement lets a question equate: its links, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def domains(links: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return, for every linked column (``organisation/dataset.column``), the name of its domain of identifiers.

    Columns that are linked, directly or through others, share a domain, named by its alphabetically first column; tokens
    of one domain can be compared, tokens of two never match.
    """
    domain: dict[str, str] = {}
    for left, right in links:
        joined = {domain.get(left, left), domain.get(right, right)}
        first = min(joined)
        domain = {column: (first if name in joined else name) for column, name in domain.items()}
        domain[left] = domain[right] = first
    return domain


def may_equate(links: Sequence[tuple[str, str]], left: str, right: str) -> bool:
    """Return whether a question may equate two columns: they are one column, or of one domain."""
    known = domains(links)
    return left == right or (left in known and known[left] == known.get(right))
