"""Secondary suppression beside Tau-Argus: random tables with totals, the same numbers to protect, what each gives up.

    python bench/suppression.py [--tables 100]

Every table is attacked by linear programming over its inner cells, written here apart from the code under test. Tau-Argus
(`pytauargus`, EUPL-1.2) is a development dependency only; without it the table has our own figures alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from commonweal.disclosure.attacker import Knowledge
from commonweal.disclosure.keys import OUTSIDE
from commonweal.disclosure.knowledge import LARGEST_NUMBER, of_amounts, of_counts
from commonweal.disclosure.margins import Margins, margins
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.secondary import Addends, giving_up_order, withheld_in_all

RULES = Rules(threshold=10, p_percent=10.0, dominance=(2, 90.0))
"""Exact numbers, as `business` shows them: rounding would only make our task easier, and Tau-Argus does not know of it."""

HAVE_TAU = importlib.util.find_spec("pytauargus") is not None


@dataclass(frozen=True)
class Node:
    """One row or column heading: the total, a group, or a leaf; `leaves` are those under it."""

    keys: tuple[str, ...]
    leaves: tuple[int, ...]


@dataclass(frozen=True)
class Dimension:
    """A key, or a key of groups and one of leaves inside them; `width` keys, `nodes` from the total down."""

    width: int
    nodes: tuple[Node, ...]
    size: int


@dataclass(frozen=True)
class Table:
    """What each entity contributes, by inner cell; `magnitude` says whether sums are asked for, or counts."""

    dimensions: tuple[Dimension, ...]
    contributions: tuple[np.ndarray, ...]
    magnitude: bool

    @cached_property
    def places(self) -> list[tuple[Node, ...]]:
        """Return every cell, as a node of each dimension."""
        return list(itertools.product(*(dimension.nodes for dimension in self.dimensions)))

    @cached_property
    def members(self) -> np.ndarray:
        """Return which inner cells each cell sums."""
        shape = tuple(dimension.size for dimension in self.dimensions)
        found = np.zeros((len(self.places), int(np.prod(shape))))
        for row, place in enumerate(self.places):
            for inner in itertools.product(*(node.leaves for node in place)):
                found[row, np.ravel_multi_index(inner, shape)] = 1.0
        return found

    @cached_property
    def counts(self) -> np.ndarray:
        return self.members @ np.array([len(inner) for inner in self.contributions])

    @cached_property
    def values(self) -> np.ndarray:
        """Return the number asked for in every cell."""
        return self.members @ np.array([inner.sum() for inner in self.contributions]) if self.magnitude else self.counts

    @cached_property
    def largest(self) -> np.ndarray:
        """Return the two largest contributions to every cell."""
        tops = []
        for row in self.members:
            inside = np.sort(np.concatenate([c for c, member in zip(self.contributions, row, strict=True) if member]))
            tops.append([inside[-1], inside[-2] if len(inside) > 1 else 0.0])
        return np.array(tops)

    @cached_property
    def primary(self) -> np.ndarray:
        """Return what the rules withhold cell by cell: fewer than ten, and sums that one or two make up."""
        few = self.counts < RULES.threshold
        if not self.magnitude:
            return few
        one, two = self.largest.T
        return few | (one + two > 0.9 * self.values) | (self.values - one - two < 0.1 * one)


def random_table(seed: int) -> Table:
    """Return a table of one to three dimensions, some of two levels, with no empty cell; every other one of sums."""
    rng = np.random.default_rng(seed)
    dimensions = []
    for _ in range(1 + seed % 3):
        if rng.random() < 0.5:
            size = int(rng.integers(3, 8 if seed % 3 < 2 else 5))
            nodes = [Node((), tuple(range(size))), *(Node((f"v{i}",), (i,)) for i in range(size))]
            dimensions.append(Dimension(1, tuple(nodes), size))
        else:
            dimensions.append(_two_levels(rng, int(rng.integers(2, 4))))
    inner = int(np.prod([dimension.size for dimension in dimensions]))
    few = rng.random(inner) < rng.choice([0.05, 0.15, 0.3])
    sizes = np.where(few, rng.integers(1, 10, inner), rng.integers(10, 80, inner))
    contributions = tuple(np.ceil(rng.lognormal(4, rng.choice([0.5, 1.2]), size)) for size in sizes)
    return Table(tuple(dimensions), contributions, seed % 2 == 1)


def _two_levels(rng: np.random.Generator, groups: int) -> Dimension:
    nodes: list[Node] = []
    size = 0
    for group in range(groups):
        leaves = tuple(range(size, size + int(rng.integers(2, 4))))
        size += len(leaves)
        nodes += [Node((f"g{group}",), leaves), *(Node((f"g{group}", f"l{leaf}"), (leaf,)) for leaf in leaves)]
    return Dimension(2, (Node((), tuple(range(size))), *nodes), size)


def equations(table: Table) -> Margins:
    """Return which cells are totals of which others, as commonweal finds them."""
    depths = [tuple(len(node.keys) for node in place) for place in table.places]
    sets = sorted(set(depths))
    starts = np.cumsum([0, *(dimension.width for dimension in table.dimensions)])
    positions = tuple(
        tuple(int(starts[d] + level) for d, depth in enumerate(own) for level in range(depth)) for own in sets
    )
    names: dict[str, int] = {}
    codes = np.full((len(table.places), int(starts[-1])), OUTSIDE, dtype=np.int64)
    for row, place in enumerate(table.places):
        for start, node in zip(starts, place, strict=False):
            for level, key in enumerate(node.keys):
                codes[row, start + level] = names.setdefault(key, len(names))
    return margins(np.array([sets.index(depth) for depth in depths]), codes, positions)


def knowledge(table: Table) -> Knowledge:
    """Return what commonweal takes an attacker to know, and what it wants him to be left with."""
    primary, values = table.primary, table.values
    if not table.magnitude:
        return of_counts(equations(table), primary, values, values, RULES.threshold)
    shown = np.where(primary, 0.0, values)
    typical = shown.sum() / max(np.where(primary, 0, table.counts).sum(), 1)
    return of_amounts(
        equations(table), primary, shown, np.zeros(len(shown)), typical, False, RULES, (table.counts.astype(np.int64),)
    )


def withheld_by_us(table: Table) -> np.ndarray:
    """Return which cells commonweal withholds: those of `primary`, and what secondary suppression adds."""
    known, counts = knowledge(table), table.counts.astype(np.int64)
    bounds = (None, None) if table.magnitude else (table.values, table.values)
    addends = Addends(
        table.primary, (counts,), giving_up_order([counts]), RULES.threshold, *bounds, known, table.values
    )
    return withheld_in_all(equations(table), addends)


def our_demands(table: Table) -> dict[int, tuple[float, float]]:
    """Return the interval that commonweal keeps open for each withheld cell, whatever its number is."""
    known = knowledge(table)
    unit = 1.0 if not table.magnitude else float(np.where(table.primary, 0.0, table.values).max()) / LARGEST_NUMBER
    open_ended = 2 * float(table.values.max())
    values = [*table.values, *(table.values[members].sum() for members in our_unions(table).values())]
    return {
        int(cell): (
            min(float(known.least[cell]) * unit, float(values[cell])),
            max(min(float(known.most[cell]) * unit, open_ended), float(values[cell])),
        )
        for cell in np.flatnonzero(known.guarded)
    }


def our_unions(table: Table) -> dict[int, list[int]]:
    """Return the sums of hidden parts that commonweal protects as well: those about fewer than ten together."""
    m = knowledge(table).margins
    return {
        int(cell): m.child[m.equation == equation].tolist()
        for equation, cell in enumerate(m.parent)
        if len(table.places) <= cell < m.cells
    }


def interval(table: Table, hidden: np.ndarray, cell: int) -> tuple[float, float]:
    """Return what follows about a cell from all that is shown, for one who knows that nothing is below nought."""
    shown, found = table.members[~hidden], []
    for sign in (1, -1):
        solved = linprog(
            sign * table.members[cell],
            A_eq=shown if len(shown) else None,
            b_eq=table.values[~hidden] if len(shown) else None,
        )
        found.append(sign * solved.fun if solved.status == 0 else np.inf)
    return found[0], found[1]


def demanded(table: Table) -> dict[int, tuple[float, float]]:
    """Return the interval that each withheld cell needs: counts 0 to 9, sums those of Tau-Argus's own rules (10 %)."""
    needs = {}
    for cell in np.flatnonzero(table.primary):
        value, (one, two) = table.values[cell], table.largest[cell]
        if not table.magnitude:
            needs[int(cell)] = (0.0, float(RULES.hidden_up_to))
            continue
        room = max(0.1 * one - (value - one - two), (one + two) / 0.9 - value, 0.1 * value, 0.0)
        needs[int(cell)] = (max(value - room, 0.0), value + room)
    return needs


