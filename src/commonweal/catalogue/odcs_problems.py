"""The problems of one contract, collected so that the steward can mend them all at once."""

from __future__ import annotations

from collections.abc import Iterable

from commonweal.catalogue.names import nearest
from commonweal.catalogue.yaml_lines import LocatedYaml, Path
from commonweal.errors import BadInput, Place


class Problems:
    """Problems in the order of their lines; nothing in them quotes more of the document than its keys."""

    def __init__(self, source: str, located: LocatedYaml) -> None:
        """Take the document's name for messages and its lines."""
        self.source = source
        self.located = located
        self.found: list[tuple[int, str, str]] = []

    def add(self, path: Path, text: str) -> None:
        """Note a problem at `path`; `text` is a clause without a full stop."""
        self.found.append((self.located.line(path), _dotted(path), text))

    def unknown(self, path: Path, what: str, word: str, known: Iterable[str]) -> None:
        """Note an unknown word, with the nearest known one, or all known ones when none is near."""
        words = sorted(known)
        near = nearest(word, words)
        self.add(
            path, f"unknown {what}; did you mean {near}?" if near else f"unknown {what}; known are {', '.join(words)}"
        )

    def unknown_keys(self, path: Path, mapping: dict[str, object], known: frozenset[str]) -> None:
        """Note every key of `mapping` that the standard does not know."""
        by_small = {key.casefold(): key for key in known}
        for key in mapping:
            if key not in known:
                near = by_small.get(nearest(key, by_small), "")
                self.add((*path, key), f"unknown key {key[:60]!r}" + (f"; did you mean {near}?" if near else ""))

    def raise_if_any(self) -> None:
        """Raise BadInput if there is a problem: its place is the first one's, its reason names them all."""
        if not self.found:
            return
        found = sorted(self.found)
        line, path, text = found[0]
        listed = "; ".join(f"line {at}{', ' + where if where else ''}: {what}" for at, where, what in found[:50])
        count = "a problem" if len(found) == 1 else f"{len(found)} problems"
        raise BadInput(
            f"The contract has {count}: {text}." if len(found) == 1 else f"The contract has {count}.",
            why=listed,
            remedy="Mend the lines named and try again; docs/reference/contract.md lists what a contract may say.",
            place=Place(self.source, line=line, path=path or None),
        )


def _dotted(path: Path) -> str:
    """Return ``schema[0].properties[2].kind`` for a path."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:60]}"
    return text.removeprefix(".")
