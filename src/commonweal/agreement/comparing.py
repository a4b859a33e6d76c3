"""Comparing two versions of an agreement: every difference, clause by clause, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from commonweal.agreement.data import DatasetTerms
from commonweal.agreement.document import Agreement
from commonweal.agreement.effect import Effect, Order, more_is_looser, more_is_tighter, of_treatments
from commonweal.agreement.fields import Enforcement, field_of
from commonweal.agreement.hashing import plain
from commonweal.agreement.retention import end_of
from commonweal.agreement.showing import in_words
from commonweal.deidentification.treatment import Treatment


class Change(StrEnum):
    """What happened to something between two versions."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One difference: of which clause (the key at the top), at which path, what was and what is, in a sentence.

    `before` and `after` are words for people, None where there was or is nothing; `effect` says whether more or less
    can be seen now; `enforcement` is what the clause is worth.
    """

    clause: str
    path: str
    change: Change
    before: str | None
    after: str | None
    words: str
    effect: Effect
    enforcement: Enforcement

    def as_dict(self) -> dict[str, str | None]:
        """Return the difference as plain values for JSON."""
        return {
            "clause": self.clause,
            "path": self.path,
            "change": self.change.value,
            "before": self.before,
            "after": self.after,
            "words": self.words,
            "effect": self.effect.value,
            "enforcement": self.enforcement.value,
        }


_ASIDE = frozenset({"commonweal", "id", "version", "supersedes", "changes"})
"""What differs between any two versions, and says nothing about what is agreed."""

_NAMED_BY = ("organisation", "email", "name", "title", "what", "version", "on")
"""The keys by which things of a list are the same in two versions, the first that all of them have."""

_ONWARD = ("none", "with-consent-of-all-parties", "published")


def compare(before: Agreement, after: Agreement) -> tuple[Difference, ...]:
    """Return every difference between two versions, in the order of the clauses; none if they agree on everything."""
    old, new = (plain(each.as_document(), days_as_text=True) for each in (before, after))
    found: list[Difference] = []
    for clause in Agreement.model_fields:
        if clause in _ASIDE:
            continue
        if clause == "data":
            found += _data(before, after)
        elif clause == "links":
            found += _links(before, after)
        elif clause in ("parties", "people"):
            found += _named(clause, before, after, old.get(clause, []), new.get(clause, []))
        else:
            found += _values((clause,), old.get(clause), new.get(clause), (before, after))
    return tuple(found)


def by_clause(differences: Sequence[Difference]) -> Mapping[str, tuple[Difference, ...]]:
    """Return differences by their clause, in order."""
    clauses = dict.fromkeys(each.clause for each in differences)
    return {clause: tuple(each for each in differences if each.clause == clause) for clause in clauses}


def summary(differences: Sequence[Difference]) -> str:
    """Return how many differences there are and what they do, in a sentence."""
    if not differences:
        return "Nothing that was agreed differs."
    number = len(differences)
    looser = sum(each.effect is Effect.LOOSENED for each in differences)
    tighter = sum(each.effect is Effect.TIGHTENED for each in differences)
    counted = "1 difference" if number == 1 else f"{number} differences"
    return f"{counted}: {looser} {_let(looser)} more be seen, {tighter} {_let(tighter)} less be seen."


def _let(number: int) -> str:
    return "lets" if number == 1 else "let"


def _data(before: Agreement, after: Agreement) -> Iterator[Difference]:
    """Yield what differs in the datasets that are shared."""
    for name in dict.fromkeys(terms.dataset for terms in (*before.data, *after.data)):
        old, new = before.terms(name), after.terms(name)
        if old is None and new is not None:
            what = _shared(new)
            words = f"{name} is shared now: {what}."
            yield _difference(("data", name), None, what, words, Effect.LOOSENED)
        elif new is None and old is not None:
            yield _difference(("data", name), _shared(old), None, f"{name} is shared no more.", Effect.TIGHTENED)
        elif old is not None and new is not None:
            yield from _columns(name, old, new)
            yield from _rest_of_dataset(name, old, new)


def _columns(name: str, old: DatasetTerms, new: DatasetTerms) -> Iterator[Difference]:
    """Yield what differs in the columns of a dataset."""
    for column in dict.fromkeys((*old.columns, *new.columns)):
        was, now = old.columns.get(column), new.columns.get(column)
        if was == now:
            continue
        effect = of_treatments(was, now)
        words = f"{column} of {name} {_became(was, now, effect)}."
        yield _difference(
            ("data", name, "columns", column),
            None if was is None else was.describe(),
            None if now is None else now.describe(),
            words,
            effect,
        )


def _became(was: Treatment | None, now: Treatment | None, effect: Effect) -> str:
    """Return what became of a column."""
    if was is None and now is not None:
        return "stays unseen, which is written now" if now.name == "withhold" else f"is shared now, {now.describe()}"
    if now is None:
        return "stays unseen" if was is not None and was.name == "withhold" else "is shared no more"
    assert was is not None
    said = {
        Effect.LOOSENED: "loosened: more of it can be seen",
        Effect.TIGHTENED: "tightened: less of it can be seen",
        Effect.UNLIKE: "neither looser nor tighter: it hides something else",
        Effect.NEITHER: "as much can be seen as before",
    }[effect]
    return f"was {was.describe()}, and is now {now.describe()} ({said})"


def _rest_of_dataset(name: str, old: DatasetTerms, new: DatasetTerms) -> Iterator[Difference]:
    """Yield what differs in a dataset's rows and the reason why it is needed."""
    if old.rows != new.rows:
        effect = {(True, False): Effect.TIGHTENED, (False, True): Effect.LOOSENED}.get(
            (old.rows is None, new.rows is None), Effect.UNLIKE
        )
        was, now = (f"only rows where {rows}" if rows else "all rows" for rows in (old.rows, new.rows))
        words = f"Of {name}, {was} were shared; now it is {now}."
        yield _difference(("data", name, "rows"), was, now, words, effect)
    if old.because != new.because:
        words = _sentence(f"Why {name} is needed", old.because, new.because)
        yield _difference(("data", name, "because"), old.because, new.because, words, Effect.NEITHER)


