"""Duties: what the rules ask of every answer, a sentence each, said before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence

from commonweal.disclosure.metered.profile import Metered
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.reasons import in_words


def duties(rules: Rules, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return what `rules` will do to an answer about entities of `kinds`, in the order in which a reader asks.

    It depends on the rules and the kinds only, never on data.
    """
    if not kinds:
        return ("the data is about nobody, so nothing is withheld or rounded",)
    people = in_words(kinds)
    zeros = "nothing tells a group of none from a group of a few" if rules.zeros_hidden else "a group of none is shown"
    said = [f"a number about fewer than {rules.threshold} {people} is withheld; {zeros}"]
    if rules.class_disclosure:
        said.append("what says the same of everybody, or of nobody, in a group is withheld")
    if rules.dominance is not None:
        most, share = rules.dominance
        said.append(f"a sum is withheld when the largest {most} of those in it hold more than {share:g} % of it")
    if rules.p_percent is not None:
        said.append(f"a sum is withheld when it tells the largest of those in it to within {rules.p_percent:g} %")
    said.append(f"a median or other quantile has at least {rules.quantile_side} {people} on each side")
    if rules.perturbation is not None:
        said.append(f"counts are shifted by up to {rules.perturbation.largest_shift} (cell key method)")
    elif rules.rounding > 1:
        said.append(f"counts are rounded to the nearest {rules.rounding}, and sums are scaled to them")
    if rules.secondary:
        said.append("where totals are asked for too, no withheld number can be worked out from them")
    return tuple(said)


def metered_duties(profile: Metered, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return what a metered profile will do to an answer about entities of `kinds`."""
    people = in_words(kinds) if kinds else "people"
    return (
        "every number is read from noisy tables that are shared by all questions, so the same question has the same answer",
        f"a group of fewer than {profile.threshold} {people} is withheld, and so is a number read as being about fewer",
        f"whatever is asked, by anybody, one secret costs at most {profile.cap:g} of privacy for each snapshot",
    )
