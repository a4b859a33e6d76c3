"""Who may use each route: the table that the tests hold every route to, and from which docs/reference/routes.md is made.

A route that is not here fails the tests. "Own" is Northbank's: its dataset, its people, an agreement between Northbank and
Riverside that names Northbank's analyst, what that analyst made. The County Police are no party to anything of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Those who may: each is a set of the people of tests (`tests.web.test_authorisation.MAY`)."""

    EVERYONE = "everyone, signed in or not"
    SIGNED_IN = "everyone who is signed in"
    INVOLVED = "whom the agreement names, and people of its parties"
    NAMED = "whom the agreement names"
    NAMED_OR_OFFICER = "whom the agreement names, and officers of its parties"
    OWNER = "who made it"
    OFFICERS_OF_PARTIES = "officers of the agreement's parties"
    OFFICERS = "officers of any organisation"
    STEWARDS_OF_OWNER = "stewards of the organisation whose data it is"
    STEWARDS = "stewards, for their own organisation"
    ADMINISTRATORS = "administrators"
    ADMINISTRATORS_OF_OWN = "administrators, for people of their own organisation"
    READERS = "officers, heads of service and administrators"
    READERS_AND_CONCERNED = (
        "officers, heads of service and administrators of who is concerned, and whom the entry is about"
    )
    SELF_REPORT = "the officer who made the report"
    THIS_MACHINE = "programs on the machine itself"


class Tokens(StrEnum):
    """What a token does there; pages never take one."""

    NEVER = "never"
    ANY = "any of theirs"
    COVERING = "one that is for the agreement"


@dataclass(frozen=True)
class Line:
    """One line of the table: a route, who may, and what tokens do."""

    route: str
    who: Who
    tokens: Tokens = Tokens.NEVER


_PAGES: dict[Who, str] = {
    Who.EVERYONE: """
        GET /
        GET /ledger/checkpoint
        GET /ledger/key
        GET /register
        GET /register/statistics
        GET /register/feed.xml
        GET /register/agreements.json
        GET /register/checkpoint.txt
        GET /register/key.txt
        GET /register/{identifier}
        GET /register/{identifier}/agreement.json
        GET /register/{identifier}/register.json
        GET /register/{identifier}/document.json
        GET /register/{identifier}/proof.tlog-proof
        GET /register/{identifier}/atrs.json
        GET /register/{identifier}/atrs.md
        GET /register/{identifier}/comments.json
        GET /register/{identifier}/comments.csv
        GET /register/{identifier}/comment
        POST /register/{identifier}/comment
        GET /catalogue.ttl
        GET /catalogue.jsonld
        GET /catalogue/{organisation}/{name}.ttl
        GET /datasets/{organisation}/{name}
        GET /accessibility
        GET /privacy
        GET /help
        GET /api
        POST /sign-out
        GET /sign-in
        POST /sign-in
        GET /sign-in/code
        POST /sign-in/code
        GET /sign-in/organisation
        GET /sign-in/organisation/answer
        GET /invitation/{secret}
        POST /invitation/{secret}
        GET /healthz
        GET /readyz
    """,
    Who.THIS_MACHINE: "GET /metrics",
    Who.SIGNED_IN: """
        GET /catalogue
        GET /catalogue/{organisation}/{name}
        GET /catalogue/{organisation}/{name}/contract.odcs.yaml
        GET /agreements
        GET /agreements/in-tray
        GET /agreements/map
        GET /agreements/calendar
        GET /agreements/calendar.ics
        GET /ledger
        GET /confirm
        POST /confirm
        GET /you
        POST /you/sessions/end-others
        GET /you/password
        POST /you/password
        GET /you/second-factor
        POST /you/second-factor
        POST /you/second-factor/begin
        POST /you/recovery-codes
        GET /you/tokens
        POST /you/tokens
        GET /ask
        GET /answers
        GET /jobs
    """,
    Who.INVOLVED: """
        GET /agreements/{identifier}
        GET /agreements/{identifier}/compare
        GET /agreements/{identifier}/export
        GET /agreements/{identifier}/risk.svg
    """,
    Who.OFFICERS: """
        GET /agreements/add
        POST /agreements/add
        GET /ledger/who
        POST /ledger/who
        GET /register/moderation
    """,
    Who.OFFICERS_OF_PARTIES: """
        GET /agreements/{identifier}/sign
        POST /agreements/{identifier}/sign
        POST /agreements/{identifier}/assessment
        GET /agreements/{identifier}/suspend
        POST /agreements/{identifier}/suspend
        GET /agreements/{identifier}/resume
        POST /agreements/{identifier}/resume
        GET /agreements/{identifier}/withdraw
        POST /agreements/{identifier}/withdraw
        GET /agreements/{identifier}/end
        POST /agreements/{identifier}/end
        GET /register/moderation/{identifier}
        POST /register/moderation/{identifier}/publish
        POST /register/moderation/{identifier}/reject
        POST /register/moderation/{identifier}/answer
        GET /register/{identifier}/incident
        POST /register/{identifier}/incident
    """,
    Who.STEWARDS: """
        GET /catalogue/add
        POST /catalogue/add
    """,
    Who.STEWARDS_OF_OWNER: """
        GET /catalogue/{organisation}/{name}/contract
        POST /catalogue/{organisation}/{name}/contract
        POST /catalogue/{organisation}/{name}/columns
        GET /catalogue/{organisation}/{name}/replace
        POST /catalogue/{organisation}/{name}/replace
    """,
    Who.READERS: """
        GET /ledger/verify
        POST /ledger/verify
    """,
    Who.READERS_AND_CONCERNED: """
        GET /ledger/{index:int}
        GET /ledger/{index:int}/proof
    """,
    Who.SELF_REPORT: """
        GET /ledger/who/{index:int}
        GET /ledger/who/{index:int}.csv
    """,
    Who.ADMINISTRATORS: """
        GET /people
        GET /people/add
        POST /people/add
    """,
    Who.ADMINISTRATORS_OF_OWN: """
        GET /people/{key}
        POST /people/{key}/roles
        POST /people/{key}/invite
        GET /people/{key}/remove
        POST /people/{key}/remove
    """,
    Who.NAMED: "POST /ask",
    Who.NAMED_OR_OFFICER: """
        GET /answers/{number}
        GET /answers/{number}/picture.svg
        GET /answers/{number}/download/{form}
        GET /answers/{number}/proof
        POST /answers/{number}/delete
    """,
    Who.OWNER: """
        POST /you/tokens/{identifier}/revoke
        GET /jobs/{identifier}
        POST /jobs/{identifier}/cancel
    """,
}

