"""Exact figures reach checkers, and reach nobody else by any road before they are released."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from commonweal.errors import BadInput, CommonwealError, Conflict
from commonweal.gateway.answer import Answer
from commonweal.gateway.output_checking import figures
from commonweal.gateway.output_checking.request import Verdict, Wanted
from commonweal.gateway.output_checking.state import State
from commonweal.installation import Installation
from commonweal.ledger import verify
from commonweal.ledger.reading import entries
from tests import output_town as town
from tests import towns

FORMS = [b"143015", b"143,015", struct.pack("<d", town.SUM), struct.pack(">d", town.SUM)]
"""How the secret sum would stand in a text, or in bytes."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = town.made(tmp_path_factory.mktemp("exact"))
    yield installation
    installation.close()


def asked(place: Installation, sql: str = town.SQL, wanted: Wanted = Wanted.EXACT) -> int:
    return town.at(place, town.ANALYST).request(town.REASON, agreement="arrears", sql=sql, wanted=wanted).number


def left_behind(place: Installation) -> dict[str, bytes]:
    """Return everything that is on the disk but the data itself, raw and treated, which no analyst can reach."""
    files = [path for path in place.folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(place.folder)): path.read_bytes()
        for path in files
        if path.relative_to(place.folder).parts[0] not in {"data", "treated"}
    }


def told(place: Installation, person: str, number: int) -> str:
    """Return everything that the program tells a person, whatever they try."""
    desk = town.at(place, person)
    tries: list[Callable[[], object]] = [
        lambda: desk.show(number).as_dict(),
        lambda: desk.standing(number).as_dict(),
        lambda: [each.as_dict() for each in desk.list()],
        lambda: desk.fetch(number),
        lambda: desk.decide(number, Verdict.APPROVE, "mine"),
        lambda: desk.request(town.REASON, agreement="arrears", sql=town.SQL).as_dict(),
        lambda: place.gateway(person).ask(town.SQL, agreement="arrears").as_dict(),
        lambda: place.gateway(person).explain(town.SQL, agreement="arrears").as_dict(),
    ]
    said = []
    for attempt in tries:
        try:
            said.append(json.dumps(attempt(), default=str))
        except CommonwealError as error:
            said.append(json.dumps(error.as_dict()))
    with place.reading() as c:
        said += [json.dumps(entry.as_dict(), default=str) for entry in entries(c)]
    return "\n".join(said)


def holds(text: bytes) -> bool:
    return any(form in text for form in FORMS)


@pytest.mark.parametrize("stage", ["requested", "in review", "partly checked", "disagreed", "rejected"])
def test_the_exact_sum_is_there_for_checkers_and_nowhere_else(place: Installation, stage: str) -> None:
    number = asked(place)
    if stage != "requested":
        seen = town.at(place, town.OTHER).show(number)
        assert holds(json.dumps(seen.as_dict()).encode()), "it must be there, or nothing could leak"
        assert seen.content is not None and holds(seen.content.body), "and in bytes"
    for person, when in (
        (town.OTHER, {"partly checked", "disagreed", "rejected"}),
        (town.OWN, {"disagreed", "rejected"}),
    ):
        if stage in when:
            town.at(place, person).show(number)
            verdict = Verdict.APPROVE if stage == "disagreed" and person == town.OWN else Verdict.REJECT
            town.at(place, person).decide(number, verdict, "I looked at it")
    assert town.at(place, town.ANALYST).standing(number).state.value.replace("-", " ") == stage
    for person in (town.ANALYST, town.COLLEAGUE, town.STRANGER):
        assert not holds(told(place, person, number).encode())
    for name, content in left_behind(place).items():
        assert not holds(content), name


def test_a_request_computes_nothing(place: Installation) -> None:
    before = [*place.layout.outputs.glob("*")], town.kinds(place)
    number = asked(place)
    after = [*place.layout.outputs.glob("*")], town.kinds(place)
    assert after == (before[0], [*before[1], "output.requested"])
    town.at(place, town.OTHER).show(number)
    assert town.kinds(place) == [*after[1], "output.viewed", "output.prepared"]
    assert len([*place.layout.outputs.glob("*")]) == len(before[0]) + 1


