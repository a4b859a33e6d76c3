"""Treated tables of an agreement, made when they are first needed: what the engine may read, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from commonweal.agreement.document import Agreement
from commonweal.agreement.links import domains
from commonweal.agreement.rows import rows_expression
from commonweal.agreement.ruling import Obligations
from commonweal.catalogue.contract import ROW
from commonweal.catalogue.dataset import Dataset
from commonweal.deidentification.tokens import agreement_key
from commonweal.gateway.surroundings import Surroundings
from commonweal.gateway.treated import TreatedTable, no_progress, treated_table
from commonweal.gateway.treated_place import agreement_folder


def treated_tables(
    agreement: Agreement,
    references: Sequence[str],
    datasets: Mapping[str, Dataset],
    obligations: Obligations,
    around: Surroundings,
    progress: Callable[[int, int], None] = no_progress,
) -> dict[str, TreatedTable]:
    """Return the treated table of each dataset that a question reads, by reference; `progress` as in `treated_table`."""
    domain = domains(agreement.links)
    master = around.secret("pseudonyms")

    def key(name: str) -> bytes:
        return agreement_key(master, agreement.id, name)

    tables = {}
    for reference in references:
        dataset, terms = datasets[reference], agreement.terms(reference)
        assert terms is not None
        keys = {entity.key for entity in dataset.contract.entities if entity.key != ROW}
        linked = {name for name, treatment in terms.columns.items() if treatment.name == "link"}
        tables[reference] = treated_table(
            dataset,
            terms.columns,
            rows_expression(terms),
            token_domains={name: domain.get(f"{reference}.{name}", f"{reference}.{name}") for name in keys | linked},
            token_key=key,
            record_key=around.secret(f"record-keys:{reference}")
            if obligations.rules.perturbation is not None or obligations.rules.siblings
            else None,
            folder=agreement_folder(around.treated, agreement.reference),
            progress=progress,
        )
    return tables
