"""Expressions from templates: readable SQL with ``:name`` where other expressions go, never their text."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import sqlglot
from sqlglot import exp


def filled(template: str, **parts: exp.Expression) -> exp.Expression:
    """Return the template's tree (DuckDB dialect) with each ``:name`` replaced by a copy of that part."""
    tree = _parsed(template).copy()
    for place in list(tree.find_all(exp.Placeholder)):
        part = parts[place.name]
        place.replace(part.copy() if isinstance(part, exp.Column | exp.Literal | exp.Func) else exp.paren(part.copy()))
    return tree


@lru_cache(maxsize=256)
def _parsed(template: str) -> exp.Expression:
    return cast("exp.Expression", sqlglot.parse_one(template, dialect="duckdb"))


def whole(number: int) -> exp.Expression:
    """Return a whole number as a literal."""
    return exp.Literal.number(number)
