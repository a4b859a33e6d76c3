"""What may be asked about, and examples of it: every example is one that the agreement permits."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.agreement.store import agreement as stored
from commonweal.catalogue.store import datasets
from commonweal.errors import Refused
from commonweal.gateway.agreed import agreed_tables
from commonweal.gateway.examples import examples
from commonweal.gateway.pointing import Piece, pieces
from tests.acceptance import town

TEXT = (Path(town.FIRST_PATH) / "arrears-and-care.yaml").read_text()


@pytest.fixture(scope="module", params=["uk-tre", "standard"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    text = TEXT.replace("profile: uk-tre", f"profile: {request.param}")
    with town.build(tmp_path_factory.mktemp("agreed"), agreement=text) as installation:
        with installation.reading() as connection:
            document = stored(connection, town.AGREEMENT)
            known = {dataset.reference: dataset for dataset in datasets(connection)}
        yield installation, document, agreed_tables(document, known)


def test_every_example_is_answered(case) -> None:  # type: ignore[no-untyped-def]
    installation, document, tables = case
    found = examples(tables, document.links)
    assert len(found) == 6
    gateway = installation.gateway(town.ANALYST)
    for example in found:
        assert gateway.ask(example.sql, agreement=document.id).table.num_rows > 0, example.sql


def test_tables_say_what_is_agreed(case) -> None:  # type: ignore[no-untyped-def]
    _, document, tables = case
    assert [table.reference for table in tables] == [terms.dataset for terms in document.data]
    care = next(table for table in tables if table.name == "social_care")
    assert (care.entity, care.key, care.repeats) == ("person", "person_id", True)
    need = next(column for column in care.columns if column.name == "need")
    assert need.levels == ("respite", "dementia", "mobility", "learning", "mental health")
    shared = {(terms.dataset, name) for terms in document.data for name in terms.columns}
    assert {(table.reference, column.name) for table in tables for column in table.columns} == shared


@pytest.mark.parametrize("sql", ["select uprn,\n  'uprn'\nfrom housing", "", "uprn", "select 1\n"])
def test_pieces_are_the_whole_text(sql: str) -> None:
    refusal = Refused("c", ["the column uprn is not shared"], remedy="", details={"about": ["uprn"]})
    found = pieces(sql, refusal)
    assert "".join(piece.text for piece in found) == sql
    assert [piece for piece in found if piece.meant] == ([Piece("uprn", meant=True)] if "uprn" in sql else [])
