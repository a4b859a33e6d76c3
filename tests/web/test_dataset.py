from __future__ import annotations

import os
import re
import zipfile
from html import unescape
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.installation.datasets import safe_name
from commonweal.ledger.reading import entries
from tests.web.browser import Screens
from tests.web.people import ADMINISTRATOR, ANALYST, OFFICER, OTHER_STEWARD, STEWARD
from tests.web.served import Served, csrf, sent

RENTS = "uprn,tenant_name,age,rent,shoes\n" + "".join(
    f"{100000 + i},Person {i},{20 + i % 50},{300 + i},{30 + i % 14}\n" for i in range(300)
)


def add(client: TestClient, name: str, file: str, content: bytes | str, **more: object) -> httpx2.Response:
    mark = csrf(client.get("/catalogue/add"))
    files = {"file": (file, content), **more}
    return client.post("/catalogue/add", data={"csrf": mark, "name": name}, files=files)  # type: ignore[arg-type]


def problem(page: httpx2.Response) -> str:
    """Return what the summary at the top of a page says is wrong."""
    assert page.status_code == 422, page.status_code
    summary = page.text.split("There is a problem", 1)[1].split("</ul>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", summary)).split())


def stored(town: Served, reference: str) -> Dataset:
    with town.installation.reading() as connection:
        return catalogue.dataset(connection, reference)


def left_behind(town: Served) -> set[Path]:
    """Return every file in the installation that a reading could have left."""
    layout = town.installation.layout
    return {
        Path(folder) / file
        for place in (layout.data, layout.uploads)
        for folder, _, files in os.walk(place)
        for file in files
        if not file.startswith(".held")
    }


def written_columns(page: httpx2.Response) -> dict[str, str]:
    """Return what the form of a contract holds for its columns, by field."""
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<textarea[^>]*name="(levels-\d+)"[^>]*>(.*?)</textarea>', page.text, re.S)
    }
    for number in range(len(found)):
        select = page.text.split(f'name="kind-{number}"', 1)[1].split("</select>", 1)[0]
        chosen = re.search(r'<option value="([^"]*)" selected', select)
        found[f"kind-{number}"] = chosen[1] if chosen else ""
        meaning = re.search(rf'name="meaning-{number}"[^>]*?value="([^"]*)"', page.text)
        found[f"meaning-{number}"] = unescape(meaning[1]) if meaning else ""
    return found


def test_a_dataset_says_what_it_is_to_whom(town: Served) -> None:
    page = town.browser(ANALYST).get("/catalogue/northbank/housing").text
    for words in (
        "household by uprn",
        "Others may know who is in it",
        "Under “Rent arrears among people who receive care”",
        "for linking only, as a token of this agreement",
        "7 amounts",
        "uprn with northbank/person.uprn",
        "Nobody has asked about it yet.",
        "Contract (Open Data Contract Standard 3.1, YAML)",
    ):
        assert words in page, words
    assert "Mend the contract" not in page
    assert "2,597" not in page
    snapshot = stored(town, "northbank/housing").snapshot.id[:12]
    assert snapshot not in page
    steward = town.browser(STEWARD).get("/catalogue/northbank/housing").text
    assert "Mend the contract" in steward
    assert snapshot in steward
    assert "No row was set aside" in steward


def test_questions_are_counted_by_month(town: Served) -> None:
    with town.installation.gateway(ANALYST) as gateway:
        gateway.ask("SELECT band, count(*) FROM northbank.council_tax GROUP BY band", agreement="arrears-and-care")
    page = town.browser(OFFICER).get("/catalogue/northbank/council_tax").text
    assert "1 question so far." in page
    assert "1 question so far." not in town.browser(OFFICER).get("/catalogue/northbank/school").text


def test_the_contract_is_handed_out(town: Served) -> None:
    file = town.browser(ANALYST).get("/catalogue/northbank/housing/contract.odcs.yaml")
    assert file.headers["content-disposition"] == 'attachment; filename="northbank.housing.odcs.yaml"'
    assert "kind: DataContract" in file.text