def test_after_release_it_is_an_answer_with_a_receipt(place: Installation) -> None:
    number = asked(place)
    for person in (town.OWN, town.OTHER):
        town.at(place, person).show(number)
        town.at(place, person).decide(number, Verdict.APPROVE, "published anyway")
    for person in (town.ANALYST, town.COLLEAGUE):
        answer = town.at(place, person).fetch(number)
        assert isinstance(answer, Answer)
        owed = dict(zip(answer.table["tenancy"].to_pylist(), answer.table["owed"].to_pylist(), strict=True))
        assert owed["hostel"] == town.SUM
        assert answer.sql == town.SQL and "Released after output checking" in answer.notes[0]
        from commonweal.ledger import verify_proof

        verify_proof(answer.receipt.proof, str(place.ledger.key))


def test_unsuppressed_withholds_nothing_and_rounds(place: Installation) -> None:
    number = asked(place, wanted=Wanted.UNSUPPRESSED)
    content = town.at(place, town.OTHER).show(number).content
    assert content is not None
    rows = {row["tenancy"]: row for row in content.as_table().to_pylist()}
    assert rows["hostel"]["homes"] == 5
    assert all(row["homes"] % 5 == 0 and row["owed"] is not None for row in rows.values())
    assert rows["hostel"]["owed"] != town.SUM


def test_the_sheet_says_which_cell_breaks_which_rule(place: Installation) -> None:
    number = asked(
        place, "select tenancy, count(*) as homes, count(*) filter (where arrears < 895) as low from housing group by 1"
    )
    lines = town.at(place, town.OTHER).show(number).as_dict()["for_checkers"]["lines"]
    broken = {(line["cell"]["tenancy"], line["number"]): line for line in lines if line["breaks"]}
    hostels = [line for (tenancy, _), line in broken.items() if tenancy == "hostel"]
    assert all(line["withheld"] and line["breaks"][0]["rule"] == "threshold" for line in hostels)
    assert "4 households; at least 10 are needed" in hostels[0]["breaks"][0]["found"]
    others = [line for (tenancy, _), line in broken.items() if tenancy == "council"]
    assert (
        others and others[0]["breaks"][0]["rule"] == "class disclosure" and "all but" in others[0]["breaks"][0]["found"]
    )


def test_totals_show_what_is_withheld_for_others(place: Installation) -> None:
    number = asked(place, "select tenancy, count(*) as homes from housing group by rollup(tenancy)")
    lines = town.at(place, town.OTHER).show(number).as_dict()["for_checkers"]["lines"]
    rules = {each["rule"] for line in lines for each in line["breaks"]}
    assert rules == {"threshold", "secondary suppression"}


def test_words_to_the_requester_may_not_tell_a_figure(place: Installation) -> None:
    number = asked(place)
    desk = town.at(place, town.OTHER)
    desk.show(number)
    for words in (
        "hostels owe 143,015.625 in all",
        "143,015 in all",
        "about 143,000",
        "only 4 homes are hostels",
        "about 143016",
    ):
        with pytest.raises(BadInput, match="tell a figure"):
            desk.decide(number, Verdict.REJECT, words)
    desk.decide(number, Verdict.REJECT, "One group has too few homes; 10 are needed.")


def test_a_question_refused_for_subtraction_can_be_asked_for(place: Installation) -> None:
    from commonweal.errors import Refused

    sql = (
        "select (select sum(arrears) from housing) as everybody, "
        "(select sum(arrears) from housing where tenancy <> 'hostel') as others"
    )
    with pytest.raises(Refused):
        place.gateway(town.ANALYST).ask(sql, agreement="arrears")
    content = town.at(place, town.OTHER).show(asked(place, sql)).content
    assert content is not None
    row = content.as_table().to_pylist()[0]
    assert float(row["everybody"]) - float(row["others"]) == town.SUM


def test_checkers_are_told_what_was_released_before(place: Installation) -> None:
    first, second = asked(place), asked(place, "select count(*) as homes from housing")
    for person in (town.OWN, town.OTHER):
        town.at(place, person).show(first)
        town.at(place, person).decide(first, Verdict.APPROVE, "fine")
    assert town.at(place, town.ANALYST).standing(first).state is State.RELEASED
    known = [each["number"] for each in town.at(place, town.OTHER).show(second).about["released_before"]]
    assert first in known and second not in known
    assert "released_before" not in town.at(place, town.ANALYST).show(second).about


