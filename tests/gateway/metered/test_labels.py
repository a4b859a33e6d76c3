"""A table's label names all that decides what is counted: with anything else it is another table, with other noise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from commonweal.catalogue.contract import EntityKey
from commonweal.catalogue.dataset import Dataset
from commonweal.disclosure.metered.axis import Axis
from commonweal.disclosure.metered.noise import noise
from commonweal.gateway.metered import opening
from commonweal.gateway.metered.feature import Feature, Form, Hop
from commonweal.gateway.metered.opening import charges, label
from tests.gateway.metered.borough import DATASETS, DEBT, NEED

DEBTS = Feature((), "town/home", Form.VALUE, "debt", DEBT, True, False)
NEEDS = Feature((Hop("uprn", "town/visit", "uprn"),), "town/visit", Form.FLAGS, "need", NEED, True, True)
HOME = DATASETS["town/home"]


def named(
    *secrets: Feature, frame: Dataset = HOME, sd: float = 14.0, what: str = "counts", key: str = "", **changed: Dataset
) -> str:
    datasets = DATASETS | {frame.reference: frame} | {f"town/{name}": each for name, each in changed.items()}
    return label(frame, datasets, secrets or (DEBTS,), what, sd=sd, key=key)


def with_snapshot(dataset: Dataset, **changed: object) -> Dataset:
    return replace(dataset, snapshot=replace(dataset.snapshot, **changed))  # type: ignore[arg-type]


def with_contract(dataset: Dataset, **changed: object) -> Dataset:
    return replace(dataset, contract=replace(dataset.contract, **changed))  # type: ignore[arg-type]


def uniquely(dataset: Dataset, column: str) -> Dataset:
    columns = tuple(replace(each, unique=each.name == column) for each in dataset.contract.columns)
    return with_contract(dataset, columns=columns)


OTHERS = {
    "another secret": named(NEEDS),
    "two secrets": named(DEBTS, NEEDS),
    "other levels": named(replace(DEBTS, levels=replace(DEBT, edges=(0.0, 100.0, 400.0)))),
    "another top": named(replace(DEBTS, levels=replace(DEBT, top=3000.0))),
    "another snapshot": named(frame=with_snapshot(HOME, id="1" * 64)),
    "another day for ages": named(frame=with_snapshot(HOME, as_of=HOME.snapshot.as_of + timedelta(days=1))),
    "another entity's key": named(frame=with_contract(HOME, entities=(EntityKey("home", "ward"),))),
    "a key that is not unique": named(frame=uniquely(HOME, "")),
    "counted by another key": named(key="ward"),
    "other noise": named(sd=17.0),
    "sums in bands": named(what="sums in bands"),
    "formal": named(what="counts, formal"),
}  # fmt: skip


def test_whatever_is_counted_otherwise_has_another_label() -> None:
    labels = [named(), *OTHERS.values()]
    assert len(set(labels)) == len(labels), {name: each for name, each in OTHERS.items() if labels.count(each) > 1}


def test_the_way_of_counting_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = named()
    monkeypatch.setattr(opening, "COUNTING", "next")
    assert named() != before


def test_what_a_secret_is_read_from_is_in_it() -> None:
    visit = DATASETS["town/visit"]
    before = named(NEEDS)
    assert named(NEEDS, visit=with_snapshot(visit, id="1" * 64)) != before
    assert named(NEEDS, visit=with_contract(visit, entities=(EntityKey("home", "uprn"),))) != before
    assert named(NEEDS, visit=uniquely(visit, "person_id")) != before
    assert named(DEBTS, visit=with_snapshot(visit, id="1" * 64)) == named(DEBTS), "it is not read"


def test_words_about_a_dataset_are_not_in_it() -> None:
    assert named(frame=with_contract(HOME, description="homes", version="2")) == named()


def test_another_label_has_other_noise_and_another_snapshot_another_account() -> None:
    axes = {"ward": Axis.flat("ward", 5)}
    drawn = [noise(b"k" * 32, each, (("ward", 1),), axes, 3, 14.0) for each in (named(), *OTHERS.values())]
    for place, one in enumerate(drawn):
        assert all(abs(float(np.corrcoef(one.reshape(-1), other.reshape(-1))[0, 1])) < 0.95 for other in drawn[:place])
    next_one = with_snapshot(HOME, id="1" * 64)
    own, later = (charges(home, DATASETS | {home.reference: home}, (DEBTS,)) for home in (HOME, next_one))
    assert not {each.account for each in own} & {each.account for each in later}


def test_other_levels_and_other_frames_of_one_snapshot_are_charged_to_one_account() -> None:
    """So a contract with other edges, or a link from elsewhere, tells of a secret within the same cap."""
    finer = replace(DEBTS, levels=replace(DEBT, edges=(0.0, 100.0, 400.0)))
    from_people = replace(DEBTS, path=(Hop("uprn", "town/home", "uprn"),))
    of_debt = "town/home.debt@"
    accounts = [
        [each.account for each in charges(frame, DATASETS, (secret,)) if each.account.startswith(of_debt)]
        for frame, secret in ((HOME, DEBTS), (HOME, finer), (DATASETS["town/person"], from_people))
    ]
    assert accounts[0] == accounts[1] == accounts[2] and len(accounts[0]) == 1