def short_of(table: Table, hidden: np.ndarray) -> int:
    """Return how many cells are known more narrowly than they may be."""
    short = 0
    for cell, (low, high) in demanded(table).items():
        found = interval(table, hidden, cell)
        tolerance = 1e-6 * max(1.0, high)
        short += found[0] > low + tolerance or found[1] < high - tolerance
    return short


def withheld_by_tau(
    table: Table, needs: dict[int, tuple[float, float]], unions: dict[int, list[int]] | None = None, minutes: int = 1
) -> np.ndarray:
    """Return which cells Tau-Argus withholds (optimal suppression), given cells and intervals to protect.

    `unions`: further cells that nobody shows and that are sums of others (only commonweal asks for those).
    """
    unions = unions or {}
    top = float(table.values.max())
    values = [*table.values, *(table.values[members].sum() for members in unions.values())]
    lines = ["0", str(len(values))]
    for cell, value in enumerate(values):
        low, high = needs.get(cell, (value, value))
        status = "u" if cell in needs else "s"
        lines.append(
            f"{cell} {value:.0f} {max(value, 1):.0f} {status} 0 {2 * top:.0f} {value - low:.3f} {high - value:.3f} 0"
        )
    sums = [*_sums(table), *unions.items()]
    lines.append(str(len(sums)))
    lines += [f"0 {len(parts) + 1} : {total} (-1) " + " ".join(f"{p} (1)" for p in parts) for total, parts in sums]
    with tempfile.TemporaryDirectory() as folder:
        given, answered = Path(folder, "table.jj"), Path(folder, "out.jj")
        given.write_text("\n".join(lines) + "\n")
        # In a process of its own: it writes notes into the folder where it runs, and to the screen.
        program = f"from pytauargus._tauargus import HiTaSCtrl; exit(HiTaSCtrl().full_jj({given.name!r}, 'out.jj', {minutes}))"
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=False)
        if done.returncode > 1 or not answered.exists():
            raise RuntimeError(f"Tau-Argus gave up with code {done.returncode}")
        hidden = table.primary.copy()
        hidden[[int(line) for line in answered.read_text().split() if line.isdigit() and int(line) < len(hidden)]] = (
            True
        )
    return hidden


