"""How well small groups are read from the shared table: errors, intervals, the odd cell, and the time a reading takes.

usage: python bench/reading.py [--people 60000] [--wards 20] [--sd 14] [--interactions 0] [--seeds 3] [--known] [--each]

Makes a town of its own (seeded) in which wards, tenancies and ages differ in arrears, cost of care and contacts, and one
ward's council tenants are unlike all others. Asks 47 questions of it, from tables with noise kept by subset. `--known`:
who is in the data is no secret, so that sizes are exact. Errors are of groups with at least 50 people behind the value.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from commonweal.disclosure.metered import statistics
from commonweal.disclosure.metered.axis import Axis
from commonweal.disclosure.metered.bands import Bands, band_means
from commonweal.disclosure.metered.histogram import Floats, Histograms, Integers, Noisy, Secret
from commonweal.disclosure.metered.noise import covariance, noise, variance
from commonweal.disclosure.metered.posterior import Estimate
from commonweal.disclosure.metered.reading import read

TOP, MONTHS, NEEDS = 20_000.0, 24, 6
EDGES = np.array([0, 100, 200, 500, 1000, 2000, 5000], float)
SIX = np.array([0, 1, 1, 2, 3, 4, 5, 5])
SHARES = {"ten": [0.6, 0.18, 0.17, 0.05]}


@dataclass(frozen=True)
class Town:
    """People: their quasi columns, the values of their secrets, the levels these are in."""

    values: Mapping[str, int]
    columns: Mapping[str, Integers]
    amounts: Mapping[str, Floats]
    levels: Mapping[str, Integers]
    needs: np.ndarray
    odd: np.ndarray

    @property
    def people(self) -> int:
        return len(self.odd)


def town(people: int, wards: int, rough: float, seed: int = 1) -> Town:
    """Return a town: 19 % owe (lognormal), 38 % have cost; a shared frailty ties the services together."""
    r = np.random.default_rng(seed)
    weight = r.uniform(0.5, 1.5, wards)
    ward = r.choice(wards, people, p=weight / weight.sum())
    age5 = np.minimum(17, (r.gamma(2.6, 16, people) // 5).astype(int))
    sex = r.integers(0, 2, people)
    mix = r.dirichlet([16, 3, 2, 1, 1], wards)
    eth = (mix[ward].cumsum(1) > r.random(people)[:, None]).argmax(1)
    ten = (np.cumsum(SHARES["ten"]) > ((r.random(people) + 0.15 * (eth > 0)) % 1)[:, None]).argmax(1)
    r.normal(2.2, 1.6, people)  # a column nobody asks about
    frailty = r.normal(0, 1, people)
    often, much = r.normal(0, 0.3, wards), r.normal(0, 0.15, wards)
    odd = (ward == 3) & (ten == 2)
    extra = np.zeros(people)
    if rough:
        extra = r.normal(0, rough, (wards, 4))[ward, ten] + r.normal(0, rough, (wards, 9))[ward, age5 // 2]
    logit = -1.25 + extra + often[ward] + np.array([-0.3, 0.7, 0.5, 0.2])[ten] - 0.02 * (age5 - 7) ** 2
    owing = 1 / (1 + np.exp(-(logit + 0.5 * frailty + 0.8 * odd)))
    owes = r.random(people) < owing
    log_debt = 6 + 0.5 * extra + much[ward] + np.array([0, 0.15, 0.1, 0])[ten] + 0.25 * frailty + 0.5 * odd
    arrears = np.where(owes, np.minimum(np.exp(log_debt + r.normal(0, 0.95, people)), TOP), 0).round(2)
    stays = r.random(people) < 0.75
    new = np.where(r.random(people) < owing, np.exp(6 + r.normal(0, 1, people)), 0)
    before = np.where(stays, arrears * np.exp(r.normal(-0.05, 0.3, people)), new).clip(0, TOP).round(2)
    rate = np.exp(-0.6 + 0.06 * (age5 - 7) + 0.3 * (sex == 1) * (age5 > 12) + 0.5 * frailty + often[ward] * 0.5)
    contacts = r.poisson(rate * r.gamma(1.2, 1 / 1.2, people)).clip(0, 20)
    cost = np.zeros(people)
    for visit in range(1, 21):
        more = contacts >= visit
        cost[more] += np.exp(r.normal(5.2, 0.9, more.sum()))
    cost = cost.clip(0, TOP).round(2)
    care = r.random(people) < 1 / (1 + np.exp(-(-3.6 + 0.22 * (age5 - 6) + 0.5 * frailty)))
    police = r.random(people) < 1 / (1 + np.exp(-(-3 + 0.5 * frailty - 0.05 * (age5 - 5))))
    start = np.minimum(MONTHS - 1, (r.beta(1.2, 1.0, people) * MONTHS).astype(int))
    needs, users = np.zeros((people, NEEDS), bool), np.flatnonzero(contacts > 0)
    for share in (1, 0.35, 0.35):
        chosen = users[r.random(len(users)) < share]
        needs[chosen, r.choice(NEEDS, len(chosen), p=[0.4, 0.2, 0.15, 0.12, 0.08, 0.05])] = True
    amounts = {"arrears": arrears, "before": before, "cost": cost, "contacts": contacts.astype(float)}
    levels = {name: np.searchsorted(EDGES, amounts[name], "left") for name in ("arrears", "before", "cost")}
    levels |= {"contacts": np.minimum(contacts, 4), "care": care.astype(int), "police": police.astype(int)}
    levels |= {"start": np.where(contacts > 0, start, MONTHS), "owes": owes.astype(int)}
    levels |= {"arrears6": SIX[levels["arrears"]], "cost6": SIX[levels["cost"]]}
    columns = {"ward": ward, "age10": age5 // 2, "sex": sex, "eth": eth, "ten": ten}
    return Town({"ward": wards, "age10": 9, "sex": 2, "eth": 5, "ten": 4}, columns, amounts, levels, needs, odd)


SECRETS = {
    "arrears": Secret((8,), (True,), (0,), (None,)),
    "before": Secret((8,), (True,), (0,), (None,)),
    "cost": Secret((8,), (True,), (0,), (None,)),
    "contacts": Secret((5,), (True,), (0,), (None,)),
    "need": Secret((NEEDS,), (False,), (None,), (None,), exclusive=False),
    "start": Secret((MONTHS + 1,), (True,), (MONTHS,), (None,)),
    "care": Secret((2,), (False,), (0,), (None,)),
    "police": Secret((2,), (False,), (0,), (None,)),
    "owes": Secret((2,), (False,), (0,), (None,)),
    "arrears6": Secret((6,), (True,), (0,), (None,)),
    "cost6": Secret((6,), (True,), (0,), (None,)),
}


def secret_of(names: tuple[str, ...]) -> Secret:
    one = [SECRETS[name] for name in names]
    joined = [
        sum((getattr(secret, field) for secret in one), ()) for field in ("levels", "ordered", "nothing", "missing")
    ]
    return Secret(*joined, exclusive=all(secret.exclusive for secret in one))


class Tables:
    """The noisy tables of a town, made when asked for."""

    def __init__(self, people: Town, sd: float, seed: int, known: bool) -> None:
        self.town, self.sd, self.known, self.key = people, sd, known, seed.to_bytes(32, "big")
        self.axes = {name: Axis.flat(name, size) for name, size in people.values.items()}
        self.made: dict[tuple[tuple[str, ...], tuple[str, ...]], Noisy] = {}
        self.banded: dict[str, Bands] = {}

    def counts(self, columns: tuple[str, ...], names: tuple[str, ...]) -> Floats:
        code, shape = np.zeros(self.town.people, int), tuple(self.town.values[name] for name in columns)
        for name in columns:
            code = code * self.town.values[name] + self.town.columns[name]
        cells = math.prod(shape)
        if names == ("need",):
            found = [np.bincount(code, self.town.needs[:, at], cells) for at in range(NEEDS)]
            return np.stack(found, 1).reshape(*shape, NEEDS)
        levels = secret_of(names).size if names else 1
        for name in names:
            code = code * SECRETS[name].size + self.town.levels[name]
        return np.bincount(code, minlength=cells * levels).reshape(*shape, levels).astype(float)

    def table(self, columns: tuple[str, ...], names: tuple[str, ...]) -> Noisy:
        if (columns, names) not in self.made:
            subset = tuple((name, 1) for name in columns)
            counts, sizes = self.counts(columns, names), self.counts(columns, ())
            counts = counts + noise(self.key, " ".join(names), subset, self.axes, counts.shape[-1], self.sd)
            if not self.known:
                sizes = sizes + noise(self.key, "sizes", subset, self.axes, 1, self.sd)
            spread = float(np.mean(variance(subset, self.axes, self.sd)))
            self.made[columns, names] = Noisy(counts, sizes[..., 0], spread, 0.0 if self.known else spread)
        return self.made[columns, names]

    def bands(self, name: str) -> Bands:
        if name not in self.banded:
            value = self.town.amounts[name.removesuffix("6")]
            if name == "contacts":
                lows, highs = np.arange(5.0), np.array([0, 1, 2, 3, 20.0])
                lows[4] = 3.5
            else:
                edges = EDGES if name[-1] != "6" else EDGES[[0, 2, 3, 4, 5]]
                lows, highs = np.r_[0, edges], np.r_[edges, TOP]
            level, size = self.town.levels[name], len(lows)
            r = np.random.default_rng([*self.key, *name.encode()])
            first, second = r.normal(0, self.sd, (2, size))
            sums = np.bincount(level, value, size) + first * highs
            squares = np.bincount(level, value**2, size) + second * highs**2
            counts = self.table((), (name,)).counts
            self.banded[name] = band_means(
                lows, highs, sums, counts, noise_sd=self.sd, squares=squares if name[-1] == "6" else None
            )
        return self.banded[name]

    def read(self, question: Question, plain: bool) -> Histograms:
        columns = tuple(sorted({*question.group, *question.where}))
        shape = tuple(self.town.values[name] for name in columns)
        groups, kept, spread = np.zeros(shape, int), np.ones(shape, bool), np.array([self.sd**2])
        for at, name in enumerate(columns):
            along = [-1 if at == place else 1 for place in range(len(columns))]
            chosen = np.isin(np.arange(shape[at]), question.where.get(name, range(shape[at])))
            weights = np.eye(shape[at]) if name in question.group else chosen[None].astype(float)
            part = np.einsum("ga,ab,gb->g", weights, covariance(self.axes[name], 1), weights)
            spread = np.outer(spread, part).ravel()
            kept &= chosen.reshape(along)
            if name in question.group:
                groups = groups * shape[at] + np.arange(shape[at]).reshape(along)
        singles = {at: self.table((name,), question.secrets) for at, name in enumerate(columns)}
        return read(
            self.table(columns, question.secrets),
            singles,
            self.table((), question.secrets),
            secret_of(question.secrets),
            np.where(kept, groups, -1),
            len(spread),
            plain=plain,
            group_variance=spread,
        )


@dataclass(frozen=True)
class Question:
    """A question: groups, filters, secrets, and the statistic with its argument."""

    label: str
    group: tuple[str, ...]
    where: Mapping[str, tuple[int, ...]]
    secrets: tuple[str, ...]
    statistic: str
    argument: float = 0.0

    @property
    def kind(self) -> str:
        names = {
            "sum": "sums",
            "subsum": "sums",
            "mean": "means",
            "mean_any": "means",
            "share": "shares",
            "above": "counts",
        }
        names |= {
            "levels": "counts",
            "months": "counts",
            "quarters": "counts",
            "both": "counts",
            "change": "change",
            "running": "running",
        }
        if self.statistic in ("quantile", "subquantile"):
            return "medians" if self.argument == 0.5 else "quartiles, 90th"
        return names.get(self.statistic, f"{self.statistic} {'by ward' if self.group == ('ward',) else ''}".strip())


RENT = {"ten": (1, 2)}
WARD, TEN, AGE, AGE_SEX, WARD_TEN = ("ward",), ("ten",), ("age10",), ("age10", "sex"), ("ten", "ward")
QUESTIONS = [
    Question("arrears by ward", WARD, {}, ("arrears",), "sum"),
    Question("mean arrears by ward", WARD, {}, ("arrears",), "mean"),
    Question("median debt by ward", WARD, {}, ("arrears",), "quantile", 0.5),
    Question("quartile of debt by ward", WARD, {}, ("arrears",), "quantile", 0.25),
    Question("upper quartile of debt by ward", WARD, {}, ("arrears",), "quantile", 0.75),
    Question("share in arrears by ward", WARD, {}, ("arrears",), "share"),
    Question("arrears > 500 by ward", WARD, {}, ("arrears",), "above", 500),
    Question("arrears > 750 by ward", WARD, {}, ("arrears",), "above", 750),
    Question("bands of arrears by tenancy", TEN, {}, ("arrears",), "levels"),
    Question("arrears by age, sex", AGE_SEX, {}, ("arrears",), "sum"),
    Question("mean arrears by ward, tenancy", WARD_TEN, {}, ("arrears",), "mean"),
    Question("arrears by ward, tenancy", WARD_TEN, {}, ("arrears",), "sum"),
    Question("median debt by age", AGE, {}, ("arrears",), "quantile", 0.5),
    Question("median debt by ward, tenancy", WARD_TEN, {}, ("arrears",), "quantile", 0.5),
    Question("share > 1,000 by tenancy, sex", ("sex", "ten"), {}, ("arrears",), "share", 1000),
    Question("renters' arrears by ward", WARD, RENT, ("arrears",), "sum"),
    Question("mean arrears by ward, sex, tenancy", ("sex", "ten", "ward"), {}, ("arrears",), "mean"),
    Question("women's debtors by ward, age, renting", ("age10", "ward"), RENT | {"sex": (1,)}, ("arrears",), "above"),
    Question("cost by ward", WARD, {}, ("cost",), "sum"),
    Question("mean cost by age, sex", AGE_SEX, {}, ("cost",), "mean"),
    Question("cost a user by ward", WARD, {}, ("cost",), "mean_any"),
    Question("median cost by age", AGE, {}, ("cost",), "quantile", 0.5),
    Question("90th of cost by ward", WARD, {}, ("cost",), "quantile", 0.9),
    Question("cost by ward, age", ("age10", "ward"), {}, ("cost",), "sum"),
    Question("contacts a person", (), {}, ("contacts",), "levels"),
    Question("contacts a person by ward", WARD, {}, ("contacts",), "levels"),
    Question("mean contacts by age, sex", AGE_SEX, {}, ("contacts",), "mean"),
    Question("3 contacts or more by ward, tenancy", WARD_TEN, {}, ("contacts",), "share", 2),
    Question("people by need", (), {}, ("need",), "levels"),
    Question("people by need, ward", WARD, {}, ("need",), "levels"),
    Question("people by need, age, sex", AGE_SEX, {}, ("need",), "levels"),
    Question("starts by month", (), {}, ("start",), "months"),
    Question("starts by quarter, ward", WARD, {}, ("start",), "quarters"),
    Question("running total by month", (), {}, ("start",), "running"),
    Question("running total by month, sex", ("sex",), {}, ("start",), "running"),
    Question("arrears last year by ward", WARD, {}, ("before",), "sum"),
    Question("share in arrears last year by tenancy", TEN, {}, ("before",), "share"),
    Question("change of arrears on last year", WARD, {}, ("arrears", "before"), "change"),
    Question("correlation of debt and cost", (), {}, ("arrears6", "cost6"), "correlation"),
    Question("correlation by tenancy", TEN, {}, ("arrears6", "cost6"), "correlation"),
    Question("slope by ward", WARD, {}, ("arrears6", "cost6"), "slope"),
    Question("care and police", (), {}, ("care", "police"), "both"),
    Question("care and police by ward", WARD, {}, ("care", "police"), "both"),
    Question("arrears of care clients by ward", WARD, {}, ("care", "arrears"), "subsum"),
    Question("their median debt by tenancy", TEN, {}, ("care", "arrears"), "subquantile", 0.5),
    Question("in arrears, known to police, by tenancy", TEN, {}, ("police", "owes"), "both"),
    Question("their number by ward, sex", ("sex", "ward"), {}, ("police", "owes"), "both"),
]


def answer(tables: Tables, question: Question, plain: bool) -> Estimate:
    """Return the answer as the gateway would read it."""
    kind, argument, name = question.statistic, question.argument, question.secrets[-1]
    if kind == "change":
        one, two = (Question("", question.group, question.where, (secret,), "sum") for secret in question.secrets)
        now, then = answer(tables, one, plain), answer(tables, two, plain)
        return statistics.quotient(now, then)
    found = tables.read(question, plain)
    secret = secret_of(question.secrets)
    if kind in ("subsum", "subquantile"):
        found = found.margin(secret, 1, within=(1,))
    if kind in ("sum", "subsum"):
        return statistics.total(found, tables.bands(name))
    if kind in ("mean", "mean_any"):
        return statistics.mean(found, tables.bands(name), of_those_with_any=kind == "mean_any")
    if kind in ("quantile", "subquantile"):
        return statistics.quantile(found, tables.bands(name), argument, of_those_with_any=True)
    if kind in ("above", "share"):
        how = statistics.above if kind == "above" else statistics.share_above
        return how(found, tables.bands(name), argument)
    if kind == "both":
        return statistics.linear(found, np.array([0, 0, 0, 1.0]))
    if kind == "running":
        return statistics.running(found, last=MONTHS)
    if kind in ("correlation", "slope"):
        how = statistics.correlation if kind == "correlation" else statistics.slope
        return how(found, secret, *(tables.bands(name) for name in question.secrets))
    weights = np.eye(secret.size)
    if kind in ("months", "quarters"):
        weights = weights[:MONTHS] if kind == "months" else np.repeat(np.eye(MONTHS // 3), 3, axis=1) @ weights[:MONTHS]
    parts = [statistics.linear(found, weight) for weight in weights]
    return Estimate(
        *(np.stack([getattr(part, field) for part in parts], 1) for field in ("value", "sd", "low", "high", "inside"))
    )


def truth(people: Town, question: Question) -> tuple[Floats, Floats]:
    """Return the exact values, and how many people stand behind each."""
    code, number, kept = np.zeros(people.people, int), 1, np.ones(people.people, bool)
    for name in sorted(question.group):
        code, number = code * people.values[name] + people.columns[name], number * people.values[name]
    for name, chosen in question.where.items():
        kept &= np.isin(people.columns[name], chosen)
    kind, argument, name = question.statistic, question.argument, question.secrets[-1]
    if kind.startswith("sub"):
        kept &= people.levels["care"] == 1

    def sums(weight: np.ndarray) -> Floats:
        return np.bincount(code[kept], weight[kept] * 1.0, number)

    size, value = sums(np.ones(people.people)), people.amounts.get(name.removesuffix("6"), np.zeros(people.people))
    if kind in ("sum", "subsum", "mean", "mean_any"):
        found, owing = sums(value), sums(value > 0)
        return found / np.maximum({"mean": size, "mean_any": owing}.get(kind, np.ones(number)), 1), owing
    if kind.endswith("quantile"):
        own = [value[kept & (code == at) & (value > 0)] for at in range(number)]
        return np.array([np.quantile(v, argument) if len(v) else np.nan for v in own]), np.array([len(v) for v in own])
    if kind in ("above", "share"):
        found = sums(value > argument)
        return found / (1 if kind == "above" else np.maximum(size, 1)), found
    if kind == "both":
        found = sums((people.levels[question.secrets[0]] == 1) & (people.levels[name] == 1))
        return found, found
    if kind == "change":
        now, then = (sums(people.amounts[secret]) for secret in question.secrets)
        return now / then, sums(people.amounts["arrears"] > 0)
    if kind in ("correlation", "slope"):
        x, y = people.amounts["arrears"], people.amounts["cost"]
        mean_x, mean_y = sums(x) / size, sums(y) / size
        both, var_x, var_y = (
            sums(x * y) / size - mean_x * mean_y,
            sums(x * x) / size - mean_x**2,
            sums(y * y) / size - mean_y**2,
        )
        return both / (var_x if kind == "slope" else np.sqrt(var_x * var_y)), size
    found = levels_of(people, question, sums)
    return found, found


def levels_of(people: Town, question: Question, sums: Callable[[np.ndarray], Floats]) -> Floats:
    """Return exact counts of the levels of one secret."""
    kind, name = question.statistic, question.secrets[0]
    flags = people.needs if name == "need" else people.levels[name][:, None] == np.arange(SECRETS[name].size)
    found = np.stack([sums(flag) for flag in flags.T], 1)
    if kind in ("months", "quarters", "running"):
        found = found[:, :MONTHS]
    if kind == "quarters":
        found = found.reshape(len(found), -1, 3).sum(2)
    return found.cumsum(1) if kind == "running" else found


def errors(found: Estimate, exact: Floats, question: Question, people: Town) -> Floats:
    """Return errors relative to the truth; of correlations in points; of slopes relative to the whole's."""
    if question.statistic == "correlation":
        return np.abs(found.value - exact)
    if question.statistic == "slope":
        x, y = people.amounts["arrears"], people.amounts["cost"]
        return np.abs(found.value - exact) / abs(np.cov(x, y)[0, 1] / x.var())
    return np.abs(found.value - exact) / np.maximum(np.abs(exact), 1e-9)


