"""Every case of tests/spec/cases, run against a whole installation: the answer or the refusal is what the case says.

An installation is made once for each chapter; cases that differ in the agreement get an agreement of their own in it.
"""

from __future__ import annotations

import hashlib
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.errors import Refused
from tests.spec.case import FOLDER, Case, Chapter, Table, chapters
from tests.towns import Source, agree, found

if TYPE_CHECKING:
    from commonweal.installation import Installation

pytestmark = pytest.mark.skipif(
    find_spec("commonweal.gateway.ask") is None, reason="the gateway is still to be written"
)

CASES = [(chapter, case) for chapter in chapters() for case in chapter.cases]


class Towns:
    """The installations of this run, made when the first case of a chapter asks for one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[str, Installation] = {}
        self.agreed: set[tuple[str, str]] = set()

    def of(self, chapter: Chapter) -> Installation:
        if chapter.file not in self.made:
            sources = []
            for dataset, table in chapter.tables().items():
                contract = FOLDER / "contracts" / f"{dataset.split('/')[1]}.odcs.yaml"
                sources.append(Source(dataset, table.as_csv(), contract.read_text(encoding="utf-8")))
            self.made[chapter.file] = found(Path(tempfile.mkdtemp(dir=self.folder)), sources)
        return self.made[chapter.file]

    def agreement(self, chapter: Chapter, case: Case) -> str:
        """Return the identifier of the case's agreement, added and signed as the case says."""
        identifier = "case-" + hashlib.sha256("".join(case.key).encode()).hexdigest()[:8]
        if (chapter.file, identifier) not in self.agreed:
            document = dict(case.agreement) | {"id": identifier}
            agree(self.of(chapter), document, signed_by=case.signed_by, signed_on=case.signed_on)
            self.agreed.add((chapter.file, identifier))
        return identifier


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Towns(tmp_path_factory.mktemp("towns"))
    yield made
    for installation in made.made.values():
        installation.close()


def same(shown: object, wanted: str | None) -> bool:
    """Return whether a cell is what the case draws: withheld, a number (about, with ~), or a text."""
    if wanted is None or shown is None:
        return wanted is None and shown is None
    if isinstance(shown, int | float) and not isinstance(shown, bool):
        number = float(wanted.lstrip("~").removesuffix(" ±"))
        return abs(float(shown) - number) <= (0.05 * abs(number) if wanted.startswith("~") else 1e-9 * abs(number))
    return str(shown) == wanted


def has_margin(text: str | None) -> bool:
    """Return whether a case draws a margin beside a number."""
    return text is not None and text.endswith(" ±")


def check_margins(answer: Any, wanted: Table) -> None:
    """Check that exactly the numbers that are drawn with a margin have one, with their number inside."""
    shown = {(margin.row, margin.column): margin for margin in answer.margins}
    drawn = {
        (number, column)
        for number, row in enumerate(wanted.rows)
        for column, text in zip(wanted.columns, row, strict=True)
        if has_margin(text)
    }
    assert set(shown) == drawn
    for (number, column), margin in shown.items():
        assert margin.low < margin.high
        assert margin.low <= answer.to_arrow().column(column)[number].as_py() <= margin.high


def check_answer(answer: Any, wanted: Table) -> None:
    table = answer.to_arrow()
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert len(rows) == len(wanted.rows), rows
    if not wanted.columns:
        return
    assert tuple(table.column_names) == wanted.columns
    for row, drawn in zip(rows, wanted.rows, strict=True):
        assert all(same(cell, text) for cell, text in zip(row, drawn, strict=True)), f"{row} is not {drawn} in {rows}"
    check_margins(answer, wanted)


@pytest.mark.parametrize(("chapter", "case"), CASES, ids=[case.title for _, case in CASES])
def test_ruling(chapter: Chapter, case: Case, towns: Towns) -> None:
    installation = towns.of(chapter)
    gateway = installation.gateway(case.asked_by)
    identifier = towns.agreement(chapter, case)
    if case.answer is not None:
        check_answer(gateway.ask(case.ask, agreement=identifier), case.answer)
        return
    assert case.refused is not None
    with pytest.raises(Refused) as caught:
        gateway.ask(case.ask, agreement=identifier)
    refusal = caught.value
    assert case.refused.clause in refusal.clause
    assert refusal.remedy
    for reason in case.refused.reasons:
        assert any(reason in said for said in refusal.reasons), f"{reason!r} is in none of {refusal.reasons}"
    shown = f"{refusal} {refusal.as_dict()}"
    assert "Zelda Quince" not in shown, "a refusal repeats a value"
