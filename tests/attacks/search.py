"""A red team that composes questions by itself: ``python -m tests.attacks.search [--minutes 30] [--profile standard]``

It hunts, as QuerySnout (Cretu and others 2022, arXiv 2211.05249) and QueryCheetah (Stevanoski and others 2024, arXiv
2409.01992) do, for a set of questions whose answers tell a secret of the person they are about. Many targets, each alone in
their class and with a fair secret, live in two installations alike to the last key; in the second every target's secret is
the other one. A question that is refused, fails, is withheld or is shaped otherwise there than here is a leak at once, unless it
is one that noisy numbers explain. Sets of questions are bred by how well a linear decoder, trained on some targets, guesses others;
the best set is then tried on fresh targets with fresh secrets and a fresh key, which is the figure that counts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.attacks.attack import Outcome
from tests.attacks.grammar import COLUMNS, Question, changed, composed
from tests.attacks.history.ground import Array
from tests.attacks.twins import observe, twins
from tests.residents import sharing
from tests.residents.people import Residents, draw, with_owing

if TYPE_CHECKING:
    from commonweal.installation import Installation

TRAINED = 60
"""Targets on which a question is tried while searching; the decoder is judged by leaving out a quarter at a time."""
FINAL = 150
"""Fresh targets on which the best set is tried, half of them to train the decoder and half to judge it, and then the
other way round."""
LARGEST_SET = 24
PLAIN = "SELECT {statistic} AS v FROM resident WHERE {where}"
SEEDS = tuple(
    Question(PLAIN, "count(*)", tuple((name, "is") for name in names), "arrears > 0", left_out)
    for names in (
        (),
        ("ward",),
        ("ward", "sex"),
        ("tenancy",),
        ("age",),
        ("age", "sex"),
        ("band",),
        ("ward", "tenancy"),
    )
    for left_out in ((), COLUMNS)
)
"""What everybody would try first."""


@dataclass
class Arena:
    """Two installations, the targets with what is known of them, their secrets, and what has been asked."""

    installations: Sequence[Installation]
    people: Sequence[Mapping[str, object]]
    secrets: Array
    profile: str
    asked: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    remembered: dict[Question, Array] = field(default_factory=dict)

    def answers(self, question: Question, targets: Sequence[int], until: float = float("inf")) -> Array | None:
        """Return a question's numbers about targets, NaN where there is none; None when it is refused or fails."""
        if question in self.remembered:
            return self.remembered[question]
        found = []
        for number, target in enumerate(targets):
            sql = question.about(self.people[target], VALUES)
            here = self._ask(0, sql)
            if number < 3 and len(self.installations) > 1:  # both worlds; the first three targets show it
                there = self._ask(1, sql)
                if differs(here, there):
                    self.leaks.append(f"{sql}\n    here:  {_told(here)}\n    there: {_told(there)}")
            if here.kind != "answered" or time.monotonic() > until:
                return None
            found.append(_number(here))
        self.remembered[question] = np.array(found)
        return self.remembered[question]

    def _ask(self, world: int, sql: str) -> Outcome:
        outcome = observe(self.installations[world], sql, self.profile)
        self.asked += 1
        self.kinds[outcome.kind] += 1
        return outcome


VALUES: dict[str, list[object]] = {
    "ward": list(sharing.WARD_NAMES),
    "age": list(range(0, 90, 5)),
    "sex": list(sharing.SEXES),
    "ethnicity": list(sharing.ETHNICITIES),
    "tenancy": list(sharing.TENANCIES),
    "band": list(sharing.BANDS),
}


def _number(outcome: Outcome) -> float:
    if not outcome.rows or not isinstance(outcome.rows[0][-1], int | float):
        return float("nan")
    return float(outcome.rows[0][-1])


def _told(outcome: Outcome) -> str:
    return f"{outcome.kind} {outcome.words} {outcome.rows[:2]}"[:300]