_API: dict[tuple[Who, Tokens], str] = {
    (Who.EVERYONE, Tokens.ANY): """
        GET /api/openapi.json
        GET /api/ledger/checkpoint
        GET /api/ledger/key
        GET /api/register
        GET /api/register/statistics
        GET /api/register/checkpoint
        GET /api/register/agreements/{identifier}
        GET /api/register/agreements/{identifier}/comments
        GET /api/register/agreements/{identifier}/proof
        GET /api/register/agreements/{identifier}/document
    """,
    (Who.SIGNED_IN, Tokens.ANY): """
        GET /api/ledger/entries
        GET /api/meter
        GET /api/meter/tables
        GET /api/datasets
        GET /api/datasets/{organisation}/{name}
        GET /api/datasets/{organisation}/{name}/contract
        GET /api/agreements
        GET /api/agreements/calendar
        GET /api/agreements/calendar.ics
        GET /api/agreements/map
        GET /api/answers
        GET /api/jobs
    """,
    (Who.SIGNED_IN, Tokens.NEVER): """
        GET /api/tokens
        POST /api/tokens
    """,
    (Who.OWNER, Tokens.NEVER): """
        DELETE /api/tokens/{identifier}
    """,
    (Who.INVOLVED, Tokens.COVERING): """
        GET /api/agreements/{identifier}
        GET /api/agreements/{identifier}/versions
        GET /api/agreements/{identifier}/compare
        GET /api/agreements/{identifier}/export
    """,
    (Who.OFFICERS, Tokens.ANY): """
        POST /api/agreements/check
        POST /api/ledger/reports
    """,
    (Who.OFFICERS_OF_PARTIES, Tokens.NEVER): """
        POST /api/agreements/{identifier}/sign
    """,
    (Who.OFFICERS_OF_PARTIES, Tokens.COVERING): """
        POST /api/agreements
        POST /api/agreements/{identifier}/suspend
        POST /api/agreements/{identifier}/resume
        POST /api/agreements/{identifier}/withdraw
        POST /api/agreements/{identifier}/end
        GET /api/agreements/{identifier}/comments
        GET /api/agreements/{identifier}/incidents
        POST /api/agreements/{identifier}/incidents
        POST /api/comments/{identifier}/publish
        POST /api/comments/{identifier}/reject
        POST /api/comments/{identifier}/answer
    """,
    (Who.STEWARDS_OF_OWNER, Tokens.ANY): """
        POST /api/datasets
        PUT /api/datasets/{organisation}/{name}/contract
        PUT /api/datasets/{organisation}/{name}/data
    """,
    (Who.READERS, Tokens.ANY): """
        POST /api/ledger/verify
    """,
    (Who.READERS_AND_CONCERNED, Tokens.ANY): """
        GET /api/ledger/entries/{index}
        GET /api/ledger/entries/{index}/proof
    """,
    (Who.SELF_REPORT, Tokens.ANY): """
        GET /api/ledger/reports/{index}
    """,
    (Who.NAMED, Tokens.COVERING): """
        POST /api/questions
    """,
    (Who.NAMED_OR_OFFICER, Tokens.COVERING): """
        GET /api/answers/{number}
        DELETE /api/answers/{number}
    """,
    (Who.OWNER, Tokens.ANY): """
        GET /api/jobs/{identifier}
        POST /api/jobs/{identifier}/cancel
    """,
}


