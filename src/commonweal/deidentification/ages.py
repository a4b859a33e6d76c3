"""Ages: completed years on a day, as coarse as the agreement lets the date of birth be seen."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from commonweal.deidentification.as_it_is import Keep
from commonweal.deidentification.bands import YearBand
from commonweal.deidentification.dates import CutDate
from commonweal.deidentification.template import filled, whole
from commonweal.deidentification.treatment import Treatment

OLDEST = 130
"""Nobody is known to have been older than 122; a higher age is an error in the date."""


def age_expression(date_expr: exp.Expression, as_of: date, treatment: Treatment) -> exp.Expression:
    """Return completed years of age on `as_of` of those born on `date_expr` (the untreated DATE), coarsened like the
    date.

    keep: exact; a band of N years: the start of the N-year age band; year, quarter, month: the age of someone born on
    the first day of it. Null for dates after `as_of`, and for ages above 130. Someone born on 29 February completes a
    year on 1 March where there is no 29 February (as the law of England and Wales has it). It can never raise an
    error. Raises ValueError for a treatment under which no age may be seen.
    """
    width = 1
    born: exp.Expression = date_expr
    if isinstance(treatment, YearBand):
        width = treatment.years
    elif isinstance(treatment, CutDate):
        cut = treatment.expression(date_expr, "DATE")
        if cut is None:
            raise ValueError("the date cannot be cut")
        born = cut
    elif not isinstance(treatment, Keep):
        raise ValueError(f"no age can be seen of a date under the treatment {treatment.name}")
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
