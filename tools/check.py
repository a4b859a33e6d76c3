"""Run every check of the house side by side and say which failed: ``python -m tools.check [NAME ...]``.

Nothing is changed. What a passing check prints is not shown; what a failing one prints is shown whole, so that the last
lines on the screen name what to mend.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Check:
    """One check: its name, the arguments after ``python -m``, and what to do when it fails."""

    name: str
    arguments: tuple[str, ...]
    remedy: str


# The slowest first, so that the others run beside it.
CHECKS = (
    Check("types", ("mypy", "-p", "commonweal", "-p", "tools"), "mend the types named above"),
    Check("docs fresh", ("tools.generate_docs", "--check"), "run `make docs` and commit the pages"),
    Check("import floors", ("tools.import_floors",), "move the import down, or the code up a floor"),
    Check("lint", ("ruff", "check", "."), "run `make fix`; mend by hand what is left"),
    Check("format", ("ruff", "format", "--check", "."), "run `make fix`"),
    Check("house figures", ("tools.docstring_gate",), "split, name, type or describe what is listed above"),
    Check("words", ("tools.forbidden_words",), "say it in other words, or drop the line"),
)


@dataclass(frozen=True)
class Outcome:
    """What a check came to: passed or not, its seconds, and all it printed."""

    check: Check
    passed: bool
    seconds: float
    output: str


def run(check: Check) -> Outcome:
    """Run one check as a process of its own, from the root of the repository."""
    started = time.perf_counter()
    # MYPYPATH: the tools are checked together with the package, which lies under src.
    environment = os.environ | {"PYTHONPATH": "src", "MYPYPATH": "src", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603 - the commands are the table above
        [sys.executable, "-m", *check.arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(check, done.returncode == 0, time.perf_counter() - started, done.stdout.strip())


def report(outcomes: list[Outcome], seconds: float) -> str:
    """Return what a person should read: failures whole, then one line a check, then the verdict."""
    lines = []
    for outcome in outcomes:
        if not outcome.passed:
            lines += [f"--- {outcome.check.name} " + "-" * 60, outcome.output, ""]
    lines += [f"{'ok    ' if o.passed else 'FAILED'}  {o.check.name:15} {o.seconds:5.1f} s" for o in outcomes]
    failed = [outcome.check for outcome in outcomes if not outcome.passed]
    lines += [f"  {check.name}: {check.remedy}" for check in failed]
    verdict = f"{len(failed)} of {len(outcomes)} checks failed" if failed else f"all {len(outcomes)} checks passed"
    return "\n".join([*lines, f"{verdict} in {seconds:.0f} s"])


def main(names: list[str]) -> int:
    """Run the named checks (all without names) and return the exit code."""
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        sys.stderr.write(
            f"no check called {', '.join(sorted(unknown))}; there are: {', '.join(c.name for c in CHECKS)}\n"
        )
        return 2
    chosen = [check for check in CHECKS if not names or check.name in names]
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=max(2, min(4, os.cpu_count() or 2))) as pool:
        outcomes = list(pool.map(run, chosen))
    sys.stdout.write(report(outcomes, time.perf_counter() - started) + "\n")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
