"""Assessing agreements of this installation: gathered in one reading, measured outside of any transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from commonweal.installation.installation import Installation
from commonweal.risk.assessing import gather

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.risk.assessment import AgreementAssessment


def assess(
    installation: Installation,
    agreement: Agreement,
    *,
    data: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> AgreementAssessment:
    """Return the assessment of an agreement, added or not, against what is here now; nothing is recorded.

    `data` says whether to measure on the data too, which takes about as long as a group-by over each dataset;
    `progress` gets subjects measured and subjects in all. The database is not held meanwhile.
    """
    with installation.reading() as connection:
        gathered = gather(connection, agreement, installation.ledger.now(connection))
    if not data:
        return gathered.assessment()
    limits = installation.settings.limits.as_limits()
    return gathered.assessment(gathered.measured(installation.layout.treated, limits, progress))
