"""Rows: the condition that a shared row must meet, held to a short allow-list of SQL.

Comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, columns of the dataset itself and literals; nothing else, so a
condition cannot read another table, call a function or raise an error on a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from commonweal.agreement.column_types import comparable, family
from commonweal.agreement.suggestion import did_you_mean
from commonweal.catalogue.contract import Contract, Kind

if TYPE_CHECKING:
    from commonweal.agreement.data import DatasetTerms

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_CONDITIONS = (*_COMPARISONS, exp.And, exp.Or, exp.Not, exp.Paren, exp.In, exp.Between, exp.Is)
_VALUES = (exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Neg)
_ALLOWED = frozenset((*_CONDITIONS, *_VALUES))
_LONGEST = 2000
_DEEPEST = 100


def read_rows(text: str) -> exp.Expression:
    """Read a condition; ValueError, in one sentence without the condition's values, if it is not one that may be
    used.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a condition on rows is at most {_LONGEST} characters long")
    if text.count("(") + len(re.findall(r"\bnot\b", text, re.IGNORECASE)) > _DEEPEST:
        raise ValueError("this condition is nested too deeply")
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        raise ValueError("this is not a condition in SQL, for example `tenancy <> 'leasehold'`") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Expression):
        raise ValueError("write exactly one condition")
    condition = statements[0]
    for node in condition.walk():
        _check(node)
        node.comments = None
    if not _is_condition(condition):
        raise ValueError("this is a value, not a condition that is true or false for a row")
    return condition


def _check(node: exp.Expr) -> None:
    """Refuse a node outside the allow-list, and allowed nodes in forms that reach outside the row."""
    if type(node) not in _ALLOWED:
        word = type(node).key.upper()
        raise ValueError(
            f"{word} may not be used here: only comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, columns and literals"
        )
    if isinstance(node, exp.Column) and (node.table or not isinstance(node.this, exp.Identifier)):
        raise ValueError("name columns without the dataset: the condition is over the dataset's own columns")
    if isinstance(node, exp.In) and (node.args.get("query") or node.args.get("field") or node.args.get("unnest")):
        raise ValueError("IN takes a list of literals")
    if isinstance(node, exp.Neg) and not isinstance(node.this, exp.Literal):
        raise ValueError("a minus sign may only stand before a number")
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null | exp.Boolean):
        raise ValueError("IS goes with NULL, TRUE or FALSE")


def _is_condition(node: exp.Expr) -> bool:
    """Tell whether a node, and every part that stands where a condition must, is true or false."""
    if isinstance(node, exp.And | exp.Or):
        return _is_condition(node.this) and _is_condition(node.expression)
    if isinstance(node, exp.Not | exp.Paren):
        return _is_condition(node.this)
    return isinstance(node, (*_COMPARISONS, exp.In, exp.Between, exp.Is))


def rows_expression(terms: DatasetTerms) -> exp.Expression | None:
    """Return the condition of a dataset's terms as a tree of unqualified columns, or None when all rows are shared."""
    return None if terms.rows is None else read_rows(terms.rows)


def row_mistakes(condition: exp.Expression, contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a condition for this dataset, as (sentence, suggestion)."""
    for name in sorted({column.name for column in condition.find_all(exp.Column)}):
        column = contract.by_name.get(name)
        if column is None:
            yield (
                f"The condition names the column `{name}`, which the dataset does not have.",
                did_you_mean(name, contract.by_name),
            )
        elif column.kind in (Kind.IDENTIFIER, Kind.TEXT) or column.kind is None:
            kind = column.kind.value if column.kind else "unclassified"
            yield f"The condition uses `{name}`, which is {kind}: rows may not be chosen by it.", "Use another column."
    for node in condition.find_all(*_COMPARISONS, exp.In, exp.Between, exp.Is):
        yield from _operand_mistakes(node, contract)


def _operand_mistakes(node: exp.Expr, contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield a mistake when the two sides of a comparison are of kinds that would need a conversion of values."""
    sides = [_bare(side) for side in _operands(node)]
    columns = [
        contract.by_name[side.name] for side in sides if isinstance(side, exp.Column) and side.name in contract.by_name
    ]
    if not any(isinstance(side, exp.Column) for side in sides):
        yield "A comparison in the condition has no column in it.", "Compare a column with a literal."
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return
    for column in columns:
        for side in sides:
            if isinstance(side, exp.Column):
                other = contract.by_name.get(side.name)
                fits = other is None or comparable(column.physical_type, other.physical_type)
            else:
                fits = _literal_fits(side, family(column.physical_type))
            if not fits:
                kind = family(column.physical_type)
                yield (
                    f"The condition compares `{column.name}`, a {kind}, with something of another type.",
                    "Write text in single quotes, days as 'YYYY-MM-DD', numbers without quotes.",
                )
                return


def _operands(node: exp.Expr) -> Iterable[exp.Expr]:
    """Return both sides of a comparison, or all parts of IN and BETWEEN."""
    if isinstance(node, exp.In):
        return [node.this, *node.expressions]
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    return [node.this, node.expression]


def _bare(node: exp.Expr) -> exp.Expr:
    """Return what stands inside brackets and behind a minus sign."""
    while isinstance(node, exp.Paren | exp.Neg):
        node = node.this
    return node


def _literal_fits(node: exp.Expr, wanted: str) -> bool:
    """Tell whether a literal can be compared with a column of the family without converting any of the column's
    values.
    """
    if isinstance(node, exp.Boolean):
        return wanted == "yes or no"
    if not isinstance(node, exp.Literal):
        return False
    if wanted in ("whole number", "number"):
        # Plain numbers of a size that every type of the family can be widened to.
        pattern = r"[0-9]{1,18}" if wanted == "whole number" else r"[0-9]{1,15}(\.[0-9]{1,15})?"
        return not node.is_string and re.fullmatch(pattern, node.name) is not None
    if wanted in ("date", "time stamp"):
        return bool(node.is_string) and _is_day(node.name)
    return wanted == "text" and bool(node.is_string)


def _is_day(text: str) -> bool:
    """Tell whether a text is a day, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
