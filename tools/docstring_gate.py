"""Hold the code to the figures of the house: ``python -m tools.docstring_gate [PACKAGE_DIR]``.

One table (`FIGURES`) names every figure, its limit and how it is measured, docstrings being one of them. The source is
parsed, never imported, so a broken module is reported like any other fault. Types are judged twice: mypy says whether
they are right, this whether they are there.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

VAGUE = frozenset(
    [
        "base",
        "common",
        "core",
        "helper",
        "helpers",
        "lib",
        "manager",
        "misc",
        "models",
        "services",
        "tools",
        "util",
        "utils",
    ]
)
"""Names that say nothing about what is inside; a file or folder with one of them is a junk drawer in the making."""

GENERATED = frozenset({"migrations", "__pycache__"})
"""Folders that are not judged: what is in them is written once and then fixed for ever."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file, parsed; `name` is dotted (``commonweal.ledger``), `place` relative to the package's parent."""

    name: str
    place: str
    lines: int
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Return whether the file is the ``__init__.py`` of a room."""
        return self.place.endswith("__init__.py")

    @cached_property
    def functions(self) -> list[Function]:
        """Return every function and method, nested ones included."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


@dataclass(frozen=True)
class Figure:
    """One figure: what it is called, its limits (inclusive; None is open), and what breaks them.

    `measure` takes the modules and returns the value and the places that spoil it, worst first.
    """

    name: str
    low: float | None
    high: float | None
    measure: Callable[[list[Module]], tuple[float, list[str]]]

    def limits(self) -> str:
        """Return the limits as people write them."""
        if self.low == self.high:
            return f"{self.low:g}"
        if self.low is None:
            return f"<= {self.high:g}"
        return f">= {self.low:g}" if self.high is None else f"{self.low:g} to {self.high:g}"

    def holds(self, value: float) -> bool:
        """Return whether `value` is within the limits."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def read_package(folder: Path) -> list[Module]:
    """Parse every source file under `folder` (the importable package itself); SyntaxError names the file."""
    modules = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if GENERATED & set(parts):
            continue
        text = path.read_text(encoding="utf-8")
        place = str(path.relative_to(folder.parent))
        named = parts[:-1] if parts[-1] == "__init__" else parts
        modules.append(Module(".".join((folder.name, *named)), place, text.count("\n"), ast.parse(text, place)))
    return modules


def share(good: int, places: list[str]) -> float:
    """Return the percentage of `good` among `good` and the spoilt `places`; 100 when there is nothing to judge."""
    everything = good + len(places)
    return 100.0 if everything == 0 else 100.0 * good / everything


# --- docstrings and types


def public_nodes(node: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | Function]:
    """Yield the public classes, functions and methods; what stands inside a function is nobody's interface."""
    for child in node.body:
        if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public_nodes(child)


