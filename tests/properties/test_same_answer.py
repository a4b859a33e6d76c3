"""Promise 4: the same question, in any words and by anyone under the agreement, gets the same answer; tokens never match."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings

from commonweal.gateway import Gateway
from tests.acceptance.living import SECOND_ANALYST, Living
from tests.acceptance.town import AGREEMENT, FIRST_PATH, share
from tests.properties.wording import Asked, Manner, asked, manner, written

pytestmark = pytest.mark.slow

PHASES = (Phase.explicit, Phase.generate)  # each example is two questions: making a failure smaller would take minutes
SECOND = "arrears-again"


@pytest.fixture(scope="module")
def second(place: Living) -> Iterator[Gateway]:
    opened = place.installation.gateway(SECOND_ANALYST)
    yield opened


@settings(max_examples=40, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck), derandomize=True)
@given(what=asked(), first=manner(), other=manner())
def test_in_any_words_and_by_anyone(what: Asked, first: Manner, other: Manner, place: Living, second: Gateway) -> None:
    one, two = written(what, first), written(what, other)
    assume(one != two)
    note(one)
    note(two)
    mine, theirs = place.gateway.ask(one, agreement=AGREEMENT), second.ask(two, agreement=AGREEMENT)
    assert mine.table.equals(theirs.table)
    # The same cells; a reason lists what may be so of them, and words may leave one of these open.
    assert [(cell.row, cell.column) for cell in mine.withheld] == [(cell.row, cell.column) for cell in theirs.withheld]
    assert mine.notes == theirs.notes
    assert mine.receipt.index != theirs.receipt.index


def test_the_same_question_again_is_the_same_to_the_last_digit(place: Living) -> None:
    question = "select ward, sum(arrears) as total, stddev(arrears) as spread from housing group by ward"
    answers = [place.gateway.ask(question, agreement=AGREEMENT) for _ in range(3)]
    assert answers[0].table.equals(answers[1].table)
    assert answers[0].table.equals(answers[2].table)


def test_tokens_of_two_agreements_never_match(place: Living) -> None:
    import pyarrow.parquet as pq

    text = (FIRST_PATH / "arrears-and-care.yaml").read_text().replace(f"id: {AGREEMENT}", f"id: {SECOND}")
    share(place.installation, text)
    question = "select count(distinct p.uprn) as homes from person p join housing h using (uprn)"
    answers = [place.gateway.ask(question, agreement=agreement) for agreement in (AGREEMENT, SECOND)]
    assert answers[0].table.equals(answers[1].table), "the tokens of one agreement do not join"
    tokens: dict[str, dict[str, set[object]]] = {}
    for agreement in (AGREEMENT, SECOND):
        for name in ("person", "housing"):
            (file,) = (place.installation.layout.treated / f"{agreement}@1").glob(f"northbank.{name}.*.parquet")
            tokens.setdefault(name, {})[agreement] = set(pq.read_table(file).column("uprn").to_pylist())
    people, homes = tokens["person"], tokens["housing"]
    assert len(homes[AGREEMENT]) > 2000
    assert homes[AGREEMENT] == people[AGREEMENT], "within an agreement the same home has the same token"
    assert homes[SECOND] == people[SECOND]
    assert not homes[AGREEMENT] & homes[SECOND]
    assert not people[AGREEMENT] & people[SECOND]
    raw = {str(uprn) for (uprn,) in place.plain.execute("SELECT uprn FROM housing").fetchall()}
    assert not raw & {str(token) for token in homes[AGREEMENT] | homes[SECOND]}
