"""Findings on recognition: the ICO's three tests (singling out, linkability, inference) and the motivated intruder."""

from __future__ import annotations

from commonweal.catalogue.contract import Kind
from commonweal.disclosure.metered.profile import METERED
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Judged, Known, Theme, listed
from commonweal.risk.level import Level, worst
from commonweal.risk.scenarios import scenarios
from commonweal.risk.subjects import Subject

LOW, MEDIUM, HIGH, SEVERE = Level

NO_CLASS_RULE = frozenset({"nhs", "business"})
"""Rules profiles that do not withhold "everybody" and "nobody"."""

ALONE = (LOW, MEDIUM, HIGH, HIGH, SEVERE)
"""The level for each band of the share that is alone in its class."""

SMALL = (SEVERE, HIGH, MEDIUM, LOW, LOW)
"""The level for each band of the number of entities."""


def _singling_out(facts: Facts) -> Judged:
    """From the number of classes alone; what was measured on the data has a finding of its own."""
    if not facts.width:
        return Judged(LOW, "Nothing that others may know is shared, so nobody can be picked out by it.")
    level = LOW if facts.detail < 3 else MEDIUM if facts.detail < 5 else HIGH
    likely = {LOW: "few", MEDIUM: "some", HIGH: "many"}[level]
    what = "column" if facts.width == 1 else "columns together"
    return Judged(level, f"By {facts.width} {what}, {likely} people or homes could be the only ones of their sort.")


def _measured(facts: Facts) -> list[Subject]:
    return [each for each in facts.subjects if each.quasi]


def _alone(facts: Facts) -> Judged:
    asked = _measured(facts)
    if not asked:
        return Judged(LOW, "Nothing that others may know is shared.")
    missing = tuple(each.title for each in asked if each.dataset not in facts.measured)
    found = [(facts.measured[each.dataset], each) for each in asked if each.dataset in facts.measured]
    level = worst([ALONE[bands.alone_rank] for bands, _ in found] + [MEDIUM] * bool(missing))
    said = [f"{each.title}: {bands.alone}" for bands, each in sorted(found, key=lambda one: -one[0].alone_rank)]
    if missing:
        said.append(f"not measured: {listed(missing, 3)}")
    return Judged(level, "Alone in their class: " + "; ".join(said[:4]) + ".", tuple(each.title for _, each in found))


def _small(facts: Facts) -> Judged:
    found = [(bands, each) for each in facts.subjects if (bands := facts.measured.get(each.dataset)) is not None]
    if not found:
        return Judged(MEDIUM, "It was not measured how many people or homes there are.")
    smallest, subject = min(found, key=lambda one: one[0].size_rank)
    return Judged(SMALL[smallest.size_rank], f"The smallest: {subject.title}, {smallest.size}.", (subject.title,))


def _linkability(facts: Facts) -> Judged:
    pairs = {frozenset(end.partition(".")[0] for end in link) for link in facts.agreement.links}
    if not pairs:
        return Judged(LOW, "No datasets are joined.")
    level = MEDIUM if len(pairs) <= 3 else HIGH
    what = "1 pair of datasets is" if len(pairs) == 1 else f"{len(pairs)} pairs of datasets are"
    return Judged(level, f"{what} joined, person by person or home by home.")


def _inference(facts: Facts) -> Judged:
    chosen, special = str(facts.agreement.safeguards.profile), facts.of_kind(Kind.SPECIAL)
    if not facts.secrets:
        return Judged(LOW, "Nothing is shared that must not be learnt about one person.")
    about = tuple(each.name for each in (special or facts.secrets))
    if chosen in NO_CLASS_RULE:
        return Judged(HIGH, f"{chosen} shows that all of a group have {listed(about, 3)}, or none.", about)
    if chosen in METERED and not special:
        return Judged(LOW, f"Noise hides whether all of a group have {listed(about, 3)}.", about)
    return Judged(MEDIUM, f"A group's {listed(about, 3)} is told of everybody in it, likely or not.", about)


