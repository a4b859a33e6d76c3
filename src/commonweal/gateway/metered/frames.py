"""Frames: whom a measure's tables count, and what every column of the question is to them.

The frame is one of the datasets read; its entity is the subject. From the frame every other dataset is reached by link
columns: *attached* when a subject has at most one record there, else *gathered*. A fact that must not be learnt is only
attached where it belongs to one subject alone: a home's arrears are counted by home, never once for everybody in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from sqlglot import exp

from commonweal.catalogue.contract import ROW, Column, Contract, EntityKey, Kind
from commonweal.catalogue.levels import Levels, Scale
from commonweal.disclosure.reasons import plural
from commonweal.gateway.metered.feature import Feature, Form, Hop
from commonweal.gateway.metered.refusals import STEWARD, outside
from commonweal.gateway.metered.sources import MEMBER, Base, Flat
from commonweal.query.sources import AGE_PREFIX

SECRET_KINDS = frozenset({Kind.SENSITIVE, Kind.SPECIAL})
MEMBERSHIP = Levels(Scale.VALUES, values=("in",), missing=True)
RECORDS = Levels(Scale.COUNTS, edges=(0, 1, 2, 3, 4), top=20, missing=False)
"""Levels of the number of records of one subject: none, 1, 2, 3, 4 and more, of which no one counts for more than 20."""


@dataclass(frozen=True)
class Reached:
    """How a base is reached from the frame."""

    path: tuple[Hop, ...]
    gathered: bool
    shared: bool  # several subjects may have the same record
    optional: bool


@dataclass(frozen=True)
class Frame:
    """The bases of a flat measure seen from one of them."""

    base: Base
    flat: Flat
    reached: Mapping[str, Reached]
    contracts: Mapping[str, Contract]

    @property
    def dataset(self) -> str:
        """Return the reference of the dataset whose entity is counted."""
        return self.base.dataset

    @property
    def contract(self) -> Contract:
        """Return its contract."""
        return self.contracts[self.dataset]

    @cached_property
    def _entity(self) -> EntityKey:
        """Return the entity that is counted: the one a sub-query groups by, else the first of the dataset."""
        grouped = (entity for entity in self.contract.entities if entity.key.lower() == self.base.by)
        return next(grouped, self.contract.entities[0])

    @property
    def subject(self) -> str:
        """Return the kind of entity that is counted."""
        return self._entity.kind

    @property
    def key(self) -> str:
        """Return the column that tells subjects apart, or `ROW`."""
        return self._entity.key

    @cached_property
    def repeated(self) -> bool:
        """Return whether a subject can have several rows in the frame's dataset."""
        return self.key != ROW and not self.contract.by_name[self.key].unique

    @cached_property
    def several_rows(self) -> tuple[str, ...]:
        """Return the bases of which a subject can have several rows, so that a row of the measure is not one subject."""
        found = [self.base.alias] if self.repeated and self.base.derived is None else []
        for alias, reached in self.reached.items():
            base = self.flat.bases[alias]
            if reached.gathered and base.derived is None and not base.inside and alias not in self._absent:
                found.append(alias)
        return tuple(found)

    def one_row_each(self) -> bool:
        """Return whether a row of the measure is one subject."""
        return not self.several_rows

    @cached_property
    def _absent(self) -> frozenset[str]:
        """Return the bases on the right of a LEFT JOIN that WHERE says have no record: those leave one row each."""
        linked = {name for pair in self.flat.equations for name in pair}
        return frozenset(
            part.this.table
            for part in self.flat.predicates
            if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null) and isinstance(part.this, exp.Column)
            and (part.this.table, part.this.name) in linked and self.flat.bases[part.this.table].optional
        )  # fmt: skip

    def is_subject(self, column: exp.Column) -> bool:
        """Return whether a column is the subject's key, here or in a dataset joined on it."""
        names = {(self.base.alias, self.key.lower())}
        for left, right in self.flat.equations:
            if left in names or right in names:
                names |= {left, right}
        return (column.table, column.name) in names

    def feature(self, column: exp.Column, *, summed: bool = False) -> Feature:
        """Return the feature that a column of the question is; `summed` says that it is the argument of a sum.

        Raises:
            Refused: when the contract gives it no levels, or it is nothing that one subject has.
        """
        base = self.flat.bases[column.table]
        return self._of_one(base, self._feature(base, column, summed=summed))

    def _of_one(self, base: Base, found: Feature) -> Feature:
        """Return a feature that, if it is secret, belongs to one subject alone; Refused for one that several share."""
        if found.secret and self.reached[base.alias].shared:
            entities = self.contracts[base.dataset].entities
            raise outside(
                f"{found.title} is a fact about a {entities[0].kind if entities else 'record'}, "
                f"which several {plural(self.subject)} can share, and only one of them may be counted for it.",
                f"Count from {base.dataset}, and use IN (SELECT ...) for the other datasets.",
                about=found.column,
            )
        return found

    def _feature(self, base: Base, column: exp.Column, *, summed: bool) -> Feature:
        reached = self.reached[base.alias]
        if base.derived is not None and column.name in base.derived:
            return self._derived(base, *base.derived[column.name])
        if column.name == MEMBER:
            return self.member(base.alias)
        described = self._column(base, column.name)
        if described.kind is Kind.LINK and base is not self.base:
            return self.member(base.alias)
        if not column.name.startswith(AGE_PREFIX) and described.levels and described.levels.scale is Scale.AGES:
            raise outside(f"{described.name} is a date.", f"Use age_in_years({described.name}).", about=described.name)
        repeated = self.repeated if base is self.base else reached.gathered
        if base is self.base and self._entity is not self.contract.entities[0] and described.kind is not Kind.LINK:
            raise outside(
                f"{described.name} is a column of the {self.contract.entities[0].kind}, not of the {self.subject}.",
                f"Leave it out, or count each {self.contract.entities[0].kind}.", about=described.name,
            )  # fmt: skip
        if not repeated or base.derived is not None:
            return self._value(base, described, repeated=repeated)
        return self._of_records(base, described, summed=summed)

    def described(self, column: exp.Column) -> Column | None:
        """Return the contract's column that a column of the question is, None for one that the question makes."""
        base = self.flat.bases[column.table]
        if base.derived is not None and column.name in base.derived:
            return None
        names = {each.name.lower(): each for each in self.contracts[base.dataset].columns}
        return names.get(column.name.removeprefix(AGE_PREFIX))

    def member(self, alias: str) -> Feature:
        """Return the feature of having a record in a base."""
        base, reached = self.flat.bases[alias], self.reached[alias]
        # Who is found at the end of a way is found in every dataset on it.
        secret = any(self.contracts[hop.dataset].membership == "secret" for hop in reached.path)
        found = Feature(reached.path, base.dataset, Form.MEMBER, "", MEMBERSHIP, secret, reached.gathered)
        return self._of_one(base, found)

    def events(self, alias: str) -> Feature:
        """Return the feature of how many records a subject has in a base."""
        base, reached = self.flat.bases[alias], self.reached[alias]
        found = Feature(reached.path, base.dataset, Form.EVENTS, "", RECORDS, secret=True, gathered=reached.gathered)
        return self._of_one(base, found)

    def _column(self, base: Base, name: str) -> Column:
        names = {column.name.lower(): column for column in self.contracts[base.dataset].columns}
        return names[name.removeprefix(AGE_PREFIX)]

    def _value(self, base: Base, column: Column, *, repeated: bool) -> Feature:
        reached = self.reached[base.alias]
        levels = _levels(column, base)
        # What others may know of somebody in a dataset they must not know of tells them that somebody is in it.
        hidden = any(self.contracts[hop.dataset].membership == "secret" for hop in reached.path)
        secret = column.kind in SECRET_KINDS or hidden
        if repeated and (secret or base is not self.base):
            raise outside(f"{column.name} differs between the records of one {self.subject}.", "Leave it out.")
        if base is not self.base:
            levels = _with_missing(levels)
        return Feature(reached.path, base.dataset, Form.VALUE, column.name, levels, secret, gathered=False)

    def _of_records(self, base: Base, column: Column, *, summed: bool) -> Feature:
        """Return what a column of repeated records is to one subject."""
        reached = self.reached[base.alias]
        levels = _levels(column, base)
        if summed or levels.scale in {Scale.AMOUNTS, Scale.COUNTS}:
            if not summed:
                raise outside(
                    f"{column.name} is one amount a record, and a {self.subject} can have many.",
                    f"Sum it for each {self.subject} in a sub-query, or use sum({column.name}).",
                    about=column.name,
                )
            return Feature(reached.path, base.dataset, Form.TOTAL, column.name, levels, True, reached.gathered)
        steady = column.kind not in SECRET_KINDS and levels.scale is not Scale.MONTHS
        if steady and base is self.base:
            return Feature(reached.path, base.dataset, Form.VALUE, column.name, levels, False, gathered=True)
        if steady:
            raise outside(
                f"{column.name} is a column of the records of {base.dataset}, not of the {self.subject}.",
                f"Count from {base.dataset}.",
                about=column.name,
            )
        return Feature(reached.path, base.dataset, Form.FLAGS, column.name, levels, True, reached.gathered)

    def _derived(self, base: Base, form: Form, name: str) -> Feature:
        reached = self.reached[base.alias]
        if form is Form.EVENTS:
            return self.events(base.alias)
        column = self._column(base, name)
        if form is Form.VALUE:
            return self._value(base, column, repeated=base is self.base and column.kind in SECRET_KINDS)
        levels = _levels(column, base)
        if form in {Form.FIRST, Form.LAST}:
            if levels.scale is not Scale.MONTHS and column.kind not in SECRET_KINDS and base is self.base:
                return self._value(base, column, repeated=True)
            if levels.scale is not Scale.MONTHS:
                raise outside(f"it takes the smallest or largest {column.name} of each {self.subject}.", "Sum it.")
            levels = replace(_with_missing(levels), most=1)
        elif levels.scale not in {Scale.AMOUNTS, Scale.COUNTS}:
            raise outside(f"it sums {column.name}, which has no levels of amounts.", "Count it instead.")
        return Feature(reached.path, base.dataset, form, column.name, levels, True, reached.gathered)


