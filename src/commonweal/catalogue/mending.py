"""A contract mended from a form: what people wrote for each column, read and put into the contract, or said to be wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import yaml

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind, levels_of_codes
from commonweal.catalogue.levels import Levels
from commonweal.catalogue.odcs_columns import ENTITY_KIND
from commonweal.catalogue.odcs_levels import WITHOUT_LEVELS, holds, written_column_levels
from commonweal.catalogue.written_levels import read_levels
from commonweal.catalogue.yaml_lines import read_yaml
from commonweal.errors import BadInput

MOST_ENTITIES = 2
"""How many kinds of entity a form asks for; a contract may have more, and they are then written as YAML."""


@dataclass(frozen=True)
class Written:
    """What was written for one column: its kind (empty: none yet), what it means, its levels as YAML (empty: none)."""

    kind: str
    meaning: str
    levels: str


class FormProblems(BadInput):
    """What is wrong with a form, by field: ``kind-3``, ``levels-3``, ``entity-kind-1``."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Take the problems by field; there is one at least."""
        super().__init__("The contract has problems.", why=" ".join(problems.values()), remedy="Mend the fields named.")
        self.problems = dict(problems)


def levels_text(column: Column) -> str:
    """Return a column's levels as a form shows them, one line of YAML; empty when it has none, or just its codes."""
    for written in written_column_levels(column):
        if written["property"] == "levels":
            text: str = yaml.safe_dump(
                written["value"], default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
            )
            return text.strip()
    return ""


def written(column: Column) -> Written:
    """Return a column as a form shows it."""
    return Written(column.kind.value if column.kind else "", column.description, levels_text(column))


def mended(contract: Contract, head: Mapping[str, str], columns: Mapping[str, Written]) -> Contract:
    """Return the contract with what was written for the whole (`head`) and for columns; `FormProblems` with every fault.

    `head` may have ``description``, ``membership`` (known, secret), ``status`` (draft, active), and for n in 1, 2
    ``entity-kind-n`` and ``entity-key-n``. What is not named stays as it is.
    """
    problems: dict[str, str] = {}
    new = tuple(_column(number, column, columns.get(column.name), problems) for number, column in _numbered(contract))
    changed = replace(contract, columns=new)
    if "description" in head:
        changed = replace(changed, description=head["description"])
    if "membership" in head:
        membership: Literal["known", "secret"] = "known" if head["membership"] == "known" else "secret"
        changed = replace(changed, membership=membership)
    if head.get("status") in ("draft", "active"):
        changed = replace(changed, status=head["status"])
    if "entity-kind-1" in head:
        changed = replace(changed, entities=_entities(contract, head, problems))
    if problems:
        raise FormProblems(problems)
    return changed


def _numbered(contract: Contract) -> list[tuple[int, Column]]:
    return list(enumerate(contract.columns))


def _entities(contract: Contract, head: Mapping[str, str], problems: dict[str, str]) -> tuple[EntityKey, ...]:
    """Return whom the rows are about: those of the form, then those it does not ask for."""
    found: list[EntityKey] = []
    for number in range(1, MOST_ENTITIES + 1):
        kind, key = head.get(f"entity-kind-{number}", "").strip(), head.get(f"entity-key-{number}", "")
        if not kind:
            continue
        if not ENTITY_KIND.fullmatch(kind):
            problems[f"entity-kind-{number}"] = (
                "Whom a row is about is one small word, for example person, household or business."
            )
        elif key != "row" and key not in contract.by_name:
            problems[f"entity-key-{number}"] = f"Choose the column that says which {kind} a row is about."
        elif any(kind == other.kind for other in found):
            problems[f"entity-kind-{number}"] = "This is there already."
        found.append(EntityKey(kind, key))
    return (*found, *contract.entities[MOST_ENTITIES:])


def _column(number: int, column: Column, wanted: Written | None, problems: dict[str, str]) -> Column:
    if wanted is None or wanted == written(column):
        return column
    kind: Kind | None = None
    if wanted.kind:
        try:
            kind = Kind(wanted.kind)
        except ValueError:
            problems[f"kind-{number}"] = f"Choose a kind for {column.name}."
    meaning = re.sub(r"\s+", " ", wanted.meaning).strip()
    levels = _levels(number, column, kind, wanted.levels.strip(), problems)
    return replace(column, kind=kind, description=meaning, levels=levels)


def _levels(number: int, column: Column, kind: Kind | None, text: str, problems: dict[str, str]) -> Levels | None:
    """Return the levels a text writes down; those of the code list, if there is one, when there is no text."""
    if not text or kind in WITHOUT_LEVELS:  # what is never shown needs none: those proposed before go with the old kind
        return levels_of_codes(column.codes)
    said: list[str] = []
    try:
        value = read_yaml(text, source="levels").value
    except BadInput as error:
        problems[f"levels-{number}"] = f"Levels of {column.name}: {error.message}"
        return None
    read = read_levels(
        value,
        lambda _path, problem: said.append(problem),
        lambda _path, keys, known: said.extend(
            f"{str(key)[:40]} is not known here" for key in keys if key not in known
        ),
        holds=holds(column),
    )
    if said:
        problems[f"levels-{number}"] = f"Levels of {column.name}: {'; '.join(said)}."
    return read
