"""Reading: the histograms of the groups an answer presents, drawn or plain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from commonweal.disclosure.metered.drawing import LEAST, draw
from commonweal.disclosure.metered.histogram import Floats, Histograms, Noisy, Secret
from commonweal.disclosure.metered.prior import expected_shares, expected_sizes


def read(
    table: Noisy,
    singles: Mapping[int, Noisy],
    whole: Noisy,
    secret: Secret,
    groups: npt.NDArray[np.integer],
    number: int,
    *,
    plain: bool = False,
    group_variance: Floats | None = None,
) -> Histograms:
    """Return the histogram of each of `number` presented groups.

    `singles[j]`: the table of the j-th quasi column of `table` alone (needed from two columns on); `whole`: the table
    of nobody's columns. `groups`, of the shape of the table's sizes: the group of each cell, or -1 where a filter
    leaves it out. `group_variance` (number,): the exact noise variance of each group's sum of one level; without it
    cells are taken to have noise of their own. Sizes are taken to add up like counts.
    `plain`: nothing is drawn; counts are the unbiased sums, made to agree with the size where levels exclude each
    other, and may be negative.
    """
    if groups.shape != np.shape(table.sizes) or table.counts.shape[-1] != secret.size:
        raise ValueError("groups and levels must be those of the table")
    flat = groups.reshape(-1)
    inside = flat >= 0
    seen = _summed(table.counts.reshape(-1, secret.size), flat, inside, number)
    sizes = _summed(np.reshape(table.sizes, (-1, 1)), flat, inside, number)[:, 0]
    cells = np.bincount(flat[inside], minlength=number).astype(float)
    noise = cells * table.variance if group_variance is None else np.asarray(group_variance, dtype=np.float64)
    size_noise = noise * (table.size_variance / table.variance if table.variance else 0.0)
    if not table.variance:
        size_noise = cells * table.size_variance
    if plain:
        return _plain(seen, sizes, size_noise, noise, secret)
    if not table.sizes.ndim:
        return _whole(seen, sizes, size_noise, noise, secret)
    expected = expected_shares(singles, whole, secret, table.sizes.shape).reshape(-1, secret.size)
    weight = expected_sizes(table, singles, whole).reshape(-1) + 1e-3
    expected = _summed(expected * weight[:, None], flat, inside, number)
    share = expected / np.maximum(np.bincount(flat[inside], weight[inside], number), 1e-9)[:, None]
    # What is expected is itself made from the noisy whole: it tells a group that is much of the whole less.
    error = whole.variance * np.clip(sizes / max(float(whole.sizes), 1.0), 0, 1) ** 2
    drawn = draw(seen, share, sizes, size_noise, noise, secret, error)
    return _histograms(drawn.counts, drawn.covariance, sizes, size_noise, seen, noise, drawn.share, secret)


def _summed(cells: Floats, flat: npt.NDArray[np.integer], inside: npt.NDArray[np.bool_], number: int) -> Floats:
    """Return the sums (number, L) over the cells (C, L) of each group."""
    where, chosen = flat[inside], cells[inside]
    columns = [np.bincount(where, chosen[:, level], number) for level in range(cells.shape[1])]
    return np.stack(columns, axis=1).astype(np.float64)


def _plain(seen: Floats, sizes: Floats, size_noise: Floats, noise: Floats, secret: Secret) -> Histograms:
    """Return what was released, added up and nothing else, but that counts and size agree; no bias is in either."""
    counts, covariance = _agreeing(seen, sizes, size_noise, noise, secret)
    if secret.exclusive:
        sizes, size_noise = counts.sum(1), np.maximum(covariance.sum((1, 2)), 0)
    return Histograms(counts, covariance, sizes, size_noise, seen, noise, np.zeros(len(seen)))


def _agreeing(seen: Floats, sizes: Floats, size_noise: Floats, noise: Floats, secret: Secret) -> tuple[Floats, Floats]:
    """Return counts (G, L), and their covariance, that add up to what they and the size say together, each by its noise.

    Nothing is expected of a group, but where levels exclude each other they and its size tell of each other.
    """
    levels = secret.size
    covariance = noise[:, None, None] * np.eye(levels)
    if not secret.exclusive:
        return seen, covariance
    gain = noise / np.maximum(size_noise + levels * noise, 1e-12)
    counts = seen + (gain * (sizes - seen.sum(1)))[:, None]
    return counts, covariance - (gain * noise)[:, None, None]


def _whole(seen: Floats, sizes: Floats, size_noise: Floats, noise: Floats, secret: Secret) -> Histograms:
    """Return the whole: nothing is expected of it, but its levels and its size tell of each other."""
    counts, covariance = _agreeing(seen, sizes, size_noise, noise, secret)
    total = np.maximum(counts.sum(1), 0)
    counts = np.maximum(counts, LEAST)
    if secret.exclusive:
        counts = counts * (total / counts.sum(1))[:, None]
    return _histograms(counts, covariance, sizes, size_noise, seen, noise, np.zeros(len(seen)), secret)


def _histograms(
    counts: Floats,
    covariance: Floats,
    sizes: Floats,
    size_noise: Floats,
    seen: Floats,
    noise: Floats,
    drawn: Floats,
    secret: Secret,
) -> Histograms:
    """Return the histograms; where levels exclude each other the size is what the counts add up to."""
    if secret.exclusive:
        sizes, size_noise = counts.sum(1), np.maximum(covariance.sum((1, 2)), 0)
    return Histograms(counts, covariance, np.maximum(sizes, 0), size_noise, seen, noise, drawn)
