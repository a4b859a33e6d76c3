"""Noisy tables as they were released, the secret they are about, and the histograms read from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Noisy:
    """A noisy table of one column set. It is itself and no other: what is worked out from it once is kept.

    `counts`: unbiased noisy counts, shape (values of each quasi column ..., levels). `sizes`: noisy numbers of
    subjects, shape (values ...). `variance`: of the noise of one count; `size_variance`: of one size, 0 where sizes are
    exact. The whole has no quasi column: counts of shape (levels,), sizes of shape ().
    """

    counts: Floats
    sizes: Floats
    variance: float
    size_variance: float

    def __post_init__(self) -> None:
        """Raise ValueError where the shapes do not belong together or a variance is negative."""
        if np.shape(self.counts)[:-1] != np.shape(self.sizes):
            raise ValueError("counts and sizes are of different cells")
        if not self.variance >= 0 or not self.size_variance >= 0:
            raise ValueError("a variance is negative")


@dataclass(frozen=True)
class Secret:
    """What is known about the levels of one secret, or of two read together.

    For each secret: `levels`, how many; `ordered`, whether they have an order (amounts, counts, months; not
    categories); `nothing`, the index of the level that means none of it, if there is one; `missing`, the index of the
    level of null and of what is outside the contract, if there is one. Two secrets are one row of levels, the second
    running faster. `exclusive`: a subject is in exactly one level; not so for flags, of which one may have several.
    """

    levels: tuple[int, ...]
    ordered: tuple[bool, ...]
    nothing: tuple[int | None, ...]
    missing: tuple[int | None, ...]
    exclusive: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for more than two secrets, for flags of two, and for an index outside the levels."""
        if not 1 <= len(self.levels) <= 2 or min(self.levels) < 1:
            raise ValueError("one secret or two, each with at least one level")
        if not len(self.levels) == len(self.ordered) == len(self.nothing) == len(self.missing):
            raise ValueError("each secret needs its order, its level of nothing and its level of missing")
        if not self.exclusive and len(self.levels) > 1:
            raise ValueError("flags are read alone")
        for size, marks in zip(self.levels, zip(self.nothing, self.missing, strict=True), strict=True):
            if any(mark is not None and not 0 <= mark < size for mark in marks):
                raise ValueError("a mark is outside the levels")

    @property
    def size(self) -> int:
        """How many levels a row of the table has: the product, for two secrets."""
        return int(np.prod(self.levels))


@dataclass(frozen=True)
class Histograms:
    """What is read for each presented group: G groups, L levels.

    `counts` (G, L) with `covariance` (G, L, L) of what is still unknown about them; `sizes` (G,) with `size_variance`.
    Where levels exclude each other the counts of a group add up to its size. `plain` (G, L) are the unbiased sums as
    released, with noise variance `plain_variance` (G,) each; they may be negative. `drawn` (G,): the share, 0 to 1, of
    what is shown that comes from the expectation rather than from the group itself.
    """

    counts: Floats
    covariance: Floats
    sizes: Floats
    size_variance: Floats
    plain: Floats
    plain_variance: Floats
    drawn: Floats

    def mapped(self, matrix: Floats) -> Histograms:
        """Return the histograms of other levels: `matrix` (M, L) says how much of each level counts in each new one."""
        return Histograms(
            counts=self.counts @ matrix.T,
            covariance=matrix @ self.covariance @ matrix.T,
            sizes=self.sizes,
            size_variance=self.size_variance,
            plain=self.plain @ matrix.T,
            plain_variance=self.plain_variance,
            drawn=self.drawn,
        )

    def margin(self, secret: Secret, of: int, within: tuple[int, ...] | None = None) -> Histograms:
        """Return the histograms of secret `of` (0 or 1) of a table of two, among those in the levels `within` of the
        other secret; among all where `within` is None.

        Sizes become the number of those among whom it is read.
        """
        other = secret.levels[1 - of]
        chosen = np.ones(other) if within is None else np.isin(np.arange(other), within).astype(float)
        own = np.eye(secret.levels[of])
        matrix = np.kron(own, chosen) if of == 0 else np.kron(chosen, own)
        part = self.mapped(np.atleast_2d(matrix))
        if within is None:
            return part
        return Histograms(
            counts=part.counts,
            covariance=part.covariance,
            sizes=np.maximum(part.counts.sum(1), 0),
            size_variance=part.covariance.sum((1, 2)),
            plain=part.plain,
            plain_variance=part.plain_variance * chosen.sum(),
            drawn=part.drawn,
        )