def test_the_cell_key_method_stays_where_only_suppression_goes(place: Installation) -> None:
    safeguards = town.document()["safeguards"] | {"perturbation": "cell-key"}
    document = town.document() | {"id": "perturbed", "safeguards": safeguards}
    towns.agree(place, document, signed_by=["northbank", "riverside"])
    sql = "select tenancy, count(*) as homes from housing group by tenancy"
    seen = {}
    for wanted in Wanted:
        made = town.at(place, town.ANALYST).request(town.REASON, agreement="perturbed", sql=sql, wanted=wanted)
        content = town.at(place, town.OTHER).show(made.number).content
        assert content is not None
        seen[wanted] = {row["tenancy"]: row["homes"] for row in content.as_table().to_pylist()}
    assert seen[Wanted.EXACT]["hostel"] == 4
    assert seen[Wanted.EXACT] != seen[Wanted.UNSUPPRESSED]
    assert all(abs(seen[Wanted.EXACT][name] - homes) <= 5 for name, homes in seen[Wanted.UNSUPPRESSED].items())


def test_two_checkers_who_look_at_once_see_one_thing(place: Installation) -> None:
    number = asked(place)
    before = len(list(place.layout.outputs.glob("*.sealed")))
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda person: town.at(place, person).show(number).content, (town.OWN, town.OTHER))
    assert one is not None and one == other
    assert len(list(place.layout.outputs.glob("*.sealed"))) == before + 1
    for person in (town.OWN, town.OTHER):
        town.at(place, person).decide(number, Verdict.APPROVE, "fine")
    assert town.at(place, town.ANALYST).standing(number).state is State.RELEASED


def test_what_is_too_large_to_be_looked_through_can_only_be_sent_back(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST_CELLS", 3)
    number = asked(place)
    for person in (town.OWN, town.OTHER):
        with pytest.raises(BadInput, match="too large"):
            town.at(place, person).show(number)
        assert town.kinds(place)[-1] == "output.failed"
        with pytest.raises(Conflict, match="not looked"):
            town.at(place, person).decide(number, Verdict.APPROVE, "surely fine")
        town.at(place, person).decide(number, Verdict.ASK, "Ask for less.")
    assert town.at(place, town.ANALYST).show(number).about["remarks"] == ["Ask for less.", "Ask for less."]


def test_erased_words_are_gone_and_the_record_still_verifies(place: Installation) -> None:
    words = "Because Mrs Applegate asked for it."
    made = town.at(place, town.ANALYST).request(words, agreement="arrears", sql="select count(*) as n from housing")
    assert town.at(place, town.ANALYST).show(made.number).about["reason"] == words
    with place.transaction() as c:
        assert place.ledger.forget_text(c, place.ledger.hashed(words, "text"))
    assert town.at(place, town.OTHER).show(made.number).about["reason"] == "(erased)"
    verify(place.layout.database)


def test_a_column_asked_for_twice_stands_twice(place: Installation) -> None:
    number = asked(place, "select tenancy as t, count(*) as t, sum(arrears) as owed from housing group by 1")
    table = town.at(place, town.OTHER).show(number).as_dict()["for_checkers"]["table"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])} == {3}


def test_under_a_metered_profile_cells_are_judged_by_rules(place: Installation) -> None:
    safeguards = {"profile": "standard", "minimum_count": 12, "output_checking": {"allowed": True}}
    document = town.document() | {"id": "metered", "safeguards": safeguards}
    towns.agree(place, document, signed_by=["northbank", "riverside"])
    made = town.at(place, town.ANALYST).request(town.REASON, agreement="metered", sql=town.SQL, wanted=Wanted.EXACT)
    seen = town.at(place, town.OTHER).show(made.number)
    assert seen.content is not None
    assert town.SUM in seen.content.as_table()["owed"].to_pylist()
    assert seen.content.beside["profile"] == "uk-tre (for standard)"
    hostels = [line for line in seen.content.beside["lines"] if line["cell"] == {"tenancy": "hostel"}]
    assert all("at least 12 are needed" in line["breaks"][0]["found"] for line in hostels)
    assert not any(line["breaks"] for line in seen.content.beside["lines"] if line["cell"] != {"tenancy": "hostel"})
