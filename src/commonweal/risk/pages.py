"""The reference page of the findings, made from the findings."""

from __future__ import annotations

from commonweal.risk.assessment import KNOWN
from commonweal.risk.finding import Known, Theme
from commonweal.risk.level import TOGETHER, Level
from commonweal.risk.question import GROUNDS
from commonweal.risk.sources import SOURCES


def findings_page() -> str:
    """Return `docs/reference/risk-findings.md`."""
    lines = [
        "# Findings on risk",
        "",
        f"An assessment (`commonweal risk assess`) has {len(KNOWN)} findings. Each has a level, a sentence about this",
        "agreement, and what stands here: what it asks, when it gives which level, why, on whose word, and what would",
        "lower it. [Contextual risk](../explanation/contextual-risk.md) says how they come together.",
        "",
        "## The level of an agreement",
        "",
        "Each finding weighs on *harm* (how bad it would be) or on *likelihood*. The worst of each side meet in this table,",
        f"after the matrix of the {_cited('ico-dpia')}.",
        "",
        "| harm | " + " | ".join(f"likelihood {level.word}" for level in Level) + " |",
        "|---|" + "---|" * len(Level),
    ]
    for harm, row in zip(Level, TOGETHER, strict=True):
        lines.append(f"| **{harm.word}** | " + " | ".join(level.word for level in row) + " |")
    for theme in Theme:
        lines += ["", f"## {theme.value[0].upper()}{theme.value[1:]}", ""]
        for known in KNOWN:
            if known.theme is theme:
                lines += _finding(known)
    lines += ["", "## On what a question is refused", "", "By risk, a question is refused on these grounds only.", ""]
    lines += [f"- *{name}*: {what}" for name, what in GROUNDS.items()]
    lines += ["", "## Sources", ""]
    lines += [f"- {_cited(name)}" for name in SOURCES]
    return "\n".join(lines) + "\n"


def _finding(known: Known) -> list[str]:
    weighs = f"Weighs on {known.axis.value}."
    rests = [
        words
        for on, words in (
            (known.from_data, "It rests on what was measured on the data, so it plays no part at questions."),
            (known.of_record, "It rests on the record."),
            (known.of_profile, "It rests on the profile that was chosen."),
        )
        if on
    ]
    return [
        f"### `{known.code}`",
        "",
        f"{known.asks} {' '.join([weighs, *rests])}",
        "",
        *(f"- **{level.word}**: {when}" for level, when in known.levels.items()),
        "",
        f"*Why.* {known.reason}",
        f"*What lowers it.* {known.lower}",
        f"*Source.* {'; '.join(_cited(name) for name in known.sources)}.",
        "",
    ]


def _cited(name: str) -> str:
    source = SOURCES[name]
    return f"{source.publisher}, [{source.title}]({source.address})" if source.address else source.cited()
