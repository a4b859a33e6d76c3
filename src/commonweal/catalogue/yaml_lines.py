"""YAML with the line of every value, so that a problem in a document can be shown where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from commonweal.errors import BadInput, Place

LONGEST = 2 * 2**20
"""Most characters of a document."""
MOST_VALUES = 200_000
"""Most values in a document; aliases count each time they are used, so a small file cannot grow into a huge one."""

Path = tuple[str | int, ...]


@dataclass
class LocatedYaml:
    """A document's values and, for every path into it, the line it stands on (from 1)."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[Path] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str, *, source: str) -> LocatedYaml:
    """Return the document's values with their lines; BadInput with the line if the text is not YAML or is far too large."""
    if len(text) > LONGEST:
        raise BadInput(
            "The document is too long to be one.", why="It has over two million characters.", place=Place(source)
        )
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise BadInput("The document is empty.", place=Place(source))
        located = LocatedYaml(None)
        located.value = _value(node, (), located, loader)
        return located
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise BadInput(
            "The document is not YAML.", why=f"{error.problem or 'It cannot be read'}.", place=Place(source, line=line)
        ) from None
    except yaml.YAMLError:
        raise BadInput(
            "The document is not YAML text.", why="It holds unprintable characters.", place=Place(source)
        ) from None
    except RecursionError:
        raise BadInput("The document is nested too deeply.", place=Place(source)) from None
    finally:
        if loader is not None:
            loader.dispose()


def _value(node: yaml.Node, path: Path, located: LocatedYaml, loader: yaml.SafeLoader) -> Any:
    located.lines[path] = node.start_mark.line + 1
    if len(located.lines) > MOST_VALUES:
        raise RecursionError
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), located, loader) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in mapping:
                located.repeated.append((*path, key))
            mapping[key] = _value(value_node, (*path, key), located, loader)
            located.lines[(*path, key)] = key_node.start_mark.line + 1
        return mapping
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.YAMLError):
        return str(node.value)  # a date such as 2020-13-45: the text is kept, and whoever reads it says what is wrong
