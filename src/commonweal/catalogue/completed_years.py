"""Completed years of age, the one arithmetic of it in the whole house."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from commonweal.catalogue.sql_template import filled, whole

OLDEST = 130
"""Nobody is known to have been older than 122; a higher age is an error in the date."""


def completed_years(born: exp.Expression, as_of: date, width: int = 1) -> exp.Expression:
    """Return the age on `as_of`, in completed years, of those born on the DATE `born`, as the start of a band of `width`.

    Null for dates after `as_of`, infinite ones, and ages above 130. Someone born on 29 February completes a year on
    1 March where there is no 29 February (as the law of England and Wales has it). It can never raise an error.
    """
    today = exp.cast(exp.Literal.string(as_of.isoformat()), exp.DataType.Type.DATE)
    birthday_to_come = ":month * 100 + :day < MONTH(:born) * 100 + DAY(:born)"
    age = f"(:year - YEAR(:born) - CASE WHEN {birthday_to_come} THEN 1 ELSE 0 END)"
    return filled(
        f"TRY(CASE WHEN ISFINITE(:born) AND :born <= :today AND {age} BETWEEN 0 AND {OLDEST} "
        f"THEN CAST(({age} // :width) * :width AS INTEGER) END)",
        born=born,
        today=today,
        year=whole(as_of.year),
        month=whole(as_of.month),
        day=whole(as_of.day),
        width=whole(width),
    )
