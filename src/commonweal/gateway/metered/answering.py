"""Answering: from noisy tables to the numbers of every group, each with what is not known about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from commonweal.catalogue.levels import Scale
from commonweal.disclosure.metered.axis import Axis, ColumnSet, Real
from commonweal.disclosure.metered.bands import Bands, band_means
from commonweal.disclosure.metered.consistent import consistent
from commonweal.disclosure.metered.histogram import Histograms, Noisy, Secret
from commonweal.disclosure.metered.noise import covariance, variance
from commonweal.disclosure.metered.posterior import FACTOR, Estimate, normal, replicas
from commonweal.disclosure.metered.reading import read
from commonweal.disclosure.metered.statistics import linear, quadratic, quantile, total, worth
from commonweal.gateway.metered.chance import around, chance
from commonweal.gateway.metered.counting import has_bands
from commonweal.gateway.metered.feature import Feature, Form
from commonweal.gateway.metered.group_variance import variance_of_groups
from commonweal.gateway.metered.lattice import Groups, Lattice, groups_of, spread
from commonweal.gateway.metered.needs import Columns, Needs
from commonweal.gateway.metered.points import Part
from commonweal.gateway.metered.reading import Condition, Reading, Statistic, Target, features_of
from commonweal.gateway.metered.tables import Need, Tables, axis_of, upper_edges

_LEAST_SHARE = 1e-9
ALLOWANCE = 2.0
"""Standard deviations that a noisy size must be above the threshold by, where being there is a secret."""


@dataclass(frozen=True)
class Numbers:
    """One aggregate in every row of one grouping set: estimates, replicas (R, rows), how much is drawn, people behind.

    `people` is about how many people a row's number is made of.
    """

    estimate: Estimate
    replicas: Real
    drawn: Real
    people: Real


@dataclass(frozen=True)
class SetRows:
    """The rows of one grouping set: groups, how many subjects each has as far as may be known, and every aggregate.

    `least` is how many it surely has, which is what thresholds are about. `known`: sizes are exact, as being there is known
    to all.
    """

    groups: Groups
    sizes: Real
    least: Real
    numbers: Mapping[str, Numbers]
    known: bool


def needed(needs: Needs, plain: bool = False) -> tuple[Need, ...]:
    """Return every table that a reading is made of, in the order in which they are opened."""
    lattice, reading = needs.lattice, needs.lattice.reading
    found: list[Need] = []
    for members in sets_of(reading):
        _, grid = groups_of(lattice, members)
        found.append(needs.counts(lattice.columns(grid), ()))
        for target in reading.targets:
            found += _of_target(needs, lattice, grid, target)
    del plain  # both readings are of the same tables, so that choosing tells nothing
    return tuple({need.table: need for need in found}.values())


def sets_of(reading: Reading) -> tuple[tuple[int, ...], ...]:
    """Return the grouping sets of the measure, as indexes of keys."""
    return reading.grouping_sets


def _of_target(needs: Needs, lattice: Lattice, grid: Sequence[Feature], target: Target) -> list[Need]:
    quasi, secrets = _features(lattice, grid, target)
    columns = lattice.columns(quasi)
    found = [needs.counts(columns, ())]
    if secrets:
        found += [needs.counts((), secrets), *(needs.counts((column,), secrets) for column in columns)]
        found.append(needs.counts(columns, secrets))
    found += [needs.counts((), ()), *(needs.counts((column,), ()) for column in columns)]
    found += [needs.bands(f) for f in target.of if f.secret and has_bands(f) and target.values is None]
    return found


def _features(
    lattice: Lattice, grid: Sequence[Feature], target: Target
) -> tuple[tuple[Feature, ...], tuple[Feature, ...]]:
    """Return the lattice columns (those of the groups among them) and the secrets of a target in one grouping set."""
    own = {f for condition in target.conditions for f in condition.features} | set(target.of)
    quasi = {f for f in own if not f.secret} | set(grid)
    secrets = features_of(lattice.reading, target)[1]
    return tuple(sorted(quasi, key=lambda f: f.name)), secrets


@dataclass
class Answering:
    """Reads the numbers of one measure."""

    needs: Needs
    tables: Tables
    still_allowed: Callable[[], bool]
    plain: bool = False
    _read: dict[object, Histograms] = field(default_factory=dict)
    _replicas: dict[int, Real] = field(default_factory=dict)
    _tables: dict[object, Mapping[ColumnSet, Real]] = field(default_factory=dict)

    @property
    def lattice(self) -> Lattice:
        """Return the lattice."""
        return self.needs.lattice

    def rows(self, members: Sequence[int]) -> SetRows:
        """Return the rows of a grouping set."""
        groups, grid = groups_of(self.lattice, members)
        conditions = self.lattice.reading.where
        sizes = self._sizes(groups, grid, conditions)
        least = sizes - self._allowance(groups, grid, conditions)
        numbers = {t.aggregate.name: self._numbers(groups, grid, t) for t in self.lattice.reading.targets}
        times = len(groups.secret)
        return SetRows(groups, np.repeat(sizes, times), np.repeat(least, times), numbers, self.needs.is_known)

    # -- sizes ------------------------------------------------------------------------------------------------------

    def _sizes(self, groups: Groups, grid: Sequence[Feature], conditions: Sequence[Condition]) -> Real:
        """Return how many subjects each group has: exactly where that is known to all, else with noise."""
        columns = self.lattice.columns(grid)
        need = self.needs.counts(columns, ())
        if self.needs.is_known:
            cells = self.tables.exact_sizes(need.table, need.place, self.still_allowed)
        else:
            cells = self._noisy(need)
        where = self._cells(groups, grid, grid, conditions)
        inside = where.reshape(-1) >= 0
        ordered = self._ordered(cells, columns).reshape(-1)
        counted = np.bincount(where.reshape(-1)[inside], ordered[inside], len(groups.quasi))
        return counted.astype(np.float64)

    def _allowance(self, groups: Groups, grid: Sequence[Feature], conditions: Sequence[Condition]) -> Real:
        """Return by how much a group may be smaller than its noisy size says: two standard deviations, nought if exact.

        A group of one below the threshold is then taken for one that reaches it in at most 3 of 100 cases.
        """
        if self.needs.is_known:
            return np.zeros(len(groups.quasi))
        sd = self.needs.counts(self.lattice.columns(grid), ()).table.sd
        cells = self._cells(groups, grid, grid, conditions)
        return np.asarray(ALLOWANCE * np.sqrt(self._group_variance(cells, grid, sd, len(groups.quasi))))

    def _cells(
        self, groups: Groups, grid: Sequence[Feature], quasi: Sequence[Feature], conditions: Sequence[Condition]
    ) -> np.ndarray:
        """Return the group of each cell over the columns `quasi`, -1 where a condition leaves it out."""
        codes = np.broadcast_to(self.lattice.group_codes(groups.quasi_keys, quasi), self.lattice.shape(quasi))
        return np.where(self.lattice.mask(conditions, quasi), groups.number[codes], -1)

    def _noisy(self, need: Need) -> Real:
        return self.tables.noisy(need.table, need.place, self.still_allowed)

    def _ordered(self, cells: Real, columns: Columns) -> Real:
        """Return a table's cells with its columns in the order of `columns`, the levels last."""
        names = [axis_of(feature, self.needs.datasets).name for feature, _ in columns]
        order = [sorted(names).index(name) for name in names]
        return np.transpose(cells, (*order, len(order)))

    # -- numbers ----------------------------------------------------------------------------------------------------

    def _numbers(self, groups: Groups, grid: Sequence[Feature], target: Target) -> Numbers:
        quasi, secrets = _features(self.lattice, grid, target)
        conditions = (*self.lattice.reading.where, *target.conditions)
        cells = self._cells(groups, grid, quasi, conditions)
        if not secrets:
            return self._of_sizes(groups, quasi, target, cells)
        histograms = self._histograms(groups, quasi, secrets, cells)
        weights = self._weights(groups, secrets, conditions)
        bands = {f: self._bands(f) for f in target.of if f.secret and has_bands(f) and target.values is None}
        found = [self._statistic(target, histograms, secrets, part, bands) for part in weights]
        people = [np.maximum(histograms.counts @ _flat(part, secrets, self._parts(secrets)), 0) for part in weights]
        joined = [np.stack([getattr(f, name) for f, _ in found], axis=1).reshape(-1) for name in _FIELDS]
        drawn = np.repeat(histograms.drawn, len(weights))
        made = np.stack([r for _, r in found], axis=2).reshape(len(found[0][1]), -1)
        return Numbers(Estimate(*joined), made, drawn, np.stack(people, axis=1).reshape(-1))

    def _parts(self, secrets: Sequence[Feature]) -> list[Sequence[Part]]:
        return [self.lattice.reading.parts[secret] for secret in secrets]

    def _of_sizes(self, groups: Groups, quasi: Sequence[Feature], target: Target, cells: np.ndarray) -> Numbers:
        """Return a count of subjects, or a sum of what a lattice column says of them."""
        columns = self.lattice.columns(quasi)
        need = self.needs.counts(columns, ())
        noisy = self._ordered(self._agreeing(columns, ())[need.table.columns], columns)[..., 0]
        worth = self._worth(target, quasi)
        flat, inside = cells.reshape(-1), cells.reshape(-1) >= 0
        values = np.broadcast_to(worth, noisy.shape).reshape(-1)
        sums = np.bincount(flat[inside], (noisy.reshape(-1) * values)[inside], len(groups.quasi))
        people = np.bincount(flat[inside], noisy.reshape(-1)[inside], len(groups.quasi))
        if target.statistic is Statistic.COUNT:
            spread_by = self._group_variance(cells, quasi, need.table.sd, len(groups.quasi))
        else:
            own = (
                _cell_variance(need)
                if not self.needs.formal
                else np.full(self._noisy(need).shape[:-1], need.table.sd**2)
            )
            own = self._ordered(own[..., None], columns)[..., 0].reshape(-1) * values**2
            spread_by = np.bincount(flat[inside], own[inside], len(groups.quasi)).astype(np.float64)
        estimate = normal(np.maximum(sums, 0), spread_by)
        made = around(estimate, len(groups.quasi), _said(target))
        times = len(groups.secret)
        repeated = Estimate(*(np.repeat(getattr(estimate, name), times) for name in _FIELDS))
        return Numbers(repeated, np.repeat(made, times, axis=1), np.zeros(len(sums) * times), np.repeat(people, times))

    def _worth(self, target: Target, quasi: Sequence[Feature]) -> Real:
        if target.statistic is Statistic.COUNT:
            return np.ones((1,) * len(quasi))
        if target.values is not None:
            values = self.lattice.over(target.values, target.of, quasi)
            return np.array([[0.0 if v is None else float(v)] for v in values.reshape(-1)]).reshape(values.shape)
        (feature,) = target.of
        middles = np.array([_middle(part) for part in self.lattice.reading.parts[feature]])
        return self.lattice.over(middles, (feature,), quasi)

    def _histograms(
        self, groups: Groups, quasi: Sequence[Feature], secrets: tuple[Feature, ...], cells: np.ndarray
    ) -> Histograms:
        known = (tuple(quasi), secrets, len(groups.quasi), cells.tobytes())
        if known in self._read:
            return self._read[known]
        columns = self.lattice.columns(quasi)
        counts, sizes = self._agreeing(columns, secrets), self._agreeing(columns, ())
        table = self._table(columns, secrets, counts, sizes)
        single = {n: self._table((c,), secrets, counts, sizes) for n, c in enumerate(columns)}
        singles = single if len(columns) > 1 else {}
        need = self.needs.counts(columns, secrets)
        spread_by = self._group_variance(cells, quasi, need.table.sd, len(groups.quasi))
        found = read(
            table, singles, self._table((), secrets, counts, sizes), secret_of(secrets), cells, len(groups.quasi),
            plain=self.plain, group_variance=spread_by,
        )  # fmt: skip
        self._read[known] = found
        return found

    def _agreeing(self, columns: Columns, secrets: tuple[Feature, ...]) -> Mapping[ColumnSet, Real]:
        """Return the noisy tables of some columns together, of each alone and of none; separate ones made to add up."""
        known = ("agreeing", columns, secrets)
        if known not in self._tables:
            wanted = dict.fromkeys((columns, *((column,) for column in columns), ()))
            needs = [self.needs.counts(each, secrets) for each in wanted]
            found: Mapping[ColumnSet, Real] = {need.table.columns: self._noisy(need) for need in needs}
            if self.needs.formal:
                found = consistent(found, needs[0].table.axes)
            self._tables[known] = found
        return self._tables[known]

    def _table(
        self,
        columns: Columns,
        secrets: tuple[Feature, ...],
        counts: Mapping[ColumnSet, Real],
        sizes: Mapping[ColumnSet, Real],
    ) -> Noisy:
        need, own = self.needs.counts(columns, secrets), self.needs.counts(columns, ())

        def made() -> Noisy:
            by_level = self._ordered(counts[need.table.columns], columns)
            whole = self._ordered(sizes[own.table.columns], columns)[..., 0]
            return Noisy(by_level, whole, float(np.mean(_cell_variance(need))), float(np.mean(_cell_variance(own))))

        # Separate tables are made to add up with the others of a question, and so differ with them.
        agreeing = tuple(sorted(counts)) if self.needs.formal else ()
        return self.tables.made.get((need.table, own.table, columns, agreeing), made)

    def _group_variance(self, cells: np.ndarray, quasi: Sequence[Feature], sd: float, number: int) -> Real:
        """Return the noise variance of each group's sum."""
        factors = [_along(axis_of(feature, self.needs.datasets), self.lattice.depths[feature]) for feature in quasi]
        return variance_of_groups(cells, factors, sd, number, separate=self.needs.formal)

    def _weights(self, groups: Groups, secrets: tuple[Feature, ...], conditions: Sequence[Condition]) -> list[Real]:
        """Return for each group by secrets how much of each part (an axis for each secret) is counted in it."""
        sizes = [len(parts) for parts in self._parts(secrets)]
        inside = np.ones(sizes, dtype=bool)
        for condition in conditions:
            if any(feature.secret for feature in condition.features):
                inside = inside & spread(condition.holds, condition.features, secrets)
            elif not condition.features and not condition.holds:
                inside = inside & False
        codes = np.zeros(sizes, dtype=np.int64)
        for key in groups.secret_keys:
            codes = codes * len(key.values) + spread(key.codes, key.features, secrets)
        codes = np.broadcast_to(codes, inside.shape)
        return [(inside & (codes == code)).astype(float) for code in groups.secret]

    def _bands(self, feature: Feature) -> Bands:
        """Return what is known of the values inside each level of a secret."""
        need = self.needs.bands(feature)
        whole = self.needs.counts((), (feature,))

        def made() -> Bands:
            sums = self.tables.noisy_bands(need.table, need.place, self.still_allowed)
            counts = self._noisy(whole).reshape(-1)
            lows, highs = _edges(feature)
            order = np.arange(feature.levels.size)
            return band_means(lows, highs, sums[order, 0], counts, noise_sd=need.table.sd, squares=sums[order, 1])

        return self.tables.bands.get((need.table, whole.table), made)

    def _statistic(
        self,
        target: Target,
        histograms: Histograms,
        secrets: tuple[Feature, ...],
        part: Real,
        bands: Mapping[Feature, Bands],
    ) -> tuple[Estimate, Real]:
        """Return the estimate of one number in every lattice group, and its replicas (R, G)."""
        parts = self._parts(secrets)
        if target.statistic is Statistic.QUANTILE:
            return self._quantile(target, histograms, secrets, part, bands)
        if target.statistic is Statistic.SUM and bands and not self._is_cut(target.of[0]):
            return self._total(target.of[0], histograms, secrets, part, bands[target.of[0]])
        each = part
        for feature in target.of if target.values is None else ():
            own = _worth_of(target, feature, bands[feature], self.lattice.reading.parts[feature])
            each = each * spread(own, (feature,), secrets)
        if target.values is not None:
            numbers = np.array([0.0 if v is None else float(v) for v in target.values.reshape(-1)])
            each = each * spread(numbers.reshape(target.values.shape), target.of, secrets)
        weights = _flat(each, secrets, parts)
        estimate = linear(histograms, weights)
        return estimate, estimate.value + FACTOR * self._deviations(
            histograms, np.broadcast_to(weights, histograms.counts.shape)
        )

    def _total(
        self, feature: Feature, histograms: Histograms, secrets: tuple[Feature, ...], part: Real, bands: Bands
    ) -> tuple[Estimate, Real]:
        """Return the sum of one amount over the levels that are counted, leaning as each group leans."""
        matrix = self._onto(feature, secrets, part)
        chosen = histograms.mapped(matrix)
        estimate = total(chosen, bands)
        slope = worth(chosen, bands)[1] @ matrix
        known = FACTOR**2 * quadratic(histograms, slope)
        rest = np.sqrt(np.maximum(estimate.sd**2 - known, 0))
        made = estimate.value + FACTOR * self._deviations(histograms, slope) + rest * chance(len(rest), feature.name)
        return estimate, made

    def _onto(self, feature: Feature, secrets: tuple[Feature, ...], part: Real) -> Real:
        """Return how much of each level of a row (L) counts in each level of one of its secrets (M): shape (M, L)."""
        weights = _flat(part, secrets, self._parts(secrets))
        levels = np.indices([secret.levels.size for secret in secrets])[secrets.index(feature)].reshape(-1)
        return np.asarray((levels == np.arange(feature.levels.size)[:, None]) * weights)

    def _deviations(self, histograms: Histograms, weights: Real) -> Real:
        """Return how far the replicas of a weighted sum (R, G) are from what was read; weights (G, L)."""
        away = self._replicated(histograms) - histograms.counts
        return np.asarray(np.einsum("rgl,gl->rg", away, weights))

    def _is_cut(self, feature: Feature) -> bool:
        return any(part.share < 1 for part in self.lattice.reading.parts[feature])

    def _replicated(self, histograms: Histograms) -> Real:
        known = id(histograms)  # kept alive by what was read
        if known not in self._replicas:
            self._replicas[known] = replicas(histograms, signed=self.plain)
        return self._replicas[known]

    def _quantile(
        self,
        target: Target,
        histograms: Histograms,
        secrets: tuple[Feature, ...],
        part: Real,
        bands: Mapping[Feature, Bands],
    ) -> tuple[Estimate, Real]:
        (feature,) = target.of
        chosen = histograms.mapped(self._onto(feature, secrets, part))
        estimate = quantile(chosen, bands[feature], target.fraction or 0.5)
        return estimate, around(estimate, len(estimate.value), feature.name)


