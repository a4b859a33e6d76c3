"""Files that a command writes: seen to be possible before anything is done, then whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from commonweal.errors import BadInput


def check_place(out: Path) -> None:
    """See that a file can be written, before something is asked and recorded; `BadInput` otherwise."""
    if out.is_dir():
        raise BadInput(f"{out} is a folder.", why="An answer is one file.", remedy="Name a file in it.")
    if not out.absolute().parent.is_dir():
        raise BadInput(f"{out} cannot be written.", why="There is no such folder.", remedy="Make the folder first.")
    if not os.access(out.absolute().parent, os.W_OK):
        raise BadInput(f"{out} cannot be written.", why="The folder may not be changed.", remedy="Choose another.")


def write_file(out: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all; what stood there before is replaced."""
    part = out.with_name(f".{out.name}.part-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
        part.replace(out)
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written.", why=str(error.strerror or "the disk refuses."), remedy="Choose another place."
        ) from None
    finally:
        part.unlink(missing_ok=True)
