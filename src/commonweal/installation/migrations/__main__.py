"""Write a migration from what the rooms' tables are now; README.md here says how it is used."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from commonweal.installation.rooms import metadata_of_rooms
from commonweal.installation.schema import MIGRATIONS, alembic_config


def write_migration(words: str, *, anew: bool = False, migrations: Path = MIGRATIONS) -> Path:
    """Write the migration from the newest one to the rooms' tables as they are; return its file.

    With `anew` the newest one is taken out first and written again under its number: for a migration that was never
    released.
    """
    config = alembic_config(migrations)
    newest = ScriptDirectory.from_config(config).get_current_head()
    if anew and newest is not None:
        for path in (migrations / "versions").glob(f"{newest}_*.py"):
            path.unlink()
    elif newest is not None:
        newest = f"{int(newest) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/empty.sqlite3")
        with engine.begin() as connection:
            config = alembic_config(migrations)
            config.attributes["connection"] = connection
            if ScriptDirectory.from_config(config).get_current_head() is not None:
                command.upgrade(config, "head")
            config.attributes["metadata"] = metadata_of_rooms()
            slug = re.sub(r"\W+", "_", words.lower()).strip("_")
            script = command.revision(config, message=slug, autogenerate=True, rev_id=newest or "0001")
        engine.dispose()
    assert script is not None and not isinstance(script, list)
    return Path(script.path)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--anew"]
    if len(arguments) != 1:
        sys.exit("usage: python -m commonweal.installation.migrations [--anew] WORDS")
    print(write_migration(arguments[0], anew="--anew" in sys.argv))  # noqa: T201 - a command for developers
