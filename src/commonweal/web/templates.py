"""Laying out pages: Jinja with everything escaped, the GOV.UK components, and how dates and numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

import commonweal
from commonweal.identity.permission import Act, Thing
from commonweal.web.components import Components
from commonweal.web.static import address

if TYPE_CHECKING:
    from commonweal.installation import Installation


class Templates:
    """The templates of one application; a name that a page does not have is an error, not an empty space."""

    def __init__(self, installation: Installation) -> None:
        """Take the installation, whose name stands on every page."""
        self._environment = Environment(
            loader=PackageLoader("commonweal.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"day": day, "month": month, "moment": moment, "number": number, "words": words}
        self._environment.globals |= {
            "govuk": Components(),
            "static": address,
            "installation_name": installation.settings.name,
            "version": commonweal.__version__,
            "Act": Act,
            "Thing": Thing,
            "exported": False,
            "link": str,
        }

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """Return a template filled with values."""
        return self._environment.get_template(name).render(values)


def day(value: date | str) -> str:
    """Return a date as people write it: 1 December 2026."""
    known = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{known.day} {known:%B %Y}"


def month(value: str) -> str:
    """Return a month as people write it: 2026-11 becomes November 2026."""
    return f"{date.fromisoformat(f'{value}-01'):%B %Y}"


def moment(value: datetime | str) -> str:
    """Return a moment as people write it, in UTC: 1 December 2026, 9:05am UTC."""
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    hour = known.hour % 12 or 12
    return f"{day(known)}, {hour}:{known:%M}{'am' if known.hour < 12 else 'pm'} UTC"


def number(value: int | float) -> str:
    """Return a number with separators: 1,204."""
    return f"{value:,}"


def words(value: str) -> str:
    """Return a code's value as words: public-task becomes public task."""
    return value.replace("-", " ").replace("_", " ")
