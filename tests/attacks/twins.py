"""Installations that are alike to the last key and differ in the data alone, and all that an analyst sees of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commonweal.errors import CommonwealError, Refused
from tests.attacks.attack import Outcome
from tests.residents import sharing
from tests.residents.people import MONTHS, TOP, Residents

if TYPE_CHECKING:
    from commonweal.installation import Installation


@contextmanager
def twins(folder: Path, worlds: Sequence[Residents], profile: str) -> Iterator[list[Installation]]:
    """Yield an installation for each world: the same keys, the same name of the snapshot, the same agreement."""
    from commonweal.installation import open_installation

    sharing.founded(folder / "first").close()
    with ExitStack() as stack:
        opened = []
        for number, residents in enumerate(worlds):
            place = folder / f"world{number}" / "first"
            shutil.copytree(folder / "first", place)
            installation = stack.enter_context(open_installation(place))
            sharing.stock(installation, residents)
            sharing.agree(installation, sharing.document(profile))
            opened.append(installation)
        yield opened


def observe(installation: Installation, sql: str, agreement: str) -> Outcome:
    """Ask, and return all that the analyst sees but the receipt."""
    try:
        answer = installation.gateway(sharing.ANALYST).ask(sql, agreement=agreement)
    except Refused as refusal:
        words = (refusal.clause, *refusal.reasons, refusal.remedy, refusal.who, refusal.nearest)
        return Outcome("refused", words)
    except CommonwealError as error:
        return Outcome("error", (error.code, error.message, error.why, error.remedy))
    withheld = tuple(f"row {cell.row}, {cell.column}: {cell.reason}" for cell in answer.withheld)
    return Outcome("answered", (*answer.notes, *withheld), answer.columns, tuple(map(tuple, answer.rows)))


def decided(outcome: Outcome, measured: Sequence[str], *, ordered_by_key: bool = True) -> tuple[object, ...]:
    """Return what was decided, without the numbers: words, columns, rows, their keys in order, which cells are empty.

    `measured` names the columns of numbers. Rows that were asked for in the order of a number are compared as a set.
    """
    keys = []
    for row in outcome.rows:
        named = zip(outcome.columns, row, strict=True)
        keys.append(tuple(value is None if name in measured else value for name, value in named))
    return outcome.kind, outcome.words, outcome.columns, tuple(keys if ordered_by_key else sorted(keys, key=repr))


def redrawn(residents: Residents, seed: int) -> Residents:
    """Return the same residents, as known, with every secret drawn anew: debts, care, needs and who the police know."""
    chance = np.random.default_rng([seed, 77])
    number = residents.number

    def amounts(share: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        drawn = np.exp(chance.normal(6, 1.2, number)).clip(0.01, TOP).round(2)
        return np.where(chance.random(number) < share, drawn, 0.0)

    share = chance.uniform(0.05, 0.95, 5)
    contacts = np.where(chance.random(number) < share[2], chance.integers(1, 8, number), 0)
    needs = np.zeros_like(residents.needs)
    needs[np.arange(number), chance.integers(0, needs.shape[1], number)] = True
    needs &= (contacts > 0)[:, None]
    return replace(
        residents,
        arrears=amounts(share[0]),
        last_year=amounts(share[1]),
        cost=np.where(contacts > 0, amounts(1.0), 0.0),
        contacts=contacts,
        start=np.where(contacts > 0, chance.integers(0, MONTHS, number), MONTHS),
        needs=needs,
        police=chance.random(number) < share[3],
    )