def differs(here: Outcome, there: Outcome) -> bool:
    """Return whether two worlds differ in what no noise explains: the kind of outcome, a refusal's or an error's words,
    the columns, or the number of rows."""
    if here.kind != there.kind or here.columns != there.columns or len(here.rows) != len(there.rows):
        return True
    return here.kind != "answered" and here.words != there.words


def town(
    people: int, seed: int, trained: int
) -> tuple[Residents, Residents, list[dict[str, object]], list[int], Array]:
    """Return residents and the same with every target's secret turned round, the targets, and their secrets."""
    residents = draw(people, seed=seed)
    chance = np.random.default_rng(seed)
    owing = chance.random(people) < 0.3
    targets = chance.permutation(residents.alone())
    owing[targets] = chance.random(len(targets)) < 0.5
    turned = owing.copy()
    turned[targets[:trained]] ^= True
    described: list[dict[str, object]] = []
    for target in targets.tolist():
        described.append({name: VALUES[name][int(residents.known[name][target])] for name in COLUMNS})
    return (
        with_owing(residents, owing),
        with_owing(residents, turned),
        described,
        list(range(len(targets))),
        owing[targets],
    )


def pairs(questions: Sequence[Question]) -> list[tuple[int, int]]:
    """Return which questions are the same but that one leaves the target out."""
    plain = {replace(each, left_out=()): number for number, each in enumerate(questions) if not each.left_out}
    out = [(plain.get(replace(each, left_out=())), number) for number, each in enumerate(questions) if each.left_out]
    return [(one, other) for one, other in out if one is not None]


def features(columns: Sequence[Array], paired: Sequence[tuple[int, int]] = ()) -> Array:
    """Return what the decoder sees, standardised: differences of pairs and their sum, numbers that have no pair, and
    whether each is there."""
    raw = np.array(columns).T
    there = ~np.isnan(raw)
    filled = np.where(there, raw, 0.0)
    steps = [np.where(there[:, i] & there[:, j], filled[:, i] - filled[:, j], 0.0) for i, j in paired]
    if steps:
        steps.append(np.sum([each / (each.std() + 1e-9) for each in steps], axis=0))
    alone = [number for number in range(raw.shape[1]) if not any(number in pair for pair in paired)]
    seen = np.hstack([np.array(steps).reshape(len(steps), len(raw)).T, filled[:, alone], there.astype(float)])
    spread = seen.std(0)
    return np.asarray(((seen - seen.mean(0)) / (spread + 1e-9))[:, spread > 1e-9])


def guesses(train: Array, truth: Array, test: Array) -> Array:
    """Return guesses by ridge regression, the linear decoder."""
    weights = np.linalg.solve(train.T @ train + 3.0 * np.eye(train.shape[1]), train.T @ (truth - truth.mean()))
    return np.asarray(test @ weights > 0)


def accuracy(columns: Sequence[Array], secrets: Array, folds: int = 4, paired: Sequence[tuple[int, int]] = ()) -> float:
    """Return the share of right guesses on targets that were left out of training."""
    seen, right = features(columns, paired), []
    for fold in range(folds):
        out = np.arange(len(secrets)) % folds == fold
        right.append(guesses(seen[~out], secrets[~out].astype(float), seen[out]) == secrets[out])
    return float(np.concatenate(right).mean())


@dataclass(frozen=True)
class Found:
    """The best set of questions of a search: how it did while searching, and on fresh targets with its interval."""

    questions: tuple[Question, ...]
    searched: float
    confirmed: float
    half_width: float
    asked: int
    seconds: float
    kinds: Counter[str]
    leaks: tuple[str, ...]
    sets: int

    def __str__(self) -> str:
        """Return a report."""
        lines = [
            f"{self.asked} questions in {self.seconds:.0f} s ({self.asked / self.seconds:.0f} a second): {dict(self.kinds)}; {self.sets} sets tried",
            f"best set guesses {100 * self.searched:.0f} % while searching, {100 * self.confirmed:.1f} +-{100 * self.half_width:.1f} % of fresh targets",
            *(
                f"  {each.about({name: f'<{name}>' for name in COLUMNS}, {name: [f'<{name}>'] for name in COLUMNS})}"
                for each in self.questions
            ),
            f"{len(self.leaks)} outcomes that differ between the worlds at once",
            *(f"  {each}" for each in self.leaks[:5]),
        ]
        return "\n".join(lines)


