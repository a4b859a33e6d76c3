"""The program as a stranger has it: `commonweal` on the PATH, run by this interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def on_path(folder: Path) -> Mapping[str, str]:
    """Put `commonweal` and `python3` into a folder, and return an environment whose PATH begins with it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, module in (("commonweal", "-m commonweal.cli.main"), ("python3", "")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
        program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMONWEAL_")}
    return kept | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")}


def run(environment: Mapping[str, str], *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it wrote."""
    return subprocess.run(
        [str(word) for word in words], env=dict(environment), cwd=cwd, capture_output=True, text=True, timeout=300
    )


def documents(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that stand in a text, each beginning a line."""
    found, decoder, position = [], json.JSONDecoder(), 0
    while (begin := text.find("{", position)) >= 0:
        if begin and text[begin - 1] != "\n":
            position = begin + 1
            continue
        value, position = decoder.raw_decode(text, begin)
        found.append(value)
    return found
