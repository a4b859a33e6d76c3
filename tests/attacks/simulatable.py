"""Does anything but the noisy tables move when every secret is drawn anew? ``python -m tests.attacks.simulatable [--full]``

A refusal, a withheld cell, the number or order of rows, a note, an error or a charge that depends on a secret tells
something about it (Kenthapadi, Mishra and Nissim, Simulatable auditing, PODS 2005). What may depend on secrets are the
noisy tables, and what is read from them. So the same questions are asked in installations that are alike to the last key
and differ in the secrets alone, each counting its own data, and two things are looked at:

- *decisions*, each installation reading its own noisy tables: what is refused and in which words, what a question will
  open and cost as foretold, what the ledger says was opened and charged, the columns, their types, the number of rows and
  their keys in order. These must be the same to the last byte, whatever the noise is.
- *everything*, every noisy table being replaced by the one that the first installation released: then all that the analyst
  is handed must be the same to the last byte, numbers, margins, what is withheld, wide or drawn included. That is: what
  of it does follow the numbers follows the released tables, and nothing besides.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from commonweal.disclosure.metered.profile import METERED
from commonweal.errors import CommonwealError
from commonweal.ledger.reading import entries
from tests.attacks.twins import redrawn
from tests.residents import sharing
from tests.residents.people import Residents, draw

if TYPE_CHECKING:
    from commonweal.gateway.metered.opening import Table
    from commonweal.gateway.metered.tables import Tables
    from commonweal.installation import Installation

PROBES = (
    "select ward, sex, count(*) as n, sum(arrears) as s from resident group by ward, sex",
    "select ward, tenancy, avg(arrears) as m, count(*) filter (where arrears > 0) as n from resident group by ward, tenancy",
    "select tenancy, band, median(arrears) as m from resident where arrears > 0 group by tenancy, band",
    "select owes, count(*) as n from resident where ward = 'W01' group by owes",
    "select need, count(distinct person_id) as n from spell group by need",
    "select ward, need, count(distinct person_id) as n from resident join spell using (person_id) group by ward, need",
    "select ward, count(*) as n from resident where person_id in (select person_id from known) group by ward",
    "select start_month, count(*) as n from resident where start_month is not null group by start_month",
    "select corr(arrears, cost) as r from resident",
    "select count(*) as n from resident where arrears > 0 and ward = 'W02' and sex = 'F' and tenancy = 'owner' and band = 'A'",
    "select count(*) as n from resident where ward = 'W02' and sex = 'F' and tenancy = 'owner' and band = 'A' and ethnicity = 'other' and owes = 'yes'",
    "select ward, max(arrears) as m from resident group by ward",
    "select least(contacts, 4) as c, count(*) as n from resident group by 1",
    "with e as (select person_id, count(*) as spells from spell group by person_id) select count(*) as n from e where spells > 2",
    "select tenancy, quantile_cont(cost, 0.9) as p from resident where cost > 0 and ethnicity <> 'white' group by tenancy",
)  # fmt: skip
"""Questions, easy ones and such as are refused."""

MEASURED = frozenset({"n", "s", "m", "p", "r"})
"""The columns of `PROBES` that hold numbers which were read; all others are keys."""


@dataclass(frozen=True)
class Difference:
    """A decision that moved: which redraw, which question, and both decisions."""

    redraw: int
    question: str
    first: str
    other: str


def charges(installation: Installation) -> list[object]:
    """Return what the meter was charged, in the order of the ledger, without what differs between any two runs."""
    with installation.reading() as connection:
        return [
            sorted(
                (name, repr(value)) for name, value in entry.body.items() if name not in {"asked", "person", "question"}
            )
            for entry in entries(connection, kind="meter.opened")
        ]


def asked(installation: Installation, sql: str, agreement: str) -> dict[str, Any]:
    """Ask, and return all that is handed over or raised but the receipt; `types` and `rows` are there for an answer."""
    try:
        answer = installation.gateway(sharing.ANALYST).ask(sql, agreement=agreement)
    except CommonwealError as error:
        return {"raised": type(error).__name__, "said": error.as_dict(), "text": str(error)}
    shown = {name: value for name, value in answer.as_dict().items() if name != "receipt"}
    return {"types": str(answer.table.schema), "shown": shown, "csv": answer.to_csv(), "rows": answer.rows}


def everything(installation: Installation, agreement: str) -> dict[str, str]:
    """Return all that is seen of each question, byte for byte, and the charges of them all."""
    found = {sql: json.dumps(asked(installation, sql, agreement), default=str) for sql in PROBES}
    return found | {"the meter": repr(charges(installation))}


def decisions(installation: Installation, agreement: str) -> dict[str, str]:
    """Return what is decided of each question: see the head of this file."""
    found = {}
    for sql in PROBES:
        before = len(charges(installation))
        foretold = installation.gateway(sharing.ANALYST).explain(sql, agreement=agreement).as_dict()
        outcome = asked(installation, sql, agreement)
        if "rows" in outcome:
            columns = outcome["shown"]["answer"]["columns"]
            keys = [
                [v for name, v in zip(columns, row, strict=True) if name not in MEASURED] for row in outcome["rows"]
            ]
            outcome = {"types": outcome["types"], "number": len(keys), "keys": keys}
        opened = charges(installation)[before:]
        found[sql] = json.dumps([foretold, outcome, opened], default=str)
    return found


class ReleasedFirst:
    """Every noisy table as it was released first, whoever asks; `names` says what was, to see that something was."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._first: dict[object, Any] = {}

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Have every installation read these tables and no others."""
        from commonweal.gateway.metered.tables import Tables

        with (
            patch.object(Tables, "noisy", self._once("counts", Tables.noisy)),
            patch.object(Tables, "noisy_bands", self._once("sums", Tables.noisy_bands)),
        ):
            yield

    def _once(self, what: str, original: Any) -> Any:
        def released(tables: Tables, table: Table, *rest: Any) -> Any:
            own = original(tables, table, *rest)  # counted, charged and given noise as ever
            self.names.add(f"{what} {table.label} {table.columns}")
            return self._first.setdefault((what, table.label, table.columns), own)

        return released


def moved(folder: Path, residents: Residents, profile: str, redraws: int) -> Iterator[Difference]:
    """Yield what moves with the secrets; the first world is what the others are compared with."""
    first: dict[str, str] = {}
    tables = ReleasedFirst()
    for number in range(redraws + 1):
        world = residents if number == 0 else redrawn(residents, number)
        with twins_of(folder, world, profile) as installation, without_waiting():
            found = {f"decided: {sql}": each for sql, each in decisions(installation, profile).items()}
            vars(installation.surroundings).pop("shared")  # what was worked out of its own noisy tables is forgotten
            with tables.everywhere():
                found |= {f"seen: {sql}": each for sql, each in everything(installation, profile).items()}
        first = first or found
        for question, decision in found.items():
            if decision != first[question]:
                yield Difference(number, question, first[question], decision)
    assert len(tables.names) > 5, "hardly anything was released, so hardly anything is tested"


@contextmanager
def without_waiting() -> Iterator[None]:
    """Have outcomes handed over at once; the steps of time are looked at elsewhere."""
    from commonweal.gateway import ask
    from commonweal.gateway.timing import Pace, Steps

    with patch.object(ask, "Pace", lambda _steps: Pace(Steps(1.0), sleep=lambda _seconds: None)):
        yield


class twins_of:  # noqa: N801 - a context manager reads as a function
    """One world after another, all with the keys of the first."""

    def __init__(self, folder: Path, residents: Residents, profile: str) -> None:
        self._folder, self._residents, self._profile = folder, residents, profile

    def __enter__(self) -> Installation:
        """Open the world."""
        from commonweal.installation import open_installation

        kept = self._folder / "keys"
        if not kept.exists():
            sharing.founded(kept).close()
        self._place = Path(tempfile.mkdtemp(dir=self._folder)) / "keys"
        shutil.copytree(kept, self._place)
        self._installation = open_installation(self._place)
        sharing.stock(self._installation, self._residents)
        sharing.agree(self._installation, sharing.document(self._profile))
        return self._installation

    def __exit__(self, *_error: object) -> None:
        """Close and delete it."""
        self._installation.close()
        shutil.rmtree(self._place.parent)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="a hundred redraws")
    parser.add_argument("--redraws", type=int, default=20)
    parser.add_argument("--profile", nargs="*", default=list(METERED))
    parser.add_argument("--people", type=int, default=2000)
    wanted = parser.parse_args()
    redraws = 100 if wanted.full else wanted.redraws
    failures = 0
    for profile in wanted.profile:
        with tempfile.TemporaryDirectory() as folder:
            found = list(moved(Path(folder), draw(wanted.people), profile, redraws))
        for each in found[:10]:
            print(f"redraw {each.redraw}, {each.question}")
            print(f"  first: {each.first[:600]}\n  other: {each.other[:600]}")
        decided = sum(each.question.startswith("decided") for each in found)
        print(
            f"{profile}: {len(PROBES)} questions, every secret redrawn {redraws} times: {decided} decisions moved; "
            f"with the noisy tables held, {len(found) - decided} outcomes moved by a byte",
            flush=True,
        )
        failures += len(found)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
