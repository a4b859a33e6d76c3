"""Fitting a draft to a dataset that took the place of another: what its contract does not have is not taken along."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from commonweal.agreement.drafting.places import Document, copied, items_at
from commonweal.catalogue.contract import Column, Contract
from commonweal.deidentification.reading import read_treatment


def fitted(document: Document, contracts: Mapping[str, Contract], datasets: Collection[str]) -> Document:
    """Return the draft without columns and links that these datasets cannot have.

    Only datasets whose contract is known are fitted; a treatment that does not suit a column is proposed anew.
    """
    made = copied(document)
    for terms in items_at(made, "data"):
        contract = contracts.get(str(terms.get("dataset")))
        if contract is None or terms.get("dataset") not in datasets:
            continue
        written = terms.get("columns")
        kept = {
            name: value
            for name, value in (written if isinstance(written, dict) else {}).items()
            if name in contract.by_name and _suits(value, contract.by_name[name])
        }
        terms.pop("columns", None)
        if kept:
            terms["columns"] = kept
    made_links = made.get("links")
    if isinstance(made_links, list):
        made["links"] = [link for link in made_links if _can_be(link, contracts, datasets)]
    return made


def _suits(value: object, column: Column) -> bool:
    try:
        return not read_treatment(value).applies_to(column.physical_type)
    except ValueError:
        return True  # kept, and told


def _can_be(link: object, contracts: Mapping[str, Contract], datasets: Collection[str]) -> bool:
    for end in link if isinstance(link, list) else ():
        dataset, _, column = str(end).rpartition(".")
        if dataset in datasets and dataset in contracts and column not in contracts[dataset].by_name:
            return False
    return True
