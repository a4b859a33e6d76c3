"""Recognition: a measure in ordinary SQL, as a reading of shared tables, or a refusal with what could be read.

Everything is decided from the question, the contracts and the agreement; nothing here has seen the data. Conditions on
columns of the lattice become sums of cells; conditions on a secret choose among its levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.agreement.document import Agreement
from commonweal.agreement.rows import rows_expression
from commonweal.catalogue.contract import Contract
from commonweal.catalogue.levels import Scale
from commonweal.deidentification.bands import YearBand
from commonweal.errors import Refused
from commonweal.gateway.metered.allowed import check
from commonweal.gateway.metered.feature import Feature, Form
from commonweal.gateway.metered.frames import Frame, frames
from commonweal.gateway.metered.points import MOST_CUTS, Part, parts
from commonweal.gateway.metered.reading import Condition, KeyReading, Reading, Statistic, Target
from commonweal.gateway.metered.refusals import Hint, Way, outside
from commonweal.gateway.metered.sources import base_columns, flattened
from commonweal.gateway.metered.trial import Column, Trial, Tried, over_points
from commonweal.query.conditions import conjuncts
from commonweal.query.measure import BaseAggregate, Function, Measure, Purpose

if TYPE_CHECKING:
    import numpy as np

    from commonweal.deidentification.treatment import Treatment


def recognised(
    measure: Measure, contracts: Mapping[str, Contract], agreement: Agreement, as_of: date, trial: Trial
) -> Reading:
    """Return the measure as a reading.

    Raises:
        Refused: when it is none; by the first frame that comes nearest.
    """
    agreed = {terms.dataset: rows_expression(terms) for terms in agreement.data}
    rows = {dataset: condition for dataset, condition in agreed.items() if condition is not None}
    flat = flattened(measure.relation, measure.predicates, rows)
    refusals: list[Refused] = []
    for frame in frames(flat, contracts):
        try:
            return _Recognition(measure, frame, agreement, as_of, trial).reading()
        except Refused as refusal:
            refusals.append(refusal)
    raise refusals[0]


@dataclass
class _Recognition:
    measure: Measure
    frame: Frame
    agreement: Agreement
    as_of: date
    trial: Trial
    found: dict[Feature, tuple[Part, ...]] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def reading(self) -> Reading:
        """Return the reading."""
        self._cut_amounts()
        keys = tuple(self._key(key.name, key.expression) for key in self.measure.keys)
        where = [c for part in self.frame.flat.predicates for c in self._conditions(part)]
        targets = tuple(self._target(aggregate) for aggregate in self.measure.aggregates)
        where += self._memberships(keys, where, targets)
        sets = self.measure.grouping_sets
        reading = Reading(self.frame, keys, tuple(where), targets, self.found, sets, tuple(self.notes))
        check(reading)
        return reading

    # -- expressions ------------------------------------------------------------------------------------------------

    def _cut_amounts(self) -> None:
        """Find the numbers and days that the question compares with, before any feature is put into parts."""
        flat = self.frame.flat
        whole = [*flat.predicates, *(flat.resolved(key.expression) for key in self.measure.keys)]
        whole += [
            flat.resolved(part)
            for a in self.measure.aggregates
            for part in (a.argument, a.condition)
            if part is not None
        ]
        self.numbers: dict[tuple[str, str], set[float]] = {}
        self.days: set[date] = set()
        for node in whole:
            for literal in node.find_all(exp.Literal):
                self._note_literal(literal)

    def _note_literal(self, literal: exp.Literal) -> None:
        if literal.is_string:
            try:
                self.days.add(date.fromisoformat(literal.name[:10]))
            except ValueError:
                return
            return
        compared = literal.find_ancestor(exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Between, exp.In)
        if isinstance(compared, (exp.EQ, exp.NEQ, exp.In)) and float(literal.name):
            for column in base_columns(compared):
                self._refuse_exact(column)
        for column in base_columns(compared) if compared is not None else ():
            sign = -1 if isinstance(literal.parent, exp.Neg) else 1
            self.numbers.setdefault((column.table, column.name), set()).add(sign * float(literal.name))

    def _refuse_exact(self, column: exp.Column) -> None:
        """Refuse to compare an amount with one exact value."""
        described = self.frame.described(column)
        if described is not None and described.levels is not None and described.levels.scale is Scale.AMOUNTS:
            raise outside(
                f"it asks for one exact value of {described.name}.", "Compare it with < or >.", about=described.name,
                hint=Hint(Way.LEVEL, (described.name,), described.levels),
            )  # fmt: skip

    def _feature(self, column: exp.Column, *, summed: bool = False) -> Feature:
        feature = self.frame.feature(column, summed=summed)
        if feature not in self.found:
            cuts = self.numbers.get((column.table, column.name), set())
            if len(cuts) > MOST_CUTS:
                raise outside(f"it compares {column.name} with more than {MOST_CUTS} numbers.", "Use fewer bands.")
            self.found[feature] = parts(feature, self._physical(feature), cuts, self.days)
        return feature

    def _physical(self, feature: Feature) -> str:
        contract = self.frame.contracts[feature.dataset]
        return contract.by_name[feature.column].physical_type if feature.column else "BIGINT"

    def _column(self, feature: Feature, name: str) -> Column:
        """Return a feature as a trial sees it: typed as its column is, and treated as the agreement says."""
        kind, value = self._physical(feature), "v"
        scale = feature.levels.scale
        if feature.form is Form.MEMBER or scale in {Scale.AGES, Scale.COUNTS}:
            kind = "BIGINT"
        elif scale is Scale.AMOUNTS:
            kind = "DOUBLE"
        elif scale is Scale.MONTHS:
            kind = "DATE"
        elif feature.levels.of:
            kind = "VARCHAR"
        treatment = self._treatment(feature)
        if treatment is not None and scale is Scale.AGES:
            if isinstance(treatment, YearBand):
                value = f"(v // {treatment.years}) * {treatment.years}"
        elif treatment is not None and not feature.levels.of and treatment.name not in {"keep", "link"}:
            if scale in {Scale.AMOUNTS, Scale.COUNTS} and treatment.name != "round":
                raise outside(
                    f"{feature.column} is shared {treatment.describe()}, which its levels do not follow.",
                    "Ask for a new version of the agreement that keeps the column: its levels protect it.",
                )
            expression = treatment.expression(exp.column("v"), kind) if treatment.name != "round" else None
            value = value if expression is None else expression.sql(dialect="duckdb")
        return Column(name, self.found[feature], value, kind)

    def _treatment(self, feature: Feature) -> Treatment | None:
        terms = self.agreement.terms(feature.dataset)
        return terms.columns.get(feature.column) if terms is not None and feature.column else None

    def _tried(self, node: exp.Expr, *, summed: bool = False) -> tuple[tuple[Feature, ...], Tried]:
        """Return the features of an expression over bases, in order, and what it is on their parts."""
        names: dict[tuple[str, str], str] = {}
        features: dict[Feature, str] = {}
        for column in base_columns(node):
            feature = self._feature(column, summed=summed)
            names[column.table, column.name] = features.setdefault(feature, f"f{len(features)}")
        columns = [self._column(feature, name) for feature, name in features.items()]
        return tuple(features), self.trial.tried(over_points(node, names), columns)

    def _key(self, name: str, expression: exp.Expr) -> KeyReading:
        node = self.frame.flat.resolved(expression).unnest()
        features, tried = self._tried(node)
        bare = isinstance(node, exp.Column)
        if not bare and self._outside_open(features, tried).any():
            raise self._varies(features)
        if tried.varies.any():
            self.notes[f"{features[0].title} is read in the levels of its contract, each shown by where it begins."] = (
                None
            )
        return KeyReading(name, features, tried.shown)

    def _outside_open(self, features: Sequence[Feature], tried: Tried) -> np.ndarray:
        """Return where a key differs inside a level, other than "and more", which is shown by where it begins."""
        varies = tried.varies.copy()
        for axis, feature in enumerate(features):
            for place, part in enumerate(self.found[feature]):
                if part.is_open:
                    varies[(slice(None),) * axis + (place,)] = False
        return varies

    def _conditions(self, node: exp.Expr) -> Iterator[Condition]:
        for part in conjuncts(node):
            if not any(True for _ in base_columns(part)):
                features: tuple[Feature, ...] = ()
                tried = self.trial.tried(part, ())
            else:
                features, tried = self._tried(part)
            if tried.varies.any():
                raise self._varies(features)
            import numpy as np

            holds = np.array(np.frompyfunc(lambda value: value is True, 1, 1)(tried.shown), dtype=bool)
            yield Condition(features, holds)

    def _varies(self, features: Sequence[Feature]) -> Refused:
        feature = features[-1] if len(features) == 1 else next((f for f in features if f.secret), features[0])
        titles = [title for title in feature.levels.titles if title]
        some = ", ".join(titles[:6]) + (" ..." if len(titles) > 6 else "")
        return outside(
            f"it parts {feature.title} inside one of its levels.",
            f"Use the levels of the contract: {some}",
            about=feature.column,
            hint=Hint(Way.LEVEL, (feature.column,), feature.levels) if feature.column else None,
        )

    # -- aggregates -------------------------------------------------------------------------------------------------

    def _target(self, aggregate: BaseAggregate) -> Target:
        flat = self.frame.flat
        condition = flat.resolved(aggregate.condition) if aggregate.condition is not None else None
        parts_of = (
            [part for part in conjuncts(condition) if not self._is_presence(part)] if condition is not None else []
        )
        conditions = tuple(c for part in parts_of for c in self._conditions(part))
        argument = flat.resolved(aggregate.argument).unnest() if aggregate.argument is not None else None
        if aggregate.function is Function.COUNT:
            if self.frame.one_row_each():
                return Target(aggregate, Statistic.COUNT, conditions)
            return Target(aggregate, Statistic.SUM, conditions, (self._records(),))
        if aggregate.function is Function.COUNT_DISTINCT:
            if isinstance(argument, exp.Column) and self.frame.is_subject(argument):
                return Target(aggregate, Statistic.COUNT, conditions, distinct=True)
            raise outside(
                f"it counts different values of something else than the {self.frame.subject} that the tables are about.",
                f"Use count(*) or count(DISTINCT {self.frame.key}).",
            )
        assert argument is not None
        if aggregate.purpose is Purpose.MOMENT:
            return self._moment(aggregate, argument, conditions)
        if aggregate.purpose is Purpose.QUANTILE:
            feature = self._amount(argument)
            if not self.frame.one_row_each():
                raise outside("its quantile is of records, not of people.", "Sum them for each in a sub-query first.")
            return Target(aggregate, Statistic.QUANTILE, conditions, (feature,), fraction=aggregate.fraction)
        return self._sum(aggregate, argument, conditions)

    def _is_presence(self, node: exp.Expr) -> bool:
        """Return whether a condition only says that an amount of a record is there."""
        if not (isinstance(node, exp.Not) and isinstance(node.this.unnest(), exp.Is)) or self.frame.one_row_each():
            return False
        column = node.this.unnest().this.unnest()
        return isinstance(column, exp.Column) and self._sums_records(column)

    def _sums_records(self, column: exp.Column) -> bool:
        base, described = self.frame.flat.bases[column.table], self.frame.described(column)
        return (
            base.derived is None and described is not None and described.levels is not None
            and described.levels.scale in {Scale.AMOUNTS, Scale.COUNTS}
        )  # fmt: skip

    def _records(self) -> Feature:
        """Return how many records a subject has in the dataset whose rows are counted."""
        frame, many = self.frame, self.frame.several_rows
        if len(many) > 1 or frame.reached[many[0]].optional:
            raise outside(
                "it counts rows of a join in which one of its subjects has many.",
                f"Use count(DISTINCT {frame.key}).",
            )
        feature = frame.events(many[0])
        self.found.setdefault(feature, parts(feature, "BIGINT"))
        return feature

    def _amount(self, node: exp.Expr) -> Feature:
        """Return the feature whose amounts an argument is: a column, or a column with nought for null."""
        node = node.unnest()
        if isinstance(node, exp.Coalesce) and len(node.expressions) == 1 and node.expressions[0].name in {"0", "0.0"}:
            node = node.this.unnest()
        if isinstance(node, exp.Cast):
            node = node.this.unnest()
        if not isinstance(node, exp.Column):
            raise outside("it calculates with an amount before aggregating it.", "Aggregate the column itself.")
        feature = self._feature(node, summed=not self.frame.one_row_each() and self._sums_records(node))
        if feature.levels.scale not in {Scale.AMOUNTS, Scale.COUNTS, Scale.AGES}:
            raise outside(
                f"{feature.title} has no levels of amounts.", "Give it such levels in the contract, or count it."
            )
        self._column(feature, "f")  # refuses a treatment that its levels do not follow
        return feature

    def _sum(self, aggregate: BaseAggregate, argument: exp.Expr, conditions: tuple[Condition, ...]) -> Target:
        single = self.frame.one_row_each()
        try_it = single and not any(self._is_amount(column) for column in base_columns(argument))
        if try_it:
            features, tried = self._tried(argument)
            if not tried.varies.any():
                return Target(aggregate, Statistic.SUM, conditions, features, tried.shown)
        feature = self._amount(argument)
        if not single and feature.form is not Form.TOTAL:
            raise outside(
                f"it adds {feature.title} once for every record that is joined to it.",
                "Use IN (SELECT ...) for the other dataset, so that each is added once.",
                about=feature.column,
            )
        return Target(aggregate, Statistic.SUM, conditions, (feature,))

    def _is_amount(self, column: exp.Column) -> bool:
        return self._feature(column).levels.scale is Scale.AMOUNTS

    def _moment(self, aggregate: BaseAggregate, argument: exp.Expr, conditions: tuple[Condition, ...]) -> Target:
        factors = [argument.left, argument.right] if isinstance(argument, exp.Mul) else []
        if len(factors) != 2:
            raise outside("it spreads a calculated value.", "Use the column itself.")
        left, right = (self._amount(factor) for factor in factors)
        if left == right:
            return Target(aggregate, Statistic.SQUARES, conditions, (left,))
        return Target(aggregate, Statistic.PRODUCT, conditions, (left, right))

    # -- memberships ------------------------------------------------------------------------------------------------

    def _memberships(
        self, keys: Sequence[KeyReading], where: Sequence[Condition], targets: Sequence[Target]
    ) -> list[Condition]:
        """Return the conditions that inner joins imply: a record there, unless something read implies it."""
        import numpy as np

        found: list[Condition] = []
        read: list[KeyReading | Condition] = [*keys, *where]
        for alias, reached in self.frame.reached.items():
            base = self.frame.flat.bases[alias]
            if not reached.path or reached.optional or base.inside or self._is_passed(alias):
                continue
            # Only of its own columns: what lies further on may be asked not to be there.
            used = [f for part in read for f in part.features if f.path == reached.path]
            summed = [f for t in targets for f in t.of if f.path[: len(reached.path)] == reached.path]
            ambiguous = False
            for feature in used:
                shows = _shows_record(feature, self.found[feature])
                if shows is not None:
                    found.append(Condition((feature,), shows))
                    ambiguous |= self._takes_unknown(feature, shows, keys, where)
            if ambiguous:
                raise outside(
                    f"it asks for records of {base.dataset} in which a value is missing, which its levels do not tell "
                    "from having no record there.",
                    "Leave out the condition on missing values, or count from that dataset.",
                )
            if not used and not (summed and len(targets) == len([t for t in targets if t.of])):
                member = self.frame.member(alias)
                self.found.setdefault(member, parts(member, "BIGINT"))
                found.append(Condition((member,), np.array([True, False])))
        return found

    def _takes_unknown(
        self, feature: Feature, shows: np.ndarray, keys: Sequence[KeyReading], where: Sequence[Condition]
    ) -> bool:
        """Return whether a condition holds of records in which the feature is not known; say so where keys leave them out."""
        column = self.frame.contracts[feature.dataset].by_name.get(feature.column)
        if column is None or column.required or bool(shows.all()):
            return False
        own = [c for c in where if feature in c.features]
        unknown = [_at(c.holds, c.features.index(feature), ~shows) for c in own]
        if own:
            return all(bool(holds.any()) for holds in unknown)
        if any(feature in key.features for key in keys):
            self.notes[f"Records in which {feature.title} is not known are left out."] = None
        return False

    def _is_passed(self, alias: str) -> bool:
        """Return whether a base is only on the way to another, further on, that is not optional."""
        path = self.frame.reached[alias].path
        return any(
            other.path[: len(path)] == path and len(other.path) > len(path) and not other.optional
            and not self.frame.flat.bases[name].inside
            for name, other in self.frame.reached.items()
        )  # fmt: skip


def _at(holds: np.ndarray, axis: int, places: np.ndarray) -> np.ndarray:
    """Return an array at some places of one axis."""
    return holds[(slice(None),) * axis + (places,)]


def _shows_record(feature: Feature, its_parts: Sequence[Part]) -> np.ndarray | None:
    """Return which parts of a feature only subjects with a record there are in; None where that is all of them."""
    import numpy as np

    if feature.form is Form.EVENTS:
        return np.array([part.leaf > 0 for part in its_parts])
    if feature.form in {Form.VALUE, Form.FIRST, Form.LAST, Form.MEMBER}:
        missing = feature.levels.size - 1 if feature.levels.missing else -1
        return np.array([part.leaf != missing for part in its_parts])
    return None
