"""How a CSV file is put together: delimiter, quote, escape, and whether its first row is a header."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|", "^", "~")
SAMPLE_ROWS = 200
DATA_LIKE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|[+-]?\d+[.,]\d+([eE][+-]?\d+)?|[+-]?\d{5,}|[^@\s]+@[^@\s]+\.\w+"
    r"|[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}|[A-Z]{2}\d{6}[A-D]"
)
"""What a header cell never looks like: a date, a decimal, a long number, an e-mail address, a postcode, a NINO."""
SMALL_NUMBER = re.compile(r"[+-]?\d{1,4}")


@dataclass(frozen=True)
class Dialect:
    """One way of writing CSV. `escape` is the quote itself (doubled) or a backslash."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'

    def rows(self, text: str, most: int = SAMPLE_ROWS) -> list[list[str]]:
        """Return the first rows of `text`, leniently: it is only looked at."""
        doubled = self.escape == self.quote
        reader = csv.reader(
            text.splitlines(keepends=True),
            delimiter=self.delimiter,
            quotechar=self.quote,
            doublequote=doubled,
            escapechar=None if doubled else self.escape,
        )
        found: list[list[str]] = []
        try:
            for row in reader:
                found.append(row)
                if len(found) >= most:
                    break
        except csv.Error:
            pass  # a field beyond csv's limit: what was read so far is enough to look at
        return found


def find_dialect(sample: str) -> Dialect:
    """Return the dialect whose delimiter gives the most rows as many fields as the first, and the most fields.

    A file without any delimiter is a table of one column.
    """
    quote = _quote(sample)
    doubled = re.search(rf"[^\\{quote},;\t|\n]{quote}{quote}[^{quote},;\t|\n]", sample)
    escape = "\\" if f"\\{quote}" in sample and not doubled else quote
    best, best_score = Dialect(",", quote, escape), (0.0, 1)
    for delimiter in DELIMITERS:
        dialect = Dialect(delimiter, quote, escape)
        rows = [row for row in dialect.rows(sample) if row]
        if not rows or len(rows[0]) < 2:
            continue
        even = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        score = (round(even, 1), len(rows[0]))
        if score > best_score:
            best, best_score = dialect, score
    return best


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names columns: it holds nothing that only data looks like, and is not mostly numbers."""
    cells = [cell.strip() for cell in rows[0]]
    if any(DATA_LIKE.fullmatch(cell) for cell in cells):
        return False
    numbers = [cell for cell in cells if SMALL_NUMBER.fullmatch(cell)]
    years = all(1900 <= int(cell) <= 2100 for cell in numbers)
    return not numbers or (years and len(numbers) < len(cells)) or len(numbers) * 2 < len(cells)


def _quote(sample: str) -> str:
    """Return ' if fields begin and end with it and none with ", else "."""
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\n]|$)", sample, re.MULTILINE))
    double = len(re.findall(r"(?:^|[,;\t|])\"", sample, re.MULTILINE))
    return "'" if single > 3 and double == 0 else '"'
