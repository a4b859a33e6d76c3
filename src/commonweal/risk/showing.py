"""An assessment as an officer reads it in a terminal: the level, a line for each finding, scenarios and advice.

What is shown is what was kept, plain values from the canonical JSON, so an old assessment reads as it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from commonweal.risk.level import Level, level_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

COLOURS: Mapping[Level, str] = {
    Level.LOW: "green",
    Level.MEDIUM: "yellow",
    Level.HIGH: "dark_orange",
    Level.SEVERE: "bold red",
}
"""Colours beside words and bars, never instead of them."""

NOTABLE = Level.HIGH
"""The level from which a finding is named in the summary."""


def in_short(result: Mapping[str, Any]) -> str:
    """Return an assessment in one sentence."""
    severe = [f for f in result["findings"] if f["level"] == Level.SEVERE.word]
    high = [f for f in result["findings"] if f["level"] == Level.HIGH.word]
    counted = f"{len(severe)} severe and {len(high)} high of {len(result['findings'])} findings"
    may = "may" if result["profile_allowed"] else "should not"
    return f"Risk {result['level']}: {counted}; the profile {result['profile']} {may} be chosen. Assessed on {result['on']}."


def print_summary(console: Console, result: Mapping[str, Any], digest: str = "") -> None:
    """Print the level, the findings from high upwards, and the profiles: what fits above a signature."""
    _headline(console, result)
    _table(console, [f for f in result["findings"] if level_of(f["level"]) >= NOTABLE])
    _profiles(console, result)
    if digest:
        _print(console, f"Assessment {digest}", style="bright_black")


def print_assessment(console: Console, result: Mapping[str, Any], digest: str = "") -> None:
    """Print everything: findings by theme with what would lower them, scenarios, profiles and limits."""
    _headline(console, result)
    for theme in dict.fromkeys(finding["theme"] for finding in result["findings"]):
        console.print()
        _print(console, theme[0].upper() + theme[1:], style="bold")
        _table(console, [finding for finding in result["findings"] if finding["theme"] == theme])
    _lowering(console, result)
    _scenarios(console, result["scenarios"])
    console.print()
    _print(console, "Profiles", style="bold")
    _profiles(console, result)
    console.print()
    _print(console, "Advice", style="bold")
    for limit in result["limits"]:
        _print(console, f"{limit['path']}: {limit['advice']} ({limit['reason']}).")
    console.print()
    _print(console, "A judgement for people to make with; it measures, and changes nothing.", style="bright_black")
    if digest:
        _print(console, f"Assessment {digest}", style="bright_black")


def _headline(console: Console, result: Mapping[str, Any]) -> None:
    from rich.text import Text  # Rich takes a tenth of a second to import, and only printing needs it

    level = level_of(result["level"])
    console.print(Text.assemble((f"Risk of {result['agreement']}: ", "bold"), (level.word, COLOURS[level])))
    _print(console, in_short(result).partition(": ")[2], style="")


def _table(console: Console, findings: Iterable[Mapping[str, Any]]) -> None:
    from rich.table import Table  # see above
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        level = level_of(finding["level"])
        table.add_row(
            _bar(level, plain=not _can_draw(console)), Text(level.word, COLOURS[level]), _said(finding["sentence"])
        )
    if table.row_count:
        console.print(table)


def _bar(level: Level, *, plain: bool) -> Text:
    """Return four marks, as many of them filled as the level has steps: it reads without colour."""
    from rich.text import Text  # see above

    full, empty = ("#", ".") if plain else ("■", "□")
    return Text.assemble((full * level, COLOURS[level]), (empty * (Level.SEVERE - level), "bright_black"))


def _can_draw(console: Console) -> bool:
    return console.encoding.lower().replace("-", "") == "utf8"


def _lowering(console: Console, result: Mapping[str, Any]) -> None:
    notable = [f for f in result["findings"] if level_of(f["level"]) >= NOTABLE]
    if notable:
        console.print()
        _print(console, "Why, and what would lower it", style="bold")
    for finding in notable:
        _print(console, f"{finding['code']}: {finding['reason']}")
        _print(console, f"  {finding['lower']}")
        _print(console, f"  Source: {'; '.join(finding['sources'])}.", style="bright_black")


def _scenarios(console: Console, imagined: Iterable[Mapping[str, Any]]) -> None:
    for number, scenario in enumerate(imagined):
        if not number:
            console.print()
            _print(console, "The motivated intruder", style="bold")
        level = level_of(scenario["level"])
        _print(console, f"{level.word}: {scenario['who']}", style=COLOURS[level])
        _print(console, f"  knows {scenario['knows']}")
        _print(console, f"  {scenario['tries']}")
        _print(console, f"  in the way: {scenario['hindered']}")


def _profiles(console: Console, result: Mapping[str, Any]) -> None:
    for each in result["profiles"]:
        chosen = " (chosen)" if each["profile"] == result["profile"] else ""
        may = "may be chosen" if each["allowed"] else "should not be chosen"
        style = "bold red" if chosen and not each["allowed"] else ""
        _print(console, f"{each['profile']}{chosen}: {may}: {each['reason']}.", style=style)


def _print(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text  # see above

    console.print(Text(_readable(text), style=style))


def _said(text: str) -> Text:
    from rich.text import Text  # see above

    return Text(_readable(text))


def _readable(text: str) -> str:
    """Return a text without characters that could steer a terminal; documents hold none, files to be assessed might."""
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
