"""The page that shows a picture of every page."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "pictures" / "pages"


def pictures_page() -> str:
    """Return the whole page: each page's address, who reads it, and both pictures."""
    lines = [
        "# The pages, in pictures",
        "",
        "Each page as a browser shows it, 1,280 and 320 pixels wide, over the small town of the tests. Take them anew with",
        "`python -m tests.web.pictures`.",
        "",
    ]
    for wide in sorted(FOLDER.glob("*.wide.jpg")):
        where, reader = wide.name.removesuffix(".wide.jpg").split(".")
        narrow = wide.name.replace(".wide.", ".narrow.")
        lines += [
            f"## {where.replace('-', ' ')} ({reader})",
            "",
            f"![{where.replace('-', ' ')}, wide](../pictures/pages/{wide.name})",
            f"![{where.replace('-', ' ')}, narrow](../pictures/pages/{narrow})",
            "",
        ]
    return "\n".join(lines)
