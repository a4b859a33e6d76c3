"""Agreed tables: what may be asked about under an agreement, as somebody who writes a question needs to see it.

Made from the agreement and the contracts alone, which whoever is named may read; never from data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.catalogue.contract import ROW, Kind
from commonweal.catalogue.levels import MISSING

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.catalogue.contract import Column
    from commonweal.catalogue.dataset import Dataset
    from commonweal.deidentification.treatment import Treatment

_NUMBERS = ("DOUBLE", "FLOAT", "REAL", "DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT")
_USES = {
    Kind.LINK: "join on it and count it",
    Kind.QUASI: "group and filter by it",
    Kind.SENSITIVE: "aggregate it",
    Kind.SPECIAL: "aggregate it",
    Kind.PLAIN: "group, filter and aggregate",
}


@dataclass(frozen=True)
class AgreedColumn:
    """A column that is shared: its name, what is done to it first, of which kind it is, and its public levels.

    `coarser` are the names of its coarser levels; `numeric` and `moment` say what can be done with it.
    """

    name: str
    treatment: str
    kind: Kind
    type: str
    meaning: str = ""
    levels: tuple[str, ...] = ()
    numeric: bool = False
    moment: bool = False
    treated_as: str = "keep"

    @property
    def use(self) -> str:
        """Return what it is for, in a few words."""
        return _USES.get(self.kind, "")

    @property
    def is_link(self) -> bool:
        """Tell whether it links records and is never shown."""
        return self.kind is Kind.LINK or self.treated_as == "link"


@dataclass(frozen=True)
class AgreedTable:
    """A dataset that is shared: the name to write in SQL, its full reference, its columns, and whom its rows are about.

    `entity` is the kind (person, household), `key` the column that names one, if it is shared, and `repeats` whether one
    has several rows.
    """

    name: str
    reference: str
    columns: tuple[AgreedColumn, ...]
    meaning: str = ""
    rows: str = ""
    entity: str = ""
    key: str = ""
    repeats: bool = False


def agreed_tables(agreement: Agreement, datasets: Mapping[str, Dataset]) -> tuple[AgreedTable, ...]:
    """Return the tables of an agreement that exist, in its order."""
    names = Counter(terms.dataset.partition("/")[2] for terms in agreement.data)
    tables = []
    for terms in agreement.data:
        dataset = datasets.get(terms.dataset)
        if dataset is None:
            continue
        contract = dataset.contract
        columns = tuple(
            _column(contract.by_name[name], treatment)
            for name, treatment in terms.columns.items()
            if treatment.name != "withhold" and name in contract.by_name and contract.by_name[name].kind is not None
        )
        entity = contract.entities[0] if contract.entities else None
        key = entity.key if entity and entity.key != ROW and entity.key in terms.columns else ""
        unique = any(column.unique for column in contract.columns if column.name == key)
        bare = dataset.name if names[dataset.name] == 1 else f"{dataset.organisation}.{dataset.name}"
        tables.append(
            AgreedTable(
                name=bare,
                reference=terms.dataset,
                columns=columns,
                meaning=contract.description or terms.because or "",
                rows=terms.rows or "",
                entity=entity.kind if entity else "",
                key=key,
                repeats=bool(key) and not unique,
            )
        )
    return tuple(tables)


def _column(column: Column, treatment: Treatment) -> AgreedColumn:
    kind = column.kind
    assert kind is not None, "an unclassified column is left out before"
    result = treatment.result_type(column.physical_type).upper()
    titles = column.levels.titles if column.levels is not None else column.codes
    return AgreedColumn(
        name=column.name,
        treatment=treatment.describe(),
        kind=kind,
        type=column.logical_type,
        meaning=column.description,
        levels=tuple(title for title in titles if title != MISSING),
        numeric=result.removeprefix("U").startswith(_NUMBERS),
        moment=result.startswith(("DATE", "TIMESTAMP")),
        treated_as=treatment.name,
    )
