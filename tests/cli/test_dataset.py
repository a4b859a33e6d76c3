"""Datasets from the terminal, in the order in which a steward meets the commands."""

from pathlib import Path

import pytest

from commonweal.catalogue.odcs import read_contract
from tests.cli.conftest import Run

FILE = "uprn,tenancy,arrears\n" + "".join(
    f"{900000000000 + i},{'council' if i % 2 else 'owner'},{i}.5\n" for i in range(200)
)


@pytest.fixture
def housing(run: Run, town: Path) -> Path:
    """A file beside the installation, and the organisation that holds it."""
    assert run("organisation", "add", "northbank", "--title", "Northbank Council").code == 0
    path = town.parent / "housing.csv"
    path.write_text(FILE)
    return path


def files(town: Path) -> list[str]:
    return sorted(path.suffix for path in (town / "data").rglob("*") if path.is_file())


def test_a_file_becomes_a_dataset_with_a_drafted_contract(run: Run, town: Path, housing: Path) -> None:
    added = run("dataset", "add", housing, "--name", "northbank/housing", "--as-of", "2026-11-01", "--json")
    assert added.code == 0
    assert added.json["drafted"] is True
    assert added.json["added"]["rows"] == 200
    assert added.json["added"]["as_of"] == "2026-11-01"
    assert added.json["added"]["entities"] == [{"kind": "household", "key": "uprn"}]
    shown = run("dataset", "show", "northbank/housing", "--json").json["dataset"]
    kinds = {column["name"]: column.get("kind") for column in shown["columns"]}
    assert kinds == {"uprn": "link", "tenancy": "quasi", "arrears": "sensitive"}
    assert shown["source_is"] == "as it was"
    assert run("dataset", "list", "--json").json["datasets"][0]["reference"] == "northbank/housing"
    assert run("ledger", "verify").code == 0


def test_what_must_be_classified_is_said(run: Run, housing: Path) -> None:
    housing.write_text("uprn,zz\n1,a\n2,b\n")
    added = run("dataset", "add", housing, "--name", "northbank/housing")
    assert added.code == 0
    assert "(unclassified)" in added.out
    assert "Cannot be shared until they have a kind: zz." in added.err
    assert "commonweal dataset contract northbank/housing --set" in added.err
    assert run("dataset", "show", "northbank/housing", "--json").json["dataset"]["unclassified"] == ["zz"]


def test_a_contract_is_printed_mended_and_set(run: Run, town: Path, housing: Path) -> None:
    assert run("dataset", "add", housing, "--name", "northbank/housing", "--contract-out", town / "c.yaml").code == 0
    printed = run("dataset", "contract", "northbank/housing").out
    assert printed == (town / "c.yaml").read_text()
    assert "maximum: 200\n" in printed
    (town / "c.yaml").write_text(printed.replace("maximum: 200\n", "maximum: 198\n"))
    mended = run("dataset", "contract", "northbank/housing", "--set", town / "c.yaml", "--json")
    assert mended.code == 0
    assert mended.json["mended"]["rows"] == 198
    assert mended.json["set_aside"]["reasons"] == [
        {"column": "arrears", "reason": "is above the maximum", "count": 2, "first_row": 200}
    ]
    assert (
        read_contract(run("dataset", "contract", "northbank/housing").out, source="x").by_name["arrears"].maximum == 198
    )
    assert run("ledger", "verify").code == 0


def test_a_mended_contract_outlives_the_file(run: Run, town: Path, housing: Path) -> None:
    assert run("dataset", "add", housing, "--name", "northbank/housing", "--contract-out", town / "c.yaml").code == 0
    before = run("dataset", "show", "northbank/housing", "--json").json["dataset"]
    housing.unlink()
    assert run("dataset", "show", "northbank/housing", "--json").json["dataset"]["source_is"] == "gone"
    (town / "c.yaml").write_text((town / "c.yaml").read_text().replace("value: quasi", "value: plain"))
    mended = run("dataset", "contract", "northbank/housing", "--set", town / "c.yaml", "--json")
    assert mended.code == 0
    assert "read again instead" in mended.json["notes"][0]
    after = run("dataset", "show", "northbank/housing", "--json").json["dataset"]
    assert after["rows"] == before["rows"] and after["as_of"] == before["as_of"]
    assert {c["name"]: c["kind"] for c in after["columns"]}["tenancy"] == "plain"