def _levels(column: Column, base: Base) -> Levels:
    if column.kind is Kind.TEXT or column.kind is Kind.IDENTIFIER:
        raise outside(f"{column.name} has no levels.", "Leave it out.", about=column.name)
    if column.levels is None:
        raise outside(
            f"the contract of {base.dataset} gives {column.name} no levels, so no shared table holds it.",
            f"Ask the steward to add levels to {column.name}, or leave it out.",
            who=STEWARD,
            about=column.name,
        )
    return column.levels


def _with_missing(levels: Levels) -> Levels:
    """Return levels with a last leaf for subjects that have no record there."""
    if levels.missing:
        return levels
    return replace(levels, missing=True, rungs=tuple((*rung, max(rung) + 1) for rung in levels.rungs))


def frames(flat: Flat, contracts: Mapping[str, Contract]) -> list[Frame]:
    """Return every way to see a flat measure: a frame from which all other bases are reached; fewest gathered first."""
    found = []
    for base in flat.bases.values():
        if base.optional or base.inside or not contracts[base.dataset].entities:
            continue
        reached = _reach(base, flat, contracts)
        if len(reached) == len(flat.bases) and all(_is_by(each, reached, contracts) for each in flat.bases.values()):
            found.append(Frame(base, flat, reached, contracts))
    if not found:
        raise outside(
            "its datasets are joined in a way that no shared table is counted by.",
            "Join on link columns; to count homes by their people, join the dataset of the homes.",
        )
    return sorted(found, key=lambda frame: sum(way.gathered for way in frame.reached.values()))