_FIELDS = ("value", "sd", "low", "high", "inside")
_SHORT = 256
"""Places up to which the covariance along an axis is kept."""
"""Rows up to which an answer's chance is kept for the next one."""


def _along(axis: Axis, depth: int) -> Real:
    """Return how the noise of an axis's places goes together, kept for the next question unless it is large."""
    return _short(axis, depth) if axis.sizes[depth] <= _SHORT else covariance(axis, depth)


@lru_cache(maxsize=64)
def _short(axis: Axis, depth: int) -> Real:
    found = covariance(axis, depth)
    found.flags.writeable = False
    return found


def _cell_variance(need: Need) -> Real:
    """Return the noise variance of each cell of a table."""
    table = need.table
    return np.asarray(table.sd**2) if table.separate else variance(table.columns, table.axes, table.sd)


def _said(target: Target) -> str:
    """Return what tells one number of subjects from another, so that each spreads by itself."""
    conditions = [f"{[f.name for f in c.features]}{c.holds.tobytes().hex()}" for c in target.conditions]
    return f"{target.statistic} {[f.name for f in target.of]} {sorted(conditions)}"


def _flat(weights: Real, secrets: Sequence[Feature], parts: Sequence[Sequence[Part]]) -> Real:
    """Return weights over parts as weights over the levels of a row of the table."""
    found = np.zeros([secret.levels.size for secret in secrets])
    leaves = np.ix_(*([part.leaf for part in its] for its in parts))
    shares = np.ones((1,) * len(secrets))
    for axis, its in enumerate(parts):
        shares = shares * np.array([part.share for part in its]).reshape(
            [-1 if a == axis else 1 for a in range(len(parts))]
        )
    np.add.at(found, leaves, weights * shares)
    return found.reshape(-1)