def _intruder(facts: Facts) -> Judged:
    imagined = scenarios(facts)
    if not imagined:
        return Judged(LOW, "Nobody would gain anything.")
    likeliest = max(imagined, key=lambda scenario: scenario.level)
    return Judged(likeliest.level, f"The likeliest of {len(imagined)} scenarios: {likeliest.who}.")


FINDINGS = (
    Known(
        "recognition.singling-out",
        Theme.RECOGNITION,
        Axis.LIKELIHOOD,
        "Singling out: could somebody be the only one of their sort?",
        {LOW: "fewer than a thousand classes", MEDIUM: "fewer than a hundred thousand classes", HIGH: "more"},
        "Whoever is alone in a class is found by anybody who knows the class, without a name.",
        ("ico-anonymisation", "rocher"),
        "Fewer columns, and coarser ones.",
        _singling_out,
    ),
    Known(
        "recognition.alone",
        Theme.RECOGNITION,
        Axis.LIKELIHOOD,
        "How many people or homes are alone in their class, measured on the data?",
        {
            LOW: "under 1 %",
            MEDIUM: "1 to 5 %, or not measured",
            HIGH: "5 to 50 %",
            SEVERE: "half or more",
        },
        "It is counted in a locked connection over the treated columns, joined as the agreement allows; only the band "
        "leaves it.",
        ("ico-anonymisation", "ukan"),
        "Coarsen the finest columns and measure again.",
        _alone,
        from_data=True,
    ),
    Known(
        "recognition.small-population",
        Theme.RECOGNITION,
        Axis.LIKELIHOOD,
        "How many people or homes does the smallest dataset hold?",
        {
            LOW: "10,000 or more",
            MEDIUM: "1,000 to 9,999, or not measured",
            HIGH: "100 to 999",
            SEVERE: "under 100",
        },
        "In a small population everybody is known, and to be in it may be the secret itself.",
        ("ons-census", "ico-anonymisation"),
        "Share a larger area or more years together, or a frame of everybody with membership as a fact in it.",
        _small,
        from_data=True,
    ),
    Known(
        "recognition.linkability",
        Theme.RECOGNITION,
        Axis.LIKELIHOOD,
        "Linkability: can records about one person be put together?",
        {LOW: "no datasets are joined", MEDIUM: "up to three pairs", HIGH: "four pairs or more"},
        "Matching is what the agreement is for, and a criterion of high risk: together, records tell more than apart. "
        "Tokens are the agreement's own and match no other's.",
        ("ico-anonymisation", "wp248"),
        "Name only the links that the purpose needs.",
        _linkability,
    ),
    Known(
        "recognition.inference",
        Theme.RECOGNITION,
        Axis.LIKELIHOOD,
        "Inference: could a fact about somebody be worked out from a group?",
        {
            LOW: "nothing is to be protected, or a metered profile and nothing of a special category",
            MEDIUM: "sensitive or special columns under any other profile that hides full and empty groups",
            HIGH: "under a profile that shows full and empty groups",
        },
        "If everybody in a group has the condition, so has each of them; a strong likelihood can do the same harm.",
        ("ico-anonymisation", "ons-census", "nhs-hes"),
        "Choose a profile that withholds or blurs full and empty groups.",
        _inference,
        of_profile=True,
    ),
    Known(
        "recognition.intruder",
        Theme.RECOGNITION,
        Axis.LIKELIHOOD,
        "The motivated intruder: who would try, with what, and what stands in the way?",
        {LOW: "no scenario is likelier", MEDIUM: "the likeliest scenario is of medium risk", HIGH: "of high risk"},
        "A test of means that are reasonably likely to be used; the scenarios of this agreement are listed with it.",
        ("ico-anonymisation",),
        "What hinders each scenario is written beside it: take the likeliest first.",
        _intruder,
        of_profile=True,
    ),
)
