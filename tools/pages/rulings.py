"""The page of rulings, from the cases of tests/spec: what is answered, what is withheld, what is refused."""

from __future__ import annotations

import yaml

from tests.spec.case import Case, Chapter, Table, chapters


def yaml_block(value: object) -> str:
    """Return plain values as an indented YAML snippet."""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)
    return f"```yaml\n{text}```\n"


def table(answer: Table) -> str:
    """Return an answer as a Markdown table; withheld cells say so."""
    if not answer.columns:
        return "*An answer without rows.*\n"
    lines = [answer.columns, ("---",) * len(answer.columns)]
    lines += [
        tuple("*withheld*" if cell is None else cell.replace("~", "about ") for cell in row) for row in answer.rows
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def outcome(case: Case) -> str:
    """Return what a case comes to, as a sentence or a table."""
    if case.answer is not None:
        return table(case.answer)
    assert case.refused is not None
    clause = f", clause `{case.refused.clause}`" if case.refused.clause else ""
    named = (
        f"; the reasons name {', '.join(f'`{reason}`' for reason in case.refused.reasons)}"
        if case.refused.reasons
        else ""
    )
    return f"**Refused**{clause}{named}.\n"


def case_section(case: Case) -> str:
    """Return one case: why, what is special about its agreement, the question, the outcome."""
    parts = [f"### {case.title}\n"]
    if case.why:
        parts.append(case.why + "\n")
    if case.changes:
        parts += ["In the agreement:\n", yaml_block(dict(case.changes))]
    everybody = [party["organisation"] for party in case.agreement["parties"]]
    if list(case.signed_by) != everybody:
        parts.append(f"Signed by {', '.join(case.signed_by)} only.\n" if case.signed_by else "Signed by nobody.\n")
    named = {person["email"] for person in case.agreement["people"]}
    if case.asked_by not in named:
        parts.append(f"Asked by {case.asked_by}, who is not named in it.\n")
    return "\n".join([*parts, f"```sql\n{case.ask}\n```\n", outcome(case)])


def chapter_section(chapter: Chapter) -> str:
    """Return a chapter: what it is about, the town, and its cases."""
    towns = "\n".join(f"`{reference}`\n\n```text\n{text.strip()}\n```\n" for reference, text in chapter.drawn.items())
    changes = f"In the agreement:\n\n{yaml_block(dict(chapter.changes))}" if chapter.changes else ""
    cases = [case_section(case) for case in chapter.cases]
    return "\n".join([f"## {chapter.title}\n", chapter.about + "\n", towns, changes, *cases])


def rulings_page() -> str:
    """Return the whole page."""
    return f"""# Rulings

Agreements and questions, with the answer or the refusal. Every case here is run as a test against a whole
installation, so this is what commonweal does and not what it is meant to do.

In the towns, `1-24` stands for the numbers 1 to 24, a row each; a list goes round and round; `7 x14` is fourteen rows
of 7. The agreement is `tests/spec/agreement.yaml` (profile `uk-tre`, groups of ten or more), with the changes named.

{"".join(chapter_section(chapter) for chapter in chapters())}"""
