"""Whole-number noise for the profile `formal`: the discrete Gaussian of OpenDP on separate tables.

Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy (NeurIPS 2020). OpenDP's sampler is exact:
no floating point stands between the proof and the numbers. The noise is fresh at each call and not keyed: whoever
calls keeps the table, and never draws it twice.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from commonweal.disclosure.metered.axis import ColumnSet, Whole

FORMAL_SD = 16.0
"""Scale of the noise of each separate table, in people; its standard deviation to 100 digits and more."""


@dataclass(frozen=True)
class FormalTable:
    """A table as `formal` releases it: whole numbers that may be below zero, and the rho that OpenDP states for it."""

    counts: Whole
    rho: float


def formal_table(counts: Whole, sensitivity: float, sd: float = FORMAL_SD) -> FormalTable:
    """Return counts with independent discrete Gaussian noise of scale `sd` on each, and what that costs.

    `sensitivity` is the largest squared length by which one person can change the counts (`charge.LEVEL`,
    `charge.flags`, `charge.SIZES`). Raises ValueError if the counts are not whole numbers, or either is not above 0.
    """
    if not np.issubdtype(counts.dtype, np.integer):
        raise ValueError("discrete noise is for whole numbers")
    mechanism = _mechanism(_above_zero(sd, sensitivity))
    # OpenDP rounds up; so do we, since the square root of 2 as a float64 may be too small.
    rho = float(mechanism.map(math.nextafter(math.sqrt(sensitivity), math.inf)))
    noisy = np.asarray(mechanism(counts.ravel().tolist()), dtype=np.int64)
    return FormalTable(noisy.reshape(counts.shape), rho)


def formal_cost(
    columns: ColumnSet, opened: Collection[ColumnSet], sd: float = FORMAL_SD, sensitivity: float = 2.0
) -> float:
    """Return the rho that a separate table adds to its account: sensitivity / (2 sd^2), or 0 if it is open.

    Nothing is shared: an open table makes no other cheaper, not even its own totals as a table.
    """
    return 0.0 if columns in opened else sensitivity / (2 * _above_zero(sd, sensitivity) ** 2)


def _above_zero(sd: float, sensitivity: float) -> float:
    if not sd > 0 or not sensitivity > 0:
        raise ValueError("a charge needs a standard deviation and a sensitivity above 0")
    return sd


@lru_cache(maxsize=16)
def _mechanism(sd: float) -> Any:
    """Return OpenDP's measurement: whole-number vectors, Euclidean distance, zero-concentrated divergence."""
    # Lazily, and not its prelude, which imports whatever data frame library is installed.
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    return make_gaussian(vector_domain(atom_domain(T="i64")), l2_distance(T="f64"), scale=sd)
