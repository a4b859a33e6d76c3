"""The page of rooms, from their docstrings and the floors in pyproject.toml."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "commonweal"


def floors() -> list[list[str]]:
    """Return the floors of the house from the top, each a list of rooms, as import-linter is told them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers: list[str] = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [[room.strip(" ()") for room in layer.split("|")] for layer in layers]


def docstring(room: str) -> str:
    """Return the docstring of a room; FileNotFoundError when a floor names a room that does not exist."""
    path = PACKAGE / room / "__init__.py"
    if not path.exists():
        path = PACKAGE / f"{room}.py"
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def section(room: str) -> str:
    """Return one room: its name, its docstring, and its files with their first sentences."""
    lines = [f"### `{room}`", "", docstring(room), ""]
    for path in sorted((PACKAGE / room).glob("*.py")):
        if path.name != "__init__.py":
            first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
            lines.append(f"- `{path.name}`: {first}")
    return "\n".join(lines).rstrip() + "\n"


def rooms_page() -> str:
    """Return the whole page."""
    drawn = "\n".join(" | ".join(floor) for floor in floors())
    sections = "\n".join(section(room) for floor in floors() for room in floor)
    return f"""# Rooms and floors

The package is a house. A *room* is a folder of `src/commonweal/` with one concern, named by a word of the field; a
*floor* is a line below. Code may import from lower floors only, and rooms on one floor (`|`) may not import each other;
`make check` holds it. So the ledger can be verified without an engine, and the rules of disclosure can be read,
tested and reviewed without SQL.

```text
{drawn}
```

## The rooms, from the top

{sections}"""
