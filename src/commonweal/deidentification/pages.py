"""The reference page of the treatments, made from the treatments."""

from __future__ import annotations

from collections.abc import Mapping

from commonweal.deidentification.reading import LATER, read_treatment

EXAMPLES: Mapping[str, object] = {
    "keep": "keep",
    "withhold": "withhold",
    "link": "link",
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "{band: 5 years}": {"band": "5 years"},
    "{band: 10}": {"band": 10},
    "{top: 1000}": {"top": 1000},
    "{bottom: 0}": {"bottom": 0},
    "{round: 100}": {"round": 100},
    "district": "district",
    "sector": "sector",
    "{codes: {A: owned, B: owned, other: rented}}": {"codes": {"A": "owned", "B": "owned", "other": "rented"}},
}
"""Every treatment as an agreement writes it, with the value that YAML makes of it."""

TYPES = {
    "text": "VARCHAR",
    "whole numbers": "BIGINT",
    "decimals": "DECIMAL(18,2)",
    "dates": "DATE",
    "yes or no": "BOOLEAN",
}


BEFORE = """\
# Treatments

What an agreement may have done to a column before a question sees it. A column that the agreement does not name is
withheld.

| written | is | for | promise |
|---|---|---|---|"""

AFTER = """
- Bands begin at multiples of their width: `{band: 5 years}` makes 1930-01-01 of every day from 1930 to 1934.
- Nothing is ever guessed: what is no postcode, an infinite number or date, a year outside 0 to 9999 and a value off
  the list become null. Null stays null. No value can make a question fail.
- `codes` takes the list itself. Values are compared as text; `other` is what all unlisted values become, and without
  it they become null. YAML reads `yes`, `no`, `on` and `off` as truth values: put them in quotes.
- `link` columns can be joined and counted, and never shown, compared with a value or grouped by.
- An age is as coarse as the date it is worked out from: under `{band: 5 years}` it comes in bands of five years.
"""


def treatments_page() -> str:
    """Return the page in Markdown: each treatment, what it promises and where it can be used."""
    lines = [BEFORE]
    for written, value in EXAMPLES.items():
        treatment = read_treatment(value)
        usable = [word for word, kind in TYPES.items() if not treatment.applies_to(kind)]
        where = "all" if len(usable) == len(TYPES) else ", ".join(usable)
        lines.append(f"| `{written}` | {treatment.describe()} | {where} | {treatment.promise} |")
    later = ", ".join(f"`{word}`" for word in LATER)
    return "\n".join([*lines, AFTER + f"- Not yet enforced, and so refused when an agreement is read: {later}."])