def _shared(terms: DatasetTerms) -> str:
    """Return what is shared of a dataset."""
    columns = "; ".join(f"{name} {treatment.describe()}" for name, treatment in terms.columns.items())
    return f"{columns}; {'all rows' if terms.rows is None else f'only rows where {terms.rows}'}"


def _links(before: Agreement, after: Agreement) -> Iterator[Difference]:
    """Yield links that came and went; a link is the same from either side."""
    old, new = ({tuple(sorted(link)): link for link in each.links} for each in (before, after))
    for link in dict.fromkeys((*old, *new)):
        words = " with ".join(link)
        if link not in old:
            yield _difference(("links", words), None, words, f"{words} may be joined now.", Effect.LOOSENED)
        elif link not in new:
            yield _difference(("links", words), words, None, f"{words} may be joined no more.", Effect.TIGHTENED)


def _named(
    clause: str, before: Agreement, after: Agreement, old: Sequence[Any], new: Sequence[Any]
) -> Iterator[Difference]:
    """Yield what differs in parties and people: who came, who went, and what is said of who stayed."""
    key = "organisation" if clause == "parties" else "email"
    then, now = ({str(item[key]).casefold(): item for item in items} for items in (old, new))
    for name in dict.fromkeys((*then, *now)):
        path = (clause, name)
        if name in then and name in now:
            yield from _values(path, then[name], now[name], (before, after))
            continue
        came = name in now
        role = str((now if came else then)[name]["role"]).replace("-", " ")
        if clause == "parties":
            words, effect = f"{name} {'becomes' if came else 'is no longer'} a party, as {role}.", Effect.NEITHER
        else:
            words = f"{name} is named now, as {role}, and may ask." if came else f"{name} may ask no more."
            effect = Effect.LOOSENED if came else Effect.TIGHTENED
        yield _difference(path, None if came else role, role if came else None, words, effect)


def _values(path: tuple[str, ...], was: Any, now: Any, versions: tuple[Agreement, Agreement]) -> Iterator[Difference]:
    """Yield what differs between two values at a path of the two versions: each thing that holds no others, once."""
    if was == now:
        return
    both = [value for value in (was, now) if value is not None]
    if all(isinstance(value, Mapping) for value in both):
        for key in dict.fromkeys(str(key) for value in both for key in value):
            yield from _values((*path, key), (was or {}).get(key), (now or {}).get(key), versions)
    elif any(both) and all(_holds_things(value) for value in both):
        yield from _things(path, was or [], now or [], versions)
    else:
        yield _said(path, path, was, now, _effect(".".join(path), *versions))


def _things(
    path: tuple[str, ...], was: Sequence[Any], now: Sequence[Any], versions: tuple[Agreement, Agreement]
) -> Iterator[Difference]:
    """Yield what differs between two lists of things: which came, which went, and what differs in those that stayed."""
    key = next((key for key in _NAMED_BY if _tells_apart(key, was) and _tells_apart(key, now)), None)
    old, new = (
        {str(item[key]) if key else str(number + 1): item for number, item in enumerate(items)} for items in (was, now)
    )
    for name in dict.fromkeys((*old, *new)):
        if name in old and name in new:
            yield from _values((*path, name), old[name], new[name], versions)
        else:
            yield _said((*path, name), path, old.get(name), new.get(name), Effect.NEITHER)


