"""Questions about nearly the same people are pointed out; nothing else comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.cli import main
from commonweal.gateway.siblings.sketch import BUCKETS
from commonweal.gateway.siblings.store import siblings
from commonweal.gateway.siblings.tables import pairs, sketches
from commonweal.installation import Installation
from tests import small_town, towns
from tests.small_town import AGREEMENT, ANALYST


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with small_town.made(tmp_path_factory.mktemp("siblings")) as installation:
        other = AGREEMENT | {"id": "again", "title": "Arrears, once more"}
        towns.agree(installation, other, signed_by=["northbank", "riverside"])
        yield installation


def asked(town: Installation, where: str, agreement: str = "arrears", what: str = "count(*) as n") -> int:
    """Ask, and return the entry of the question."""
    sql = f"select {what} from housing where {where}"
    town.gateway(ANALYST).ask(sql, agreement=agreement)
    return max(int(entry["asked"]) for entry in small_town.entries(town, "question.answered"))


def found(town: Installation, agreement: str = "arrears") -> set[tuple[int, int]]:
    with town.reading() as connection:
        return {(pair.first, pair.second) for pair in siblings(connection, agreement)}


def test_all_but_a_few_is_pointed_out_across_agreements(town: Installation) -> None:
    everybody = asked(town, "arrears >= 0")
    all_but_few = asked(town, "arrears >= 2", "again")
    assert (everybody, all_but_few) in found(town) & found(town, "again")
    far = asked(town, "arrears >= 100")
    assert not any(far in pair for pair in found(town))


def test_the_same_group_again_is_none(town: Installation) -> None:
    first = asked(town, "arrears < 300")
    second = asked(town, "arrears < 300", "again")
    third = asked(town, "arrears < 300", what="avg(arrears) as mean")
    assert not any({first, second, third} & set(pair) for pair in found(town))


def test_groups_are_compared_and_not_only_whole_questions(town: Installation) -> None:
    grouped = asked(town, "arrears < 700 group by tenancy", what="tenancy, count(*) as n")
    single = asked(town, "arrears < 712 and tenancy = 'owner'")
    assert (grouped, single) in found(town)


def test_no_count_stands_in_the_database_and_no_small_group_is_kept(town: Installation) -> None:
    asked(town, "arrears = 3")
    with town.reading() as connection:
        rows = connection.execute(sa.select(sketches)).all()
        noted = connection.execute(sa.select(pairs)).all()
    assert len(rows) > 3 and noted
    sealed = {len(row.sealed) for row in rows}
    assert sealed == {12 + 8 * BUCKETS + 16}
    entries = [row.asked for row in rows]
    assert asked(town, "arrears = 4") not in entries
    assert not any("owner" in str(row) or "arrears" in row.words for row in rows)


def test_an_answer_does_not_depend_on_it(town: Installation) -> None:
    sql = "select tenancy, count(*) as n from housing where arrears >= 1 group by tenancy order by tenancy"
    one = town.gateway(ANALYST).ask(sql, agreement="arrears").to_arrow()
    asked(town, "arrears >= 2 and tenancy = 'owner'")
    assert town.gateway(ANALYST).ask(sql, agreement="arrears").to_arrow().equals(one)


def test_officers_list_them_in_the_terminal(
    town: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["commonweal", "agreement", "siblings", "arrears", *arguments])
        monkeypatch.setenv("COMMONWEAL_INSTALLATION", str(town.folder))
        with pytest.raises(SystemExit) as ended:
            main.run()
        assert not ended.value.code
        return capsys.readouterr().out

    asked(town, "arrears >= 0")
    asked(town, "arrears >= 2", "again")
    listed = json.loads(run("--json"))["siblings"]
    assert {"entries", "agreements", "dataset", "kind", "fewer_than"} == set(listed[0])
    assert "fewer than 10 households" in " ".join(run().split())


@settings(max_examples=200, deadline=None)
@given(st.sets(st.integers(0, 400)), st.sets(st.integers(0, 400)))
def test_buckets_never_differ_by_more_than_the_groups(one: set[int], other: set[int]) -> None:
    keyed = np.random.default_rng(3).integers(0, BUCKETS, 401)

    def buckets(group: set[int]) -> np.ndarray:
        return np.bincount(keyed[sorted(group)], minlength=BUCKETS) if group else np.zeros(BUCKETS, dtype=np.int64)

    assert np.abs(buckets(one) - buckets(other)).sum() <= len(one ^ other)
