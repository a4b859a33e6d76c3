"""Delta Sharing (its protocol in REST, format parquet): published answers as tables, for the clients that exist.

One share, ``published``; a schema for each agreement; a table for each publication, whose version is its ledger entry.
https://github.com/delta-io/delta-sharing/blob/main/PROTOCOL.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from commonweal.errors import BadInput, NotFound, SignInNeeded
from commonweal.gateway.published.store import Published
from commonweal.identity.tokens import Token
from commonweal.installation.published_answers import path_of, published_answers
from commonweal.web import signed_links
from commonweal.web.api.problems import problems
from commonweal.web.api.routing import api_router
from commonweal.web.asker import Here, Signed

router = api_router("/delta-sharing", "delta-sharing")

SHARE = "published"
VERSION = "delta-table-version"
LINES = "application/x-ndjson; charset=utf-8"
_SHARE = {"name": SHARE, "id": SHARE}

_OF_A_TABLE = problems(404) | {
    200: {
        "description": "Lines of JSON: protocol, metaData, and a file each",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        "headers": {VERSION: {"schema": {"type": "string"}, "description": "The table's version"}},
    }
}

ShareName = Annotated[str, Path(max_length=63)]
SchemaName = Annotated[str, Path(max_length=63, description="An agreement, by its id")]
TableName = Annotated[str, Path(max_length=63, description="A publication, by its name")]
MaxResults = Annotated[int, Query(ge=0, le=1000, description="At most so many")]
PageToken = Annotated[str, Query(max_length=130, description="`nextPageToken` of the page before")]


@dataclass(frozen=True)
class Turned:
    """Which page of a list a client wants, in the protocol's words."""

    maxResults: MaxResults = 500  # noqa: N815
    pageToken: PageToken = ""  # noqa: N815


Pages = Annotated[Turned, Depends()]


class Listing(BaseModel):
    """A page of a list; `nextPageToken` leads to the next."""

    items: list[dict[str, str]]
    nextPageToken: str | None = None  # noqa: N815 - the protocol's name


class TableQuery(BaseModel):
    """What a client wants of a table. Hints may be ignored, and are: a table is one small file."""

    model_config = ConfigDict(extra="allow")

    version: int | None = Field(default=None, description="Only this version, if it is still there")


def by_token(asker: Signed) -> Token:
    """Return the token that a program came with: nothing else is taken here."""
    if asker.token is None:
        raise SignInNeeded("Send a token.", why="This is for programs.", remedy="Authorization: Bearer cwt_...")
    return asker.token


WithToken = Annotated[Token, Depends(by_token)]


@router.get("/shares", responses=problems())
def shares(_token: WithToken, pages: Pages) -> Listing:
    """List the shares: there is one."""
    return _page([_SHARE], pages)


@router.get("/shares/{share}", responses=problems(404))
def share(share: ShareName, _token: WithToken) -> dict[str, dict[str, str]]:
    """Show a share."""
    _must_be(share)
    return {"share": _SHARE}


@router.get("/shares/{share}/schemas", responses=problems(404))
def schemas(
    share: ShareName,
    installation: Here,
    _token: WithToken,
    pages: Pages,
) -> Listing:
    """List the schemas: the agreements under which something is published."""
    _must_be(share)
    with installation.reading() as connection:
        names = sorted({each.agreement for each in published_answers(installation, connection)})
    return _page([{"name": name, "share": SHARE} for name in names], pages)


@router.get("/shares/{share}/schemas/{schema}/tables", responses=problems(404))
def tables(
    share: ShareName,
    schema: SchemaName,
    installation: Here,
    _token: WithToken,
    pages: Pages,
) -> Listing:
    """List what is published under an agreement."""
    _must_be(share)
    with installation.reading() as connection:
        found = [each for each in published_answers(installation, connection) if each.agreement == schema]
    if not found:
        raise _nothing()
    return _page([_table(each) for each in found], pages)


@router.get("/shares/{share}/all-tables", responses=problems(404))
def all_tables(
    share: ShareName,
    installation: Here,
    _token: WithToken,
    pages: Pages,
) -> Listing:
    """List everything that is published."""
    _must_be(share)
    with installation.reading() as connection:
        found = published_answers(installation, connection)
    return _page([_table(each) for each in found], pages)


_TABLE = "/shares/{share}/schemas/{schema}/tables/{table}"