def test_a_steward_adds_mends_and_replaces(town: Served) -> None:
    steward = town.browser(STEWARD)
    added = add(steward, "rents", "rents.csv", RENTS)
    assert added.status_code == 200
    assert "300 rows were read" in added.text
    assert "Cannot be shared until they have a kind: shoes." in added.text
    dataset = stored(town, "northbank/rents")
    assert dataset.source is None  # where the file lay for a moment is of no use to anybody
    assert dataset.contract.status == "draft"

    address = "/catalogue/northbank/rents"
    form = steward.get(f"{address}/contract")
    columns = written_columns(form) | {"kind-4": "plain", "meaning-4": "Size of shoes", "meaning-3": "Rent a week"}
    head = {
        "description": "Rents of homes",
        "membership": "known",
        "finished": "yes",
        "entity-kind-1": "household",
        "entity-key-1": "uprn",
    }
    wrong = sent(
        steward, f"{address}/columns", head | columns | {"levels-3": "{amounts: [a]}"}, at=f"{address}/contract"
    )
    assert "Levels of rent" in problem(wrong)
    assert "Rents of homes" in wrong.text  # what was typed is still there
    done = sent(steward, f"{address}/columns", head | columns, at=f"{address}/contract")
    assert done.headers["location"] == f"{address}?done=contract-mended"
    contract = stored(town, "northbank/rents").contract
    assert (contract.status, contract.membership, contract.description) == ("active", "known", "Rents of homes")
    assert contract.by_name["shoes"].kind == "plain"
    assert contract.by_name["rent"].description == "Rent a week"
    assert contract.by_name["age"].levels is not None

    text = unescape(
        steward.get(f"{address}/contract").text.split('name="text"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]
    )
    assert (
        sent(steward, f"{address}/contract", {"text": text.replace("Rents of homes", "Weekly rents")}).status_code
        == 303
    )
    assert stored(town, "northbank/rents").contract.description == "Weekly rents"

    before = stored(town, "northbank/rents").snapshot
    mark = csrf(steward.get(f"{address}/replace"))
    new = steward.post(
        f"{address}/replace",
        data={"csrf": mark, "as_of": "2026-10-01"},
        files={"file": ("new.csv", "\n".join(RENTS.splitlines()[:101]))},
    )
    assert new.headers["location"] == f"{address}?done=data-replaced"
    after = stored(town, "northbank/rents").snapshot
    assert (after.rows, after.as_of.isoformat()) == (100, "2026-10-01")
    assert not before.path.exists()
    with town.installation.reading() as connection:
        kinds = [
            entry.kind for entry in entries(connection, kind="dataset") if entry.body["dataset"] == "northbank/rents"
        ]
        newest = next(entries(connection, kind="dataset.replaced"))
    assert kinds == ["dataset.replaced"] * 3 + ["dataset.added"]
    assert newest.body["by"] == town.installation.ledger.person_hash(STEWARD)


def test_a_contract_that_is_sent_is_the_contract(town: Served) -> None:
    contract = town.browser(STEWARD).get("/catalogue/northbank/housing/contract.odcs.yaml").text
    data = "uprn,tenancy,ward,arrears\n" + "".join(f"{900 + i},council,W01,{i}\n" for i in range(60))
    more = {"contract": ("c.yaml", contract.replace("name: housing", "name: lets"))}
    assert add(town.browser(STEWARD), "lets", "lets.csv", data, **more).status_code == 200
    assert stored(town, "northbank/lets").contract.status == "active"
    wrong = {"contract": ("c.yaml", "apiVersion: v3.1.0\nkind: Nonsense\n")}
    assert "contract, line" in problem(add(town.browser(STEWARD), "lets2", "lets.csv", data, **wrong))
    assert "UTF-8" in problem(
        add(town.browser(STEWARD), "lets2", "lets.csv", data, contract=("c.yaml", b"\xff\xfe\x00"))
    )


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"%PDF-1.7 and so on", "PDF"),
        ("x.csv", b"a,b\n", "no rows"),
        ("x.parquet", b"PAR1 not really PAR1", "x.parquet"),
        ("x.xlsx", b"PK\x03\x04broken", "x.xlsx"),
        ("x.csv", b"\x7fELF\x02\x01\x01" + b"\0" * 64, "program"),
    ],
)
def test_what_is_no_table_is_said_to_be_none_and_leaves_nothing(
    town: Served, file: str, content: bytes, words: str
) -> None:
    before = left_behind(town)
    assert words in problem(add(town.browser(STEWARD), "hostile", file, content))
    assert left_behind(town) == before
    assert town.browser(STEWARD).get("/catalogue/northbank/hostile").status_code == 404


