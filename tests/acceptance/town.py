"""The small town of the first path, in an installation of its own, through the public Python calls."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from commonweal.agreement.reading import read_agreement
from commonweal.agreement.signature import sign
from commonweal.agreement.store import add_agreement, record_signature
from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.ingest import read_source
from commonweal.catalogue.odcs import read_contract
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts, create

FIRST_PATH = Path(__file__).parent / "first_path"
DATASETS = {
    "northbank": ["person", "housing", "council_tax", "school"],
    "riverside_nhs": ["social_care"],
    "county_police": ["police_incident"],
}
ANALYST = "analyst@northbank.example"
AGREEMENT = "arrears-and-care"


def build(folder: Path, *options: str, agreement: str | None = None) -> Installation:
    """Make the town's files and an installation that shares them under the agreement, signed by all."""
    files = folder / "files"
    subprocess.run([sys.executable, FIRST_PATH / "make_town.py", files, *options], check=True, capture_output=True)
    installation = create(folder / "town")
    for organisation, names in DATASETS.items():
        acts.add_organisation(installation, organisation, organisation.replace("_", " ").title())
        for name in names:
            contract = read_contract((FIRST_PATH / f"{name}.odcs.yaml").read_text(), source=f"{name}.odcs.yaml")
            into = installation.layout.data / organisation / name
            read = read_source(files / f"{name}.csv", contract=contract, into=into)
            acts.add_dataset(installation, Dataset(organisation, name, read.contract, read.snapshot))
    acts.add_person(installation, ANALYST, "northbank", [Role.ANALYST])
    share(installation, agreement or (FIRST_PATH / "arrears-and-care.yaml").read_text())
    return installation


def share(installation: Installation, text: str) -> None:
    """Add an agreement and sign it for all its parties."""
    with installation.reading() as connection:
        contracts = {dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)}
    agreement = read_agreement(text, source="agreement.yaml", contracts=contracts, organisations=list(DATASETS))
    with installation.transaction() as connection:
        now = datetime.now(UTC)
        add_agreement(connection, installation.ledger, agreement, at=now)
        for organisation in agreement.organisations:
            signature = sign(agreement, organisation, installation.keys.organisation(organisation), now)
            record_signature(connection, installation.ledger, signature)
