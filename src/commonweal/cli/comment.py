"""``commonweal comment``: what the public said of agreements, moderated and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, printable, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.agreement.comments.comment import Comment

# Rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="Read, publish, reject and answer comments from the public.")

IdArgument = Annotated[str, typer.Argument(metavar="COMMENT", help="The comment's id, as `comment list` shows it.")]
AsOption = Annotated[str, typer.Option("--as", metavar="ORGANISATION", help="The party in whose name it is done.")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="EMAIL", help="The person who does it, for the record.")]


@app.command("list")
def list_(
    agreement: Annotated[str | None, typer.Argument(metavar="ID", help="Only on this agreement.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List comments, those that wait to be read included."""
    from commonweal.agreement.comments.store import comments

    with installation_here() as installation, installation.reading() as connection:
        found = comments(connection, agreements=None if agreement is None else [agreement])

    def render(console: Console) -> None:
        rows = [(each.id, each.agreement, each.at.date(), each.state, bool(each.answer), each.text) for each in found]
        columns = ("comment", "agreement", "sent", "state", "answered", "text")
        table(console, columns, rows, empty="Nobody has commented yet.")

    emit({"comments": found}, as_json, render)


@app.command()
def publish(identifier: IdArgument, organisation: AsOption, by: ByOption = None, as_json: JsonFlag = False) -> None:
    """Publish a comment."""
    from commonweal.installation.listening import publish_comment

    with installation_here() as installation:
        _say(publish_comment(installation, identifier, organisation, by=by), as_json)


@app.command()
def reject(
    identifier: IdArgument,
    organisation: AsOption,
    reason: Annotated[str, typer.Option(help="Why; officers of the parties can read it.")],
    by: ByOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Reject a comment, with a reason."""
    from commonweal.installation.listening import reject_comment

    with installation_here() as installation:
        _say(reject_comment(installation, identifier, organisation, reason, by=by), as_json)


@app.command()
def answer(
    identifier: IdArgument,
    words: Annotated[str, typer.Argument(metavar="ANSWER", help="What everybody will read beside the comment.")],
    organisation: AsOption,
    changed: Annotated[str, typer.Option(help="What changed because of the comment.")] = "",
    by: ByOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Answer a published comment for everybody."""
    from commonweal.installation.listening import answer_comment

    with installation_here() as installation:
        _say(answer_comment(installation, identifier, organisation, words, changed=changed, by=by), as_json)


def _say(comment: Comment, as_json: bool) -> None:
    answered = ", answered" if comment.answer else ""
    emit(
        {"comment": comment},
        as_json,
        lambda console: console.print(printable(f"Comment {comment.id}: {comment.state.value}{answered}.")),
    )
