"""Aggregates of a question, taken apart into base aggregates and an expression over them.

An average is a sum over a count, a deviation a sum of squares, a sum and a count, and so on, so that what is shown is
made of protected parts only. Formulas: the textbook one-pass forms, with differences clipped at nought.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from commonweal.catalogue.contract import Column, Kind
from commonweal.query.amounts import is_own, number
from commonweal.query.conditions import conjuncts
from commonweal.query.dialect import sql
from commonweal.query.limits import MOST_AGGREGATES, MOST_TERMS
from commonweal.query.measure import BaseAggregate, Choice, Function, Purpose
from commonweal.query.relation import BaseColumn
from commonweal.query.sources import Relation
from commonweal.query.truth import is_condition
from commonweal.query.unreadable import unreadable
from commonweal.query.vocabulary import REMEDIES, name_of


def indicator(node: exp.Expr) -> exp.Expr | None:
    """Return the condition that an expression of only noughts and ones counts, or None for any other expression."""
    node = node.unnest()
    if isinstance(node, exp.Cast) and is_condition(node.this):
        return _copy(node.this)
    if not isinstance(node, exp.Case) or node.this is not None:
        return None
    branches = [(case.this, case.args["true"]) for case in node.args["ifs"]]
    default = node.args.get("default")
    values = [value for _, value in branches] + ([default] if default is not None else [])
    if not all(isinstance(v, exp.Null) or number(v) in {0.0, 1.0} for v in values):
        return None
    if len(branches) == 1 and number(branches[0][1]) == 1 and number(default) != 1:
        return _copy(branches[0][0])
    return exp.EQ(this=node.copy(), expression=exp.Literal.number(1))


def _copy(node: exp.Expr) -> exp.Expr:
    return node.unnest().copy()


@dataclass
class Decomposition:
    """Collects the base aggregates of one measure, each once, and rewrites the question's aggregates over them."""

    table: str
    relation: Relation
    described: Callable[[BaseColumn], Column]
    found: dict[tuple[str, ...], BaseAggregate] = field(default_factory=dict)

    def rewritten(self, node: exp.Expr) -> exp.Expr:
        """Return `node` (an aggregate, perhaps with FILTER) as an expression over base aggregates' columns.

        Raises:
            Refused: for an aggregate that hands over single values or cannot be protected.
        """
        condition: exp.Expr | None = None
        if isinstance(node, exp.Filter):
            condition, node = node.expression.this.copy(), node.this
        fraction_over = None
        if isinstance(node, exp.WithinGroup):
            ordered = node.expression.expressions
            fraction_over, node = (
                ordered[0].this if len(ordered) == 1 and not ordered[0].args.get("desc") else None,
                node.this,
            )
        if sum(1 for _ in node.find_all(exp.Add, exp.Sub, exp.If)) > MOST_TERMS:
            raise unreadable(
                f"one of its aggregates has more than {MOST_TERMS} terms or branches.", "Take it apart with GROUP BY."
            )
        rule = _RULES.get(type(node))
        if rule is None:
            name = name_of(node)
            raise unreadable(
                f"{name[:40]} over people or homes would hand over a single value.",
                REMEDIES.get(name, "Use count, sum, avg, median, quantile_cont, stddev or corr."),
            )
        if isinstance(node, (exp.PercentileCont, exp.PercentileDisc)) and fraction_over is not None:
            node = type(node)(this=fraction_over.copy(), expression=node.this.copy())
        return rule(self, node, condition)

    def is_link(self, column: exp.Column) -> bool:
        """Return whether a column links records."""
        base = self.relation.value(column).same_as
        return base is not None and self.described(base).kind is Kind.LINK

    def is_optional(self, column: exp.Column) -> bool:
        """Return whether a column is on the right of a LEFT JOIN, here or further in."""
        return self.relation.value(column).optional

    def may_be_missing(self, node: exp.Expr) -> bool:
        """Return whether an expression's being null can say more than that a dataset's own value is missing."""
        if not all(isinstance(part, _MISSING_WITH_ITS_COLUMNS) for part in node.walk()):
            return True
        values = [self.relation.value(column) for column in node.find_all(exp.Column)]
        return any(value.optional or value.same_as is None for value in values)

    def picks(self, condition: exp.Expr | None, argument: exp.Expr | None, purpose: Purpose) -> str:
        """Return what of a condition picks out people, as text: see `BaseAggregate`."""
        if condition is None:
            return ""
        parts = []
        for part in conjuncts(condition):
            missing = part.this.unnest() if isinstance(part, exp.Not) else None
            tests_null = isinstance(missing, exp.Is) and isinstance(missing.expression, exp.Null)
            tested = missing.this.unnest() if isinstance(missing, exp.Is) else part
            if tests_null and (tested == argument or not self.may_be_missing(tested)):
                continue
            if purpose is Purpose.AMOUNT and argument is not None and self._leaves_out_noughts(part, argument):
                continue
            parts.append(self.relation.origin(part))
        return " AND ".join(sorted(set(parts)))

    def choice(self, condition: exp.Expr | None) -> Choice | None:
        """Return the condition as a choice among the public codes of a column, if it is no more than that."""
        node = condition.unnest() if condition is not None else None
        if isinstance(node, exp.EQ):
            column, listed = node.left.unnest(), [node.right.unnest()]
        elif isinstance(node, exp.In) and not node.args.get("query"):
            column, listed = node.this.unnest(), [value.unnest() for value in node.expressions]
        else:
            return None
        if not isinstance(column, exp.Column) or not all(isinstance(v, exp.Literal) and v.is_string for v in listed):
            return None
        value = self.relation.value(column)
        if value.same_as is None or value.optional:
            return None
        codes = frozenset(self.described(value.same_as).codes)
        return Choice(value.same_as, frozenset(v.name for v in listed), codes) if codes else None

    def _leaves_out_noughts(self, part: exp.Expr, argument: exp.Expr) -> bool:
        """Return whether a condition leaves rows out that add nothing to the sum of `argument`."""
        if not isinstance(part, (exp.NEQ, exp.GT)) or part.left.unnest() != argument or number(part.right) != 0:
            return False
        if isinstance(part, exp.NEQ):
            return True
        base = self.relation.value(argument).same_as if isinstance(argument, exp.Column) else None
        least = self.described(base).minimum if base is not None else None
        return least is not None and least >= 0

    def sorts_people(self, node: exp.Expr) -> bool:
        """Return whether an expression mixes columns by which people are known into one that is sorted by value.

        ``(age - 98) * 1000000 + arrears`` sorts by age first; a quantile of it would be one chosen person's arrears.
        """
        bases = self.relation.bases(node)
        return len(bases) > 1 and any(self.described(base).kind not in {Kind.SENSITIVE, Kind.SPECIAL} for base in bases)

    def base(
        self, function: Function, purpose: Purpose, argument: exp.Expr | None = None,
        condition: exp.Expr | None = None, *, partial: bool = False, fraction: float | None = None, same_as: str = "",
        times: str = "",
    ) -> exp.Column:  # fmt: skip
        """Return the column of a base aggregate, adding it when it is new."""
        key = (function, purpose, sql(argument) if argument else "", sql(condition) if condition else "", str(fraction))
        if key not in self.found:
            if len(self.found) >= MOST_AGGREGATES:
                raise unreadable(
                    f"it aggregates in more than {MOST_AGGREGATES} ways at once.", "Ask it as several questions."
                )
            name = f"a{len(self.found) + 1}"
            self.found[key] = BaseAggregate(
                name, function, purpose, argument, condition, fraction, partial, same_as, times,
                self.relation.origin(argument) if argument is not None else "",
                self.picks(condition, argument, purpose),
                self.relation.bases(argument) if argument is not None else frozenset(),
                self.choice(condition),
            )  # fmt: skip
        return exp.column(self.found[key].name, table=self.table)

    def count(self, node: exp.Count, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite count(*), count(x) and count(distinct x)."""
        argument = node.this
        if isinstance(argument, exp.Distinct):
            return self._count_distinct(argument, condition)
        partial = condition is not None
        if argument is None or isinstance(argument, (exp.Star, exp.Literal)):
            return self.base(Function.COUNT, Purpose.ROWS, None, condition, partial=partial)
        whole = isinstance(argument, exp.Column) and not self.may_be_missing(argument)
        present = _not_null(argument)
        return self.base(Function.COUNT, Purpose.ROWS, None, _both(condition, present), partial=partial or not whole)

    def _count_distinct(self, distinct: exp.Distinct, condition: exp.Expr | None) -> exp.Expr:
        argument = distinct.expressions[0].unnest() if len(distinct.expressions) == 1 else None
        if (
            isinstance(argument, exp.Case)
            and argument.this is None
            and len(argument.args["ifs"]) == 1
            and not argument.args.get("default")
        ):
            case = argument.args["ifs"][0]
            condition, argument = _both(condition, case.this.copy()), case.args["true"]
        if not isinstance(argument, exp.Column):
            raise unreadable("it counts distinct values of an expression.", "Count distinct values of one column.")
        partial = condition is not None or self.is_optional(argument)
        if self.is_link(argument):
            present = _both(condition, _not_null(argument)) if self.is_optional(argument) else condition
            return self.base(Function.COUNT_DISTINCT, Purpose.ENTITIES, argument.copy(), present, partial=partial)
        return self.base(Function.COUNT_DISTINCT, Purpose.VALUES, argument.copy(), condition, partial=partial)

    def count_if(self, node: exp.CountIf, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite count_if(condition)."""
        return self.base(Function.COUNT, Purpose.INDICATOR, None, _both(condition, node.this.copy()), partial=True)

    def sum(self, node: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite sum(x); a sum of noughts and ones is a count."""
        if isinstance(node.this, exp.Distinct):
            raise unreadable("it sums distinct values.", "Sum the column itself.")
        counted = indicator(node.this)
        if counted is not None:
            return self.base(Function.COUNT, Purpose.INDICATOR, None, _both(condition, counted), partial=True)
        return self._amount(node.this, condition)

    def _amount(self, node: exp.Expr, condition: exp.Expr | None, *, partial: bool | None = None) -> exp.Expr:
        """Return the sum of an expression over base aggregates: its terms apart, each a row's own amount or a count."""
        partial = condition is not None if partial is None else partial
        node = node.unnest()
        value = number(node)
        if value is not None or isinstance(node, exp.Null):
            purpose = Purpose.INDICATOR if partial else Purpose.ROWS
            count = self.base(Function.COUNT, purpose, None, condition, partial=partial)
            return _times(count, value or 0.0)
        if isinstance(node, (exp.Add, exp.Sub)):
            left = self._amount(node.left, _both(condition, _not_null(node.right)), partial=partial)
            right = self._amount(node.right, _both(condition, _not_null(node.left)), partial=partial)
            return exp.Paren(this=type(node)(this=left, expression=right))
        if isinstance(node, (exp.Mul, exp.Div)) and number(node.right) is not None:
            factor = number(node.right) or 0.0
            return _times(self._amount(node.left, condition, partial=partial), factor, divide=isinstance(node, exp.Div))
        if isinstance(node, exp.Mul) and number(node.left) is not None:
            return _times(self._amount(node.right, condition, partial=partial), number(node.left) or 0.0)
        if isinstance(node, exp.Case) and node.this is None:
            return self._branches(node, condition)
        if not is_own(node, self.relation):
            raise unreadable(
                "it sums an expression that mixes amounts with conditions or constants.",
                "Sum columns, or columns multiplied or rounded; put conditions into WHERE, FILTER or CASE, and add results.",
            )
        return self.base(Function.SUM, Purpose.AMOUNT, node.copy(), condition, partial=partial)

    def _branches(self, node: exp.Case, condition: exp.Expr | None) -> exp.Expr:
        """Sum a CASE branch by branch, so that each is protected for itself."""
        total: exp.Expr | None = None
        before: exp.Expr | None = condition
        branches = [(case.this, case.args["true"]) for case in node.args["ifs"]] + [(None, node.args.get("default"))]
        for test, result in branches:
            if result is not None and not isinstance(result, exp.Null) and number(result) != 0:
                part = self._amount(result, _both(before, test.copy() if test is not None else None), partial=True)
                total = part if total is None else exp.Paren(this=exp.Add(this=total, expression=part))
            if test is not None:
                # A condition that is null does not choose its branch, so "not chosen" is "is not true".
                chosen = exp.Is(this=exp.Paren(this=test.copy()), expression=exp.true())
                before = _both(before, exp.Not(this=chosen))
        if total is None:
            raise unreadable("it sums nothing but noughts.", "Sum a column.")
        return total

    def _present(self, argument: exp.Expr, condition: exp.Expr | None) -> exp.Column:
        """Return how many rows have a value: the denominator of an average."""
        if isinstance(argument.unnest(), exp.Case) and argument.unnest().args.get("default") is not None:
            return self.base(Function.COUNT, Purpose.ROWS, None, condition, partial=condition is not None)
        present = _both(condition, _not_null(argument))
        return self.base(Function.COUNT, Purpose.ROWS, None, present, partial=condition is not None)

    def average(self, node: exp.Avg, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite avg(x) as sum(x) / count(x)."""
        return _over(self.sum(node, condition), self._present(node.this, condition))

    def deviation(self, node: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite var and stddev, of the population or of a sample."""
        over = self._joint(node.this, node.this, condition)
        moments = self._moments(node.this, node.this, over, partial=condition is not None)
        sample = not isinstance(node, (exp.VariancePop, exp.StddevPop))
        variance = _greatest_zero(_over(moments.xy, moments.n - 1 if sample else moments.n))
        return exp.Sqrt(this=variance) if isinstance(node, (exp.Stddev, exp.StddevPop, exp.StddevSamp)) else variance

    def pair(self, node: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite corr, covar and regr functions of (y, x)."""
        y, x = node.this, node.expression
        over, partial = self._joint(x, y, condition), condition is not None
        xy = self._moments(x, y, over, partial=partial)
        if isinstance(node, exp.RegrCount):
            return xy.n
        if isinstance(node, (exp.CovarPop, exp.CovarSamp)):
            return _over(xy.xy, xy.n if isinstance(node, exp.CovarPop) else xy.n - 1)
        spread_x = _greatest_zero(self._moments(x, x, over, partial=partial).xy)
        slope = _over(xy.xy, spread_x)
        if isinstance(node, exp.RegrSlope):
            return slope
        if isinstance(node, exp.RegrIntercept):
            return exp.Paren(this=_over(xy.y, xy.n) - slope * _over(xy.x, xy.n))
        spread_y = _greatest_zero(self._moments(y, y, over, partial=partial).xy)
        correlation = _over(xy.xy, exp.Sqrt(this=exp.Paren(this=spread_x.copy() * spread_y)))
        one = exp.Literal.number(1)
        limited = exp.Greatest(
            this=exp.Least(this=correlation, expressions=[one]), expressions=[exp.Neg(this=one.copy())]
        )
        return limited * limited.copy() if isinstance(node, exp.RegrR2) else limited

    def _joint(self, x: exp.Expr, y: exp.Expr, condition: exp.Expr | None) -> exp.Expr | None:
        for argument in (x, y):
            if self.relation.is_chosen(argument) or not is_own(argument, self.relation):
                raise unreadable(
                    "it correlates or spreads a condition or a mixture, which would single people out.",
                    "Use numeric columns, scaled or multiplied; group by the condition instead.",
                )
        present = _not_null(x) if sql(x) == sql(y) else _both(_not_null(x), _not_null(y))
        return _both(condition, present)

    def _moments(self, x: exp.Expr, y: exp.Expr, over: exp.Expr | None, *, partial: bool) -> _Moments:
        n = self.base(Function.COUNT, Purpose.ROWS, None, over, partial=partial)
        sums = [self.base(Function.SUM, Purpose.AMOUNT, part.copy(), over, partial=partial) for part in (x, y)]
        product = exp.Mul(this=exp.Paren(this=x.copy()), expression=exp.Paren(this=y.copy()))
        sum_xy = self.base(
            Function.SUM, Purpose.MOMENT, product, over, partial=partial, same_as=sums[0].name, times=sums[1].name
        )
        centred = exp.Paren(this=sum_xy - _over(sums[0] * sums[1], n))
        return _Moments(n, sums[0], sums[1], centred)

    def quantile(self, node: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        """Rewrite median and quantiles with a literal fraction."""
        if self.relation.is_chosen(node.this) or self.sorts_people(node.this):
            raise unreadable(
                "its quantile is of an expression that could put one chosen person in the middle.",
                "Take the quantile of one column; put conditions into WHERE or GROUP BY.",
            )
        fraction = 0.5 if isinstance(node, exp.Median) else _fraction(node.expression)
        function = Function.QUANTILE_DISC if isinstance(node, exp.PercentileDisc) else Function.QUANTILE_CONT
        return self.base(
            function, Purpose.QUANTILE, node.this.copy(), condition, partial=condition is not None, fraction=fraction
        )


@dataclass(frozen=True)
class _Moments:
    """Count, sums and the centred sum of products of two expressions."""

    n: exp.Expr
    x: exp.Expr
    y: exp.Expr
    xy: exp.Expr


def _fraction(node: exp.Expr | None) -> float:
    if not isinstance(node, exp.Literal) or node.is_string or not 0 < float(node.name) < 1:
        raise unreadable(
            "a quantile's fraction must be a number between 0 and 1.", "Write for example quantile_cont(column, 0.9)."
        )
    return float(node.name)


def _times(node: exp.Expr, factor: float, *, divide: bool = False) -> exp.Expr:
    if factor == 1:
        return node
    literal = exp.Literal.number(int(factor) if factor == int(factor) else factor)
    if divide:
        return exp.Paren(this=exp.Div(this=exp.Paren(this=node), expression=literal, typed=False, safe=True))
    return exp.Paren(this=exp.Mul(this=exp.Paren(this=node), expression=literal))


def _not_null(node: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=exp.Paren(this=node.copy()), expression=exp.Null()))


def _both(left: exp.Expr | None, right: exp.Expr | None) -> exp.Expr | None:
    if left is None or right is None:
        return left or right
    return exp.And(this=exp.Paren(this=left.copy()), expression=exp.Paren(this=right.copy()))


def _over(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    safe = exp.Nullif(this=denominator.copy(), expression=exp.Literal.number(0))
    return exp.Paren(this=exp.Div(this=exp.Paren(this=numerator.copy()), expression=safe, typed=False, safe=False))


def _greatest_zero(node: exp.Expr) -> exp.Expr:
    return exp.Greatest(this=node, expressions=[exp.Literal.number(0)])


_MISSING_WITH_ITS_COLUMNS = (exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul)
"""What an expression may be made of if it is null only where one of its columns is."""

_RULES: dict[type[exp.Expr], Callable[[Decomposition, exp.Expr, exp.Expr | None], exp.Expr]] = {
    exp.Count: Decomposition.count,  # type: ignore[dict-item]
    exp.CountIf: Decomposition.count_if,  # type: ignore[dict-item]
    exp.Sum: Decomposition.sum,
    exp.Avg: Decomposition.average,  # type: ignore[dict-item]
    **dict.fromkeys(
        (exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop), Decomposition.deviation
    ),
    **dict.fromkeys(
        (exp.Corr, exp.CovarPop, exp.CovarSamp, exp.RegrSlope, exp.RegrIntercept, exp.RegrR2, exp.RegrCount),
        Decomposition.pair,
    ),
    **dict.fromkeys((exp.Median, exp.PercentileCont, exp.PercentileDisc), Decomposition.quantile),
}
