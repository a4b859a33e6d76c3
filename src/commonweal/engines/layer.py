"""One layer of what holds an engine's process back, and whether the system at hand grants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Layer:
    """A layer of confinement: its name, what it takes away, whether it is active, and if not, why not."""

    name: str
    takes_away: str
    active: bool
    why_not: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the layer as JSON-ready values."""
        return asdict(self)


def layer_from(value: Mapping[str, object]) -> Layer:
    """Return the layer that `as_dict` described; KeyError when it is not whole."""
    return Layer(str(value["name"]), str(value["takes_away"]), value["active"] is True, str(value["why_not"]))
