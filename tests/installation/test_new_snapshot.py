"""A new snapshot of data that metered tables have told of: rare, or urgent and recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.errors import Conflict
from commonweal.installation import Installation, acts
from commonweal.ledger.reading import entries
from tests.residents import sharing
from tests.residents.people import draw

COUNT = "SELECT tenancy, sum(arrears) AS total FROM resident GROUP BY tenancy"
REFERENCE = "town/resident"


@pytest.fixture
def town(tmp_path: Path) -> Installation:
    installation = sharing.founded(tmp_path / "town")
    sharing.stock(installation, draw(2_000))
    return installation


def newer(installation: Installation) -> Dataset:
    """Return the dataset as its next snapshot would have it."""
    with installation.reading() as connection:
        dataset = catalogue.dataset(connection, REFERENCE)
    return replace(dataset, snapshot=replace(dataset.snapshot, id="f" * 64))


def asked(installation: Installation) -> None:
    agreement = sharing.agree(installation, sharing.document("standard"))
    installation.gateway(sharing.ANALYST).ask(COUNT, agreement=agreement)


def test_data_that_nothing_was_told_of_may_change_at_any_time(town: Installation) -> None:
    with town:
        acts.replace_dataset(town, newer(town))


def test_a_second_snapshot_soon_after_a_question_waits(town: Installation) -> None:
    with town:
        asked(town)
        with pytest.raises(Conflict, match="cannot have a new snapshot before") as refused:
            acts.replace_dataset(town, newer(town))
    assert "--urgent" in refused.value.remedy


def test_another_contract_for_the_same_data_is_no_new_snapshot(town: Installation) -> None:
    with town:
        asked(town)
        with town.reading() as connection:
            dataset = catalogue.dataset(connection, REFERENCE)
        acts.replace_dataset(town, replace(dataset, contract=replace(dataset.contract, description="mended")))


def test_what_is_urgent_passes_and_its_reason_is_recorded(town: Installation) -> None:
    with town:
        asked(town)
        acts.replace_dataset(town, newer(town), urgent="a right to erasure")
        with town.reading() as connection:
            last = next(entries(connection, kind="dataset.replaced"))
    assert last.body["urgent"]
    assert "erasure" not in str(last.body)


def test_after_the_days_have_passed_it_may_change(town: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with town:
        asked(town)
        later = datetime.now(UTC) + timedelta(days=acts.LEAST_DAYS + 1)
        monkeypatch.setattr(town.ledger, "_clock", lambda: later)
        acts.replace_dataset(town, newer(town))


def test_a_new_snapshot_is_charged_to_accounts_of_its_own(town: Installation) -> None:
    from commonweal.gateway.metered.accounts import accounts

    with town:
        asked(town)
        with town.reading() as connection:
            before = {(a.secret, a.snapshot) for a in accounts(connection)}
        acts.replace_dataset(town, newer(town), urgent="corrected at once")
        town.gateway(sharing.ANALYST).ask(COUNT, agreement="standard")
        with town.reading() as connection:
            after = {(a.secret, a.snapshot) for a in accounts(connection)}
    assert len({secret for secret, _ in after}) == len({secret for secret, _ in before})
    assert len(after) == 2 * len(before)
