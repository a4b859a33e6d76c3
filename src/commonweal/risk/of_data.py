"""Findings on the type of data: what it would mean for somebody if it were known, and how finely it tells people apart."""

from __future__ import annotations

from commonweal.catalogue.contract import Kind
from commonweal.risk.facts import Facts, SharedColumn
from commonweal.risk.finding import Axis, Judged, Known, Theme, listed
from commonweal.risk.level import Level
from commonweal.risk.traits import Trait, is_offence

LOW, MEDIUM, HIGH, SEVERE = Level

FINE = 100.0
"""A column with more levels than this tells many people apart all by itself."""

DETAILED = ((3.0, LOW), (5.0, MEDIUM))
"""Powers of ten of possible classes, and the level below each."""


def _names(columns: tuple[SharedColumn, ...]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _special(facts: Facts) -> Judged:
    found = facts.of_kind(Kind.SPECIAL)
    if not found:
        return Judged(LOW, "No column is of a special category.")
    about = _names(found)
    uncovered = [each for each in found if not is_offence(each.column)]
    if uncovered and facts.agreement.legal.special_category is None:
        return Judged(SEVERE, f"{listed(about)}: special category data, and no condition for it is named.", about)
    return Judged(HIGH, f"{listed(about)}: special category data, under a condition that is named.", about)


def _sensitive(facts: Facts) -> Judged:
    found = facts.of_kind(Kind.SENSITIVE)
    if not found:
        return Judged(LOW, "No column is marked as sensitive.")
    about = _names(found)
    return Judged(MEDIUM, f"{listed(about)}: must not be learnt about one person.", about)


def _children(facts: Facts) -> Judged:
    found = facts.with_trait(Trait.CHILDREN)
    if not found:
        return Judged(LOW, "Nothing suggests that children are singled out as a group.")
    about = _names(found)
    if any(each.kind in (Kind.SPECIAL, Kind.SENSITIVE) for each in found) or facts.of_kind(Kind.SPECIAL):
        return Judged(
            HIGH, f"{listed(about)}: data on children, with or beside what must not be learnt of them.", about
        )
    return Judged(MEDIUM, f"{listed(about)}: data on children.", about)


def _health(facts: Facts) -> Judged:
    found = facts.with_trait(Trait.HEALTH)
    if not found:
        return Judged(LOW, "Nothing suggests data on health or care.")
    about = _names(found)
    return Judged(HIGH, f"{listed(about)}: data on health or care, given in confidence.", about)


def _offences(facts: Facts) -> Judged:
    found = facts.with_trait(Trait.OFFENCES)
    certain = [each for each in facts.columns if is_offence(each.column)]
    legal = facts.agreement.legal
    if not found and not certain:
        return Judged(LOW, "Nothing suggests data on offences or the police.")
    about = _names(found) or tuple(each.name for each in certain)
    if certain and legal.criminal_offence is None and legal.law_enforcement is None:
        return Judged(SEVERE, f"{listed(about)}: data on offences, and no condition for it is named.", about)
    return Judged(HIGH, f"{listed(about)}: data on offences, or held by the police about people.", about)


def _location(facts: Facts) -> Judged:
    found = tuple(each for each in facts.with_trait(Trait.LOCATION) if each.kind is not Kind.PLAIN)
    if not found:
        return Judged(LOW, "No column says where somebody lives.")
    about = _names(found)
    fine = [each.name for each in found if each.levels > 3_000]
    if fine:
        return Judged(HIGH, f"{listed(fine)}: an address or a few streets, which neighbours know.", about)
    return Judged(MEDIUM, f"{listed(about)}: the area where somebody lives.", about)


def _minimisation(facts: Facts) -> Judged:
    silent = tuple(terms.dataset for terms in facts.agreement.data if terms.because is None)
    if not silent:
        return Judged(LOW, "Every dataset says why it is needed.")
    return Judged(MEDIUM, f"Nothing says why {listed(silent)} is needed.", silent)


def _width(facts: Facts) -> Judged:
    widest, width = facts.widest, facts.width
    if widest is None or not width:
        return Judged(LOW, "No column is shared by which others could know somebody.")
    level = LOW if width <= 6 else MEDIUM if width <= 8 else HIGH if width <= 12 else SEVERE
    about = tuple(f"{dataset.partition('/')[2]}.{column}" for dataset, column in widest.quasi)
    columns = "1 column" if width == 1 else f"{width} columns"
    joined = ", counting those of datasets that can be joined to it" if widest.joins else ""
    return Judged(level, f"A {widest.title} can be told by {columns}{joined}.", about)


def _detail(facts: Facts) -> Judged:
    level = next((level for below, level in DETAILED if facts.detail < below), HIGH)
    fine = tuple(each.name for each in facts.of_kind(Kind.QUASI) if each.levels > FINE)
    finest = f"; the finest are {listed(fine)}" if fine else ""
    size = round(facts.detail)
    classes = "a handful" if size < 1 else f"about 10 to the power of {size}"
    return Judged(level, f"The columns that others may know could make {classes} classes{finest}.", fine)


FINDINGS = (
    Known(
        "data.special-category",
        Theme.DATA,
        Axis.HARM,
        "Is there special category data, and a condition for sharing it?",
        {
            LOW: "none is shared",
            HIGH: "some is shared, under a condition that the agreement names",
            SEVERE: "some is shared and the agreement names no condition",
        },
        "Health, ethnicity, belief and the like can cost somebody work, housing or safety, so the law asks for more.",
        ("gdpr-9", "wp248"),
        "Withhold the column, recode it into a few broad groups, or name the condition under `legal.special_category`.",
        _special,
    ),
    Known(
        "data.sensitive",
        Theme.DATA,
        Axis.HARM,
        "Are there other facts that must not be learnt about one person?",
        {LOW: "none is shared", MEDIUM: "some are shared"},
        "Debt, cost of care or absence are outside Article 9 and still of a highly personal nature.",
        ("wp248",),
        "Leave out what the purpose does not need.",
        _sensitive,
    ),
    Known(
        "data.children",
        Theme.DATA,
        Axis.HARM,
        "Is there data on children?",
        {
            LOW: "nothing suggests it",
            MEDIUM: "only what others may know, and nothing of a special category beside it",
            HIGH: "with or beside sensitive or special columns",
        },
        "Children know less of the risks and cannot well object, and what is learnt of them follows them for long.",
        ("gdpr-38", "wp248"),
        "Share school years in wider bands, or leave out what is about single years and schools.",
        _children,
    ),
    Known(
        "data.health",
        Theme.DATA,
        Axis.HARM,
        "Is there data on health or care?",
        {LOW: "nothing suggests it", HIGH: "some is shared"},
        "It was given to a professional in confidence; a duty of confidence goes beyond data protection law.",
        ("caldicott", "gdpr-9"),
        "Ask the Caldicott Guardian of the body that holds it, and share groups of conditions in place of conditions.",
        _health,
    ),
    Known(
        "data.offences",
        Theme.DATA,
        Axis.HARM,
        "Is there data on offences, or on contact with the police?",
        {
            LOW: "nothing suggests it",
            HIGH: "some is shared",
            SEVERE: "the contract says that a column is about offences, and the agreement names no condition",
        },
        "A record of offences, allegations included, may be used only under official authority or a condition in law.",
        ("gdpr-10", "ico-offences"),
        "Name the condition under `legal.criminal_offence`, recode categories into few groups, or leave the column out.",
        _offences,
    ),
    Known(
        "data.location",
        Theme.DATA,
        Axis.LIKELIHOOD,
        "How closely does the data say where somebody lives?",
        {LOW: "not at all", MEDIUM: "an area of many streets", HIGH: "more than 3,000 areas can be told apart"},
        "Where somebody lives is what most people know of most others, and small areas hold few people of any sort.",
        ("ico-anonymisation", "ons-census"),
        "Write `district` for postcodes, or recode small areas into larger ones.",
        _location,
    ),
    Known(
        "data.minimisation",
        Theme.DATA,
        Axis.LIKELIHOOD,
        "Does every dataset say why it is needed?",
        {LOW: "every one does", MEDIUM: "some do not"},
        "What is not needed adds risk and nothing else.",
        ("gdpr-5", "ico-sharing"),
        "Write `because` for each dataset, and withhold the columns for which no reason can be given.",
        _minimisation,
    ),
    Known(
        "data.quasi-columns",
        Theme.DATA,
        Axis.LIKELIHOOD,
        "By how many columns together could others know somebody?",
        {LOW: "up to 6", MEDIUM: "7 or 8", HIGH: "9 to 12", SEVERE: "more than 12"},
        "Each column multiplies the classes: with fifteen plain facts nearly everybody is alone in theirs.",
        ("rocher", "measured"),
        "Leave out columns, or links that bring more of them to one person; the profile `standard` takes at most 12.",
        _width,
    ),
    Known(
        "data.detail",
        Theme.DATA,
        Axis.LIKELIHOOD,
        "How many classes could the treated columns make?",
        {LOW: "fewer than a thousand", MEDIUM: "fewer than a hundred thousand", HIGH: "more"},
        "The number of columns and of their levels is the leak; treatments do most of the work.",
        ("ukan", "measured"),
        "Coarsen the finest columns first: wider bands, months to quarters or years, places to larger places.",
        _detail,
    ),
)
