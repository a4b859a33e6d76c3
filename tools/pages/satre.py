"""The page of the self-assessment against SATRE, from its file of evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "docs" / "reference" / "satre.yaml"

WORTH = {"met": "met by this software", "helps": "helped by it; the rest is who runs it"}


def requirements() -> dict[str, dict[str, Any]]:
    """Return each requirement's number with its worth, how, and the evidence (paths from the root)."""
    return cast("dict[str, dict[str, Any]]", yaml.safe_load(FILE.read_text(encoding="utf-8"))["requirements"])


def satre_page() -> str:
    """Return the whole page."""
    lines = [
        "# SATRE self-assessment",
        "",
        "How far this software meets the Standard Architecture for Trusted Research Environments, version 2.0 (185",
        "requirements). It assesses the software, not an environment: whoever runs one assesses that, and may begin",
        "with this file ([satre.yaml](satre.yaml)). Requirements that are not listed are theirs alone: training, staff,",
        "funding, buildings, federations.",
        "",
        "| requirement | worth | how | evidence |",
        "|---|---|---|---|",
    ]
    for number, said in requirements().items():
        evidence = ", ".join(f"`{path}`" for path in said["evidence"])
        lines.append(f"| {number} | {WORTH[said['worth']]} | {said['how']} | {evidence} |")
    counted = {worth: sum(said["worth"] == worth for said in requirements().values()) for worth in WORTH}
    lines += ["", f"{counted['met']} are met by the software, {counted['helps']} are helped by it.", ""]
    return "\n".join(lines)
