"""Random numbers by which estimates are spread: the same every time, so that a question has one answer.

They protect nothing: the noise that does was added when a table was opened.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

import numpy as np

from commonweal.disclosure.metered.axis import Real
from commonweal.disclosure.metered.posterior import REPLICAS, Estimate

_SEED = 20_261_124
_FEW = 1000


def chance(number: int, of: str) -> Real:
    """Return standard normal numbers (R, `number`), the same every time, others for other names."""
    seed = crc32(of.encode())
    return _few(number, seed) if number <= _FEW else _drawn(number, seed)


def around(estimate: Estimate, number: int, of: str) -> Real:
    """Return what an estimate of so many numbers might have been, R times."""
    return np.asarray(estimate.value + estimate.sd * chance(number, of))


@lru_cache(maxsize=64)
def _few(number: int, seed: int) -> Real:
    found = _drawn(number, seed)
    found.flags.writeable = False
    return found


def _drawn(number: int, seed: int) -> Real:
    return np.random.default_rng([_SEED, seed]).standard_normal((REPLICAS, number))
