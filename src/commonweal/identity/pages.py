"""The reference page on permission, made from the table that decides."""

from __future__ import annotations

from commonweal.identity.permission import RULES
from commonweal.identity.person import Role
from commonweal.identity.sessions import FRESH, IDLE, LONGEST

_NOW = {
    "sign-agreement": "yes",
    "manage-people": "yes, but to remove somebody",
    "make-token": "who has one",
}
"""The acts whose pages ask for a second factor now (`must_be_fresh`)."""


def permissions_page() -> str:
    """Return the page: what each role may do, and to what."""
    lines = [
        "# Who may do what",
        "",
        "One table decides, for buttons and refusals alike. What a question may read is not in it: that is the "
        "agreement's to say. Nobody is above the ledger: no role may change or delete an entry.",
        "",
        "| act | roles | to what | second factor now |",
        "|---|---|---|---|",
    ]
    for act, rule in RULES.items():
        everyone = rule.roles == frozenset(Role)
        roles = "everyone" if everyone else ", ".join(role.value for role in Role if role in rule.roles)
        lines.append(f"| `{act.value}` | {roles} | {rule.relation.value} | {_NOW.get(act.value, '')} |")
    lines += [
        "",
        "- An act that is not listed may be done by nobody.",
        "- A token does what its person may do, below `/api` and under the agreements it names only. It cannot list, make "
        "or revoke tokens. Below `/delta-sharing` any token reads what is published for everybody.",
        f"- A session ends after {_hours(IDLE.total_seconds())} without use, and after {_hours(LONGEST.total_seconds())} "
        f"in any case. *Second factor now* means one given within the last {int(FRESH.total_seconds() // 60)} minutes.",
        "- An agreement with `security: {mfa: true}` answers only who gave a second factor in their session, or made "
        "their token in such a one.",
        "- Who owns the folder of an installation does everything at the terminal in anybody's name; the ledger records "
        "what was done, and an agreement with `mfa: true` answers nobody there.",
    ]
    return "\n".join(lines)


def _hours(seconds: float) -> str:
    hours = int(seconds // 3600)
    return f"{hours} hour" if hours == 1 else f"{hours} hours"