def _lines() -> dict[str, Line]:
    pages = {(who, Tokens.NEVER): routes for who, routes in _PAGES.items()}
    lines = [
        Line(route.strip(), who, tokens)
        for table in (pages, _API)
        for (who, tokens), routes in table.items()
        for route in routes.strip().splitlines()
    ]
    return {line.route: line for line in lines}


ROUTES = _lines()
"""Every route, by method and pattern."""

_ELSEWHERE: dict[str, str] = {
    "tests/web/test_drafts.py": """
        DELETE /api/drafts/{identifier}
        GET /agreements/drafts
        GET /agreements/drafts/new
        GET /agreements/drafts/{identifier}
        GET /agreements/drafts/{identifier}/document.yaml
        GET /agreements/drafts/{identifier}/{name}
        GET /agreements/library
        GET /agreements/library/clauses
        GET /agreements/library/{name}
        GET /api/drafts
        GET /api/drafts/{identifier}
        POST /agreements/drafts/new
        POST /agreements/drafts/{identifier}/comments
        POST /agreements/drafts/{identifier}/comments/{comment}
        POST /agreements/drafts/{identifier}/delete
        POST /agreements/drafts/{identifier}/propose
        POST /agreements/drafts/{identifier}/{name}
        POST /agreements/{identifier}/comments
        POST /agreements/{identifier}/comments/{comment}
        POST /api/drafts
        POST /api/drafts/{identifier}/propose
        PUT /api/drafts/{identifier}/parts/{part}
    """,
    "tests/client/test_delta_sharing.py": """
        DELETE /api/published/{name}
        GET /api/published
        GET /delta-sharing/files/{name}.parquet
        GET /delta-sharing/shares
        GET /delta-sharing/shares/{share}
        GET /delta-sharing/shares/{share}/all-tables
        GET /delta-sharing/shares/{share}/schemas
        GET /delta-sharing/shares/{share}/schemas/{schema}/tables
        GET /delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/metadata
        GET /delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/version
        POST /api/answers/{number}/publish
        POST /delta-sharing/shares/{share}/schemas/{schema}/tables/{table}/query
    """,
    "tests/web/test_outputs.py": """
        GET /api/outputs
        GET /api/outputs/{number}
        GET /outputs
        GET /outputs/new
        GET /outputs/{number}
        GET /outputs/{number}/check
        POST /api/outputs
        POST /api/outputs/{number}/decide
        POST /api/outputs/{number}/fetch
        POST /api/outputs/{number}/look
        POST /api/outputs/{number}/resubmit
        POST /api/outputs/{number}/withdraw
        POST /outputs/new
        POST /outputs/{number}/check
        POST /outputs/{number}/decide
        POST /outputs/{number}/fetch
        POST /outputs/{number}/file
        POST /outputs/{number}/resubmit
        POST /outputs/{number}/withdraw
    """,
    "tests/web/test_requests.py": """
        GET /api/requests
        GET /api/requests/{number}
        GET /requests
        GET /requests/new
        GET /requests/{number}
        POST /api/requests
        POST /api/requests/{number}/decline
        POST /api/requests/{number}/grant
        POST /api/requests/{number}/say
        POST /api/requests/{number}/withdraw
        POST /requests/new
        POST /requests/{number}/decline
        POST /requests/{number}/grant
        POST /requests/{number}/say
        POST /requests/{number}/withdraw
    """,
}

IN_THEIR_OWN_TESTS = {
    route.strip(): file for file, routes in _ELSEWHERE.items() for route in routes.strip().splitlines()
}
"""Routes whose people depend on where a thing stands (a draft, a request, an output): the file that tries them.

That nobody gets through without signing in is tried here for them too.
"""