def test_a_dataset_by_reference_follows_its_file(run: Run, housing: Path) -> None:
    assert run("dataset", "add", housing, "--name", "northbank/housing", "--reference").code == 0
    first = run("dataset", "refresh", "northbank/housing", "--json").json["unchanged"]
    housing.write_text(FILE + "900000000999,owner,3\n")
    assert run("dataset", "show", "northbank/housing", "--json").json["dataset"]["source_is"] == "changed"
    refreshed = run("dataset", "refresh", "northbank/housing", "--json").json["refreshed"]
    assert (first["rows"], refreshed["rows"]) == (200, 201)
    assert first["snapshot"] != refreshed["snapshot"]
    assert run("dataset", "add", housing, "--name", "northbank/once").code == 0
    assert run("dataset", "refresh", "northbank/once").code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--name", "northbank"), 1),
        (("--name", "southbank/housing"), 4),
        (("--name", "northbank/Housing"), 1),
        (("--name", "northbank/housing", "--contract", "missing.yaml"), 1),
        (("--name", "northbank/housing", "--as-of", "yesterday"), 2),
        (("--name", "northbank/../x"), 1),
    ],
)
def test_what_cannot_be_added_leaves_nothing(
    run: Run, town: Path, housing: Path, words: tuple[str, ...], code: int
) -> None:
    assert run("dataset", "add", housing, *words).code == code
    assert files(town) == []
    assert run("dataset", "list", "--json").json == {"datasets": []}


def test_a_bad_file_is_told_with_its_place_and_leaves_nothing(run: Run, town: Path, housing: Path) -> None:
    housing.write_text(FILE + "1,\0,2\n")
    failed = run("dataset", "add", housing, "--name", "northbank/housing", "--json")
    assert failed.code == 1
    assert failed.json["error"]["place"] == "housing.csv, line 202"
    assert files(town) == []


def test_a_taken_name_is_refused_before_the_long_work(run: Run, town: Path, housing: Path) -> None:
    assert run("dataset", "add", housing, "--name", "northbank/housing").code == 0
    before = files(town)
    housing.write_text("broken\0")  # would be an error of its own if it were read
    again = run("dataset", "add", housing, "--name", "northbank/housing", "--json")
    assert again.json["error"]["code"] == "conflict"
    assert files(town) == before == [".parquet"]


def test_rows_set_aside_are_counted_and_kept_for_the_owner(run: Run, town: Path, housing: Path) -> None:
    contract = town / "c.yaml"
    assert run("dataset", "add", housing, "--name", "northbank/one", "--contract-out", contract).code == 0
    housing.write_text(FILE + "x,owner,1\n" * 40)
    refused = run("dataset", "add", housing, "--name", "northbank/two", "--contract", contract, "--json")
    assert refused.code == 1 and "--set-aside" in refused.json["error"]["remedy"]
    contract.write_text(contract.read_text().replace("unique: true", "unique: false"))
    words = ("--name", "northbank/two", "--contract", contract, "--set-aside", "0.2", "--json")
    aside = run("dataset", "add", housing, *words).json["set_aside"]
    assert aside["count"] == 40
    assert Path(aside["file"]).stat().st_mode & 0o777 == 0o600


def test_contracts_are_exported_and_never_data(run: Run, town: Path, housing: Path) -> None:
    assert run("dataset", "add", housing, "--name", "northbank/housing").code == 0
    written = run("dataset", "export", "--to", town / "out", "--json").json["written"]
    assert [Path(file).name for file in written] == ["northbank.housing.odcs.yaml"]
    assert "900000000001" not in Path(written[0]).read_text()
    assert run("dataset", "export", "--to", town / "out").code == 1


def test_the_contracts_of_the_first_path_and_their_files(run: Run, town: Path) -> None:
    import os
    import subprocess
    import sys

    shared = Path(os.environ.get("COMMONWEAL_SHARED", Path(__file__).parents[2].parent / "shared")) / "transcript"
    if not shared.is_dir():
        pytest.skip("the folder with the first path is not here")
    subprocess.run([sys.executable, shared / "make_town.py", town.parent / "files", "--people", "600"], check=True)
    owners = {"social_care": "riverside_nhs", "police_incident": "county_police"}
    for name in ("northbank", "riverside_nhs", "county_police"):
        assert run("organisation", "add", name, "--title", name).code == 0
    for contract in sorted(shared.glob("*.odcs.yaml")):
        table = contract.name.partition(".")[0]
        name = f"{owners.get(table, 'northbank')}/{table}"
        added = run(
            "dataset", "add", town.parent / "files" / f"{table}.csv", "--name", name, "--contract", contract, "--json"
        )
        assert added.code == 0, added.err
        assert added.json["set_aside"]["count"] == 0 and added.json["drafted"] is False
    assert len(run("dataset", "list", "--json").json["datasets"]) == 6
