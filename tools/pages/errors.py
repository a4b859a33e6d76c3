"""The page of errors, from errors.py: every class with its code, exit code, HTTP status and sentence."""

from __future__ import annotations

import inspect
import re
from typing import cast

from commonweal import errors
from commonweal.errors import CommonwealError, Refused

MEND = {
    "busy": "Wait as long as the message says, and ask again; each person has a few questions at once.",
    "usage": "Read the command's `--help`; the message names what is wrong and the nearest thing that exists.",
    "bad-input": "Open the file at the place that the message names, mend it and try again. Nothing was stored.",
    "conflict": "Look at what is there (`list`, `show`); choose another name, or undo the state that is in the way.",
    "not-found": "Check the spelling: the message names the nearest known name. `list` shows all of them.",
    "not-allowed": "Ask whoever holds the role that the message names.",
    "sign-in-needed": "Sign in on the pages, or send a token that works: `Authorization: Bearer cwt_...`.",
    "second-factor-needed": "Give a code of your app at /confirm, then do it again within ten minutes.",
    "still-asking": "Send the same request again in a moment; it is not asked twice.",
    "engine-failed": "Quote the reference to whoever runs the installation. The cause is in their log alone, "
    "as it can tell something about the data.",
    "unavailable": "Nothing was answered and nothing is lost. Mend the disk or database that is named; try again.",
    "tampered": "Stop using the installation and keep its folder as it is. Compare it with a published checkpoint and "
    "a backup, from the entry that the message names onwards.",
    "refused": "Read the clause and the reasons. Ask the nearest question that is allowed, if one is named, or ask "
    "the person named to change the agreement.",
}
"""What to do about each kind of error, by its code; a kind without an entry fails the check."""


def kinds() -> list[type[CommonwealError]]:
    """Return the error classes in the order in which errors.py defines them."""
    found = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, CommonwealError)]
    return [kind for kind in found if kind is not CommonwealError]


def first_paragraph(kind: type) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return re.sub(r"\s+", " ", (inspect.getdoc(kind) or "").split("\n\n")[0])


def section(kind: type[CommonwealError]) -> str:
    """Return one kind of error as a section; KeyError when `MEND` says nothing about it."""
    facts = f"code `{kind.code}` · exit code {kind.exit_code} · HTTP status {kind.http_status}"
    return f"## {kind.__name__}\n\n{first_paragraph(kind)}\n\n{facts}\n\n*What to do:* {MEND[kind.code]}\n"


def errors_page() -> str:
    """Return the whole page."""
    codes: dict[int, list[str]] = {0: ["it was done"]}
    for kind in kinds():
        codes.setdefault(kind.exit_code, []).append(f"`{kind.code}`")
    table = "\n".join(f"| {code} | {', '.join(names)} |" for code, names in sorted(codes.items()))
    refused = cast("dict[str, object]", Refused("clause", ["reason"], remedy="").as_dict()["refused"])
    refusal = ", ".join(f"`{key}`" for key in refused)
    return f"""# Errors

Every error a person can meet says in one sentence what happened, then why, then what to do next, and where in the
input it is. No error ever carries a value from the data. With `--json` an error is one JSON object,
`{{"error": {{"code", "message", "why", "remedy", "place"}}}}`, and a refusal is
`{{"refused": {{...}}}}` with {refusal}: a refusal is an outcome, not a failure.

| exit code | meaning |
|---|---|
{table}

{chr(10).join(section(kind) for kind in kinds())}"""
