"""What a question names: the datasets and columns that a request is filled in with. A suggestion; people correct it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from commonweal.catalogue.dataset import Dataset

_WORD = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\"(?:[^\"]|\"\")*\"|\w+", re.DOTALL)


def words_of(sql: str) -> frozenset[str]:
    """Return the names in a question's text, in small letters; what stands in strings and comments is none."""
    found = (match.group() for match in _WORD.finditer(sql))
    return frozenset(each.strip('"').lower() for each in found if not each.startswith(("'", "--", "/*")))


def named_in(sql: str, datasets: Iterable[Dataset], shared: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return the datasets that a question names, each with those of its columns that it names.

    Of several datasets of one name, those in `shared` (the agreement's) come before all others.
    """
    words, ours = words_of(sql), frozenset(shared)
    candidates = [each for each in datasets if each.name.lower() in words]
    taken = {each.name for each in candidates if each.reference in ours}
    chosen = [each for each in candidates if each.reference in ours or each.name not in taken]
    return {
        each.reference: tuple(column.name for column in each.contract.columns if column.name.lower() in words)
        for each in chosen
    }
