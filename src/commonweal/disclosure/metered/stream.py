"""Random numbers that a key and a label fix for ever: the same noise on any machine, whoever asks and whenever.

HMAC-SHA-256 of the label under the installation's key gives an AES-256 key; its keystream in counter mode (NIST SP
800-38A) gives uniform numbers of 53 bits; the inverse of the normal distribution function makes them Gaussian. Without
the key the numbers cannot be told from random ones; with it they are always the same, so nothing needs to be stored.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
from numpy.typing import NDArray

GRID = 1024
"""White noise is a whole number of 1/1024 of a person.

Sums of such numbers are exact in float64 in any order. The grid holds the whole numbers, as it must: what is left of a
noisy count after division by the grid would tell about the count if it did not.
"""

_BITS = 53


def uniforms(key: bytes, label: bytes, count: int) -> NDArray[np.float64]:
    """Return `count` whole numbers below 2^53, uniform, as float64, from the stream of a key (32 bytes) and label.

    A longer stream begins with the shorter one. Raises ValueError for a key shorter than 32 bytes.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # heavy, and only here

    if len(key) < 32:
        raise ValueError("the key of the noise needs at least 32 bytes")
    secret = hmac.digest(key, label, hashlib.sha256)
    encryptor = Cipher(algorithms.AES256(secret), modes.CTR(bytes(16))).encryptor()
    stream = encryptor.update(bytes(8 * count)) + encryptor.finalize()
    return (np.frombuffer(stream, dtype="<u8") >> np.uint64(64 - _BITS)).astype(np.float64)


def normals(key: bytes, label: bytes, count: int) -> NDArray[np.float64]:
    """Return `count` standard normal numbers, exactly symmetric about zero, at most 8.3 in size.

    The last digit may depend on the machine's arithmetic; `white` rounds it away.
    """
    from scipy.special import ndtri  # heavy, and only here

    half = 2.0 ** (_BITS - 1)
    whole = uniforms(key, label, count)
    lower = whole < half
    # The upper half is the lower one mirrored: near 1 a float64 has no room for the middle of a step, near 0 it has.
    step = np.where(lower, whole, 2 * half - 1 - whole)
    size = -ndtri((step + 0.5) * 2.0**-_BITS)
    return np.asarray(np.where(lower, -size, size), dtype=np.float64)


def white(key: bytes, label: bytes, sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return independent Gaussians of the standard deviations `sd` (in people), in its shape, in whole 1/1024 people.

    Rounding after scaling keeps a shift of a count by one person on the grid.
    """
    numbers = normals(key, label, sd.size).reshape(sd.shape)
    return np.asarray(np.rint(numbers * (sd * GRID)), dtype=np.float64)