def test_a_bomb_is_refused_and_leaves_nothing(town: Served) -> None:
    before, bomb = left_behind(town), BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 60_000_000)
        archive.writestr("[Content_Types].xml", b"<x/>")
    assert problem(add(town.browser(STEWARD), "bomb", "bomb.xlsx", bomb.getvalue()))
    assert left_behind(town) == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", "a/b", "A", "a b", "é", "x" * 64, "<script>alert(1)</script>", "a\x00b", ""]
)
def test_a_name_that_is_no_name_is_refused(town: Served, name: str) -> None:
    before = left_behind(town)
    refused = add(town.browser(STEWARD), name, "x.csv", RENTS)
    assert "name" in problem(refused)
    assert "<script>alert" not in refused.text
    assert left_behind(town) == before


@pytest.mark.parametrize(
    "file",
    ["../../../evil.csv", "..\\..\\evil.csv", "/etc/cron.d/evil.csv", "\u202eevil.csv", ".held", "a" * 300 + ".csv"],
)
def test_a_name_of_a_file_leads_nowhere(town: Served, file: str) -> None:
    folder = town.installation.folder
    outside = set(folder.parent.iterdir())
    name = f"n{abs(hash(file)) % 10**8}"
    assert add(town.browser(STEWARD), name, file, RENTS).status_code == 200
    assert set(folder.parent.iterdir()) == outside
    assert not list(folder.rglob("*evil*"))
    assert list(town.installation.layout.uploads.iterdir()) == []


def test_names_of_files_become_harmless() -> None:
    assert safe_name("../../rents.csv") == "rents.csv"
    assert safe_name("C:\\data\\Rents 2026.csv") == "Rents_2026.csv"
    assert safe_name("..") == "file"
    assert safe_name("\x00<b>") == "b_"
    assert len(safe_name("x" * 500)) == 80


def test_only_stewards_of_the_organisation_may_change_a_dataset(town: Served) -> None:
    pages, before = ("contract", "replace"), stored(town, "northbank/housing")
    for email in (ANALYST, OFFICER, ADMINISTRATOR, OTHER_STEWARD):
        client = town.browser(email)
        mark = csrf(client.get("/"))
        for page in pages:
            assert client.get(f"/catalogue/northbank/housing/{page}").status_code == 403, (email, page)
        for page in (*pages, "columns"):
            answer = client.post(f"/catalogue/northbank/housing/{page}", data={"csrf": mark, "text": "x"})
            assert answer.status_code == 403, (email, page)
        if email != OTHER_STEWARD:
            assert client.get("/catalogue/add").status_code == 403
            answer = client.post("/catalogue/add", data={"csrf": mark, "name": "x"}, files={"file": ("x.csv", RENTS)})
            assert answer.status_code == 403
    assert stored(town, "northbank/housing") == before


def test_a_steward_adds_to_their_own_organisation_whatever_they_send(town: Served) -> None:
    client = town.browser(OTHER_STEWARD)
    mark = csrf(client.get("/catalogue/add"))
    data = {"csrf": mark, "name": "visits", "organisation": "northbank"}
    assert client.post("/catalogue/add", data=data, files={"file": ("v.csv", RENTS)}).status_code == 200
    assert stored(town, "riverside_nhs/visits").organisation == "riverside_nhs"


def test_a_taken_name_is_a_problem_of_the_name(town: Served) -> None:
    assert "northbank/housing already" in problem(add(town.browser(STEWARD), "housing", "x.csv", RENTS))