def _worth_of(target: Target, feature: Feature, bands: Bands, parts: Sequence[Part]) -> Real:
    """Return what one subject in each part adds."""
    squared = target.statistic is Statistic.SQUARES
    per_level = np.where(bands.known, bands.means**2 + bands.variances if squared else bands.means, 0.0)
    found = []
    for part in parts:
        value = float(per_level[part.leaf])
        if part.share < 1 and part.low is not None and part.high is not None:
            middle = (part.low + part.high) / 2
            value = middle**2 if squared else middle
        found.append(value)
    return np.array(found)


def _middle(part: Part) -> float:
    samples = [float(sample) for sample in part.samples if isinstance(sample, (int, float))]
    return (samples[0] + samples[-1]) / 2 if samples else 0.0


def _edges(feature: Feature) -> tuple[Real, Real]:
    """Return the lowest and highest value of each level as bands have them, nan for the missing level."""
    levels = feature.levels
    upper = upper_edges(feature)
    known = levels.size - levels.missing
    if levels.scale is Scale.AMOUNTS:
        lows = np.array([0.0, *map(float, levels.edges)])
    else:
        lows = np.array([float(edge) for edge in levels.edges])
        lows[-1] = min(lows[-1], upper[known - 1])
    highs = upper[:known].copy()
    if levels.scale is not Scale.AMOUNTS and highs[-1] > lows[-1]:
        lows[-1] -= 1  # a band begins above its low
    end = [np.nan] * levels.missing
    return np.array([*lows, *end]), np.array([*highs, *end])


def secret_of(secrets: Sequence[Feature]) -> Secret:
    """Return what reading must know of secrets."""
    ordered = tuple(f.levels.scale is not Scale.VALUES for f in secrets)
    nothing = tuple(
        0 if f.levels.scale in {Scale.AMOUNTS, Scale.COUNTS} and f.levels.edges[0] == 0 else None for f in secrets
    )
    missing = tuple(f.levels.size - 1 if f.levels.missing else None for f in secrets)
    return Secret(
        tuple(f.levels.size for f in secrets), ordered, nothing, missing,
        exclusive=all(f.form is not Form.FLAGS for f in secrets),
    )  # fmt: skip