def search(
    folder: Path,
    profile: str,
    seconds: float,
    *,
    people: int = 3000,
    seed: int = 1,
    trained: int = TRAINED,
    final: int = FINAL,
) -> Found:
    """Search for so long, a quarter of it for the last trial, and return the best that was found."""
    began = time.monotonic()
    chance = np.random.default_rng(seed)
    here, there, described, targets, secrets = town(people, seed, trained)
    with ExitStack() as stack:
        installations = stack.enter_context(twins(folder / "search", [here, there], profile))
        arena = Arena(installations, described, secrets, profile)
        best, score, sets = _bred(arena, targets[:trained], chance, began + 0.7 * seconds)
    fresh, _, described, targets, secrets = town(people, seed + 1000, trained)
    with ExitStack() as stack:
        installations = stack.enter_context(twins(folder / "fresh", [fresh], profile))
        last = Arena(installations, described, secrets, profile)
        chosen = targets[-final:]
        columns = [each for question in best if (each := last.answers(question, chosen)) is not None]
        kept = [question for question in best if question in last.remembered]
    confirmed = accuracy(columns, secrets[chosen], folds=2, paired=pairs(kept)) if columns else 0.5
    half = 1.96 * float(np.sqrt(0.25 / len(chosen)))
    spent = time.monotonic() - began
    kinds = arena.kinds + last.kinds
    return Found(best, score, confirmed, half, arena.asked + last.asked, spent, kinds, tuple(arena.leaks), sets)


def _bred(
    arena: Arena, targets: Sequence[int], chance: np.random.Generator, until: float
) -> tuple[tuple[Question, ...], float, int]:
    """Breed sets until the time is over: keep the best ten, change a question or add a pair to one of them, or join two."""
    secrets = arena.secrets[list(targets)]
    herd: dict[tuple[Question, ...], float] = {}
    sets = 0
    waiting: list[tuple[Question, ...]] = [SEEDS[:2], SEEDS[:8], SEEDS]
    while time.monotonic() < until:
        candidate = waiting.pop(0) if waiting else _offspring(list(herd), chance)
        columns = [each for question in candidate if (each := arena.answers(question, targets, until)) is not None]
        kept = tuple(question for question in candidate if question in arena.remembered)
        sets += 1
        if not columns:
            continue
        herd[kept] = accuracy(columns, secrets, paired=pairs(kept))
        herd = dict(sorted(herd.items(), key=lambda item: -item[1])[:10])
    best = max(herd, key=lambda each: herd[each]) if herd else SEEDS
    return best, herd.get(best, 0.5), sets


def _offspring(herd: Sequence[tuple[Question, ...]], chance: np.random.Generator) -> tuple[Question, ...]:
    if not herd or chance.random() < 0.25:
        first = composed(chance)
        return first, changed(first, chance)
    parent = list(herd[int(chance.integers(len(herd)))])
    turn = chance.random()
    if turn < 0.25:
        parent += herd[int(chance.integers(len(herd)))]
    elif turn < 0.45:  # a pair with and without the target
        one = changed(parent[int(chance.integers(len(parent)))], chance)
        parent += [replace(one, left_out=()), replace(one, left_out=one.left_out or COLUMNS)]
    elif turn < 0.65:
        parent.append(changed(parent[int(chance.integers(len(parent)))], chance))
    else:
        parent[int(chance.integers(len(parent)))] = composed(chance)
    distinct = list(dict.fromkeys(parent))
    return tuple(distinct[-LARGEST_SET:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--profile", default="standard")
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        found = search(Path(folder), wanted.profile, 60 * wanted.minutes, people=wanted.people, seed=wanted.seed)
    print(f"{wanted.profile}: {found}")


if __name__ == "__main__":
    main()
