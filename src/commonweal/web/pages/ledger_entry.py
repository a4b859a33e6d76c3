"""One entry of the ledger, its proof, and the checkpoint: what anybody needs to check the record by themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from commonweal.installation.entry_words import in_words, kind_in_words, person_of
from commonweal.installation.publishing import publish_checkpoint
from commonweal.web.asker import Here, Visitor
from commonweal.web.entry_reading import readable_entry
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class EntryPage(Page):
    """An entry in words and as it stands, and how to check it without us."""

    index: int
    words: str
    kind: str
    time: datetime
    who: str
    leaf: str
    text: str
    proof: str
    checkpoint: str
    key: str
    file: str
    about: tuple[tuple[str, str], ...]
    clock_went_back: datetime | None


@router.get("/ledger/checkpoint")
def checkpoint(installation: Here) -> Response:
    """Hand out the signed checkpoint of everything recorded so far, to anybody (C2SP signed note)."""
    return PlainTextResponse(publish_checkpoint(installation))


@router.get("/ledger/key")
def key(installation: Here) -> Response:
    """Hand out the public key that signs this ledger, to anybody."""
    return PlainTextResponse(f"{installation.ledger.key}\n")


@router.get("/ledger/{index:int}")
def entry_page(request: Request, installation: Here, visitor: Visitor, index: int, leaf: str = "") -> Response:
    """Show an entry."""
    with installation.reading() as connection:
        entry = readable_entry(connection, installation, visitor, index, leaf)
        receipt = installation.ledger.receipt(connection, entry.index)
    digest = person_of(entry)
    own = visitor is not None and digest == installation.ledger.person_hash(visitor.person.email)
    return show(
        request,
        "ledger/entry.html",
        EntryPage(
            title=f"Entry {entry.index:,}",
            seen_by="those it is about, and those who look after the record",
            back=("/ledger", "Ledger") if visitor is not None else None,
            index=entry.index,
            words=in_words(entry),
            kind=kind_in_words(entry.kind),
            time=entry.time,
            who="you" if own else digest,
            leaf=entry.leaf_hash,
            text=json.dumps(entry.as_dict(), indent=2, ensure_ascii=False),
            proof=f"/ledger/{entry.index}/proof?leaf={entry.leaf_hash}",
            checkpoint=receipt.checkpoint,
            key=str(installation.ledger.key),
            file=_file(entry.index),
            about=_about(dict(entry.body)),
            clock_went_back=entry.clock_went_back,
        ),
    )


@router.get("/ledger/{index:int}/proof")
def proof(installation: Here, visitor: Visitor, index: int, leaf: str = "") -> Response:
    """Hand out the proof that an entry is in the ledger: to its readers, and to anybody who has its hash."""
    with installation.reading() as connection:
        entry = readable_entry(connection, installation, visitor, index, leaf)
        receipt = installation.ledger.receipt(connection, entry.index)
    headers = {"Content-Disposition": f'attachment; filename="{_file(entry.index)}"'}
    return PlainTextResponse(receipt.proof, headers=headers)


def _file(index: int) -> str:
    return f"entry-{index}.tlog-proof"


def _about(body: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """Return where an entry leads: its agreement, its dataset, what was asked before; words and addresses."""
    found = []
    agreement, dataset, asked = body.get("agreement"), body.get("dataset"), body.get("asked")
    if isinstance(agreement, str):
        found.append((f"Agreement {agreement}", f"/agreements/{agreement.partition('@')[0]}"))
    if isinstance(dataset, str):
        found.append((f"Dataset {dataset}", f"/catalogue/{dataset}"))
    datasets = body.get("datasets")
    for each in datasets if isinstance(datasets, list) else ():
        name = str(each).partition("@")[0]
        found.append((f"Dataset {name}", f"/catalogue/{name}"))
    if isinstance(asked, int):
        found.append((f"Entry {asked:,}, which began it", f"/ledger/{asked}"))
    return tuple(dict.fromkeys(found))
