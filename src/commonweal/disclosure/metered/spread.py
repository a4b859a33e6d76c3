"""How far groups differ from what was expected of them: estimated from the noisy differences themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from commonweal.disclosure.metered.histogram import Floats, Integers

OUT = 3.0
"""Beyond so many standard deviations of its fellows a group is left where it is."""
_GRID = 16
_WIDER = np.array([1.0, 8.0, 64.0])
_USUAL = np.log(np.array([0.93, 0.05, 0.02]))[:, None]
"""A group differs like its fellows, or, seldom, with a variance 8 or 64 times as large."""


def weights(seen: Floats, known: Floats, noise: Floats, pools: Integers, usual: float) -> tuple[Floats, Floats]:
    """Return for each group and direction (G, D) the weight of what was seen against what was expected, and the
    variance that comes from not knowing how far groups differ.

    `seen` (G, D): differences seen; `known` (G, D): their variance by chance alone, part of the truth; `noise` (G, D):
    by the noise added. True differences beyond chance are normal around nothing with a standard deviation for each
    pool of directions, unknown: half-Cauchy with median `usual` beforehand (Gelman 2006), so that one group alone can
    be read and many fellows teach what is usual. Seldom a group is wider, then in all directions at once: one that
    stands out in one is drawn less in the others. Beyond `OUT` standard deviations of its fellows it is left where it
    is in that direction (limited translation, Efron and Morris 1972).
    """
    total = known + noise
    weight, unsure = np.ones_like(seen), np.zeros_like(seen)
    columns = [np.flatnonzero(pools == pool) for pool in np.unique(pools)]
    fits = [_fit(seen[:, at], total[:, at], usual) for at in columns]
    odds = _USUAL + sum((likely for _, likely, _ in fits), np.zeros((len(_WIDER), len(seen))))
    chances = np.exp(odds - np.logaddexp.reduce(odds, axis=0))
    for at, (inverses, _, far) in zip(columns, fits, strict=True):
        inverse, square = np.where(far[:, None], 0.0, np.einsum("mg,nmgd->ngd", chances, inverses))
        weight[:, at] = 1 - noise[:, at] * inverse
        unsure[:, at] = (seen[:, at] * noise[:, at]) ** 2 * np.maximum(square - inverse**2, 0)
    return weight, unsure


def _fit(seen: Floats, total: Floats, usual: float) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Return for one pool the mean inverse variance and its mean square (2, wider, G, D), the log likelihood of each
    group to be so much wider (wider, G), and whether it is far from its fellows (G,).
    """
    grid = (usual * np.tan(np.pi / 2 * (np.arange(_GRID) + 0.5) / _GRID)) ** 2
    inverse = 1 / (total + _WIDER[:, None, None, None] * grid[:, None, None])  # (wider, grid, G, D)
    dense = 0.5 * (np.log(inverse) - seen**2 * inverse).sum(-1)
    belief = np.logaddexp.reduce(dense + _USUAL[:, :, None], axis=0).sum(-1)
    belief = np.exp(belief - belief.max())
    belief /= belief.sum()
    likely = np.log(np.maximum(np.einsum("k,mkg->mg", belief, np.exp(dense - dense.max((0, 1)))), 1e-300))
    away = (seen**2 / (total + belief @ grid)).mean(-1)
    # A mean of squares is normal in its cube root (Wilson and Hilferty 1931); of one square the bound is OUT itself.
    spare = 2 / (9 * seen.shape[1])
    bound = OUT**2 if seen.shape[1] == 1 else (1 - spare + OUT * np.sqrt(spare)) ** 3
    moments = np.stack([np.einsum("k,mkgd->mgd", belief, inverse), np.einsum("k,mkgd->mgd", belief, inverse**2)])
    return moments, likely, away > bound
