"""Finding datasets by words: names, descriptions, columns and what they mean, and the standards they follow.

The index is held in memory, one per process: five thousand datasets take a few seconds to read once, and a search takes
milliseconds. `Index.refresh` reads only what has changed since.
"""

from __future__ import annotations

import difflib
import math
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from commonweal.catalogue import store
from commonweal.catalogue.contract import Contract
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import joins_of, standard_of
from commonweal.catalogue.standards import STANDARDS, standard_by_name

LONGEST = 200
"""The most characters of a search that are read."""

_WORD = re.compile(r"[a-z0-9]+")
_SAYING_NOTHING = """
a about all an and any are as at by data dataset datasets do does for from has have hold holds how in is it know knows
list me of on or our records show that the their there to us we what where which who whose with
"""
_SILENT = frozenset(_SAYING_NOTHING.split())
_NAME, _TITLE, _ABOUT, _COLUMN, _MEANING = 6.0, 3.0, 3.0, 4.0, 2.0
_NEAR = 0.8


@dataclass(frozen=True)
class Wanted:
    """What is looked for: words, and filters that must all hold; empty ones hold for every dataset."""

    words: str = ""
    organisation: str = ""
    entity: str = ""
    joins: str = ""
    among: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing in particular is looked for."""
        return not (self.words.strip() or self.organisation or self.entity or self.joins or self.among is not None)


@dataclass(frozen=True)
class Found:
    """The references of what was found, best first; `partly`: nothing has all the words, these have some of them."""

    references: tuple[str, ...]
    partly: bool = False


@dataclass(frozen=True)
class _Entry:
    """One dataset in the index: what it was made from, its words with their weight, and what filters look at."""

    made_from: tuple[str, ...]
    words: Mapping[str, float]
    organisation: str
    entities: frozenset[str]
    joins: frozenset[str]


@dataclass
class Index:
    """The words of all datasets. Safe between threads."""

    _entries: dict[str, _Entry] = field(default_factory=dict)
    _holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self, connection: Connection) -> None:
        """Bring the index up to what the connection sees: only new and changed datasets are read."""
        titles = {each.name: each.title for each in store.organisations(connection)}
        now = {key.reference: (key.contract_hash, titles.get(key.organisation, "")) for key in store.keys(connection)}
        with self._lock:
            for gone in self._entries.keys() - now.keys():
                self._forget(gone)
            changed = [name for name, made_from in now.items() if self._stale(name, made_from)]
            for dataset in store.datasets_named(connection, changed):
                self._add(dataset, now[dataset.reference])

    def search(self, wanted: Wanted) -> Found:
        """Return what fits, best first: the more of the words and the rarer they are; without words, by name."""
        with self._lock:
            fitting = [name for name, entry in self._entries.items() if _fits(name, entry, wanted)]
            asked = _asked(wanted.words)
            if not asked:
                return Found(tuple(sorted(fitting)))
            terms = [forms for term in asked for forms in self._forms(term)]
            scored = [(self._score(name, terms), name) for name in fitting]
        best = max((hits for (hits, _), _ in scored), default=0)
        if best == 0:
            return Found(())
        least = len(terms) if best == len(terms) else 1
        ranked = sorted(((-hits, -score, name) for (hits, score), name in scored if hits >= least))
        return Found(tuple(name for _, _, name in ranked), partly=best < len(terms))

    def entities(self) -> tuple[str, ...]:
        """Return every kind of entity that some dataset is about, by name."""
        with self._lock:
            return tuple(sorted({kind for entry in self._entries.values() for kind in entry.entities}))

    def _stale(self, name: str, made_from: tuple[str, ...]) -> bool:
        entry = self._entries.get(name)
        return entry is None or entry.made_from != made_from

    def _forget(self, name: str) -> None:
        for word in self._entries.pop(name).words:
            self._holders[word].discard(name)
            if not self._holders[word]:
                del self._holders[word]

    def _add(self, dataset: Dataset, made_from: tuple[str, ...]) -> None:
        if dataset.reference in self._entries:
            self._forget(dataset.reference)
        contract = dataset.contract
        entry = _Entry(
            made_from,
            _words_of(dataset, made_from[1]),
            dataset.organisation,
            frozenset(entity.kind for entity in contract.entities),
            frozenset(joins_of(contract)),
        )
        self._entries[dataset.reference] = entry
        for word in entry.words:
            self._holders[word].add(dataset.reference)

    def _forms(self, term: _Term) -> list[dict[str, float]]:
        """Return the words of the index that each part of a term may mean, each with how sure that is."""
        standard = f"={term.standard}"
        if standard in self._holders:
            words = {_stem(term.words[0]): 1.0} if len(term.words) == 1 else {}
            return [{standard: 1.0, **words}]
        return [self._meant(_stem(word)) for word in term.words if word not in _SILENT]

    def _meant(self, stem: str) -> dict[str, float]:
        """Return the words of the index that a stem may mean: itself, what begins with it, or what is spelt nearly so."""
        found = {stem: 1.0} if stem in self._holders else {}
        if len(stem) >= 3:
            found |= {word: 0.6 for word in self._holders if word.startswith(stem) and word not in found}
        if not found and len(stem) >= 4:
            near = difflib.get_close_matches(stem, [word for word in self._holders if word[0] == stem[0]], 3, _NEAR)
            found = dict.fromkeys(near, 0.4)
        return found

    def _score(self, name: str, terms: Sequence[Mapping[str, float]]) -> tuple[int, float]:
        """Return how many words of the search a dataset has, and how much they weigh."""
        words, total, hits = self._entries[name].words, 0.0, 0
        for forms in terms:
            best = max(
                (words[form] * sure * self._rarity(form) for form, sure in forms.items() if form in words), default=0
            )
            hits += best > 0
            total += best
        return hits, total

    def _rarity(self, word: str) -> float:
        """Return how much a word says: the fewer have it, the more (inverse document frequency)."""
        return 1.0 + math.log(len(self._entries) / len(self._holders[word]))


def _fits(name: str, entry: _Entry, wanted: Wanted) -> bool:
    return (
        (not wanted.organisation or entry.organisation == wanted.organisation)
        and (not wanted.entity or wanted.entity in entry.entities)
        and (not wanted.joins or wanted.joins in entry.joins)
        and (wanted.among is None or name in wanted.among)
    )


@dataclass(frozen=True)
class _Term:
    """What stands in a search: a word or the name of a standard, by its words, and the standard, if it names one."""

    words: tuple[str, ...]
    standard: str = ""


def _asked(text: str) -> list[_Term]:
    """Return what a search says, without the words that say nothing; "NHS number" is one thing, not two."""
    words = _WORD.findall(text[:LONGEST].lower())
    found: list[_Term] = []
    position = 0
    while position < len(words):
        term = _term(words[position:])
        position += len(term.words)
        if term.standard or term.words[0] not in _SILENT:
            found.append(term)
    return found


def _term(words: Sequence[str]) -> _Term:
    """Return what a search begins with: the longest name of a standard, else the first word."""
    for length in (3, 2):
        chosen = tuple(words[:length])
        standard = standard_by_name("_".join(chosen)) if len(chosen) == length else ""
        if standard and all(standard_by_name(word) != standard for word in chosen):
            return _Term(chosen, standard)
    return _Term((words[0],), standard_by_name(words[0]))


def _words_of(dataset: Dataset, title: str) -> dict[str, float]:
    """Return the words of a dataset, each with the weight of the best place it stands in."""
    contract = dataset.contract
    weights: dict[str, float] = {}

    def note(texts: Iterable[str], weight: float) -> None:
        for text in texts:
            for word in _WORD.findall(text.lower()):
                if word not in _SILENT:
                    stem = _stem(word)
                    weights[stem] = max(weights.get(stem, 0.0), weight)

    note([dataset.name, contract.name], _NAME)
    note([dataset.organisation, title, contract.description], _TITLE)
    note([entity.kind for entity in contract.entities], _ABOUT)
    note([column.name for column in contract.columns], _COLUMN)
    note([column.description for column in contract.columns], _MEANING)
    for standard in _standards(contract):
        weights[f"={standard}"] = _COLUMN
        note([standard, STANDARDS[standard].title], _MEANING)
    return weights


def _standards(contract: Contract) -> set[str]:
    return {standard for column in contract.columns if (standard := standard_of(column)) in STANDARDS}


def _stem(word: str) -> str:
    """Return a word without the ending of its plural, so that "homes" finds "home": rough, and the same on both sides."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