def _is_by(base: Base, reached: Mapping[str, Reached], contracts: Mapping[str, Contract]) -> bool:
    """Return whether a per-entity sub-query makes a row for each subject: grouped by its key, or by the link to it."""
    if base.derived is None:
        return True
    path = reached[base.alias].path
    keys = [path[-1].key] if path else [entity.key for entity in contracts[base.dataset].entities]
    return base.by.lower() in {key.lower() for key in keys}


def _reach(frame: Base, flat: Flat, contracts: Mapping[str, Contract]) -> dict[str, Reached]:
    reached = {frame.alias: Reached((), gathered=False, shared=False, optional=False)}
    waiting = True
    while waiting:
        waiting = False
        for left, right in (pair for one, other in flat.equations for pair in ((one, other), (other, one))):
            if left[0] in reached and right[0] not in reached:
                reached[right[0]] = _step(reached[left[0]], flat, left, right, contracts)
                waiting = True
    return reached


def _step(
    near: Reached, flat: Flat, left: tuple[str, str], right: tuple[str, str], contracts: Mapping[str, Contract]
) -> Reached:
    base, before = flat.bases[right[0]], flat.bases[left[0]]
    names = {c.name.lower(): c for c in contracts[base.dataset].columns}
    nearer = {c.name.lower(): c for c in contracts[before.dataset].columns}
    key, column = names[right[1]], nearer[left[1]]
    entity = contracts[before.dataset].entities[0].key if contracts[before.dataset].entities else ""
    shared = near.shared or not (column.unique or column.name == entity)
    hop = Hop(column.name, base.dataset, key.name)
    return Reached((*near.path, hop), near.gathered or not key.unique, shared, near.optional or base.optional)
