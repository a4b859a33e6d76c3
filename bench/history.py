"""Attackers who decode sequences of questions: each family against raw counts, `uk-tre`, `standard` and `formal`.

usage: python bench/history.py [--people N] [--targets T] [--family WORD ...] [--mechanism WORD ...] [--tables]

Prints the share of right guesses of a fair bit over targets who are alone in their class, with its 95 % interval, and what
the exact information in the answers allows. `--tables` (at the end of a whole run too): every table at once, and a greedy
attacker within the meter, in a town of three wards. With 300 targets it takes some twenty minutes on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from commonweal.disclosure.metered.axis import Axis  # noqa: E402 - the attackers of the tests are measured here
from commonweal.disclosure.metered.profile import CAP  # noqa: E402
from tests.attacks.history import lattice  # noqa: E402
from tests.attacks.history.campaign import FAMILIES, run  # noqa: E402
from tests.attacks.history.ground import Ground, ground  # noqa: E402
from tests.attacks.history.mechanism import FORMAL, RAW, STANDARD, UK_TRE, Counts, Tables, axes  # noqa: E402
from tests.residents.people import Residents, draw  # noqa: E402

MECHANISMS: dict[str, Counts | Tables] = {each.name: each for each in (RAW, UK_TRE, STANDARD, FORMAL)}


def targets(family: str, known: Ground, number: int) -> list[int]:
    """Return people who are alone in their class; for the second geography, in a sliver between ward and sector."""
    alone = known.alone
    if family == "second geography":
        alone = alone[known.values["ward"][alone] * 3 // 2 % 30 != known.values["sector"][alone]]
    chosen: list[int] = np.random.default_rng(5).choice(alone, min(number, len(alone)), replace=False).tolist()
    return chosen


def families(residents: Residents, wanted: argparse.Namespace) -> None:
    """Print a line for each family and mechanism."""
    for family in FAMILIES:
        if wanted.family and not any(word in family for word in wanted.family):
            continue
        months = family == "before and after a month"
        known = ground(residents, second_geography=family == "second geography", months=months)
        chosen = targets(family, known, wanted.targets)
        for name, mechanism in MECHANISMS.items():
            if wanted.mechanism and not any(word in name for word in wanted.mechanism):
                continue
            variants: list[Counts | Tables] = [mechanism]
            if isinstance(mechanism, Tables) and months:
                variants = [replace(mechanism, view=(*mechanism.view, "month"))]
            if isinstance(mechanism, Tables) and family == "four snapshots":
                variants = [
                    replace(mechanism, name=f"{name}, one meter", yearly=True),
                    replace(mechanism, name=f"{name}, a meter each, sd x 2", loudness=2.0),
                    replace(mechanism, name=f"{name}, a meter each"),
                ]
            for each in variants:
                print(run(family, each, known, chosen), flush=True)


def whole_tables(residents: Residents) -> None:
    """Print what everything at once tells, and what a greedy attacker gets within the meter."""
    there = np.flatnonzero(residents.known["ward"] % 7 == 0)[:9000]
    known = {name: codes[there] for name, codes in residents.known.items()}
    known["ward"] = known["ward"] // 7
    town = ground(replace(residents, known=known, arrears=residents.arrears[there]))
    columns = axes(STANDARD.view) | {"ward": Axis.flat("ward", 3)}
    every = lattice.every_table(columns)
    print(f"three wards, {len(there):,} people, {len(town.alone):,} alone")
    print("  standard, every table at once:", lattice.decode(town, columns, every, STANDARD.sd), flush=True)
    picked = lattice.greedy(town, columns, STANDARD.sd, CAP)
    print(f"  standard, greedy within the meter: opens {len(picked)} of {len(every)} tables: the same as above")
    small = lattice.greedy(town, columns, STANDARD.sd, 0.05)
    print("  standard, greedy within 0.05:", lattice.decode(town, columns, small, STANDARD.sd), flush=True)
    separate = lattice.greedy(town, columns, FORMAL.sd, CAP, shared=False)
    print("  formal, greedy within the meter:", lattice.decode(town, columns, separate, FORMAL.sd, shared=False))
    print(
        f"twenty wards, every table, all others known: {100 * lattice.best_guess(STANDARD.charge(set(lattice.every_table(STANDARD.axes)))):.1f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, help=argparse.SUPPRESS)  # make bench passes one number to all
    parser.add_argument("--people", type=int, default=60_000)
    parser.add_argument("--targets", type=int, default=300)
    parser.add_argument("--family", nargs="*", default=[])
    parser.add_argument("--mechanism", nargs="*", default=[])
    parser.add_argument("--tables", action="store_true", help="whole tables only")
    wanted = parser.parse_args()
    began = time.perf_counter()
    residents = draw(wanted.people)
    if not wanted.tables:
        families(residents, wanted)
    if wanted.tables or not (wanted.family or wanted.mechanism):
        whole_tables(draw(60_000))
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
