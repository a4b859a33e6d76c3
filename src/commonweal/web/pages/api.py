"""The HTTP API for people: every operation of its description, laid out here, with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.responses import Response

from commonweal.web.asker import Here
from commonweal.web.cacheable import for_visitors
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()

_METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True)
class Parameter:
    """What an operation takes in its address or headers; `where` is path, query or header."""

    name: str
    where: str
    shape: str
    required: bool
    words: str


@dataclass(frozen=True)
class Outcome:
    """A status that an operation answers with, what it means, and the media types it comes in."""

    status: str
    words: str
    forms: str


@dataclass(frozen=True)
class Operation:
    """One thing that programs can do."""

    method: str
    path: str
    anchor: str
    summary: str
    paragraphs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    sends: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Group:
    """The operations about one matter."""

    title: str
    anchor: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, kw_only=True)
class ApiPage(Page):
    """All operations, and the address that they begin with."""

    address: str
    groups: tuple[Group, ...]


@router.get("/api")
def api_page(request: Request, installation: Here) -> Response:
    """Show what programs can do here."""
    page = ApiPage(
        title="HTTP API",
        seen_by="everyone",
        address=installation.settings.web.url,
        groups=groups(request.app.openapi()),
    )
    return for_visitors(request, show(request, "api/operations.html", page))


def groups(document: dict[str, Any]) -> tuple[Group, ...]:
    """Return the operations of an OpenAPI document by their first tag, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                said = methods[method]
                found.setdefault(said["tags"][0], []).append(_operation(method, path, said))
    return tuple(
        Group(title[:1].upper() + title[1:], title.replace(" ", "-"), tuple(each)) for title, each in found.items()
    )


def _operation(method: str, path: str, said: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        anchor=said["operationId"],
        summary=said["summary"],
        paragraphs=tuple(" ".join(each.split()) for each in said.get("description", "").split("\n\n")),
        parameters=tuple(_parameters(said)),
        sends=tuple(_sends(said.get("requestBody", {}))),
        outcomes=tuple(_outcomes(said["responses"])),
    )


def _parameters(said: dict[str, Any]) -> Iterator[Parameter]:
    for each in said.get("parameters", ()):
        words = each.get("description", "")
        yield Parameter(each["name"], each["in"], _shape(each["schema"]), each.get("required", False), words)


def _shape(schema: dict[str, Any]) -> str:
    """Return what a schema takes, in a few words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_shape(each) for each in schema["anyOf"] if each.get("type") != "null"))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    return str(schema.get("format", schema.get("type", "anything")))


def _sends(body: dict[str, Any]) -> Iterator[str]:
    for form, content in body.get("content", {}).items():
        schema = content.get("schema", {})
        fields = ", ".join(schema.get("properties", ())) or _shape(schema)
        yield f"{form}: {fields}"


def _outcomes(responses: dict[str, Any]) -> Iterator[Outcome]:
    for status, each in responses.items():
        words = each.get("description", "")
        if words == "Successful Response":
            words = HTTPStatus(int(status)).phrase
        yield Outcome(status, words, ", ".join(each.get("content", {})))
