"""The front page of the documentation, from the pages that are there: no page can be forgotten."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"

SECTIONS = {
    "tutorial": "Learn",
    "how-to": "Do",
    "explanation": "Understand",
    "reference": "Look up",
    "decisions": "Why it is as it is",
}
"""The folders of docs/ in the order of the front page, with what a reader does there."""


def title(text: str) -> str:
    """Return a page's heading; ValueError when it has none."""
    found = re.search(r"^# (.+)$", text, flags=re.M)
    if found is None:
        raise ValueError("a page begins with a heading")
    return found[1].strip()


def first_sentence(text: str) -> str:
    """Return the first sentence under the heading as plain words; empty when something else than words comes first."""
    body = re.sub(r"<!--.*?-->", "", text, flags=re.S).split("\n# ", 1)[-1] if "\n# " in text else text
    paragraphs = [part.strip() for part in body.split("\n\n")[1:]]
    if not paragraphs or not re.match(r"[A-Z*`]", paragraphs[0]):
        return ""
    words = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", re.sub(r"\s+", " ", paragraphs[0]))
    return re.split(r"(?<=[.;?])\s", words)[0].replace("**", "")


def lines(folder: Path, beside: Path) -> list[str]:
    """Return a line for each page of a folder, by title; a decision goes by its number and needs no summary."""
    found = []
    for path in folder.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        summary = "" if folder.name == "decisions" else first_sentence(text)
        link = f"- [{title(text)}]({path.relative_to(beside)})"
        found.append((title(text).lower(), f"{link}: {summary}" if summary else link))
    return [line for _, line in sorted(found)]


def index_page(docs: Path = DOCS) -> str:
    """Return the whole page; pages outside the known sections are an error, so that none is lost."""
    strays = [p for p in docs.rglob("*.md") if p.relative_to(docs).parts[0] not in {*SECTIONS, "index.md"}]
    if strays:
        raise ValueError(f"docs/{strays[0].relative_to(docs)} is in no section")
    parts = ["# commonweal: documentation", "", "Start with the first; look up the rest when you need it.", ""]
    for folder, heading in SECTIONS.items():
        parts += [f"## {heading}", "", *lines(docs / folder, docs), ""]
    return "\n".join([*parts, "Words are explained in the [glossary](../GLOSSARY.md)."])
