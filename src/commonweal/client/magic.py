"""``%%commonweal``: a cell of SQL in a notebook, asked under an agreement. Loaded by ``%load_ext commonweal``.

    %%commonweal arrears-and-care --into homes
    select tenancy, count(*) as homes from housing group by tenancy

The server and the token come from COMMONWEAL_URL and COMMONWEAL_TOKEN, or from ``--url`` and ``--token NAME``: the name of
a variable, so that no notebook holds a token.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from commonweal.client.address import Address
from commonweal.client.remote_gateway import RemoteGateway
from commonweal.errors import CommonwealError, Refused, UsageMistake

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer

USAGE = "%%commonweal AGREEMENT [--url URL] [--token NAME] [--plain] [--explain] [--into NAME]"


class _Parser(argparse.ArgumentParser):
    """Reads the line of a cell; a mistake is an error of ours, and never the end of the notebook."""

    def error(self, message: str) -> NoReturn:
        """Say how the line is written; never what stood in it."""
        raise UsageMistake("The first line of this cell cannot be read.", why=message, remedy=f"Write: {USAGE}")


@dataclass(frozen=True)
class Steps:
    """What would happen to a question, as a notebook shows it."""

    shown: str

    def __repr__(self) -> str:
        """Return the steps, one a line."""
        return self.shown


class Magic:
    """The magic of one notebook; it keeps its connection from cell to cell."""

    def __init__(self, shell: Any) -> None:
        """Take the shell of the notebook."""
        self._shell = shell
        self._open: tuple[Address, RemoteGateway] | None = None

    def __call__(self, line: str, cell: str) -> Answer | Steps:
        """Ask what a cell holds; return the answer, which the notebook shows. An error is shown without its trace."""
        try:
            return self._asked(line, cell)
        except CommonwealError as error:
            lines = told(error)
            error.__dict__["_render_traceback_"] = lambda: lines  # what IPython shows in place of a trace
            raise

    def _asked(self, line: str, cell: str) -> Answer | Steps:
        given = _read(line)
        if given.into and not given.into.isidentifier():
            raise UsageMistake("--into takes the name of a variable.", remedy=f"Write: {USAGE}")
        gateway = self._gateway(given)
        if given.explain:
            told_of = gateway.explain(cell, agreement=given.agreement)
            if told_of.refusal is not None:
                raise told_of.refusal
            return Steps("\n".join(f"{step.name}: {step.decided}" for step in told_of.steps))
        answer = gateway.ask(cell, agreement=given.agreement, plain=given.plain)
        if given.into:
            self._shell.user_ns[given.into] = answer
        return answer

    def _gateway(self, given: argparse.Namespace) -> RemoteGateway:
        url = given.url or os.environ.get("COMMONWEAL_URL", "")
        token = self._shell.user_ns.get(given.token) if given.token else os.environ.get("COMMONWEAL_TOKEN", "")
        if not url or not isinstance(token, str) or not token:
            raise UsageMistake(
                "Where to ask, or with which token, is not known.",
                why="They come from COMMONWEAL_URL and COMMONWEAL_TOKEN, or from --url and --token.",
                remedy="Set both; --token takes the name of a variable that holds a token.",
            )
        address = Address(url, token)
        if self._open is not None and self._open[0] == address:
            return self._open[1]
        if self._open is not None:
            self._open[1].close()
        self._open = (address, RemoteGateway(address))
        return self._open[1]

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


def told(error: CommonwealError) -> list[str]:
    """Return an error as lines for people: what happened, why, what to do, and the nearest question of a refusal."""
    lines = [error.message]
    if isinstance(error, Refused):
        lines += [f"Clause: {error.clause}", *(f"Reason: {reason}" for reason in error.reasons[1:])]
        lines += [f"Who can change it: {error.who}"] if error.who else []
        lines += [f"Nearest question that would be answered: {error.nearest}"] if error.nearest else []
        lines += [f"Recorded as {error.reference}"] if error.reference else []
    elif error.why:
        lines.append(f"Why: {error.why}")
    return [*lines, *([f"What to do: {error.remedy}"] if error.remedy else [])]


def load_ipython_extension(ipython: Any) -> None:
    """Put ``%%commonweal`` into a notebook: IPython calls this for ``%load_ext commonweal``."""
    magic = Magic(ipython)
    ipython.register_magic_function(magic, magic_kind="cell", magic_name="commonweal")
    atexit.register(magic.close)


def _read(line: str) -> argparse.Namespace:
    parser = _Parser(prog="%%commonweal", usage=USAGE, add_help=False, allow_abbrev=False)
    parser.add_argument("agreement", nargs="?", default=os.environ.get("COMMONWEAL_AGREEMENT", ""))
    for name in ("--url", "--token", "--into"):
        parser.add_argument(name, default="")
    for name in ("--plain", "--explain"):
        parser.add_argument(name, action="store_true")
    try:
        given = parser.parse_args(shlex.split(line))
    except ValueError:
        parser.error("a quotation mark is not closed")
    if not given.agreement:
        parser.error("it names no agreement, and COMMONWEAL_AGREEMENT is not set")
    return given
