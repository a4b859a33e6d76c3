"""Files that programs send: multipart forms, spooled to the installation's own disk, from tokens or our own pages only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Request

from commonweal.web.asker import Signed, here
from commonweal.web.forms import Filled, must_be_ours
from commonweal.web.receiving import received


async def _sent(request: Request, asker: Signed) -> AsyncIterator[Filled]:
    """Give the form that was sent, and close its files afterwards."""
    must_be_ours(request)
    form = await received(request, here(request), files=True)
    try:
        yield Filled(form)
    finally:
        await form.close()


SentForm = Annotated[Filled, Depends(_sent)]


def form_body(required: tuple[str, ...], **fields: str) -> dict[str, Any]:
    """Return how a multipart form is documented: fields by name with what each is; those of files end in ``(file)``."""
    properties: dict[str, dict[str, str]] = {}
    for name, words in fields.items():
        properties[name] = {"type": "string", "description": words}
        if words.endswith("(file)"):
            properties[name]["format"] = "binary"
    schema = {"type": "object", "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
