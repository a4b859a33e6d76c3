"""The self-assessment names requirements that exist and evidence that is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from tools.pages.satre import ROOT, WORTH, requirements

SHARED = Path(os.environ.get("COMMONWEAL_SHARED", ROOT.parent / "shared"))
SPECIFICATION = SHARED / "data" / "standards" / "satre" / "specification.yaml"


def test_evidence_is_there() -> None:
    for number, said in requirements().items():
        assert re.fullmatch(r"\d\.\d\.\d\d", number)
        assert said["worth"] in WORTH
        assert said["evidence"], number
        for path in said["evidence"]:
            assert (ROOT / path).exists(), (number, path)


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification is in the shared folder")
def test_requirements_exist() -> None:
    known = {str(each["requirement_index"]) for each in yaml.safe_load(SPECIFICATION.read_text())["specification"]}
    assert set(requirements()) <= known


def test_the_container_runs_as_nobody_and_writes_only_its_data() -> None:
    made = (ROOT / "deployment" / "Dockerfile").read_text()
    assert re.search(r"^USER commonweal$", made, re.MULTILINE)
    compose = yaml.safe_load((ROOT / "deployment" / "compose.yaml").read_text())
    gateway = compose["services"]["gateway"]
    assert gateway["read_only"] is True
    assert gateway["cap_drop"] == ["ALL"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert "ports" not in gateway
