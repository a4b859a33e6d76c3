"""The reference page of the rules, made from the rules."""

from __future__ import annotations

from importlib import import_module

from commonweal.disclosure import (
    complement,
    differences,
    dominance,
    everybody,
    grid,
    perturbation,
    quantiles,
    rounding,
    same_value,
    scaling,
    secondary,
    threshold,
)
from commonweal.disclosure.cells import Aggregate, Measured
from commonweal.disclosure.profile import PROFILES, Rules
from commonweal.disclosure.protect import JUDGES, Judge
from commonweal.disclosure.reasons import reason
from commonweal.disclosure.rule import Rule

RULES: tuple[Rule, ...] = (
    threshold.RULE,
    complement.RULE,
    everybody.RULE,
    same_value.RULE,
    dominance.RULE,
    quantiles.RULE,
    rounding.RULE,
    perturbation.RULE,
    scaling.RULE,
    grid.RULE,
    differences.RULE,
    secondary.RULE,
)
"""All rules, in the order in which a reader meets them."""

MEASURES = {
    Measured.ROWS: "count of rows",
    Measured.ENTITIES: "count of distinct people, homes ...",
    Measured.VALUES: "count of distinct values",
    Measured.INDICATOR: "sum of a yes or no",
    Measured.AMOUNT: "sum of an amount",
    Measured.MOMENT: "sum of squares or products",
    Measured.QUANTILE: "median, quantile",
}


FOR_WHOM = """\
The rules hold for **one answer at a time**. They do not hold against a sequence of questions: whoever asks often enough, in
slightly different words, gets at one person's secret, whatever the thresholds and the rounding. So the profiles below are
for accredited people in a controlled environment, where nothing leaves before two output checkers have read it. For
everybody else there is [`standard`](../explanation/what-is-protected.md), which holds against any sequence of questions."""

ABOUT_THE_TABLE = """\
Class disclosure judges numbers about a part of the cell only (FILTER, or a yes or no that is summed). A sum of squares
or products is withheld besides wherever one of its amounts is."""


def rules_page() -> str:
    """Return the page in Markdown: profiles, which rules judge what, and each rule with its source."""
    lines = ["# Disclosure rules", ""]
    lines += ["What is done to every answer before anybody sees it. [Why](../explanation/disclosure-control.md).", ""]
    lines += ["## For whom", "", FOR_WHOM, ""]
    lines += ["## Profiles", "", "An agreement names one profile and may tighten it, never loosen it.", ""]
    lines += ["| | " + " | ".join(f"`{name}`" for name in PROFILES) + " |", "|---" * (len(PROFILES) + 1) + "|"]
    rows = [_settings(rules) for rules in PROFILES.values()]
    lines += ["| " + " | ".join([setting, *(row[setting] for row in rows)]) + " |" for setting in rows[0]]
    lines += ["", "## Which rules judge which numbers", ""]
    lines += ["| number | rules | said in its place (`uk-tre`) |", "|---|---|---|"]
    for measured, judges in JUDGES.items():
        aggregate = Aggregate("a", measured, partial=measured is Measured.INDICATOR, fraction=0.5)
        why = reason(aggregate, ("person",), PROFILES["uk-tre"], with_totals=False)
        lines.append(f"| {MEASURES[measured]} | {', '.join(_name(judge) for judge in judges)} | {why} |")
    lines += [
        "",
        "Class disclosure judges numbers about a part of the cell only (FILTER, or a yes or no that is summed).",
    ]
    lines += [
        "A sum of squares or products is withheld besides wherever one of its amounts is.",
        "",
        "## The rules",
        "",
    ]
    for rule in RULES:
        lines += [f"### {rule.name[0].upper()}{rule.name[1:]}", "", rule.promise, ""]
        lines += [f"*Source:* {rule.source}.", ""]
        lines += [f"*Our choices:* {rule.choice}", ""] if rule.choice else []
    return "\n".join(lines)


def _name(judge: Judge) -> str:
    """Return the name of the rule in whose file the judge stands."""
    rule: Rule = import_module(judge.__module__).RULE
    return rule.name


def _settings(rules: Rules) -> dict[str, str]:
    """Return a profile's settings in words."""
    n_k = f"{rules.dominance[0]} largest, {rules.dominance[1]:g} %" if rules.dominance else "-"
    return {
        "fewest entities of every kind": str(rules.threshold),
        "zeros": "hidden" if rules.zeros_hidden else "shown",
        "dominance (n, k)": n_k,
        "p % rule": f"{rules.p_percent:g} %" if rules.p_percent else "-",
        "class disclosure, same value": "yes" if rules.class_disclosure else "-",
        "counts rounded to": str(rules.rounding) if rules.rounding > 1 else "-",
        "fewest on each side of a quantile": str(rules.quantile_side),
        "secondary suppression": "yes" if rules.secondary else "-",
        "siblings pointed out to officers": "yes" if rules.siblings else "-",
    }