def measured(
    people: Town, options: argparse.Namespace, plain: bool, least: int
) -> Iterator[tuple[str, list[float], list[bool], list[float]]]:
    """Yield for each kind, and each question if asked for, its errors, whether intervals held, their relative widths."""
    rows: dict[str, tuple[list[float], list[bool], list[float]]] = defaultdict(lambda: ([], [], []))
    for seed in range(options.seeds):
        tables = Tables(people, options.sd, seed + 5, options.known)
        for question in QUESTIONS:
            found, (exact, behind) = answer(tables, question, plain), truth(people, question)
            use = (behind >= least) & np.isfinite(exact)
            held = (found.low <= exact) & (exact <= found.high)
            width = (found.high - found.low) / 2 / np.maximum(np.abs(exact), 1e-9)
            for name in (question.kind, "  " + question.label) if options.each else (question.kind,):
                rows[name][0].extend(errors(found, exact, question, people)[use])
                rows[name][1].extend(held[use])
                rows[name][2].extend(width[use])
    yield from ((name, *row) for name, row in sorted(rows.items()))


def odd_cell(people: Town, options: argparse.Namespace) -> str:
    """Return how the one cell unlike its fellows is read: mean arrears of council tenants of ward 3."""
    question = next(q for q in QUESTIONS if q.label == "mean arrears by ward, tenancy")
    wards, at = people.values["ward"], 2 * people.values["ward"] + 3
    exact = truth(people, question)[0]
    seen = [answer(Tables(people, options.sd, 100 + seed, options.known), question, False) for seed in range(12)]
    read_as = np.array([found.value[at] for found in seen])
    held = np.mean([found.low[at] <= exact[at] <= found.high[at] for found in seen])
    others = np.median([np.median(np.delete(found.value[2 * wards : 3 * wards], 3)) for found in seen])
    usual = np.median(np.delete(exact[2 * wards : 3 * wards], 3))
    drawn = np.mean([Tables(people, options.sd, 100, options.known).read(question, False).drawn[at]])
    return (
        f"odd cell ({people.odd.sum()} people): truth {exact[at]:.0f} against {usual:.0f} elsewhere; read {read_as.mean():.0f} "
        f"+- {read_as.std():.0f} against {others:.0f}; interval held {held:.0%}, stated sd {np.mean([f.sd[at] for f in seen]):.0f}, drawn {drawn:.0%}"
    )


