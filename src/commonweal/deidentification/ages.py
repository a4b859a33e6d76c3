"""Ages: completed years on a day, as coarse as the agreement lets the date of birth be seen."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from commonweal.catalogue.completed_years import completed_years
from commonweal.deidentification.as_it_is import Keep
from commonweal.deidentification.bands import YearBand
from commonweal.deidentification.dates import CutDate
from commonweal.deidentification.treatment import Treatment


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
    return completed_years(born, as_of, width)
