"""The page of commands, from the terminal program itself, so that it cannot say what the program does not do."""

from __future__ import annotations

import importlib
from typing import Any

import typer.main

BESIDE_THE_POINT = frozenset(["help", "install_completion", "show_completion"])
"""Parameters that every program has, and that say nothing about this one."""


def command_tree() -> Any:
    """Return the root command of the terminal program, with all its nouns loaded."""
    return typer.main.get_command(importlib.import_module("commonweal.cli.main").app)


def subcommands(command: Any, context: Any) -> list[tuple[str, Any]]:
    """Return the commands under `command` by name; none when it is no group."""
    if not hasattr(command, "list_commands"):
        return []
    found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [(name, each) for name, each in found if each is not None and not each.hidden]


def parameter_rows(command: Any) -> list[str]:
    """Return a table row for each argument and option: how it is written, and what it is for."""
    rows = []
    for parameter in command.params:
        if getattr(parameter, "hidden", False) or parameter.name in BESIDE_THE_POINT:
            continue
        if parameter.param_type_name == "argument":
            written = f"`{(parameter.metavar or parameter.name).upper()}`" + (
                "" if parameter.required else " (optional)"
            )
        else:
            value = "" if parameter.is_flag else f" {(parameter.metavar or parameter.name).upper()}"
            written = ", ".join(f"`{option}{value}`" for option in (*parameter.opts, *parameter.secondary_opts))
            written += " (required)" if parameter.required else ""
            written += " (may be repeated)" if parameter.multiple else ""
        text = " ".join((getattr(parameter, "help", None) or "").split()).replace("|", "\\|")
        rows.append(f"| {written} | {text} |")
    return rows


def sections(path: str, command: Any, context: Any) -> list[str]:
    """Return `command` and everything below it as sections, depth first."""
    below = subcommands(command, context)
    text = (command.help or "").replace("\b", "").strip()
    lines = [f"## `{path}`", "", text, ""]
    rows = parameter_rows(command)
    if rows:
        lines += ["| write | meaning |", "|---|---|", *rows, ""]
    for name, each in below:
        lines += sections(f"{path} {name}", each, context.__class__(each, info_name=name, parent=context))
    return lines


def commands_page() -> str:
    """Return the whole page."""
    root = command_tree()
    context = root.make_context("commonweal", [], resilient_parsing=True)
    return "\n".join(
        [
            "# Commands",
            "",
            "Every command takes `--help`. With `--json` a command writes one JSON document to standard output and",
            "nothing else there; notes and progress go to standard error. Exit codes: see [errors](errors.md).",
            "",
            *sections("commonweal", root, context),
        ]
    )