def timed(name: str, act: Callable[[], object]) -> str:
    """Return the median time of an act in milliseconds."""
    spent = []
    for _ in range(21):
        started = time.perf_counter()
        act()
        spent.append(time.perf_counter() - started)
    return f"{name} {np.median(spent) * 1e3:.1f} ms"


def speed(people: Town, options: argparse.Namespace) -> str:
    """Return what readings of a table already open cost."""
    tables = Tables(people, options.sd, 5, options.known)
    three = Question("", WARD, {"ten": (1,), "age10": (5, 6, 7, 8)}, ("arrears",), "sum")
    four = Question("", ("age10", "ward"), RENT | {"sex": (1,)}, ("arrears",), "sum")
    two = Question("", WARD, {}, ("arrears6", "cost6"), "slope")
    median = Question("", WARD, three.where, ("arrears",), "quantile", 0.5)
    parts = [
        timed(name, lambda q=q: tables.read(q, False))
        for name, q in (("3 columns", three), ("4 columns", four), ("two secrets", two))
    ]
    parts += [
        timed("median", lambda: answer(tables, median, False)),
        timed("slope", lambda: answer(tables, two, False)),
    ]
    return "a reading: " + ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, kind, usual in (
        ("people", int, 60_000),
        ("wards", int, 20),
        ("sd", float, 14.0),
        ("interactions", float, 0.0),
        ("seeds", int, 3),
        ("least", int, 50),
    ):
        parser.add_argument(f"--{name}", type=kind, default=usual)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    people = town(options.people, options.wards, options.interactions)
    print(
        f"{options.people} people, {options.wards} wards, noise sd {options.sd:g}, interactions {options.interactions:g}"
    )
    print(f"{'kind':42}{'median %':>9}{'90th %':>8}{'held %':>8}{'width %':>9}{'cells':>7}")
    for name, wrong, held, width in measured(people, options, options.plain, options.least):
        if not wrong:
            continue
        print(
            f"{name:42}{100 * np.median(wrong):9.1f}{100 * np.quantile(wrong, 0.9):8.1f}{100 * np.mean(held):8.1f}{100 * np.median(width):9.1f}{len(wrong):7}"
        )
    print(odd_cell(people, options))
    print(speed(people, options))


if __name__ == "__main__":
    main()