def _sums(table: Table) -> list[tuple[int, list[int]]]:
    """Return every total with its parts, one level down in one dimension."""
    number = {place: i for i, place in enumerate(table.places)}
    found = []
    for place, total in number.items():
        for d, dimension in enumerate(table.dimensions):
            below = [
                n
                for n in dimension.nodes
                if len(n.keys) == len(place[d].keys) + 1 and n.keys[: len(place[d].keys)] == place[d].keys
            ]
            if below:
                found.append((total, [number[(*place[:d], node, *place[d + 1 :])] for node in below]))
    return found


def compared(seeds: range) -> list[dict[str, float]]:
    """Return a row for each table with something to protect: cells, what was given up besides, and who fell short."""
    rows = []
    for seed in seeds:
        table = random_table(seed)
        if not table.primary.any():
            continue
        began = time.perf_counter()
        ours = withheld_by_us(table)
        seconds = time.perf_counter() - began
        row = {"seed": seed, "cells": len(table.places), "primary": int(table.primary.sum())}
        row |= {"ours": int((ours & ~table.primary).sum()), "ours value": table.values[ours & ~table.primary].sum()}
        row |= {"ours short": short_of(table, ours), "seconds": seconds, "magnitude": table.magnitude}
        if HAVE_TAU:
            as_we = (our_demands(table), our_unions(table))
            for who, asked in (("tau", (demanded(table),)), ("tau, our intervals", as_we)):
                tau = withheld_by_tau(table, *asked)
                more = tau & ~table.primary
                row |= {who: int(more.sum()), f"{who} value": table.values[more].sum()}
                row[f"{who} short"] = short_of(table, tau)
        rows.append(row)
    return rows


WHO = {"ours": "commonweal", "tau": "Tau-Argus", "tau, our intervals": "Tau-Argus, our intervals"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tables", type=int, default=100)
    rows = compared(range(parser.parse_known_args()[0].tables))
    print(f"{'':34}{'tables':>8}{'primary':>9}{'given up':>10}{'value':>12}{'short':>7}{'slowest':>9}")
    for name, magnitude in (("counts", False), ("sums", True)):
        some = [row for row in rows if row["magnitude"] == magnitude]
        for who in WHO if HAVE_TAU else ("ours",):
            total = {what: sum(row[f"{who}{what}"] for row in some) for what in ("", " value", " short")}
            spent = f"{max(row['seconds'] for row in some):>7.2f} s" if who == "ours" else ""
            primary = sum(row["primary"] for row in some)
            print(
                f"{name + ', ' + WHO[who]:34}{len(some):>8}{primary:>9.0f}{total['']:>10.0f}{total[' value']:>12.0f}"
                f"{total[' short']:>7.0f}{spent:>9}"
            )
    if not HAVE_TAU:
        print("pytauargus is not installed: no comparison.")
        return
    for who in list(WHO)[1:]:
        for what, name in (("", "number"), (" value", "value")):
            ratio = sum(row[f"ours{what}"] for row in rows) / max(sum(row[f"{who}{what}"] for row in rows), 1)
            print(f"information loss, {name} of secondary suppressions: {ratio:.3f} x {WHO[who]} (to reach: 1.1)")
    print(
        "What limits sums: the interval is around what the other cells leave possible, never around the true number, so that"
    )
    print(
        "what is withheld tells nothing; and hidden parts that have fewer than ten people together are kept from being added"
    )
    print(
        "up. `our intervals`: Tau-Argus asked for the same. `short`: hidden cells known more narrowly than Tau-Argus's rules ask."
    )


if __name__ == "__main__":
    main()
