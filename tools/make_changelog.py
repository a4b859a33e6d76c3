"""Collect changelog.d/ into CHANGELOG.md for a release: ``python -m tools.make_changelog VERSION [DATE]``.

Every fragment is one file, ``<name>.<kind>.md``, with one sentence for the user. The new section goes on top; fragments
are removed only after the file is written.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEADINGS = {"added": "Added", "changed": "Changed", "fixed": "Fixed", "removed": "Removed", "security": "Security"}
"""The kinds of fragments, in the order in which a release lists them."""

TITLE = "# Changes\n"


def fragments(folder: Path) -> dict[str, list[Path]]:
    """Return the fragments in `folder` by kind, each kind sorted by name; ValueError names a file that is not one."""
    found: dict[str, list[Path]] = {kind: [] for kind in HEADINGS}
    for path in sorted(folder.glob("*")):
        if path.name == "README.md":
            continue
        parts = path.name.split(".")
        if len(parts) != 3 or parts[2] != "md" or parts[1] not in HEADINGS:
            raise ValueError(f"{path.name} is not <name>.<kind>.md with a kind of {', '.join(HEADINGS)}")
        if not path.read_text(encoding="utf-8").strip():
            raise ValueError(f"{path.name} is empty")
        found[parts[1]].append(path)
    return found


def section(version: str, day: str, found: dict[str, list[Path]]) -> str:
    """Return the section of a release, or an empty string when there is nothing to say."""
    lines = [f"## {version} ({day})", ""]
    for kind, paths in found.items():
        sentences = [" ".join(path.read_text(encoding="utf-8").split()) for path in paths]
        lines += [f"### {HEADINGS[kind]}", "", *(f"- {sentence}" for sentence in sentences), ""] if sentences else []
    return "\n".join(lines) if len(lines) > 2 else ""


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write the release's section and remove its fragments; return the exit code."""
    if not arguments or not re.fullmatch(r"\d+\.\d+\.\d+\S*", arguments[0]):
        sys.stderr.write("usage: python -m tools.make_changelog VERSION [DATE]\n")
        return 2
    day = arguments[1] if len(arguments) > 1 else datetime.now(UTC).date().isoformat()
    try:
        found = fragments(root / "changelog.d")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = section(arguments[0], day, found)
    if not text:
        sys.stderr.write("nothing in changelog.d: nothing written\n")
        return 1
    changelog = root / "CHANGELOG.md"
    before = changelog.read_text(encoding="utf-8").removeprefix(TITLE) if changelog.exists() else ""
    changelog.write_text(f"{TITLE}\n{text.strip()}\n{before}", encoding="utf-8")
    for paths in found.values():
        for path in paths:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
