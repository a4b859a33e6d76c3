"""The documents of the demonstration: contracts and two agreements, shipped inside the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from commonweal.demonstration.exports import write_whole

DATASETS = (
    "fenwick/housing",
    "fenwick/council_tax",
    "fenwick_care/adult_care",
    "marsh_vale_nhs/community_care",
    "fenmarsh_police/incident",
    "fenwick_schools/pupil",
    "fenwick/resident",
)
"""The six datasets in the order of the story, and the register of residents that joins them."""

ORGANISATIONS = {
    "fenwick": "Fenwick Council",
    "fenwick_care": "Fenwick Adult Care",
    "marsh_vale_nhs": "Marsh Vale NHS Trust",
    "fenmarsh_police": "Fenmarsh Police",
    "fenwick_schools": "Fenwick Schools Trust",
}
AGREEMENT = "arrears-and-care"
FOR_EVERYONE = "homes-and-care"
"""The second agreement, under the profile `standard`: for people who are not accredited."""
REGISTER = "fenwick/resident"


def contract_text(dataset: str) -> str:
    """Return the contract (ODCS 3.1 YAML) of one of `DATASETS`."""
    name = dataset.partition("/")[2]
    return files("commonweal.demonstration").joinpath("contracts", f"{name}.odcs.yaml").read_text(encoding="utf-8")


def agreement_text(name: str = AGREEMENT) -> str:
    """Return an agreement (YAML): of the five organisations, unless the second one is named."""
    return files("commonweal.demonstration").joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def copy_documents(folder: Path) -> None:
    """Write the contracts and the agreements into `folder`, for people to read."""
    for dataset in DATASETS:
        name = dataset.partition("/")[2]
        write_whole(folder / f"{name}.odcs.yaml", contract_text(dataset).encode())
    for name in (AGREEMENT, FOR_EVERYONE):
        write_whole(folder / f"{name}.yaml", agreement_text(name).encode())
