"""What there was to mend in a file: values that say the right thing in an unusual way, counted as they stand in it."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path

from commonweal.catalogue.contract import Contract

USUAL = {
    "uprn": re.compile(r"\d{1,12}"),
    "usrn": re.compile(r"\d{1,8}"),
    "nhs-number": re.compile(r"\d{10}"),
    "postcode": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"),
}
WORDS = {"uprn": "UPRNs", "usrn": "USRNs", "nhs-number": "NHS numbers", "postcode": "postcodes"}
NOTHING = "N/A"


def to_mend(path: Path, contract: Contract, *, encoding: str, delimiter: str) -> dict[str, int]:
    """Return how many values of each kind are written unusually, by words for the kind; N/A in numbers and dates too."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter)
    header = next(rows)
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    found: dict[str, int] = {}
    for column in contract.columns:
        values = columns[column.name]
        blanks = sum(value == NOTHING for value in values) if column.logical_type != "string" else 0
        if column.standard in USUAL:
            usual = USUAL[column.standard].fullmatch
            words = WORDS[column.standard]
            found[words] = sum(usual(value) is None for value in values) - blanks
        if blanks:
            found[NOTHING] = found.get(NOTHING, 0) + blanks
    return {words: count for words, count in found.items() if count}
