"""What every rule states about itself; the reference page is made of these sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A rule's name, its promise in one sentence, where it comes from, and the choices we made where the source is
    silent.
    """

    name: str
    promise: str
    source: str
    choice: str = ""
