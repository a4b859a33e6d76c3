"""Starting and stopping Flight SQL beside the pages, if the settings name an address for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from commonweal.installation import Installation


@contextmanager
def serving_flight_sql(installation: Installation) -> Iterator[int | None]:
    """Serve Flight SQL while within; give its port, or None when it is not wanted. `BadInput` for missing PEM files."""
    settings = installation.settings.flight
    if not settings.address:
        yield None
        return
    from commonweal.web.flight_sql.server import FlightSQL  # imported when used: it loads gRPC

    pair = None
    if settings.certificate:
        pair = (_pem(installation.folder, settings.certificate), _pem(installation.folder, settings.key))
    server = FlightSQL(installation, f"grpc{'+tls' if pair else ''}://{settings.address}", pair)
    thread = threading.Thread(target=server.serve, name="flight-sql", daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join(10)


def _pem(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BadInput(
            "A file for Flight SQL's certificate cannot be read.",
            why=f"The operating system says: {error.strerror}.",
            remedy="Mend the names in the section [flight] of the settings.",
            place=Place(file=name),
        ) from error
