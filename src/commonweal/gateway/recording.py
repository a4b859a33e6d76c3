"""Record: the intent before a question runs, and its outcome before the answer is handed over. No data, no literals."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from commonweal.query.dialect import DIALECT, sql

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def without_literals(canonical: str, hashed: Callable[[str], str]) -> str:
    """Return canonical SQL with every literal, and every name that is not plain, as a keyed hash.

    Two questions that differ in a literal stay different; what was asked for cannot be read back.
    """
    tree = DIALECT.parse(canonical)[0]
    assert tree is not None

    def hidden(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal) and not isinstance(node.parent, (exp.Limit, exp.Offset)):
            return exp.Literal.string("#" + hashed(node.name)[:16])
        if isinstance(node, exp.Identifier) and not PLAIN_NAME.fullmatch(node.name):
            return exp.to_identifier("#" + hashed(node.name)[:16], quoted=True)
        return node

    return sql(tree.transform(hidden, copy=False), spent=True)
