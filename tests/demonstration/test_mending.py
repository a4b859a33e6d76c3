from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from commonweal.catalogue.odcs import read_contract
from commonweal.demonstration.documents import contract_text
from commonweal.demonstration.mending import to_mend

HEADER = "incident_id;uprn;usrn;category;outcome;occurred_on"
ROWS = (
    "1;900000000730;99000004;theft;charged;01/02/2026",
    "2;9.00000001885E11;99000004;theft;charged;01/02/2026",
    "3;N/A;99000004.0;theft;charged;N/A",
)


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_written_unusually_is_counted(tmp_path: Path, packed: bool) -> None:
    contract = read_contract(contract_text("fenmarsh_police/incident"), source="incident")
    content = "\n".join((HEADER, *ROWS)).encode()
    path = tmp_path / ("x.csv.gz" if packed else "x.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    found = to_mend(path, contract, encoding="utf-8", delimiter=";")
    assert found == {"UPRNs": 1, "USRNs": 1, "N/A": 2}
