"""The pages of the public register as values: made alike for whoever visits and for the files of an export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from commonweal.agreement.fields import Enforcement
from commonweal.agreement.register.public import Month, PublicAgreement, PublicStatus, Register, Statistics
from commonweal.agreement.register.search import Wanted, found
from commonweal.web.page import Page

SEEN_BY = "everyone"

STATUS_COLOURS: dict[str, str] = {
    PublicStatus.PROPOSED: "blue",
    PublicStatus.SIGNED: "blue",
    PublicStatus.IN_FORCE: "green",
    PublicStatus.REVIEW_DUE: "yellow",
    PublicStatus.SUSPENDED: "orange",
    PublicStatus.ENDED: "red",
    PublicStatus.SUPERSEDED: "red",
}

WORTH_COLOURS: dict[str, str] = {
    Enforcement.ENFORCED: "green",
    Enforcement.PARTLY: "yellow",
    Enforcement.RECORDED: "grey",
}

WORTH_WORDS: dict[str, str] = {
    Enforcement.ENFORCED: "Nothing is answered against it: the software sees to that.",
    Enforcement.PARTLY: "The software checks, blocks or proves some of it; people do the rest.",
    Enforcement.RECORDED: "It is kept, signed and shown; that it is done is up to people.",
}


@dataclass(frozen=True)
class Bar:
    """One month of a picture: its name, its number, and where its bar stands (in the units of the picture)."""

    month: str
    number: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class RegisterPage(Page):
    """The list of public agreements, and what was looked for.

    `agreements` are those of one page of `pages`, `matching` how many there are of `of` in all; `leaf(n)` is the address
    of page n.
    """

    name: str
    agreements: tuple[PublicAgreement, ...]
    matching: int
    of: int
    number: int
    pages: int
    wanted: Wanted
    organisations: tuple[tuple[str, str], ...]
    purposes: tuple[str, ...]
    statuses: tuple[str, ...]
    themes: tuple[str, ...]
    colours: dict[str, str]

    def leaf(self, number: int) -> str:
        """Return the address of a page of the list."""
        asked = {name: value for name, value in asdict(self.wanted).items() if value}
        return f"/register?{urlencode(asked | {'page': number})}"


@dataclass(frozen=True, kw_only=True)
class PublicAgreementPage(Page):
    """One agreement in plain words. `key` is the public key of the record, `origin` its name."""

    agreement: PublicAgreement
    titles: dict[str, str]
    colours: dict[str, str]
    worth_colours: dict[str, str]
    worth_words: dict[str, str]
    key: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class StatisticsPage(Page):
    """The figures, and the bars of their picture."""

    statistics: Statistics
    bars: tuple[Bar, ...]
    months: tuple[Month, ...]
    colours: dict[str, str]


def register_page(register: Register, wanted: Wanted, *, number: int = 1, items: int = 0) -> RegisterPage:
    """Return the list of a register, as far as it is what somebody looks for: page `number`, or all if `items` is 0."""
    every = register.agreements
    matching = found(every, wanted)
    pages = max(-(-len(matching) // items), 1) if items else 1
    number = min(number, pages)
    titles = {party.organisation: party.title for each in every for party in each.parties}
    return RegisterPage(
        title="What is shared, why, and what came of it",
        seen_by=SEEN_BY,
        name=register.name,
        agreements=matching[(number - 1) * items : number * items] if items else matching,
        matching=len(matching),
        of=len(every),
        number=number,
        pages=pages,
        wanted=wanted,
        organisations=tuple(sorted(titles.items(), key=lambda each: each[1].casefold())),
        purposes=tuple(sorted({each.purpose_code for each in every})),
        statuses=tuple(each.value for each in PublicStatus if any(each is one.status for one in every)),
        themes=tuple(sorted({theme for each in every for theme in each.themes})),
        colours=STATUS_COLOURS,
    )


def agreement_page(agreement: PublicAgreement, key: str) -> PublicAgreementPage:
    """Return an agreement's page."""
    return PublicAgreementPage(
        title=agreement.title,
        seen_by=SEEN_BY,
        agreement=agreement,
        titles={party.organisation: party.title for party in agreement.parties},
        colours=STATUS_COLOURS,
        worth_colours=WORTH_COLOURS,
        worth_words=WORTH_WORDS,
        key=key,
        origin=key.partition("+")[0],
    )


def statistics_page(statistics: Statistics) -> StatisticsPage:
    """Return the page of figures."""
    months = statistics.months[-24:]
    return StatisticsPage(
        title="How it is used",
        seen_by=SEEN_BY,
        statistics=statistics,
        bars=bars_of(months),
        months=months,
        colours=STATUS_COLOURS,
    )


WIDTH, HEIGHT = 600.0, 160.0
"""The size of the picture of questions by month, in its own units."""


def bars_of(months: Sequence[Month]) -> tuple[Bar, ...]:
    """Return a bar for each month, as high as it has questions, side by side over the whole width."""
    if not months:
        return ()
    highest = max(each.outcomes.total for each in months) or 1
    step = min(WIDTH / len(months), 60.0)
    return tuple(
        Bar(
            each.month,
            each.outcomes.total,
            round(number * step + step * 0.1, 2),
            round(HEIGHT - HEIGHT * each.outcomes.total / highest, 2),
            round(step * 0.8, 2),
            round(HEIGHT * each.outcomes.total / highest, 2),
        )
        for number, each in enumerate(months)
    )
