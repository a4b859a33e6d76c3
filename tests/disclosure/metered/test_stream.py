from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from scipy import stats

from commonweal.disclosure.metered.stream import GRID, normals, uniforms, white

KEY = bytes(range(32))


def test_the_stream_is_aes_in_counter_mode_under_the_label() -> None:
    secret = hmac.new(KEY, b"label", hashlib.sha256).digest()
    block = Cipher(algorithms.AES256(secret), modes.ECB()).encryptor()
    stream = b"".join(block.update(counter.to_bytes(16, "big")) for counter in range(3))
    expected = [int.from_bytes(stream[8 * i : 8 * i + 8], "little") >> 11 for i in range(5)]
    assert uniforms(KEY, b"label", 5).astype(np.int64).tolist() == expected


def test_the_numbers_are_the_same_for_ever() -> None:
    """If this fails, every installation's noise has changed: people could average it away. Never mend the figures."""
    assert white(KEY, b"label", np.full(6, 14.0)).tolist() == FROZEN
    assert (normals(KEY, b"label", 900)[:300] == normals(KEY, b"label", 300)).all()


FROZEN = [-3244.0, -2928.0, 397.0, 17651.0, -11691.0, -16149.0]


def test_a_million_draws_are_standard_normal() -> None:
    drawn = normals(KEY, b"a million", 1_000_000)
    assert abs(drawn.mean()) < 4e-3
    assert drawn.var() == pytest.approx(1, abs=6e-3)
    assert stats.skew(drawn) == pytest.approx(0, abs=1e-2)
    assert stats.kurtosis(drawn) == pytest.approx(0, abs=2e-2)
    assert stats.kstest(drawn, "norm").pvalue > 1e-3
    assert stats.kstest(uniforms(KEY, b"a million", 1_000_000) / 2**53, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 4e-3


@pytest.mark.parametrize(("key", "label"), [(KEY, b"labem"), (KEY, b""), (bytes(32), b"label"), (KEY + b"x", b"label")])
def test_another_key_or_label_is_independent(key: bytes, label: bytes) -> None:
    ours, others = normals(KEY, b"label", 200_000), normals(key, label, 200_000)
    assert abs(np.corrcoef(ours, others)[0, 1]) < 0.01
    assert abs(np.corrcoef(ours**2, others**2)[0, 1]) < 0.01


def test_the_ends_of_the_range_are_finite_and_symmetric(monkeypatch: pytest.MonkeyPatch) -> None:
    from commonweal.disclosure.metered import stream

    ends = np.array([0, 2.0**52 - 1, 2.0**52, 2.0**53 - 1])
    monkeypatch.setattr(stream, "uniforms", lambda *_: ends)
    drawn = normals(KEY, b"", 4)
    assert drawn[0] == -drawn[3] == pytest.approx(-8.29, abs=0.01)
    assert drawn[1] == -drawn[2]
    assert -1e-15 < drawn[1] < 0


def test_white_noise_lies_on_the_grid_in_people_whatever_its_scale() -> None:
    scale = np.array([[14.0, 0.0], [19.798989873223331, 1e4]])
    drawn = white(KEY, b"label", scale)
    assert drawn.shape == scale.shape
    assert (drawn == np.rint(drawn)).all()
    assert drawn[0, 1] == 0
    exact = normals(KEY, b"label", 4).reshape(2, 2) * scale * GRID
    assert np.abs(drawn - exact).max() <= 0.5


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        uniforms(bytes(31), b"", 1)