@router.get(_TABLE + "/version", responses=_OF_A_TABLE, response_class=Response)
def version(share: ShareName, schema: SchemaName, table: TableName, installation: Here, _token: WithToken) -> Response:
    """Tell the version of a table, in a header."""
    return _lines(_found(installation, share, schema, table), [])


@router.get(_TABLE + "/metadata", responses=_OF_A_TABLE, response_class=Response)
def metadata(share: ShareName, schema: SchemaName, table: TableName, installation: Here, _token: WithToken) -> Response:
    """Tell the columns of a table."""
    found = _found(installation, share, schema, table)
    return _lines(found, _described(found))


@router.post(_TABLE + "/query", responses=_OF_A_TABLE, response_class=Response)
def query(
    request: Request,
    share: ShareName,
    schema: SchemaName,
    table: TableName,
    installation: Here,
    token: WithToken,
    wanted: TableQuery,
) -> Response:
    """Tell the columns of a table, and where its file is for the next minute."""
    found = _found(installation, share, schema, table)
    if wanted.version not in {None, found.entry}:
        raise BadInput("This version of the table is not here.", remedy="Leave version out: there is one.")
    with installation.reading() as connection:
        link, until = signed_links.made(installation, found, token, installation.ledger.now(connection))
    file = {
        "url": _root(request, installation) + link,
        "id": found.digest,
        "partitionValues": {},
        "size": found.size,
        "stats": json.dumps({"numRecords": found.rows}),
        "version": found.entry,
        "expirationTimestamp": until,
    }
    return _lines(found, [*_described(found), {"file": file}])


@router.api_route("/files/{name}.parquet", methods=["GET", "HEAD"], include_in_schema=False)
def file(name: TableName, installation: Here, entry: int, until: int, token: str, mark: str) -> FileResponse:
    """Hand out the file of a publication to whoever has a link that works; HEAD and ranges are answered."""
    with installation.reading() as connection:
        found = next((e for e in published_answers(installation, connection) if e.name == name), None)
        if found is None:
            raise _nothing()
        signed_links.must_work(installation, connection, found, entry=entry, until=until, token=token, mark=mark)
    headers = {"ETag": f'"{found.digest[:32]}"', "Cache-Control": "private, no-store"}
    return FileResponse(path_of(installation, found), media_type="application/vnd.apache.parquet", headers=headers)


def _root(request: Request, installation: Here) -> str:
    """Return how the server is reached: as its settings say over HTTPS, else as this program reached it."""
    web = installation.settings.web
    return web.url if web.is_secure() else str(request.base_url).rstrip("/")


def _must_be(share: str) -> None:
    if share != SHARE:
        raise _nothing()


def _found(installation: Here, share: str, schema: str, name: str) -> Published:
    _must_be(share)
    with installation.reading() as connection:
        for each in published_answers(installation, connection):
            if (each.agreement, each.name) == (schema, name):
                return each
    raise _nothing()


def _nothing() -> NotFound:
    return NotFound("There is no such share, schema or table.", remedy="List them: /delta-sharing/shares")


def _table(published: Published) -> dict[str, str]:
    names = {"name": published.name, "schema": published.agreement, "share": SHARE, "shareId": SHARE}
    return names | {"id": published.digest[:32]}


def _described(published: Published) -> list[dict[str, Any]]:
    about = {
        "id": published.digest[:32],
        "name": published.name,
        "format": {"provider": "parquet"},
        "schemaString": published.columns,
        "partitionColumns": [],
        "configuration": {},
        "version": published.entry,
        "numFiles": 1,
        "size": published.size,
    }
    return [{"protocol": {"minReaderVersion": 1}}, {"metaData": about}]


def _lines(published: Published, lines: Sequence[dict[str, Any]]) -> Response:
    body = "".join(json.dumps(line) + "\n" for line in lines)
    return Response(body, media_type=LINES, headers={VERSION: str(published.entry)})


def _page(items: Sequence[dict[str, str]], pages: Turned) -> Listing:
    """Return the items after one, at most so many; they are in the order of their names."""
    most, after = pages.maxResults, pages.pageToken
    key = [f"{each.get('schema', '')}/{each['name']}" for each in items]
    order = sorted(range(len(items)), key=key.__getitem__)
    rest = [i for i in order if not after or key[i] > after]
    some = rest[:most]
    following = key[some[-1]] if some and len(rest) > most else None
    return Listing(items=[items[i] for i in some], nextPageToken=following)
