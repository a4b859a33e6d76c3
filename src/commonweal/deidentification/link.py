"""Link: an identifier as a token that joins records under one agreement and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp


@dataclass(frozen=True)
class Link:
    """The column as tokens, computed outside SQL by `commonweal.deidentification.tokens`."""

    name: ClassVar[str] = "link"
    promise: ClassVar[str] = (
        "An identifier is seen only as a keyed token, the same wherever it occurs under this agreement and never the "
        "same under another."
    )

    def describe(self) -> str:
        """Return the treatment in words."""
        return "for linking only, as a token of this agreement"

    def applies_to(self, physical_type: str) -> str:
        """Return an empty string: any type can be made into tokens."""
        return ""

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return None: tokens are computed with the agreement's key, which no SQL ever holds."""
        return None

    def result_type(self, physical_type: str) -> str:
        """Return the type of tokens."""
        return "UUID"
