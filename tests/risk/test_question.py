"""Risk at each question: the level is recorded, data decides nothing, and it refuses on its stated grounds only."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commonweal.agreement.document import Agreement
from commonweal.agreement.store import agreement as stored
from commonweal.catalogue.contract import Contract, Kind
from commonweal.catalogue.store import dataset as stored_dataset
from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.errors import Refused
from commonweal.installation import Installation, acts
from commonweal.risk import store
from commonweal.risk.assessing import gather
from commonweal.risk.level import Level
from commonweal.risk.measured import Measured
from commonweal.risk.question import GROUNDS, Assessment, Risk
from commonweal.risk.released import Openings
from tests import small_town, towns

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
HOUSING = "northbank/housing"
CONTROLLED: dict[str, Any] = {
    "id": "controlled",
    "people": [
        {
            "email": small_town.ANALYST,
            "role": "analyst",
            "accreditation": {"scheme": "accredited researcher", "until": "2027-06-30"},
        },
        {"email": "somebody@riverside.example", "role": "checker"},
        {"email": "another@riverside.example", "role": "checker"},
    ],
    "security": {"mfa": False, "environment": "controlled"},
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with small_town.made(tmp_path) as installation:
        yield installation


def assessed(
    town: Installation, identifier: str = "arrears", now: datetime = NOW, risk: Risk | None = None
) -> Assessment:
    with town.reading() as connection:
        datasets = {each.reference: each for each in stored_datasets(connection)}
        return (risk or Risk()).of_question(connection, stored(connection, identifier), datasets, [HOUSING], now)


def controlled(town: Installation) -> Agreement:
    """Add the agreement for a controlled environment, with the assessment that admits its profile."""
    towns.agree(town, copy.deepcopy(small_town.AGREEMENT) | CONTROLLED, signed_by=["northbank", "riverside"])
    with town.transaction() as connection:
        agreement = stored(connection, "controlled")
        kept = store.record(connection, town.ledger, gather(connection, agreement, NOW).assessment(), at=NOW)
        assert kept.result["profile_allowed"]
    return agreement


def with_kind(town: Installation, name: str, kind: Kind | None) -> None:
    """Have the steward give a column another kind."""
    with town.reading() as connection:
        before = stored_dataset(connection, HOUSING)
    columns = tuple(replace(each, kind=kind) if each.name == name else each for each in before.contract.columns)
    contract: Contract = replace(before.contract, columns=columns)
    acts.replace_dataset(town, replace(before, contract=contract))


def test_the_level_is_in_the_record_and_in_the_explanation(town: Installation) -> None:
    small_town.ask(town)
    assert [body["risk"] for body in small_town.entries(town, "question.asked")] == [assessed(town).level.word]


def test_a_profile_that_never_was_admitted_is_warned_of_and_answers(town: Installation) -> None:
    found = assessed(town)
    assert found.permitted
    assert any("uk-tre should not be chosen" in reason for reason in found.reasons)
    assert small_town.ask(town).to_arrow().num_rows > 0


def test_a_profile_that_was_admitted_and_is_not_any_more_refuses(town: Installation) -> None:
    controlled(town)
    risk = Risk()
    assert assessed(town, "controlled", datetime(2027, 6, 30, 12, tzinfo=UTC), risk).permitted
    refused = assessed(town, "controlled", datetime(2027, 7, 1, 12, tzinfo=UTC), risk)
    assert (refused.permitted, refused.level) == (False, Level.SEVERE)
    assert "not everybody who asks is accredited today" in refused.reasons[0]
    error = refused.refusal()
    assert isinstance(error, Refused)
    assert (error.clause, error.remedy[:21]) == ("risk", "Ask for a new version")


def test_a_later_assessment_that_admits_it_not_does_not_open_it_again(town: Installation) -> None:
    agreement, later = controlled(town), datetime(2027, 7, 1, 12, tzinfo=UTC)
    with town.transaction() as connection:
        kept = store.record(connection, town.ledger, gather(connection, agreement, later).assessment(), at=later)
    assert not kept.result["profile_allowed"]
    assert not assessed(town, "controlled", later).permitted


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.SPECIAL, "has become special category data"),
        (Kind.IDENTIFIER, "has become of the kind identifier"),
        (Kind.TEXT, "has become of the kind text"),
        (None, "has become unclassified"),
        (Kind.LINK, "has become a link"),
    ],
)
def test_a_column_that_has_become_what_nobody_agreed_to_refuses(
    town: Installation, kind: Kind | None, words: str
) -> None:
    plain = "select count(*) as homes from housing"
    small_town.ask(town, plain)
    with_kind(town, "tenancy", kind)
    with pytest.raises(Refused) as refused:
        small_town.ask(town, plain)  # it does not even use the column: what is shared is not what was signed
    assert refused.value.clause == "risk"
    assert words in refused.value.reasons[0]
    assert [body["clause"] for body in small_town.entries(town, "question.refused")] == ["risk"]
    assert len(small_town.entries(town, "question.asked")) == 1


def test_a_column_that_is_withheld_may_become_anything(town: Installation) -> None:
    written = copy.deepcopy(small_town.AGREEMENT) | {"id": "less"}
    written["data"][0]["columns"]["tenancy"] = "withhold"
    towns.agree(town, written, signed_by=["northbank", "riverside"])
    with_kind(town, "tenancy", Kind.IDENTIFIER)
    assert assessed(town, "less").permitted


def test_nothing_measured_on_the_data_changes_level_or_decision(town: Installation) -> None:
    levels = set()
    for bands in (Measured("100,000 or more", "under 1 %"), Measured("under 100", "half or more")):
        with town.transaction() as connection:
            gathered = gather(connection, stored(connection, "arrears"), NOW)
            made = gathered.assessment({HOUSING: bands})
            store.record(connection, town.ledger, made, at=NOW)
            levels.add(made.level)
        found = assessed(town)
        assert (found.level, found.permitted) == (made.at_questions, True)
        assert not any("Alone in their class" in reason for reason in found.reasons)
    assert len(levels) == 1 or max(levels) is Level.SEVERE


def test_two_worlds_are_told_the_same(tmp_path: Path) -> None:
    told = []
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        with small_town.made(tmp_path / str(seed), seed=seed) as world:
            small_town.ask(world)
            told.append((assessed(world), [body["risk"] for body in small_town.entries(world, "question.asked")]))
    assert told[0] == told[1]


def test_no_number_of_questions_refuses(town: Installation) -> None:
    risk = Risk()
    before = assessed(town, risk=risk)
    with town.transaction() as connection:
        for _ in range(600):
            town.ledger.append(connection, "question.asked", {"agreement": "arrears@1"})
    after = assessed(town, risk=risk)
    assert after.permitted
    assert any("600 questions were run" in reason for reason in after.reasons)
    assert not any("questions were run" in reason for reason in before.reasons)
    assert after == assessed(town)  # what is remembered is what is worked out


def test_a_changed_contract_and_a_new_agreement_are_seen_at_once(town: Installation) -> None:
    risk = Risk()
    assert assessed(town, risk=risk).permitted
    for number in range(3):
        towns.agree(town, copy.deepcopy(small_town.AGREEMENT) | {"id": f"same-{number}"}, signed_by=[])
    assert any("also share northbank/housing.arrears" in reason for reason in assessed(town, risk=risk).reasons)
    with_kind(town, "tenancy", Kind.SPECIAL)
    assert not assessed(town, risk=risk).permitted


def test_it_costs_less_than_a_millisecond_once_known(town: Installation) -> None:
    risk, least = Risk(), 1.0
    with town.reading() as connection:
        agreement = stored(connection, "arrears")
        datasets = {each.reference: each for each in stored_datasets(connection)}
        risk.of_question(connection, agreement, datasets, [HOUSING], NOW)
        for _ in range(20):  # the best of several: the machine may be busy
            began = time.perf_counter()
            for _ in range(10):
                risk.of_question(connection, agreement, datasets, [HOUSING], NOW)
            least = min(least, (time.perf_counter() - began) / 10)
    assert least < 0.001


def test_it_remembers_so_many_agreements_and_no_more(town: Installation) -> None:
    risk = Risk(most=2)
    for number in range(4):
        towns.agree(town, copy.deepcopy(small_town.AGREEMENT) | {"id": f"other-{number}"}, signed_by=[])
        assert assessed(town, f"other-{number}", risk=risk).permitted
    assert len(risk._known) == 2


def test_the_grounds_are_those_that_are_written_down() -> None:
    assert set(GROUNDS) == {"profile", "special category", "direct identification"}


def test_tables_opened_by_anybody_count_with_the_fullest_account(town: Installation) -> None:
    costs = [
        {f"{HOUSING}.arrears@0123456789abcdef": 0.05, f"being in {HOUSING}@0123456789abcdef": 0.01},
        {f"{HOUSING}.arrears@0123456789abcdef": 0.02},
        {"riverside/care.need@0123456789abcdef": 0.1},
    ]
    risk = Risk()
    assert not any("opened" in reason for reason in assessed(town, risk=risk).reasons)
    with town.transaction() as connection:
        for number, rho in enumerate(costs):
            body = {
                "table": f"frame {number}",
                "rho": rho,
                "agreement": "another@1",
                "columns": [],
                "asked": 0,
                "sd": 14.0,
            }
            town.ledger.append(connection, "meter.opened", body)
        tables, spent = Openings().on(connection, [HOUSING])
    assert (tables, round(spent, 6)) == (2, 0.07)
    with town.reading() as connection:
        made = gather(connection, stored(connection, "arrears"), NOW).assessment()
    found = next(each for each in made.findings if each.known.code == "released.tables")
    assert found.level is Level.MEDIUM
    assert "2 tables were opened" in found.sentence and "55 % full" in found.sentence