def documented(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the share of public modules, classes, functions and methods that have a docstring, in per cent."""
    good, bare = 0, []
    for module in modules:
        nodes: list[tuple[str, ast.AST]] = [(module.place, module.tree)]
        nodes += [(f"{module.place}:{node.lineno} {node.name}", node) for node in public_nodes(module.tree)]
        for place, node in nodes:
            assert isinstance(node, ast.Module | ast.ClassDef | Function)
            if (ast.get_docstring(node) or "").strip():
                good += 1
            else:
                bare.append(f"{place} has no docstring")
    return share(good, bare), bare


def is_typed(function: Function) -> bool:
    """Return whether every argument but self and cls, and the result, have an annotation."""
    signature = function.args
    arguments = [*signature.posonlyargs, *signature.args, *signature.kwonlyargs]
    arguments += [extra for extra in (signature.vararg, signature.kwarg) if extra]
    named = [argument for argument in arguments if argument.arg not in {"self", "cls"}]
    return function.returns is not None and all(argument.annotation for argument in named)


def typed(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the share of functions that are fully typed, in per cent."""
    every = [(module, function) for module in modules for function in module.functions]
    bare = [f"{m.place}:{f.lineno} {f.name} is not fully typed" for m, f in every if not is_typed(f)]
    return share(len(every) - len(bare), bare), bare


# --- sizes and names


def lengths(modules: list[Module]) -> list[tuple[int, str]]:
    """Return the lines of every function with its place, longest first; decorators do not count."""
    found = [
        ((f.end_lineno or f.lineno) - f.lineno + 1, f"{m.place}:{f.lineno} {f.name}")
        for m in modules
        for f in m.functions
    ]
    return sorted(found, reverse=True)


def long_functions(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the share of functions over 60 lines, in per cent."""
    found = lengths(modules)
    over = [f"{place} has {length} lines" for length, place in found if length > 60]
    return 100.0 - share(len(found) - len(over), over), over


def longest_function(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the longest function, in lines."""
    found = lengths(modules)
    return (found[0][0], [f"{found[0][1]} has {found[0][0]} lines"]) if found else (0, [])


def longest_file(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the longest file, in lines."""
    found = sorted(((module.lines, module.place) for module in modules), reverse=True)
    return (found[0][0], [f"{place} has {lines} lines" for lines, place in found if lines > 500]) if found else (0, [])


def median_file(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the median file, in lines; the few lines that introduce a room are left out."""
    sizes = [module.lines for module in modules if not module.is_package]
    return (statistics.median(sizes) if sizes else 100.0), []


def vague_names(modules: list[Module]) -> tuple[float, list[str]]:
    """Count files and folders whose name says nothing."""
    found = [
        f"{module.place} has a name that says nothing" for module in modules if VAGUE & set(module.name.split("."))
    ]
    return len(found), found


def exported_names(modules: list[Module]) -> tuple[float, list[str]]:
    """Measure the most names that a room exports (its ``__all__``)."""
    most, places = 0, []
    for module in modules:
        for node in module.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                continue
            names = len(getattr(node.value, "elts", ())) if isinstance(node, ast.Assign | ast.AnnAssign) else 0
            most = max(most, names)
            places += [f"{module.place} exports {names} names"] if names > 7 else []
    return most, places


# --- imports


def runtime_imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that run when the module is imported: none inside functions, none for type checkers only."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
        elif not isinstance(node, Function | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def imported(module: Module, known: set[str]) -> set[str]:
    """Return the modules, among `known`, that `module` imports at once; ``from X import Y`` means X.Y if it is one."""
    found = set()
    for node in runtime_imports(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        stem = node.module or ""
        if node.level:
            parts = module.name.split(".")
            up = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
            stem = ".".join([*up, *([node.module] if node.module else [])])
        for alias in node.names:
            longer = f"{stem}.{alias.name}"
            found.add(longer if longer in known else stem)
    return (found & known) - {module.name}


def import_cycles(modules: list[Module]) -> tuple[float, list[str]]:
    """Count groups of modules that import one another when imported, directly or round a loop."""
    known = {module.name for module in modules}
    graph = {module.name: imported(module, known) for module in modules}
    reachable = {name: reach(name, graph) for name in graph}
    knots = {frozenset(other for other in reachable[name] if name in reachable[other]) for name in graph}
    found = sorted(sorted(knot) for knot in knots if len(knot) > 1)
    return len(found), ["imported in a circle: " + ", ".join(knot) for knot in found]


def reach(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Return every module that importing `start` brings with it; itself only when some import leads back."""
    seen: set[str] = set()
    pending = list(graph[start])
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending.extend(graph[name])
    return seen


FIGURES = (
    Figure("import cycles", 0, 0, import_cycles),
    Figure("vague names", 0, 0, vague_names),
    Figure("fully typed, %", 100, None, typed),
    Figure("public docstrings, %", 90, None, documented),
    Figure("functions over 60 lines, %", None, 0.5, long_functions),
    Figure("longest function, lines", None, 80, longest_function),
    Figure("longest file, lines", None, 500, longest_file),
    Figure("median file, lines", 60, 150, median_file),
    Figure("names a room exports", None, 7, exported_names),
)


def judge(modules: list[Module]) -> tuple[list[str], bool]:
    """Return a line for every figure, each broken one followed by at most ten of its places, and whether all hold."""
    lines, all_hold = [], True
    for figure in FIGURES:
        value, places = figure.measure(modules)
        holds = figure.holds(value)
        all_hold = all_hold and holds
        lines.append(f"{'ok    ' if holds else 'BROKEN'}  {figure.name:28} {value:8.4g}   asked: {figure.limits()}")
        if not holds:
            lines += [f"          {place}" for place in places[:10]]
            lines += [f"          and {len(places) - 10} more"] if len(places) > 10 else []
    return lines, all_hold


def main(arguments: list[str]) -> int:
    """Judge a package (``src/commonweal`` without arguments), print the table, and return the exit code."""
    folder = Path(arguments[0] if arguments else "src/commonweal").resolve()
    try:
        modules = read_package(folder)
    except SyntaxError as error:
        sys.stdout.write(f"cannot be read: {error.filename}, line {error.lineno}: {error.msg}\n")
        return 1
    if not modules:
        sys.stdout.write(f"no Python file under {folder.name}: nothing to judge\n")
        return 2
    lines, all_hold = judge(modules)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
