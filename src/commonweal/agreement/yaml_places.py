"""YAML read with the place of every key and value, in the plain subset that documents people sign should use.

YAML 1.2's plain scalars: ``true`` and ``false`` are truth values, ``yes``, ``no`` and days are text. Tags, anchors,
aliases, merge keys, several documents in a file and keys given twice are problems: what is signed must read the same
to everyone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from commonweal.agreement.consistency import Path

_LARGEST = 1_000_000  # characters; the longest real agreements have a tenth of it
_DEEPEST = 24
_NESTED = re.compile(r"(?:[\[{]\s*){24}")


@dataclass(frozen=True)
class Spot:
    """A line and a column of a text, both from 1."""

    line: int
    column: int


@dataclass
class PlacedYaml:
    """What a YAML text holds: plain values, where each stands, and what was wrong with the form."""

    value: Any = None
    keys: dict[Path, Spot] = field(default_factory=dict)  # where a mapping's key stands
    values: dict[Path, Spot] = field(default_factory=dict)  # where a value stands
    mistakes: list[tuple[Spot, Path, str, str]] = field(default_factory=list)  # place, path, sentence, suggestion
    broken: bool = False  # nothing could be read

    def spot(self, path: Path) -> Spot:
        """Return the place of a key or, in a list, of a value; failing that, of the nearest thing around it."""
        while path:
            found = self.keys.get(path) or self.values.get(path)
            if found is not None:
                return found
            path = path[:-1]
        return Spot(1, 1)


def read_yaml(text: str) -> PlacedYaml:
    """Read a text; never raises: what is wrong is in `mistakes`."""
    placed = PlacedYaml()
    if len(text) > _LARGEST:
        return _broken(
            placed, Spot(1, 1), f"The document is larger than {_LARGEST:,} characters.", "Is this the right file?"
        )
    if _NESTED.search(text):  # found here, because a scanner takes seconds to say so
        return _broken(placed, Spot(1, 1), "The document is nested too deeply.", "Is this the right file?")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
        problem = (error.problem or error.context or "it cannot be read").split("\n")[0]
        return _broken(placed, spot, f"This is not YAML: {_without_values(problem)}.", _advice(text, spot))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _broken(
            placed,
            Spot(line, 1),
            "This holds a character that YAML does not allow.",
            "Save the file as plain UTF-8 text.",
        )
    except RecursionError:
        return _broken(placed, Spot(1, 1), "The document is nested too deeply.", "Is this the right file?")
    if node is None:
        return _broken(
            placed, Spot(1, 1), "The document is empty.", "`commonweal agreement template` prints one to fill in."
        )
    placed.value = _value(placed, node, (), set())
    return placed


def _broken(placed: PlacedYaml, spot: Spot, sentence: str, suggestion: str) -> PlacedYaml:
    """Mark a text as unreadable."""
    placed.mistakes.append((spot, (), sentence, suggestion))
    placed.broken = True
    return placed


def _without_values(problem: str) -> str:
    """Return YAML's own sentence without the pieces of the document that it may quote."""
    return re.sub(r"'[^']{3,}'", "something", problem)


def _advice(text: str, spot: Spot) -> str:
    """Return what most often mends a YAML mistake on a line like this one."""
    lines = text.splitlines()
    line = lines[spot.line - 1] if 0 < spot.line <= len(lines) else ""
    if "\t" in line:
        return "Indent with spaces, not tabs."
    if re.search(r":\s.*:\s", line):
        return "Put words that hold a colon in quotes."
    return "Look at the indentation and the quotes of this line and the one before."


def _value(placed: PlacedYaml, node: yaml.Node, path: Path, seen: set[int]) -> Any:
    """Return the plain value of a node, and note its place and what is wrong with it."""
    spot = Spot(node.start_mark.line + 1, node.start_mark.column + 1)
    placed.values[path] = spot
    if id(node) in seen:
        placed.mistakes.append(
            (spot, path, "Anchors and aliases are not used in agreements.", "Write the words out again.")
        )
        return None
    seen.add(id(node))
    if len(path) > _DEEPEST:
        placed.mistakes.append((spot, path, "The document is nested too deeply.", "Look at the indentation."))
        return None
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return _mapping(placed, node, path, seen)
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_value(placed, item, (*path, number), seen) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _scalar(node)
    placed.mistakes.append((spot, path, "Tags (words after !) are not used in agreements.", "Remove the tag."))
    return None


def _mapping(placed: PlacedYaml, node: yaml.MappingNode, path: Path, seen: set[int]) -> dict[str, Any]:
    """Return a mapping with text keys; a key given twice is a mistake, and the first one counts."""
    found: dict[str, Any] = {}
    for key, item in node.value:
        spot = Spot(key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, yaml.ScalarNode):
            placed.mistakes.append((spot, path, "A key must be a word.", "Look at the brackets and colons."))
            continue
        name = str(key.value)
        if name in found:
            first = placed.keys[(*path, name)].line
            placed.mistakes.append(
                (
                    spot,
                    (*path, name),
                    f"The key `{name}` is given twice (first on line {first}).",
                    "Remove one of the two.",
                )
            )
            continue
        placed.keys[(*path, name)] = spot
        found[name] = _value(placed, item, (*path, name), seen)
    return found


_SCALARS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{0,17}")


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """Return the value of a scalar by YAML 1.2's plain rules; what is not clearly a number or truth value is text."""
    kind, text = node.tag.rpartition(":")[2], str(node.value)
    if kind == "null":
        return None
    if kind == "bool" and text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    if kind == "int" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "float" and _DECIMAL.fullmatch(text):
        return float(text)
    return text
