"""The table of fields: every row has a home, every key a worth, and the pages say what the code says."""

from __future__ import annotations

import re
from typing import get_origin

import pytest
import yaml

from commonweal.agreement.fields import FIELDS, ROWS, Enforcement, field_of, split, split_sentence
from commonweal.agreement.pages import paths, states_page
from commonweal.agreement.state import MOVES, State, may

from .agreed import REPOSITORY

ALL = [".".join(path) for path, _ in paths()]


def test_all_35_rows_have_a_home_that_exists() -> None:
    assert list(ROWS) == list(range(1, 36))
    assert {field.row for field in FIELDS} == set(ROWS)
    for field in FIELDS:
        for path in field.paths:
            assert path in ALL or path.startswith("("), path


def test_every_key_has_exactly_one_worth() -> None:
    listed = [path for field in FIELDS for path in field.paths]
    assert len(listed) == len(set(listed))
    holders = {path.rpartition(".")[0] for path in ALL}
    for path in ALL:
        if path not in holders:
            assert field_of(path.split(".")).how
    with pytest.raises(KeyError):
        field_of(("nothing",))


def test_the_split_is_counted_from_the_table() -> None:
    counts = split()
    assert sum(counts.values()) == 35
    assert f"enforces {counts[Enforcement.ENFORCED]}, " in split_sentence()
    assert counts[Enforcement.ENFORCED] < 35, "nobody enforces everything"


def test_the_full_example_of_the_how_to_has_every_key() -> None:
    page = (REPOSITORY / "docs" / "how-to" / "write-an-agreement.md").read_text(encoding="utf-8")
    full = yaml.load(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[1], Loader=yaml.BaseLoader)

    def written(value: object, before: str = "") -> set[str]:
        if isinstance(value, dict):
            inner = [{f"{before}{key}"} | written(item, f"{before}{key}.") for key, item in value.items()]
            return set().union(*inner)
        if isinstance(value, list):
            return set().union(*(written(item, before) for item in value))
        return set()

    missing = set(ALL) - written(full) - {"legal.dpia.why_not_needed"}
    missing = {path for path in missing if not re.search(r"\.(phone|dpo\.phone)$", path)}
    assert missing == set()


def test_the_diagram_has_every_state_and_move() -> None:
    diagram = states_page().split("```")[1]
    for state in State:
        assert state.value.replace("-", "_") in diagram
    for move in MOVES:
        assert f"{move.before.value.replace('-', '_')} --> {move.after.value.replace('-', '_')}" in diagram
    assert not any(may(State.SUPERSEDED, move.act) for move in MOVES)
    assert {move.after for move in MOVES if move.before is State.ENDED} == {State.SUPERSEDED}
    assert get_origin(tuple[int]) is tuple