def _holds_things(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _tells_apart(key: str, items: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether all things of a list have a key, each with another value."""
    names = [str(item.get(key, "")) for item in items]
    return all(names) and len(set(names)) == len(names)


def _said(path: tuple[str, ...], named: tuple[str, ...], was: Any, now: Any, effect: Effect) -> Difference:
    """Return the difference of a value in a sentence, which names it by `named`."""
    first, second = (None if each is None else _told(each) for each in (was, now))
    label = ": ".join(step.replace("_", " ") for step in named)
    return _difference(path, first, second, _sentence(label[0].upper() + label[1:], first, second), effect)


def _told(value: Any) -> str:
    """Return a value in words; of a thing with several values, each with its name."""
    if not isinstance(value, Mapping):
        return in_words(value)
    if len(value) == 1:
        return _told(next(iter(value.values())))
    return "; ".join(f"{str(key).replace('_', ' ')} {_told(inner)}" for key, inner in value.items())


def _sentence(label: str, was: str | None, now: str | None) -> str:
    """Return a difference of a value in a sentence."""
    if was is None:
        return f"{label} is written now: {now}"
    return f"{label} is no longer written; it was: {was}" if now is None else f"{label} was: {was}. It is now: {now}"


_ORDERS: Mapping[str, Order] = {
    "term.from": lambda a, b: more_is_tighter(a.term.start, b.term.start),
    "term.until": lambda a, b: more_is_looser(a.term.until, b.term.until),
    "term.review": lambda a, b: more_is_looser(a.term.review, b.term.review),
    "term.grace_days": lambda a, b: more_is_looser(a.term.grace_days, b.term.grace_days),
    "legal.dpia.review": lambda a, b: more_is_looser(a.legal.dpia.review, b.legal.dpia.review),
    "safeguards.profile": lambda a, b: (
        Effect.UNLIKE if a.safeguards.profile != b.safeguards.profile else Effect.NEITHER
    ),
    "safeguards.minimum_count": lambda a, b: more_is_tighter(a.safeguards.minimum_count, b.safeguards.minimum_count),
    "safeguards.rounding": lambda a, b: more_is_tighter(a.safeguards.rounding, b.safeguards.rounding),
    "safeguards.quantile_side": lambda a, b: more_is_tighter(a.safeguards.quantile_side, b.safeguards.quantile_side),
    "safeguards.p_percent": lambda a, b: more_is_tighter(a.safeguards.p_percent, b.safeguards.p_percent),
    "safeguards.output_checking.allowed": lambda a, b: more_is_looser(_checked(a), _checked(b)),
    "safeguards.output_checking.record_level": lambda a, b: more_is_looser(_single(a), _single(b)),
    "retention.results": lambda a, b: more_is_looser(_kept(a), _kept(b)),
    "onward_sharing": lambda a, b: more_is_looser(_ONWARD.index(a.onward_sharing), _ONWARD.index(b.onward_sharing)),
}
"""The values that say how much, how long or how far, each with what more of it does; both versions are given whole,
since what is not written has a meaning too."""


def _effect(path: str, before: Agreement, after: Agreement) -> Effect:
    order = _ORDERS.get(path)
    return Effect.NEITHER if order is None else order(before, after)


def _checked(agreement: Agreement) -> bool:
    checking = agreement.safeguards.output_checking
    return checking is not None and checking.allowed


def _single(agreement: Agreement) -> bool:
    checking = agreement.safeguards.output_checking
    return checking is not None and checking.record_level


def _kept(agreement: Agreement) -> datetime:
    return end_of(agreement.retention.results, datetime(2000, 1, 1, tzinfo=UTC))


def _difference(path: tuple[str, ...], before: str | None, after: str | None, words: str, effect: Effect) -> Difference:
    """Return a difference; what it is worth is looked up by those steps of its path that are keys of the document."""
    change = Change.ADDED if before is None else Change.REMOVED if after is None else Change.CHANGED
    return Difference(path[0], ".".join(path), change, before, after, words, effect, _worth(path))


def _worth(path: tuple[str, ...]) -> Enforcement:
    """Return what the clause at a path is worth; the name of a thing of a list is not a key."""
    named = path[0] in ("data", "links", "parties", "people")
    return field_of((path[0], *path[2:]) if named else path).enforcement
