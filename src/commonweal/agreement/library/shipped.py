"""The agreements of the library: read once from the files beside this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from commonweal.agreement.yaml_places import read_yaml
from commonweal.errors import NotFound

NAMES = ("housing-and-care", "school-absence-and-social-care", "police-and-emergency-violence-prevention")
"""The files, in the order in which they are shown."""


@dataclass(frozen=True)
class Reusable:
    """An agreement to start from: its name in addresses, where it comes from, and its document as plain values."""

    name: str
    source: str
    document: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Return the title of the agreement."""
        return str(self.document.get("title", self.name))

    @property
    def purpose(self) -> str:
        """Return what it is for, in one sentence."""
        purpose = self.document.get("purpose")
        return str(purpose.get("statement", "")) if isinstance(purpose, Mapping) else ""

    @property
    def datasets(self) -> tuple[str, ...]:
        """Return the datasets that it shares."""
        return tuple(str(terms["dataset"]) for terms in self.document.get("data", ()) if "dataset" in terms)

    def own(self) -> dict[str, Any]:
        """Return the document as values that may be changed."""
        copy: dict[str, Any] = json.loads(json.dumps(self.document))
        return copy


@lru_cache(maxsize=1)
def shipped() -> tuple[Reusable, ...]:
    """Return the agreements that come with commonweal."""
    return tuple(Reusable(name, "commonweal", read_yaml(text_of(name)).value) for name in NAMES)


def text_of(name: str) -> str:
    """Return the YAML of a shipped agreement; `NotFound` if there is none of that name."""
    if name not in NAMES:
        raise NotFound("There is nothing of that name in the library.", remedy=f"There are {', '.join(NAMES)}.")
    return (files("commonweal.agreement.library") / f"{name}.yaml").read_text("utf-8")
