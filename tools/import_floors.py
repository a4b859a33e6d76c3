"""Check the import floors of pyproject.toml: ``python -m tools.import_floors``.

import-linter has a command but no ``-m``; this gives it one, so that the check needs no script on the PATH.
"""

from __future__ import annotations

import sys

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

if __name__ == "__main__":
    status = lint_imports()
    sys.exit(0 if status == EXIT_STATUS_SUCCESS else 1)
