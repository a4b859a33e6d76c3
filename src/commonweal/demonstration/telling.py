"""The story in words: one renderer for each step's fact, one screen each, a sentence first, then the fact.

Nothing depends on colour: bars are told by length, marks by letters, so a plain terminal or a printed page will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commonweal.demonstration.bars import bars
from commonweal.demonstration.facts import (
    Agreed,
    Asked,
    Difference,
    Fact,
    Joined,
    Metered,
    NowYou,
    Recorded,
    Refusal,
)

WITHHELD = "[c]"


@singledispatch
def words(fact: Fact, console: Console) -> None:
    """Print what a step found out; every kind of fact has its own form below."""
    raise TypeError(f"no words for {type(fact).__name__}")


def tell(fact: Fact, console: Console) -> None:
    """Print one step of the story: its number and title, its words, and the seconds it took."""
    console.print()
    console.rule(Text(f"{fact.number}. {fact.title}", style="bold"), align="left")
    words(fact, console)
    _line(console, f"({fact.seconds:.1f} s)", style="dim")


@words.register
def _joined(fact: Joined, console: Console) -> None:
    _line(
        console,
        f"{_number_word(len(fact.organisations))} organisations of the invented Borough of Fenwick publish access to six "
        f"datasets about {fact.people:,} people; a register of residents joins them. Nobody who asks gets a copy.",
    )
    columns = ["dataset", "rows kept", "set aside", "mended on the way in", "identifiers recognised"]
    fitting = next(count for least, count in ((100, 5), (72, 4), (54, 3), (0, 2)) if console.width >= least)
    table = _table(*columns[:fitting])
    for column in table.columns[1:3]:
        column.justify = "right"
    for added in fact.datasets:
        mended = ", ".join(f"{count:,} {what}" for what, count in added.mended.items()) or "nothing"
        identifiers = ", ".join(added.identifiers) or "none"
        row = [added.dataset, f"{added.rows:,}", f"{added.set_aside:,}", mended, identifiers]
        table.add_row(*row[:fitting])
    console.print(table)
    _line(
        console,
        "Rows that cannot be read for certain are set aside and counted, never guessed. "
        f"The files were made in {fact.made_seconds:.1f} s and added in {fact.added_seconds:.1f} s, each with a contract "
        "that says what every column is to the person it is about.",
    )


@words.register
def _agreed(fact: Agreed, console: Console) -> None:
    _line(console, f'The organisations agree in writing, and from now on the document runs: "{fact.agreement_title}".')
    table = _table("clause", "what it says", heading=False)
    for clause, says in fact.clauses.items():
        table.add_row(clause, says)
    console.print(table)
    if fact.risk:
        _line(console, f"Shown to each before it signed: {fact.risk[0].lower()}{fact.risk[1:]}")
    _line(console, f"Signed by {_list(list(fact.signed.values()))}, each with a key of its own: {fact.state}.")
    total = len(fact.enforced) + len(fact.partly) + len(fact.recorded)
    _line(
        console,
        f"Of the {total} things that guidance asks of such an agreement, {len(fact.enforced)} are enforced on every "
        f"question, {len(fact.partly)} in part, and {len(fact.recorded)} are only recorded, and said to be so.",
    )
    _line(console, f"The document: {fact.file}, SHA-256 {fact.content_hash[:16]}...", style="dim")


@words.register
def _asked(fact: Asked, console: Console) -> None:
    _line(console, f"{fact.question} The analyst asks in SQL, across three agencies, and sees no one's record.")
    _code(console, fact.sql)
    _line(console, "The ruling: permitted. Clause by clause, and what each asks to be done:")
    clauses = _table("clause", "finding and obligation", heading=False)
    for clause in dict.fromkeys([*fact.ruling, *fact.obligations]):
        clauses.add_row(clause, " ".join(filter(None, (fact.ruling.get(clause), fact.obligations.get(clause)))))
    console.print(clauses)
    console.print()
    console.print(_answer_table(fact, console))
    console.print()
    for reason, count in _reasons(fact).items():
        cells = "1 cell" if count == 1 else f"{count} cells"
        _line(console, f"{WITHHELD} {cells} withheld: {reason}.")
    for note in fact.notes:
        _line(console, note)
    _line(
        console,
        f"Asked, ruled on, measured, protected and recorded in {fact.first_seconds * 1000:,.0f} ms the first time, when the "
        f"treated tables are made, and in {fact.again_seconds * 1000:,.0f} ms once more, with "
        f"{'the same' if fact.same_again else 'ANOTHER'} answer. The bare engine takes {fact.bare_seconds * 1000:,.0f} ms "
        "and protects nobody.",
    )
    _line(console, f"Chart: {fact.svg}", style="dim")
    _line(console, f"Chart and table: {fact.html}", style="dim")


@words.register
def _refusal(fact: Refusal, console: Console) -> None:
    _line(console, f'Somebody asks: "{fact.question}" It is refused before anything is read.')
    _code(console, fact.sql)
    table = _table("", "", heading=False)
    table.add_row("clause", fact.clause)
    for reason in fact.reasons:
        table.add_row("reason", reason)
    table.add_row("what to do", fact.remedy)
    if fact.who:
        table.add_row("who can change it", fact.who)
    if fact.nearest:
        table.add_row("what would be answered", fact.nearest)
    if fact.reference:
        table.add_row("recorded as", fact.reference)
    console.print(table)
    people = "person" if fact.would_tell == 1 else "people"
    _line(console, f"The bare engine would have named {fact.would_tell} {people}: there was something to protect.")


@words.register
def _difference(fact: Difference, console: Console) -> None:
    _line(console, fact.question)
    _code(console, fact.first_sql)
    _code(console, fact.second_sql)
    table = _table("", "the bare engine", "commonweal")
    table.columns[1].justify = table.columns[2].justify = "right"
    for name, bare, shown in zip(("first", "second"), fact.bare, fact.answers, strict=True):
        table.add_row(name, f"{bare:,}", f"{shown:,}" if isinstance(shown, int) else shown)
    console.print(table)
    if fact.told:
        _line(console, "The two answers differ: this pair crosses a rounding step, and so it tells something.")
    else:
        _line(console, "The two answers are the same: the difference of one person tells nothing here.")
    _line(
        console,
        "This agreement's profile, uk-tre, is what trusted research environments do today: thresholds, rounding and two "
        "output checkers before anything leaves. It blunts one pair of questions. It does not hold against somebody who "
        "may ask hundreds: that is what the profile standard is for, which comes next and is the default for everyone "
        "who is not accredited.",
    )


@words.register
def _metered(fact: Metered, console: Console) -> None:
    _line(
        console,
        f"A second agreement, {fact.reference}, is for people whom nobody accredited. Its profile is standard: nothing is "
        f"withheld to stop a series of questions, because all are read from the same noisy tables. {fact.question}",
    )
    _code(console, fact.sql)
    give_or_take = "+/-" if console.options.ascii_only else "±"
    names = [name for name in fact.columns[1:] for name in (name, f"{name}, bare")]
    table = _table(fact.columns[0], *names)
    for column in table.columns[1:]:
        column.justify = "right"
    for shown, bare in zip(fact.shown, fact.bare, strict=True):
        pairs = zip(shown[1:], bare[1:], strict=True)
        cells = (cell for value, true in pairs for cell in (value.replace("±", give_or_take), _shown(true)))
        table.add_row(shown[0], *cells)
    console.print(table)
    _line(
        console,
        f"{give_or_take}: in 95 of 100 cases the truth lies within. Here it does for {fact.within} of {fact.numbers} numbers; "
        "the bare columns are shown only because Fenwick is invented.",
    )
    for note in fact.notes:
        _line(console, note)
    _code(console, fact.other_words)
    answer = "the same answer" if fact.again else "ANOTHER answer"
    cost = "nothing" if fact.again_cost <= 0 else f"{fact.again_cost:.4f}"
    _line(
        console, f"The same in other words has {answer} and costs {cost}. What has been told so far, secret by secret:"
    )
    meter = _table("secret", "spent", "of", "best guess")
    for account in fact.accounts:
        meter.add_row(account.secret, f"{account.rho:.4f}", f"{account.cap:g}", f"{round(100 * account.guess, 1):g} %")
    console.print(meter)
    _line(
        console,
        "Best guess: how often somebody who knows everything about everybody else could guess a fair yes-or-no fact "
        "about one person, whatever was asked, by anyone; a tossed coin is right 50 times in 100.",
    )


@words.register
def _recorded(fact: Recorded, console: Console) -> None:
    _line(
        console,
        f"Everything above is in the ledger: {fact.entries} entries, verified from the database file alone in "
        f"{fact.verify_seconds * 1000:,.0f} ms.",
    )
    held = "holds" if fact.proof_verified else "DOES NOT HOLD"
    _line(
        console,
        f"The proof of the answer in step 3 (entry {fact.proof_entry}) {held}, checked with nothing but two files:",
    )
    _line(console, f"  {fact.proof_file}\n  {fact.key_file}", style="dim")
    if fact.found_entry == fact.changed_entry:
        found = f"found, at entry {fact.found_entry}"
    else:
        found = (
            "NOT FOUND" if fact.found_entry is None else f"found at entry {fact.found_entry}, which is not where it is"
        )
    _line(console, f"One byte of entry {fact.changed_entry} changed in a copy of the ledger: {found}.")
    _line(console, f'  "{fact.finding}"', style="dim")


@words.register
def _now_you(fact: NowYou, console: Console) -> None:
    _line(console, "The installation is yours to try. Go into its folder and type:")
    _code(console, f"cd {fact.folder}")
    for command, why in fact.commands:
        _line(console, why)
        _code(console, command)


def _answer_table(fact: Asked, console: Console) -> Table:
    """Return the protected table with a bar beside the first number of each row."""
    table = _table(*fact.columns, f"{fact.columns[1]}, drawn")
    for column in table.columns[1:-1]:
        column.justify = "right"
    firsts = [row[1] if isinstance(row[1], int | float) else None for row in fact.rows]
    plain = console.options.ascii_only or console.is_dumb_terminal
    for row, drawn in zip(fact.rows, bars(firsts, 24, plain=plain), strict=True):
        cells = [WITHHELD if value is None else _shown(value) for value in row]
        table.add_row(*cells, "" if drawn == WITHHELD else drawn)
    return table


def _reasons(fact: Asked) -> dict[str, int]:
    """Return why cells are withheld, each reason with how many."""
    counted: dict[str, int] = {}
    for cell in fact.withheld:
        reason = str(cell["reason"]).rstrip(".")
        counted[reason] = counted.get(reason, 0) + 1
    return counted


def _shown(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, float):
        return f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(*columns: str, heading: bool = True) -> Table:
    """Return an empty table in the story's one style."""
    table = Table(box=None, show_header=heading, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for index, name in enumerate(columns):
        table.add_column(Text(name), no_wrap=index == 0, overflow="fold")
    return table


def _line(console: Console, text: str, *, style: str = "") -> None:
    """Print a sentence as it is: no markup is read from it."""
    console.print(Text(text, style=style))


def _code(console: Console, text: str) -> None:
    """Print SQL or a command, indented and not wrapped, so that it can be copied."""
    lines = "\n".join(f"    {line}" for line in text.splitlines())
    console.print()
    console.print(Text(lines), crop=False, soft_wrap=True)
    console.print()


def _list(names: Sequence[str]) -> str:
    """Return names as people list them."""
    shown = list(names)
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _number_word(number: int) -> str:
    """Return a small number as a word."""
    small = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
    return small[number] if number < len(small) else f"{number:,}"
