"""`commonweal.connect` gives what `commonweal.open` gives: answers, explanations, kept answers and errors, from a server."""

from __future__ import annotations

import pickle

import pytest

import commonweal
from commonweal.client import RemoteGateway
from commonweal.errors import BadInput, Busy, NotAllowed, NotFound, UsageMistake
from commonweal.gateway.answer import Answer
from commonweal.gateway.gateway import Gateway
from commonweal.identity import tokens
from commonweal.ledger.proof import verify_proof
from commonweal.web import asking
from tests.acceptance.town import AGREEMENT
from tests.client.conftest import METERED, Place
from tests.web.people import ANALYST, OFFICER, OUTSIDER

SQL = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by tenancy"


@pytest.fixture(scope="session")
def local(place: Place) -> Gateway:
    return place.town.installation.gateway(ANALYST)


def same(one: Answer, other: Answer) -> None:
    for name in ("withheld", "notes", "sql", "agreement", "datasets", "margins"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.table.equals(other.table)
    assert one.table.schema.equals(other.table.schema, check_metadata=True)
    assert one.shown() == other.shown()


def test_the_methods_are_the_same() -> None:
    import inspect

    for name in ("datasets", "ask", "explain", "close", "__enter__", "__exit__"):
        here, there = (inspect.signature(getattr(kind, name)) for kind in (Gateway, RemoteGateway))
        assert here.parameters.keys() == there.parameters.keys(), name
    assert isinstance(RemoteGateway.answers, property)


def test_datasets(remote: RemoteGateway, local: Gateway) -> None:
    assert remote.datasets() == sorted(local.datasets())
    assert "northbank/housing" in remote.datasets()


def test_pages_of_datasets_are_put_together(remote: RemoteGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonweal.client.remote_gateway._A_PAGE", 2)
    assert len(remote.datasets()) == 6


def test_the_answer_is_the_same(remote: RemoteGateway, local: Gateway) -> None:
    there, here = remote.ask(SQL, agreement=AGREEMENT), local.ask(SQL, agreement=AGREEMENT)
    assert type(there) is type(here) is commonweal.Answer
    assert there.withheld, "nothing was withheld, so nothing of it is tested"
    same(there, here)
    assert there.to_csv() == here.to_csv()
    assert there.seconds > 0
    assert "[c]" in there._repr_html_()
    assert list(there.to_pandas().columns) == there.to_polars().columns == ["tenancy", "homes", "mean"]


def test_margins_come_to_every_digit(remote: RemoteGateway, local: Gateway) -> None:
    there, here = remote.ask(SQL, agreement=METERED), local.ask(SQL, agreement=METERED)
    assert there.margins, "there are no margins, so nothing of them is tested"
    same(there, here)
    plain = remote.ask(SQL, agreement=METERED, plain=True)
    same(plain, local.ask(SQL, agreement=METERED, plain=True))
    assert plain.margins != there.margins


def test_the_receipt_verifies_offline(place: Place, remote: RemoteGateway) -> None:
    receipt = remote.ask(SQL, agreement=AGREEMENT).receipt
    key = place.town.installation.ledger.key
    proven = verify_proof(receipt.proof, str(key))
    assert proven.entry.index == receipt.index
    assert proven.entry.kind == "question.answered"
    assert proven.entry.leaf_hash == receipt.leaf_hash


@pytest.mark.parametrize(
    "sql",
    ["select name, dob, sex from person", "select max(arrears) as most from housing", "select avg(uprn) from housing"],
)
def test_a_refusal_is_the_same(remote: RemoteGateway, local: Gateway, sql: str) -> None:
    with pytest.raises(commonweal.Refused) as there:
        remote.ask(sql, agreement=AGREEMENT)
    with pytest.raises(commonweal.Refused) as here:
        local.ask(sql, agreement=AGREEMENT)
    for name in ("message", "clause", "reasons", "remedy", "who", "nearest", "details"):
        assert getattr(there.value, name) == getattr(here.value, name), name
    assert there.value.reference.startswith("entry ")


def test_other_errors_are_the_same(place: Place, remote: RemoteGateway) -> None:
    with place.connect(ANALYST, AGREEMENT, "arrears-and-car") as narrow:
        with pytest.raises(NotFound) as unknown:
            narrow.ask(SQL, agreement="arrears-and-car")
        assert AGREEMENT in unknown.value.remedy
        with pytest.raises(NotAllowed) as other:
            narrow.ask(SQL, agreement=METERED)
        assert "token" in other.value.message
    with place.connect(OUTSIDER) as outside, pytest.raises(commonweal.Refused):
        outside.ask(SQL, agreement=AGREEMENT)
    with pytest.raises(BadInput):
        remote.ask("", agreement=AGREEMENT)
    with pytest.raises(UsageMistake, match="no twins"):
        remote.ask(SQL, agreement=AGREEMENT, twin=True)


def test_busy_says_when_to_come_again(remote: RemoteGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "DOORWAY", asking.Doorway(of_all=0))
    with pytest.raises(Busy) as busy:
        remote.ask(SQL, agreement=AGREEMENT)
    assert busy.value.retry_after == 2


def test_explained(remote: RemoteGateway, local: Gateway) -> None:
    there, here = remote.explain(SQL, agreement=AGREEMENT), local.explain(SQL, agreement=AGREEMENT)
    assert [step.name for step in there.steps] == [step.name for step in here.steps]
    assert [step.details for step in there.steps] == [step.details for step in here.steps]
    assert there.refusal is None
    refused = remote.explain("select name from person", agreement=AGREEMENT)
    expected = local.explain("select name from person", agreement=AGREEMENT)
    assert refused.refusal is not None and expected.refusal is not None
    assert refused.refusal.reasons == expected.refusal.reasons
    assert refused.refusal.details == expected.refusal.details
    assert [step.name for step in refused.steps] == [step.name for step in expected.steps] != []


def test_kept_answers(place: Place) -> None:
    with place.connect() as gateway:
        first = gateway.ask(SQL, agreement=AGREEMENT)
        number = first.receipt.index
        again = gateway.answers.open(number)
        assert again.number == number
        same(again.answer, first)
        assert again.answer.receipt == first.receipt
        (newest,) = gateway.answers.list(limit=1)
        assert newest == place.town.installation.gateway(ANALYST).answers.list(limit=1)[0]
        assert not gateway.answers.list(text="no such words")
        with place.connect(OFFICER) as officer:
            assert number in {each.number for each in officer.answers.list(all_of_agreements=True, limit=100)}
        gateway.answers.erase(number)
        for act in (gateway.answers.open, gateway.answers.erase):
            with pytest.raises(NotFound):
                act(number)
        with pytest.raises(UsageMistake):
            gateway.answers.open("../tokens")  # type: ignore[arg-type]


def test_a_revoked_token_works_no_longer(place: Place) -> None:
    secret = place.token()
    with commonweal.connect(place.url, secret) as gateway:
        assert gateway.datasets()
        installation = place.town.installation
        with installation.transaction() as connection:
            now = installation.ledger.now(connection)
            token = tokens.find(connection, secret, now)
            assert token is not None
            tokens.revoke(connection, ANALYST, token.id, now)
        for act in (gateway.datasets, lambda: gateway.ask(SQL, agreement=AGREEMENT)):
            with pytest.raises(NotAllowed) as caught:
                act()
            assert "Your tokens" in caught.value.remedy
            assert secret not in str(caught.value.as_dict())


def test_the_token_is_never_shown(place: Place) -> None:
    secret = place.token()
    with commonweal.connect(place.url, secret) as gateway:
        gateway.datasets()
        shown = [repr(gateway), str(gateway), repr(gateway._sending), repr(gateway._sending._http.auth)]
        shown += [repr(vars(gateway)), repr(vars(gateway._sending))]
        assert secret in str(vars(gateway._sending._http.auth)), "it is not where it could be shown"
        assert not any(secret in text for text in shown)
        with pytest.raises(TypeError):
            pickle.dumps(gateway)
