"""From text to one parsed tree that consists of allowed nodes only."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from commonweal.errors import Refused
from commonweal.query.dialect import DIALECT, sql
from commonweal.query.limits import checked_tokens
from commonweal.query.unreadable import mistaken, unreadable
from commonweal.query.vocabulary import ALLOWED, CAST_TYPES, EXTRACTABLE, FUNCTIONS, NAMED, REMEDIES, RESERVED, name_of


def parsed(text: str) -> exp.Query:
    """Return the question's tree; exactly one SELECT (or UNION ALL of SELECTs), made of allowed nodes.

    Raises:
        Refused: with what was met and what to write instead.
    """
    tokens = checked_tokens(text)
    try:
        trees = [tree for tree in DIALECT.parser().parse(tokens, text) if tree is not None]
    except ParseError as error:
        raise _where(error) from None
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError):
        raise mistaken("it is not SQL that can be read.", "Write one SELECT statement.") from None
    if not trees:
        raise mistaken("it is empty.", "Write one SELECT statement.")
    if len(trees) != 1:
        raise unreadable("it is not exactly one statement.", "Send one SELECT statement at a time.")
    tree = trees[0]
    while isinstance(tree, exp.Subquery) and not tree.args.get("alias"):
        tree = tree.this
    if not isinstance(tree, (exp.Select, exp.Union)):
        raise unreadable("it is not a SELECT.", "Write one SELECT statement.")
    for problem, remedy in problems(tree):
        raise unreadable(problem, remedy)
    return _same_when_read_again(tree)


_SEE = "What may be used is listed in docs/reference/sql.md."


def problems(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    """Yield, for every node that is not allowed, what it is and what to do instead."""
    for node in tree.walk():
        if isinstance(node, exp.Anonymous):
            if name_of(node) not in NAMED:
                near = difflib.get_close_matches(name_of(node), FUNCTIONS, n=1)
                remedy = f"Did you mean {near[0]}?" if near else _SEE
                yield f"the function {name_of(node)[:40]} is not one that questions may use.", remedy
        elif type(node) not in ALLOWED:
            kind = name_of(node)
            yield f"{kind[:40]} is not something that questions may use.", REMEDIES.get(kind, _SEE)
        else:
            yield from _details(node)


def _details(node: exp.Expr) -> Iterator[tuple[str, str]]:
    check = _CHECKS.get(type(node))
    if check is not None:
        yield from check(node)


def _one(
    condition: Callable[[exp.Expr], bool], problem: str, remedy: str
) -> Callable[[exp.Expr], Iterator[tuple[str, str]]]:
    """Return a check that yields one problem when `condition` holds."""

    def check(node: exp.Expr) -> Iterator[tuple[str, str]]:
        if condition(node):
            yield problem, remedy

    return check


_MAY_HOLD_TUPLES = (exp.In, exp.GroupingSets, exp.Rollup, exp.Cube)
_MAY_BE_ORDERED = (exp.Query, exp.Window, exp.WithinGroup)


def _table_details(node: exp.Expr) -> Iterator[tuple[str, str]]:
    if not isinstance(node.this, exp.Identifier) or node.args.get("catalog"):
        yield "it reads something that is not a dataset.", "Name datasets as organisation.dataset."
    extra = {key for key, value in node.args.items() if value} - {"this", "db", "alias"}
    if extra:
        yield "it reads a table in a special way (sample, version, pivot or hint).", "Name the dataset alone."
    alias = node.args.get("alias")
    if alias and alias.args.get("columns"):
        yield "it renames a table's columns.", "Rename columns in the SELECT list."


_SELECT_PARTS = {
    "expressions", "from_", "from", "joins", "where", "group", "having", "order", "limit", "offset", "distinct",
    "with_", "with",
}  # fmt: skip


def _select_details(node: exp.Expr) -> Iterator[tuple[str, str]]:
    extra = {key for key, value in node.args.items() if value} - _SELECT_PARTS
    if extra:
        yield (
            f"it uses {sorted(extra)[0].rstrip('_').upper()}.",
            "Use SELECT, FROM, JOIN, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT.",
        )
    distinct = node.args.get("distinct")
    if distinct and distinct.args.get("on"):
        yield "it uses DISTINCT ON.", "Group and aggregate instead."
    if not node.expressions:
        yield "it selects nothing by name.", "Begin with SELECT and name the columns."


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], Iterator[tuple[str, str]]]] = {
    exp.Table: _table_details,
    exp.Select: _select_details,
    **dict.fromkeys(
        (exp.Cast, exp.TryCast),
        _one(
            lambda node: node.args["to"].this not in CAST_TYPES,
            "it casts to a type that questions may not use.",
            "Cast to a number, text, date or boolean.",
        ),
    ),
    exp.With: _one(lambda node: bool(node.args.get("recursive")), "it is recursive.", "Write it without RECURSIVE."),
    exp.Extract: _one(
        lambda node: node.this.name.upper() not in EXTRACTABLE,
        "it extracts a part of a date that questions may not use.",
        "Extract year, quarter, month, week or day.",
    ),
    exp.Identifier: _one(
        lambda node: node.name.startswith(RESERVED),
        "it uses a name that begins with two underscores.",
        "Choose another name.",
    ),
    **dict.fromkeys(
        (exp.Limit, exp.Offset),
        _one(
            lambda node: not _is_number(node.args.get("expression")),
            "LIMIT and OFFSET take a number.",
            "Write the number.",
        ),
    ),
    exp.Star: _one(
        lambda node: any(node.args.get(key) for key in ("except_", "replace", "rename")),
        "it changes a star's columns.",
        "Name the columns.",
    ),
    exp.Union: _one(
        lambda node: bool(node.args.get("distinct") or node.args.get("by_name")),
        "its UNION drops rows.",
        "Write UNION ALL.",
    ),
    exp.Join: _one(
        lambda node: bool(node.args.get("method")),
        "it joins in a special way (natural, positional or as-of).",
        "Write JOIN ... ON or JOIN ... USING.",
    ),
    exp.Tuple: _one(
        lambda node: not isinstance(node.parent, _MAY_HOLD_TUPLES),
        "it makes rows out of values.",
        "Name one column at a time.",
    ),
    exp.Order: _one(
        lambda node: not isinstance(node.parent, _MAY_BE_ORDERED),
        "it orders inside an aggregate.",
        "Leave that ORDER BY out.",
    ),
}


def _is_number(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()


def _same_when_read_again(tree: exp.Query) -> exp.Query:
    """Refuse text on which parsers could disagree: what we write must read back as the same tree."""
    written = sql(tree)
    try:
        again = DIALECT.parse(written)[0]
    except (SqlglotError, RecursionError, ValueError):
        again = None
    if again is None or sql(again, spent=True) != written:
        raise unreadable(
            "it uses a form of SQL that can be read in two ways.",
            "Write strings in single quotes, names in double quotes.",
        )
    return tree


def _where(error: ParseError) -> Refused:
    first = error.errors[0] if error.errors else {}
    line, column = first.get("line") or 0, first.get("col") or 0
    at = f" (line {line}, column {column})" if line else ""
    remedy = "Check the SQL near that place." if line else "Write one SELECT statement."
    return mistaken(f"it is not SQL that can be read{at}.", remedy, line=line, column=column)
