"""Find words that do not belong in the repository: ``python -m tools.forbidden_words [FOLDER]``.

Paths of one machine and addresses of package registries break elsewhere; marks of unfinished work promise what is not
there; remarks on how a text was made tell the reader nothing about commonweal. Each rule says why, and where it does
not hold. The patterns are written so that they do not find themselves.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Rule:
    """A pattern that must not be found, why, and the folders or files (from the root) where it may be."""

    why: str
    pattern: re.Pattern[str]
    allowed: tuple[str, ...] = ()


def words(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern for any of `alternatives` as whole words, in any case."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


RULES = (
    Rule("a path of one machine", re.compile(r"(?<![\w.])/(?:wor[k]|roo[t]|hom[e]|User[s])/[A-Za-z.]")),
    Rule(
        "the address of a package registry",
        words(r"pyp[i]\.org", r"pythonhoste[d]\.org", r"npmj[s]\.(?:com|org)", r"debia[n]\.org"),
    ),
    Rule("a mark of unfinished work", re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")),
    Rule("a function that does nothing yet", re.compile(r"\braise NotImplemente[d](?:Error)?\b")),
    Rule(
        "how a text was made",
        words(
            r"LL[M]s?",
            r"languag[e] models?",
            r"chatbo[t]s?",
            r"claud[e]",
            r"anthropi[c]",
            r"opena[i]",
            r"copilo[t]",
            r"chatgp[t]",
            r"A[I] assistants?",
            r"sub-?agent[s]?",
        ),
    ),
    Rule(
        "a folder outside the repository",
        re.compile(r"\.\./share[d]\b|COMMONWEAL_SHARE[D]"),
        allowed=("tests/", ".ci/"),
    ),
    Rule(
        "bytes that are not meant to be read",
        re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069]"),
        allowed=("tests/", "src/commonweal/web/static/"),
    ),
)

UNREAD = frozenset(
    [".csv", ".gz", ".ico", ".jpg", ".parquet", ".pdf", ".png", ".svg", ".xlsx", ".woff", ".woff2", ".zip"]
)
"""Data and pictures are not read: a surname or a street may be any word."""


@dataclass(frozen=True)
class Finding:
    """One forbidden word, its place and why it may not be there."""

    file: str
    line: int
    word: str
    why: str

    def __str__(self) -> str:
        """Return the finding as one line of the report."""
        return f"{self.file}:{self.line}: {self.word!r} is {self.why}"


def find(name: str, text: str) -> Iterator[Finding]:
    """Yield what `text` holds that it may not; `name` is the file's path from the root."""
    for rule in RULES:
        if name.startswith(rule.allowed) if rule.allowed else False:
            continue
        for match in rule.pattern.finditer(text):
            yield Finding(name, text.count("\n", 0, match.start()) + 1, match.group(), rule.why)


def files(folder: Path) -> list[str]:
    """Return the paths, from `folder`, of the files that git tracks or would add; all of them without git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - whichever git is used here
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(name for name in listed.stdout.split("\0") if name and (folder / name).is_file())
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def main(arguments: list[str]) -> int:
    """Search the repository (or the folder given), print the findings, and return the exit code."""
    folder = Path(arguments[0]) if arguments else ROOT
    findings: list[Finding] = []
    for name in files(folder):
        if Path(name).suffix not in UNREAD and name != "LICENSE":
            findings += find(name, (folder / name).read_text(encoding="utf-8", errors="replace"))
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
