"""The SQL that questions are written in: DuckDB's, whichever engine runs the measures."""

from __future__ import annotations

import logging

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

# The parser's warnings quote the question's text, which may name somebody; nothing of it may reach a log.
logging.getLogger("sqlglot").disabled = True

DIALECT = Dialect.get_or_raise("duckdb")


def sql(tree: exp.Expr, *, spent: bool = False) -> str:
    """Return the tree as DuckDB SQL, identifiers quoted, on one line, without comments.

    `spent`: nobody uses the tree afterwards, so that it need not be copied first.
    """
    return DIALECT.generate(tree, copy=not spent, identify=True, comments=False)
