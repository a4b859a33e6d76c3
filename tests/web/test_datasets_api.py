from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from commonweal.catalogue import store as catalogue
from commonweal.identity import tokens
from commonweal.identity.person import Role
from commonweal.installation import acts
from commonweal.ledger.proof import verify_proof
from commonweal.ledger.reading import entries
from tests.web.people import ANALYST, HEAD, OFFICER, OTHER_OFFICER, OTHER_STEWARD, OUTSIDER, STEWARD
from tests.web.served import Served

RENTS = "uprn,tenant_name,age,rent\n" + "".join(f"{100000 + i},P{i},{20 + i % 50},{300 + i}\n" for i in range(200))


def client(town: Served, email: str, *agreements: str) -> TestClient:
    """Return a program of somebody, with a token."""
    with town.installation.transaction() as connection:
        now = town.installation.ledger.now(connection)
        chosen = frozenset(agreements or ("arrears-and-care",))
        until = now + timedelta(days=1)
        _, secret = tokens.make(connection, email, name="test", agreements=chosen, until=until, now=now)
    found = town.browser()
    found.headers["authorization"] = f"Bearer {secret}"
    return found


def test_datasets_are_found_and_paged(town: Served) -> None:
    program = client(town, ANALYST)
    body = program.get("/api/datasets", params={"q": "school absence"}).json()
    assert [each["dataset"] for each in body["datasets"]] == ["northbank/school"]
    assert body["datasets"][0]["ask_under"] == ["arrears-and-care"]
    assert body["datasets"][0]["rows_exact"] is False
    seen, cursor = [], ""
    for _ in range(10):
        body = program.get("/api/datasets", params={"limit": 2, "cursor": cursor}).json()
        seen += [each["dataset"] for each in body["datasets"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == body["total"] >= 6
    assert program.get("/api/datasets", params={"cursor": "no/such"}).status_code == 422
    assert program.get("/api/datasets", params={"joins": "uprn", "under": "any"}).json()["total"] == 3
    assert client(town, OUTSIDER).get("/api/datasets", params={"under": "any"}).json()["total"] == 0
    assert town.browser().get("/api/datasets").status_code == 401


def test_a_token_shows_what_may_be_asked_under_its_agreements(town: Served) -> None:
    elsewhere = client(town, ANALYST, "another-agreement")
    assert elsewhere.get("/api/datasets/northbank/housing").json()["ask_under"] == []
    assert elsewhere.get("/api/meter", params={"agreement": "arrears-and-care"}).status_code == 403


def test_a_dataset_is_shown_with_what_its_agreements_do(town: Served) -> None:
    body = client(town, ANALYST).get("/api/datasets/northbank/housing").json()
    columns = {each["name"]: each for each in body["columns"]}
    assert columns["uprn"]["treatments"] == {"arrears-and-care": "for linking only, as a token of this agreement"}
    assert columns["ward"]["levels"]["titles"][0] == "W01"
    assert body["membership"] == "known"
    assert body["rows"] == 2600
    assert client(town, STEWARD).get("/api/datasets/northbank/housing").json()["rows"] == 2597
    missing = client(town, ANALYST).get("/api/datasets/northbank/nope")
    assert missing.status_code == 404
    assert missing.json()["code"] == "not-found"
    for path in ("northbank/..%2f..", "NORTH/x", "northbank/%00"):
        assert client(town, ANALYST).get(f"/api/datasets/{path}").status_code == 404


def test_a_steward_adds_mends_and_replaces(town: Served) -> None:
    steward = client(town, STEWARD)
    added = steward.post("/api/datasets", data={"dataset": "northbank/rents"}, files={"file": ("r.csv", RENTS)})
    assert added.status_code == 201, added.text
    assert added.json()["drafted"] is True
    assert added.json()["rows"] == 200
    again = steward.post("/api/datasets", data={"dataset": "northbank/rents"}, files={"file": ("r.csv", RENTS)})
    assert again.status_code == 409

    contract = steward.get("/api/datasets/northbank/rents/contract")
    assert contract.headers["content-type"].startswith("application/yaml")
    text = contract.text.replace("status: draft", "status: active")
    headers = {"content-type": "application/yaml", "if-match": contract.headers["etag"]}
    mended = steward.put("/api/datasets/northbank/rents/contract", content=text, headers=headers)
    assert mended.status_code == 200, mended.text
    late = steward.put("/api/datasets/northbank/rents/contract", content=text, headers=headers)
    assert late.status_code == 409
    wrong = steward.put(
        "/api/datasets/northbank/rents/contract", content="a: [", headers={"content-type": "application/yaml"}
    )
    assert wrong.status_code == 422
    assert "line 1" in wrong.json()["place"]

    data = {"as_of": "2026-10-01"}
    new = steward.put("/api/datasets/northbank/rents/data", data=data, files={"file": ("n.csv", RENTS[:3000])})
    assert new.status_code == 200, new.text
    with town.installation.reading() as connection:
        assert catalogue.dataset(connection, "northbank/rents").snapshot.as_of.isoformat() == "2026-10-01"


@pytest.mark.parametrize(
    ("data", "files", "place"),
    [
        ({}, {"file": ("x.csv", RENTS)}, "dataset"),
        ({"dataset": "northbank/x"}, {}, "file"),
        ({"dataset": "northbank/x", "as_of": "soon"}, {"file": ("x.csv", RENTS)}, "as_of"),
        ({"dataset": "northbank/x"}, {"file": ("x.csv", b"%PDF-1.4")}, "x.csv"),
        ({"dataset": "northbank/x"}, {"file": ("x.csv", RENTS), "contract": ("c", b"\xff")}, "contract"),
    ],
)
def test_what_is_wrong_with_what_is_sent_is_said_with_its_place(
    town: Served, data: dict[str, str], files: dict[str, tuple[str, bytes]], place: str
) -> None:
    refused = client(town, STEWARD).post("/api/datasets", data=data, files=files or None)
    assert refused.status_code == 422
    assert place in refused.json()["place"]
    assert refused.headers["content-type"] == "application/problem+json"


def test_others_may_not(town: Served) -> None:
    for email in (ANALYST, OFFICER, OTHER_STEWARD):
        program = client(town, email)
        added = program.post("/api/datasets", data={"dataset": "northbank/y"}, files={"file": ("r.csv", RENTS)})
        assert added.status_code == 403, email
        put = program.put("/api/datasets/northbank/housing/data", files={"file": ("r.csv", RENTS)})
        assert put.status_code == 403
        headers = {"content-type": "application/yaml"}
        assert program.put("/api/datasets/northbank/housing/contract", content="x", headers=headers).status_code == 403
    session = town.browser(STEWARD)
    headers = {"sec-fetch-site": "cross-site"}
    forged = session.post(
        "/api/datasets", data={"dataset": "northbank/y"}, files={"file": ("r.csv", RENTS)}, headers=headers
    )
    assert forged.status_code == 403
    assert session.post("/api/ledger/verify", json={}, headers=headers).status_code == 403


def test_the_ledger_is_read_proved_and_verified(town: Served) -> None:
    with town.installation.gateway(ANALYST) as gateway:
        answer = gateway.ask("SELECT count(*) AS n FROM northbank.housing", agreement="arrears-and-care")
    officer, visitor = client(town, OFFICER), town.browser()
    body = officer.get("/api/ledger/entries", params={"dataset": "northbank/housing", "kind": "question"}).json()
    assert "A question was asked of northbank/housing" in body["entries"][0]["words"]
    page = officer.get("/api/ledger/entries", params={"limit": 3}).json()
    older = officer.get("/api/ledger/entries", params={"limit": 3, "before": page["next"]}).json()
    assert page["entries"][-1]["index"] == older["entries"][0]["index"] + 1
    own = client(town, ANALYST).get("/api/ledger/entries", params={"limit": 500}).json()["entries"]
    digest = town.installation.ledger.person_hash(ANALYST)
    assert own and all(digest in str(each["body"]) for each in own)

    receipt = answer.receipt
    at = f"/api/ledger/entries/{receipt.index}"
    assert visitor.get(at).status_code == 401
    assert visitor.get(at, params={"leaf": "0" * 64}).status_code == 404
    assert visitor.get(at, params={"leaf": receipt.leaf_hash}).json()["kind"] == "question.answered"
    proof = visitor.get(f"{at}/proof", params={"leaf": receipt.leaf_hash})
    assert verify_proof(proof.text, visitor.get("/api/ledger/key").text.strip()).entry.index == receipt.index
    kept = visitor.get("/api/ledger/checkpoint").text
    verified = officer.post("/api/ledger/verify", json={"against": kept})
    assert verified.status_code == 200, verified.text
    assert verified.json()["verified"] is True
    assert officer.post("/api/ledger/verify", json={"against": "nonsense"}).status_code == 422
    assert client(town, ANALYST).post("/api/ledger/verify", json={}).status_code == 403
    assert client(town, OUTSIDER).get(at).status_code == 403
    assert officer.get("/api/ledger/entries/99999999999999999999").status_code in {404, 422}


def test_a_report_is_made_recorded_and_read_again_by_its_maker(town: Served) -> None:
    officer = client(town, OFFICER)
    wanted = {"about": "dataset", "named": "northbank/housing", "reason": "Request 7"}
    made = officer.post("/api/ledger/reports", json=wanted)
    assert made.status_code == 201, made.text
    number = made.json()["report"]
    with town.installation.reading() as connection:
        assert next(entries(connection, kind="report.made")).index == number
    assert officer.get(f"/api/ledger/reports/{number}").json() == made.json()
    csv = officer.get(f"/api/ledger/reports/{number}", headers={"accept": "text/csv"})
    assert csv.text.startswith("entry,time,person")
    assert client(town, OTHER_OFFICER).get(f"/api/ledger/reports/{number}").status_code == 404
    assert client(town, HEAD).post("/api/ledger/reports", json=wanted).status_code == 403
    assert officer.post("/api/ledger/reports", json=wanted | {"named": "northbank/nothing"}).status_code == 404
    assert officer.post("/api/ledger/reports", json=wanted | {"reason": ""}).status_code == 422
    assert officer.post("/api/ledger/reports", json=wanted | {"reason": "  "}).status_code == 422


def test_the_meter_is_for_those_whom_it_concerns(town: Served) -> None:
    assert client(town, ANALYST).get("/api/meter").json() == {"accounts": [], "over_snapshots": []}
    opened = {
        "asked": 1, "agreement": "arrears-and-care@1", "table": "x", "columns": [["ward", 1]],
        "rho": {"northbank/housing.arrears@0123": 0.02, "county_police/police_incident.category@45": 0.01},
    }  # fmt: skip
    with town.installation.transaction() as connection:
        town.installation.ledger.append(connection, "meter.opened", opened)
    both = client(town, ANALYST).get("/api/meter").json()["accounts"]
    assert [each["secret"] for each in both] == ["northbank/housing.arrears", "county_police/police_incident.category"]
    one = client(town, ANALYST).get("/api/meter", params={"dataset": "northbank/housing"}).json()["accounts"]
    assert [each["rho"] for each in one] == [0.02]
    assert client(town, ANALYST).get("/api/meter/tables").json()["tables"][0]["columns"] == ["ward"]
    acts.add_organisation(town.installation, "elsewhere", "Elsewhere")
    acts.add_person(town.installation, "stranger@x.example", "elsewhere", [Role.ANALYST])
    stranger = client(town, "stranger@x.example")
    assert stranger.get("/api/meter").json()["accounts"] == []
    assert stranger.get("/api/meter/tables").json()["tables"] == []
