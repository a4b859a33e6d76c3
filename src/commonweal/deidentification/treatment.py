"""Treatments: what is done to a column before a question sees it. One small file a family; this one holds what they
share.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sqlglot import exp


@runtime_checkable
class Treatment(Protocol):
    """One treatment, as an agreement names it; frozen, compared by value.

    `name` is the word in the agreement. `promise` states in one sentence what can no longer be told from the column.
    """

    @property
    def name(self) -> str:
        """Return the word in the agreement."""
        ...

    @property
    def promise(self) -> str:
        """Return the promise."""
        ...

    def describe(self) -> str:
        """Return the treatment in a few plain words, for example ``in bands of 5 years``."""
        ...

    def applies_to(self, physical_type: str) -> str:
        """Return an empty string when the treatment can be used on this DuckDB type, else a sentence saying why not."""
        ...

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the DuckDB expression that treats `column` and can never raise an error.

        None when no expression can: the column is withheld, or (for ``link``) its tokens are computed outside SQL.
        """
        ...

    def result_type(self, physical_type: str) -> str:
        """Return the DuckDB type of the treated column."""
        ...
