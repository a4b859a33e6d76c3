"""Values of cells as JSON holds them."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal


def plain(value: object) -> object:
    """Return a value as JSON holds it: numbers stay numbers, days become ISO text, what is no number becomes None."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
