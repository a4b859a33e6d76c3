from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from commonweal.errors import Conflict, Unavailable
from commonweal.identity import second_factor

ANN = "ann@northbank.example"
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NOW = datetime(2026, 12, 1, 12, 0, 5, tzinfo=UTC)
STEP = timedelta(seconds=30)


def set_up(kept: sa.Connection) -> pyotp.TOTP:
    secret = second_factor.begin(kept, ANN, "s", KEY)
    assert second_factor.confirm(kept, ANN, "s", pyotp.TOTP(secret).at(NOW - 10 * STEP), KEY, NOW - 10 * STEP)
    return pyotp.TOTP(secret)


def test_codes_are_those_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # appendix B: 12345678901234567890
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        moment = datetime.fromtimestamp(seconds, UTC)
        assert second_factor._step_of(secret, code, moment) == seconds // 30


def test_one_step_around_is_taken_and_no_more(kept: sa.Connection) -> None:
    app = set_up(kept)
    for steps, right in ((-3, False), (-2, False), (-1, True), (0, True), (1, True), (2, False)):
        assert second_factor.use(kept, ANN, app.at(NOW + steps * STEP), KEY, NOW) is right


def test_a_code_works_once_and_none_before_it(kept: sa.Connection) -> None:
    app = set_up(kept)
    assert second_factor.use(kept, ANN, app.at(NOW), KEY, NOW)
    assert not second_factor.use(kept, ANN, app.at(NOW), KEY, NOW)
    assert not second_factor.use(kept, ANN, app.at(NOW - STEP), KEY, NOW)
    assert second_factor.use(kept, ANN, app.at(NOW + STEP), KEY, NOW)


def test_the_code_that_set_it_up_does_not_work_again(kept: sa.Connection) -> None:
    secret = second_factor.begin(kept, ANN, "s", KEY)
    code = pyotp.TOTP(secret).at(NOW)
    assert not second_factor.use(kept, ANN, code, KEY, NOW)  # not set up yet
    assert second_factor.confirm(kept, ANN, "s", "000000" if code != "000000" else "1", KEY, NOW) is None
    assert not second_factor.is_set_up(kept, ANN)
    assert second_factor.confirm(kept, ANN, "s", code, KEY, NOW)
    assert second_factor.is_set_up(kept, ANN)
    assert not second_factor.use(kept, ANN, code, KEY, NOW)


def test_the_old_app_works_until_the_new_one_is_confirmed(kept: sa.Connection) -> None:
    old = set_up(kept)
    secret = second_factor.begin(kept, ANN, "s", KEY)
    assert second_factor.use(kept, ANN, old.at(NOW), KEY, NOW)
    with pytest.raises(Conflict):  # another session's
        second_factor.confirm(kept, ANN, "t", pyotp.TOTP(secret).at(NOW), KEY, NOW)
    later = NOW + 5 * STEP
    assert second_factor.confirm(kept, ANN, "s", pyotp.TOTP(secret).at(later), KEY, later)
    assert not second_factor.use(kept, ANN, old.at(later + STEP), KEY, later + STEP)


def test_recovery_codes_work_once_each_and_new_ones_replace_them(kept: sa.Connection) -> None:
    set_up(kept)
    codes = second_factor.new_recovery_codes(kept, ANN)
    assert len(set(codes)) == second_factor.RECOVERY_CODES == second_factor.recovery_codes_left(kept, ANN)
    assert second_factor.use(kept, ANN, f" {codes[0].upper().replace('-', ' ')} ", KEY, NOW)
    assert not second_factor.use(kept, ANN, codes[0], KEY, NOW)
    assert second_factor.recovery_codes_left(kept, ANN) == 9
    newer = second_factor.new_recovery_codes(kept, ANN)
    assert not second_factor.use(kept, ANN, codes[1], KEY, NOW)
    assert second_factor.use(kept, ANN, newer[1], KEY, NOW)


def test_nothing_that_is_kept_can_be_used(kept: sa.Connection) -> None:
    app = set_up(kept)
    codes = second_factor.new_recovery_codes(kept, ANN)
    everything = str([kept.exec_driver_sql(f"select * from {name}").all() for name in
                      ("identity_second_factor", "identity_recovery_code")])  # fmt: skip
    assert app.secret not in everything
    assert not any(code in everything or code.replace("-", "") in everything for code in codes)
    with pytest.raises(Unavailable):
        second_factor.use(kept, ANN, app.at(NOW), OTHER_KEY, NOW)


def test_what_is_no_code_is_not_right(kept: sa.Connection) -> None:
    set_up(kept)
    for text in ("", " ", "١٢٣٤٥٦", "12345", "1234567", "-" * 40, "\0"):
        assert not second_factor.use(kept, ANN, text, KEY, NOW)
    assert not second_factor.use(kept, "nobody@northbank.example", "123456", KEY, NOW)


def test_the_picture_is_an_svg_within_the_page() -> None:
    address = second_factor.address_for_app("A" * 32, ANN, "commonweal (town)")
    assert address.startswith("otpauth://totp/") and "issuer=commonweal%20%28town%29" in address
    assert second_factor.picture_for_app(address).startswith("data:image/svg+xml")
