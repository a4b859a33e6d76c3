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


def weights(seen: Floats, known: Floats, noise: Floats, pools: Integers, named: int) -> tuple[Floats, Floats]:
    """Return for each group and direction (G, D) the weight of what was seen against what was expected, and the
    variance that comes from not knowing how far groups differ.

    `seen` (G, D): differences seen; `known` (G, D): their variance by chance alone, part of the truth; `noise` (G, D):
    by the noise added. Differences beyond that are normal with a variance for each pool of directions, unknown: all
    values of known / (known + variance) between 0 and 1 are equally likely beforehand, so one group alone is still
    drawn only half way and many fellows teach what is usual (Daniels 1999, Christiansen and Morris 1997). Seldom a
    group may be wider, then in the first `named` pools at once; beyond `OUT` standard deviations in one of those it
    is left where it is in all of them (limited translation, Efron and Morris 1972). Later pools stand alone.
    """
    total = known + noise
    weight, unsure = np.ones_like(seen), np.zeros_like(seen)
    alone: list[list[int]] = [[pool] for pool in range(named, int(pools.max(initial=-1)) + 1)]
    for together in [list(range(named)), *alone]:
        columns = [np.flatnonzero(pools == pool) for pool in together]
        fits = [_fit(seen[:, at], total[:, at]) for at in columns if len(at)]
        odds = _USUAL + sum((fit[1] for fit in fits), np.zeros((len(_WIDER), len(seen))))
        chances = np.exp(odds - np.logaddexp.reduce(odds, axis=0))
        far = np.any([fit[2] for fit in fits], axis=0) if fits else np.zeros(len(seen), dtype=bool)
        for at, (inverses, _, _) in zip((at for at in columns if len(at)), fits, strict=True):
            inverse, square = np.where(far[:, None], 0.0, np.einsum("mg,nmgd->ngd", chances, inverses))
            weight[:, at] = 1 - noise[:, at] * inverse
            unsure[:, at] = (seen[:, at] * noise[:, at]) ** 2 * np.maximum(square - inverse**2, 0)
    return weight, unsure


def _fit(seen: Floats, total: Floats) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Return for one pool the mean inverse variance and its mean square (2, wider, G, D), the log likelihood of each
    group to be so much wider (wider, G), and whether it is far from its fellows (G,).
    """
    part = (np.arange(_GRID) + 0.5) / _GRID
    grid = (1 - part) / part / np.mean(1 / total)
    inverse = 1 / (total + _WIDER[:, None, None, None] * grid[:, None, None])  # (wider, grid, G, D)
    dense = 0.5 * (np.log(inverse) - seen**2 * inverse).sum(-1)
    belief = np.logaddexp.reduce(dense + _USUAL[:, :, None], axis=0).sum(-1)
    belief = np.exp(belief - belief.max())
    belief /= belief.sum()
    top = dense.max((0, 1))
    likely = np.log(np.maximum(np.einsum("k,mkg->mg", belief, np.exp(dense - top)), 1e-300))
    usual = (seen**2 / (total + belief @ grid)).mean(-1)
    bound = (1 - 2 / (9 * seen.shape[1]) + OUT * np.sqrt(2 / (9 * seen.shape[1]))) ** 3  # Wilson and Hilferty 1931
    moments = np.stack([np.einsum("k,mkgd->mgd", belief, inverse), np.einsum("k,mkgd->mgd", belief, inverse**2)])
    return moments, likely, usual > (OUT**2 if seen.shape[1] == 1 else bound)