def test_files_are_taken_only_from_people_and_pages_of_ours(town: Served) -> None:
    visitor = town.browser()
    refused = visitor.post("/catalogue/add", data={"csrf": "x"}, files={"file": ("x.csv", RENTS)})
    assert refused.status_code == 422  # before anything of it is kept
    steward = town.browser(STEWARD)
    assert steward.post("/catalogue/add", data={"csrf": "x"}, files={"file": ("x.csv", RENTS)}).status_code == 403
    mark = csrf(steward.get("/catalogue/add"))
    long = steward.post(
        "/catalogue/add", data={"csrf": mark, "name": "x" * (9 * 2**20)}, files={"file": ("x.csv", "a")}
    )
    assert long.status_code == 422
    raw = steward.post(
        "/catalogue/add", content=b"x" * (17 * 2**20), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert raw.status_code == 413
    assert not town.installation.layout.uploads.exists() or list(town.installation.layout.uploads.iterdir()) == []


def test_files_that_are_sent_lie_on_the_installations_own_disk(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    opened: list[object] = []
    real = tempfile._TemporaryFile if hasattr(tempfile, "_TemporaryFile") else tempfile.TemporaryFile

    def noting(*given: object, **options: object) -> object:
        opened.append(options.get("dir"))
        return real(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tempfile, "TemporaryFile", noting)
    big = RENTS + "\n".join(RENTS.splitlines()[1:]) * 200  # beyond what is held in memory
    add(town.browser(STEWARD), "big", "big.csv", big)
    assert len(big) > 2**20
    assert opened == [str(town.installation.layout.uploads)]


def test_a_new_snapshot_waits_ninety_days_unless_it_is_urgent(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    from commonweal.gateway.metered import accounts

    steward = town.browser(STEWARD)
    add(steward, "kept", "kept.csv", RENTS)
    monkeypatch.setattr(accounts, "is_open", lambda *_: True)  # a table about it is open
    address = "/catalogue/northbank/kept/replace"

    def post(**more: str) -> httpx2.Response:
        mark = csrf(steward.get(address))
        return steward.post(
            address, data={"csrf": mark, **more}, files={"file": ("k.csv", RENTS.replace("Person", "Tenant"))}
        )

    assert "cannot have a new snapshot before" in problem(post())
    assert post(urgent="A court ordered it").status_code == 303
    with town.installation.reading() as connection:
        newest = next(entries(connection, kind="dataset.replaced"))
    assert newest.body["dataset"] == "northbank/kept"
    assert "court" not in str(newest.body)  # the reason is in the erasable table; the entry has its hash
    assert newest.body["urgent"] == town.installation.ledger.hashed("A court ordered it", "text")


def test_a_steward_adds_a_dataset_in_a_real_browser(screens: Screens, tmp_path: Path) -> None:
    (tmp_path / "homes.csv").write_text(RENTS)
    for scripts in (True, False):
        screen = screens.of(STEWARD, scripts=scripts)
        page = screen.open("/catalogue")
        page.get_by_role("link", name="Add a dataset").click()
        name = f"homes{'' if scripts else '2'}"
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("File", exact=True).set_input_files(tmp_path / "homes.csv")
        page.get_by_role("button", name="Read it and add it").click()
        assert page.get_by_role("heading", level=1).inner_text() == f"northbank/{name} is added"
        if scripts:
            screen.check()
        page.get_by_role("button", name="Look at the contract").click()
        page.get_by_label("What the dataset is").fill("Homes that are let")
        page.get_by_label("Whom a row is about").fill("household")
        page.get_by_label("The column that says which one").select_option("uprn")
        page.get_by_label("Yes, it is known").check()
        page.locator("#kind-4").select_option("plain")
        page.get_by_role("button", name="Save and read the data by it").click()
        assert "The contract is mended" in page.inner_text("main")
        assert "Homes that are let" in page.inner_text("main")
        assert page.get_by_role("heading", level=1).inner_text() == f"northbank/{name}"
