"""The program ``commonweal``: its nouns, loaded when they are used, and the one place where errors are caught."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import typer.core
import typer.main

import commonweal
from commonweal.cli import output
from commonweal.errors import CommonwealError

NOUNS = {
    "init": "Make a new installation in a folder.",
    "check": "Look at this installation: its folder, its database, what holds its engine back.",
    "demo": "See what commonweal is for: an invented borough, an agreement, questions.",
    "serve": "Serve the pages and the HTTP API.",
    "organisation": "The bodies that hold data and sign agreements.",
    "person": "The people who use this installation.",
    "token": "Tokens for programs that ask as a person.",
    "dataset": "Add, describe and list datasets.",
    "agreement": "Check, add, sign, list, suspend and export data sharing agreements.",
    "risk": "Assess how likely an agreement's data could tell of somebody, and show it.",
    "ask": "Ask a question in SQL under an agreement.",
    "answer": "List, show and delete answers that are kept.",
    "output": "Ask checkers to release what the rules withhold; check it; fetch it.",
    "request": "Ask for access to data; talk about it; grant or decline it.",
    "meter": "What the shared tables have cost, by secret, and what is open.",
    "register": "What the public is told of agreements: show it, and write it as files.",
    "comment": "Read, publish, reject and answer comments from the public.",
    "incident": "Record what went wrong under an agreement, and list it.",
    "backup": "Copy this installation into one file while it works.",
    "restore": "Put a backup back into a new folder.",
    "ledger": "Show, verify and prove the record of what was asked and answered.",
}
"""Each noun is the module of its name in this room, with an `app`; the help is here so that none need be loaded."""

_MODULES = {"output": "output_checking"}
"""The nouns whose module has another name."""


def module_of(noun: str) -> str:
    """Return the name of the module that has a noun's commands."""
    return f"commonweal.cli.{_MODULES.get(noun, noun)}"


_INTERRUPTED = 130

_OF_THE_ROOT = {"install_completion", "show_completion"}


class Nouns(typer.core.TyperGroup):
    """The root command: it knows its nouns by name and loads the one that is used.

    Contexts and formatters are typed Any because Typer has no public names for them.
    """

    def __init__(self, **settings: Any) -> None:
        """Take Typer's settings of a group, and list the nouns that are installed."""
        super().__init__(**settings)
        installed = (noun for noun in NOUNS if find_spec(module_of(noun)))
        self.commands = {noun: typer.core.TyperCommand(noun, help=NOUNS[noun]) for noun in installed}

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a noun's command, importing its module; None for an unknown one."""
        if cmd_name not in self.commands:
            return None
        command = typer.main.get_command(import_module(module_of(cmd_name)).app)
        command.name = cmd_name
        # Each noun is a program of its own to Typer, which gives it the options that set up completion.
        command.params = [each for each in command.params if each.name not in _OF_THE_ROOT]
        return _plain(command)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of nouns for ``--help`` without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(noun, NOUNS[noun]) for noun in self.commands])


def _plain(command: Any) -> Any:
    """Let a command and all below it write help as plain text: quick, and the same in every terminal and page."""
    command.rich_markup_mode = None
    for below in getattr(command, "commands", {}).values():
        _plain(below)
    if hasattr(command, "commands"):
        command.no_args_is_help = True
    return command


app = typer.Typer(
    cls=Nouns,
    name="commonweal",
    help="Data sharing agreements that run. Every command takes --help, and --json for programs.",
    epilog="Exit codes: 0 done, 1 it failed, 2 wrong usage, 3 refused by the agreement, 4 not found, 5 not allowed.",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"commonweal {commonweal.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    installation: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="COMMONWEAL_INSTALLATION",
            help="The installation's folder; otherwise the current folder or the nearest one above it.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    output.begin(folder=installation)


def execute(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every error ends here, shown once and without a traceback."""
    from commonweal.cli import failure  # needed only at the end

    as_json = "--json" in arguments[: arguments.index("--") if "--" in arguments else None]
    output.begin(as_json=as_json)
    try:
        # SQL may begin with a comment, which is no option: options have no space after their dashes.
        words = [f" {word}" if word.startswith("-- ") else word for word in arguments]
        result = typer.main.get_command(app).main(words, prog_name="commonweal", standalone_mode=False)
        if result == _INTERRUPTED:  # Typer makes an exit code of Ctrl-C
            return failure.report_interrupted(as_json=output.json_is_wanted())
        return result if isinstance(result, int) else 0
    except CommonwealError as error:
        return failure.report(error, as_json=output.json_is_wanted())
    except typer.TyperException as error:
        return failure.report_usage(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return failure.report_interrupted(as_json=output.json_is_wanted())
    except BrokenPipeError:
        raise
    except Exception as error:
        return failure.report_unexpected(error, as_json=output.json_is_wanted())


class _WithoutPandas:
    """Says that there is no pandas: pyarrow loads it, in 0.2 s, with the first thing it converts, and no command needs it."""

    def find_spec(self, name: str, *_: object) -> None:
        """Raise for pandas; leave everything else to those who come after."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used here", name=name)


def _in_its_place(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for signs that an encoding lacks, and where to go on."""
    from commonweal.gateway.signs import in_ascii  # imported when used: hardly any terminal needs it

    assert isinstance(error, UnicodeEncodeError)
    return "".join(in_ascii(sign) for sign in error.object[error.start : error.end]), error.end


def run() -> NoReturn:
    """Run the program: the entry point of the command ``commonweal``."""
    codecs.register_error("commonweal", _in_its_place)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="commonweal")  # a terminal that lacks a letter is no reason to fail
    sys.meta_path.insert(0, _WithoutPandas())
    try:
        code = execute(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader went away, as `head` does; what is left has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    run()
