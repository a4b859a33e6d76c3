"""Where treated tables lie, and what each was made from: told by their names, without opening a file.

``treated/<agreement>@<version>/<organisation>.<dataset>.<state>.<content>.parquet``: *state* stands for the snapshot and
the contract of the dataset, *content* for everything that decides what is in the file. Count tables, which all agreements
share: ``treated/counted/<state>-<state>.<content>.counts.parquet``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.document import content_hash

FORMAT = 2
"""Part of every treated table's name: raise it when what is written changes, so that older files are not used."""

COUNTED = "counted"
"""The folder of the count tables of the metered profiles, beside the agreements' folders."""

REFERENCE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}@[0-9]{1,9}")


def agreement_folder(root: Path, agreement: str) -> Path:
    """Return the folder under `root` for the treated tables of an agreement (``id@version``); ValueError for other text."""
    if not REFERENCE.fullmatch(agreement):
        raise ValueError("An agreement's reference is its id, an @ and its version.")
    return root / agreement


def agreement_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders under `root` that hold treated tables, in the order of their names."""
    return tuple(sorted(folder for folder in root.glob("*@*") if REFERENCE.fullmatch(folder.name)))


def name_of(dataset: Dataset) -> str:
    """Return how the name of a treated table begins that is made from a dataset as it is now."""
    return f"{dataset.organisation}.{dataset.name}.{state_of(dataset)}."


def state_of(dataset: Dataset) -> str:
    """Return what stands for a dataset's snapshot and contract in the names of the files that are made from it."""
    snapshot = dataset.snapshot
    state = f"{FORMAT} {snapshot.id} {snapshot.as_of.isoformat()} {content_hash(dataset.contract)}"
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def counted_name(datasets: Iterable[Dataset], content: str) -> str:
    """Return how the name of a count table begins: the states of all the datasets that it was counted from."""
    return f"{'-'.join(sorted(state_of(dataset) for dataset in datasets))}.{content}."


def states_in(name: str) -> frozenset[str]:
    """Return the states of the datasets that the count table of this file name was counted from."""
    return frozenset(name.partition(".")[0].split("-"))


def dataset_of(name: str) -> str:
    """Return the reference of the dataset from whose data the table of this file name was made."""
    organisation, dataset, *_ = name.split(".")
    return f"{organisation}/{dataset}"
