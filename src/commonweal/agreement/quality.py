"""Quality: what the parties promise about the data itself (ICO code: accuracy, formats, corrections)."""

from __future__ import annotations

from commonweal.agreement.clause import Clause, Words


class Quality(Clause):
    """Formats are the contracts' business; here stands what the parties undertake beyond them."""

    accuracy: Words | None = None
    formats: Words | None = None
    compatibility: Words | None = None
    corrections: Words | None = None  # how a correction at one party reaches the others
