"""The ledger's checkpoint, published: remembered in the ledger, and laid out as a file that anybody may read."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from commonweal.installation.new_file import write_new
from commonweal.ledger.head import read_head
from commonweal.ledger.tables import checkpoint_table

if TYPE_CHECKING:
    from commonweal.installation.installation import Installation


def publish_checkpoint(installation: Installation) -> str:
    """Return the signed checkpoint of everything recorded so far, and keep that it was published.

    Reads only, when this one was published before: so whoever asks for it again and again makes nobody wait.
    """
    with installation.reading() as connection:
        head = read_head(connection)
        known = select(checkpoint_table.c.checkpoint).where(checkpoint_table.c.size == (head.size if head else 0))
        text: str | None = connection.execute(known).scalar()
    if text is None:
        with installation.transaction() as connection:
            text = installation.ledger.checkpoint(connection)
    place = installation.layout.checkpoints / f"{int(text.split(chr(10))[1]):012d}.txt"
    if not place.exists():
        with contextlib.suppress(FileExistsError):  # when somebody else was quicker the content is the same
            write_new(place, text.encode(), mode=0o644)
    return text
