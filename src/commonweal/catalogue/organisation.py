"""Organisations: the bodies that hold data, sign agreements and answer for both."""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.catalogue.names import check_name
from commonweal.errors import BadInput


@dataclass(frozen=True)
class Organisation:
    """One body: `name` is the word used in commands, SQL and addresses, `title` what people call it."""

    name: str
    title: str

    def __post_init__(self) -> None:
        """Raise BadInput unless the name is a name and the title a line of text."""
        check_name(self.name, "organisation")
        if not self.title.strip() or len(self.title) > 200 or not self.title.isprintable():
            raise BadInput(
                "An organisation's title is one line of at most 200 characters.",
                remedy="Give a title people know it by.",
            )
