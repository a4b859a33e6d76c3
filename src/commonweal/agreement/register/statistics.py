"""The figures of the register: of public agreements and the questions under them, and of nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from commonweal.agreement.register.public import Month, PublicAgreement, PublicStatus, RefusedBecause, Statistics
from commonweal.agreement.register.tally import months_of, together


def statistics_of(agreements: Sequence[PublicAgreement]) -> Statistics:
    """Return the figures; the median is of days from when a version was added until it came into force."""
    status = Counter(each.status for each in agreements)
    months = _months(agreements)
    days = [days for each in agreements for days in _days_to_force(each)]
    refusals: Counter[str] = Counter()
    for each in agreements:
        refusals.update({reason.words: reason.number for reason in each.refusals})
    return Statistics(
        agreements=len(agreements),
        by_status=tuple((name.value, status[name]) for name in PublicStatus if status[name]),
        questions=together(months),
        months=months,
        refusals=tuple(RefusedBecause(words, number) for words, number in refusals.most_common()),
        organisations=len({name for each in agreements for name in each.organisations}),
        datasets=len({terms.dataset for each in agreements for terms in each.datasets}),
        incidents=sum(len(each.incidents) for each in agreements),
        median_days_to_force=median(days) if days else None,
    )


def _months(agreements: Sequence[PublicAgreement]) -> tuple[Month, ...]:
    together_by_month: dict[str, list[Month]] = {}
    for agreement in agreements:
        for month in agreement.months:
            together_by_month.setdefault(month.month, []).append(month)
    return months_of({name: together(found) for name, found in together_by_month.items()})


def _days_to_force(agreement: PublicAgreement) -> list[float]:
    """Return, for each version that came into force, the days since it was added."""
    begun = {each.key.partition("/")[0]: each.at for each in agreement.history if each.kind == "in-force"}
    return [
        max((begun[str(version.version)] - version.added).total_seconds(), 0) / 86_400
        for version in agreement.versions
        if version.added is not None and str(version.version) in begun
    ]
