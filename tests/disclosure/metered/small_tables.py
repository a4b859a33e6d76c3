"""Noisy tables for tests: a truth, and noise of a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.disclosure.metered.histogram import Floats, Noisy, Secret


def amounts(levels: int) -> Secret:
    return Secret((levels,), (True,), (0 if levels > 1 else None,), (None,))


@dataclass(frozen=True)
class Tables:
    """A table, its single columns and the whole, with what is true."""

    exact: Floats
    table: Noisy
    singles: dict[int, Noisy]
    whole: Noisy


def noisy(exact: Floats, sd: float, size_sd: float, seed: int, sizes: Floats | None = None) -> Tables:
    """Return tables of true counts (values ..., L), each with noise of its own."""
    r = np.random.default_rng(seed)
    sizes = exact.sum(-1) if sizes is None else sizes

    def released(counts: Floats, people: Floats) -> Noisy:
        counts, people = np.asarray(counts, float), np.asarray(people, float)
        noise, more = r.normal(0, 1, counts.shape) * sd, r.normal(0, 1, people.shape) * size_sd
        return Noisy(counts + noise, people + more, sd**2, size_sd**2)

    axes = range(exact.ndim - 1)
    singles = {
        at: released(exact.sum(tuple(a for a in axes if a != at)), sizes.sum(tuple(a for a in axes if a != at)))
        for at in axes
    }
    whole = released(exact.sum(tuple(axes)), sizes.sum())
    return Tables(exact, released(exact, sizes), singles, whole)


def town(wards: int = 12, tenancies: int = 4, seed: int = 1, people: float = 600.0) -> Floats:
    """Return true counts of wards x tenancies x 6 levels of an amount, that differ a little by ward and tenancy."""
    r = np.random.default_rng(seed)
    base = np.array([0.7, 0.06, 0.08, 0.08, 0.05, 0.03])
    rank = np.arange(6.0)
    tilt = r.normal(0, 0.05, (wards, 1, 1)) + r.normal(0, 0.05, (1, tenancies, 1))
    share = base * np.exp(tilt * rank)
    sizes = r.uniform(0.3, 1.7, (wards, tenancies)) * people
    return r.poisson(sizes[..., None] * share / share.sum(-1, keepdims=True)).astype(float)
