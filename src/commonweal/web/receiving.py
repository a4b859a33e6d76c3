"""Reading forms as they arrive: fields in memory, within a limit; files on the installation's own disk, without a name.

A file that is sent may hold people's data, so it goes nowhere else (not to the machine's /tmp), and as it has no name it
is gone when it is closed, or when the process ends in any way.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from fastapi import Request
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser

from commonweal.errors import BadInput

if TYPE_CHECKING:
    from commonweal.installation import Installation

MOST_FIELDS = 8000
MOST_FILES = 4
LONGEST_FIELDS = 8 * 2**20
"""Bytes that the fields of one form may have together, files apart."""


class _Parser(MultiPartParser):
    """Starlette's parser, with a limit on all fields together, and files spooled to one folder."""

    def __init__(self, *given: Any, folder: Path, **options: Any) -> None:
        super().__init__(*given, max_part_size=LONGEST_FIELDS, **options)
        self._folder = folder
        self._in_fields = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self._in_fields += end - start
            if self._in_fields > LONGEST_FIELDS:
                raise MultiPartException("The fields are too long.")
        super().on_part_data(data, start, end)

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None:
            self._files_to_close_on_error.pop().close()
            self._folder.mkdir(mode=0o700, exist_ok=True)
            # Closed with the form, so it is not opened in a `with`; what UploadFile takes is a file, as this is.
            spool = SpooledTemporaryFile[bytes](max_size=self.spool_max_size, dir=str(self._folder))
            self._files_to_close_on_error.append(spool)
            part.file.file = cast(BinaryIO, spool)


async def received(request: Request, installation: Installation, *, files: bool) -> FormData:
    """Return the form of a request, with its files if it may have any; `BadInput` for what is no form, or too much of one.

    Close it afterwards: that deletes its files.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.form(max_fields=MOST_FIELDS)
    try:
        parser = _Parser(
            request.headers,
            request.stream(),
            folder=installation.layout.uploads,
            max_files=MOST_FILES if files else 0,
            max_fields=MOST_FIELDS,
        )
        return await parser.parse()
    except MultiPartException as error:
        raise BadInput(
            "The form cannot be read.",
            why=error.message,
            remedy="Send it from the page it belongs to, after signing in.",
        ) from None
