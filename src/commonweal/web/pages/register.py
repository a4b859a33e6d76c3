"""The public register: what is shared, why, and what came of it. Nobody needs to sign in, and no cookie is set to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from commonweal.agreement.comments.comment import LONGEST, LONGEST_NAME
from commonweal.agreement.register import atrs, dea
from commonweal.agreement.register.as_json import agreement_as_dict, comments_as_csv, plain
from commonweal.agreement.register.feed import feed_of
from commonweal.agreement.register.search import Wanted
from commonweal.errors import BadInput
from commonweal.installation import Installation
from commonweal.installation.listening import receive_comment
from commonweal.installation.register import public_register
from commonweal.web.asker import Here
from commonweal.web.cacheable import file_for_everybody, for_visitors, json_for_everybody
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.register_pages import agreement_page, register_page, statistics_page
from commonweal.web.senders import Senders

router = page_router()

ITEMS = 50
"""How many agreements a page of the list holds."""

SENDERS = Senders()
"""Who has sent how many comments today, by hashes that nobody keeps."""


@dataclass(frozen=True, kw_only=True)
class CommentPage(Page):
    """The form for a comment, with what was typed."""

    agreement: str
    slug: str
    text: str = ""
    name: str = ""
    longest: int = LONGEST
    longest_name: int = LONGEST_NAME


def base_of(installation: Installation) -> str:
    """Return the address of the register."""
    return f"{installation.settings.web.url}/register"


@router.get("/register")
def register(
    request: Request,
    installation: Here,
    words: Annotated[str, Query(max_length=200)] = "",
    organisation: Annotated[str, Query(max_length=63)] = "",
    purpose: Annotated[str, Query(max_length=63)] = "",
    status: Annotated[str, Query(max_length=63)] = "",
    theme: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """List the public agreements, all or those that are looked for."""
    wanted = Wanted(words.strip(), organisation, purpose, status, theme)
    shown = register_page(public_register(installation).read(), wanted, number=page, items=ITEMS)
    return for_visitors(request, show(request, "register/list.html", shown))


@router.get("/register/statistics")
def statistics(request: Request, installation: Here) -> Response:
    """Show how the service is used."""
    page = statistics_page(public_register(installation).read().statistics)
    return for_visitors(request, show(request, "register/statistics.html", page))


@router.get("/register/feed.xml")
def feed(request: Request, installation: Here) -> Response:
    """Give the feed of changes."""
    content = feed_of(public_register(installation).read(), base=base_of(installation))
    return file_for_everybody(request, content, "application/atom+xml")


@router.get("/register/agreements.json")
def agreements(
    request: Request,
    installation: Here,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    items: Annotated[int, Query(ge=1, le=dea.MOST_ITEMS)] = dea.ITEMS,
) -> Response:
    """Give a page of the register in the shape of the register of the Digital Economy Act."""
    every = public_register(installation).read().agreements
    return json_for_everybody(request, dea.page_of(every, page, items, base_of(installation)))


@router.get("/register/checkpoint.txt")
def checkpoint(request: Request, installation: Here) -> Response:
    """Give the newest signed checkpoint of the record."""
    return file_for_everybody(request, public_register(installation).checkpoint(), "text/plain; charset=utf-8")


@router.get("/register/key.txt")
def key(request: Request, installation: Here) -> Response:
    """Give the public key that signs the record."""
    return file_for_everybody(request, f"{installation.ledger.key}\n", "text/plain; charset=utf-8")


@router.get("/register/{identifier}")
def agreement(request: Request, installation: Here, identifier: str) -> Response:
    """Show one agreement in plain words."""
    found = public_register(installation).agreement(identifier)
    if identifier != found.slug:
        return RedirectResponse(f"/register/{found.slug}", 308)
    page = agreement_page(found, str(installation.ledger.key))
    return for_visitors(request, show(request, "register/agreement.html", page))


@router.get("/register/{identifier}/agreement.json")
def agreement_json(request: Request, installation: Here, identifier: str) -> Response:
    """Give all that the public is told of an agreement, as JSON."""
    return json_for_everybody(request, agreement_as_dict(public_register(installation).agreement(identifier)))


@router.get("/register/{identifier}/register.json")
def agreement_in_dea_shape(request: Request, installation: Here, identifier: str) -> Response:
    """Give one agreement in the shape of the register of the Digital Economy Act."""
    found = public_register(installation).agreement(identifier)
    return json_for_everybody(request, {"agreement": dea.one_of(found, base_of(installation))})


@router.get("/register/{identifier}/document.json")
def document(request: Request, installation: Here, identifier: str) -> Response:
    """Give the document as canonical JSON, byte for byte what its recorded hash is of."""
    found = public_register(installation).agreement(identifier)
    return file_for_everybody(request, found.document, "application/json", f"{found.id}-{found.version}.json")


@router.get("/register/{identifier}/proof.tlog-proof")
def proof(request: Request, installation: Here, identifier: str) -> Response:
    """Give the proof that the hashes of an agreement stand in the record."""
    known = public_register(installation)
    found = known.agreement(identifier)
    name = f"{found.id}-{found.version}.tlog-proof"
    return file_for_everybody(request, known.receipt(found).proof, "text/plain; charset=utf-8", name)


@router.get("/register/{identifier}/atrs.json")
def atrs_json(request: Request, installation: Here, identifier: str) -> Response:
    """Give a draft for the Algorithmic Transparency Recording Standard, as JSON."""
    found = public_register(installation).agreement(identifier)
    return json_for_everybody(request, atrs.as_dict(atrs.draft(found, f"{base_of(installation)}/{found.slug}")))


@router.get("/register/{identifier}/atrs.md")
def atrs_markdown(request: Request, installation: Here, identifier: str) -> Response:
    """Give the draft as Markdown."""
    found = public_register(installation).agreement(identifier)
    fields = atrs.draft(found, f"{base_of(installation)}/{found.slug}")
    text = atrs.as_markdown(fields, found.title)
    return file_for_everybody(request, text, "text/markdown; charset=utf-8", f"{found.id}-atrs.md")


@router.get("/register/{identifier}/comments.json")
def comments_json(request: Request, installation: Here, identifier: str) -> Response:
    """Give the published comments with their answers, as JSON."""
    return json_for_everybody(request, plain(public_register(installation).agreement(identifier).comments))


@router.get("/register/{identifier}/comments.csv")
def comments_csv(request: Request, installation: Here, identifier: str) -> Response:
    """Give the published comments with their answers, as CSV."""
    found = public_register(installation).agreement(identifier)
    text = comments_as_csv(found.comments)
    return file_for_everybody(request, text, "text/csv; charset=utf-8", f"{found.id}-comments.csv")


@router.get("/register/{identifier}/comment")
def comment_form(request: Request, installation: Here, identifier: str) -> Response:
    """Show the form for a comment: the only page here that sets a cookie, since it takes something."""
    return show(request, "register/comment.html", _comment_page(installation, identifier, Filled()))


@router.post("/register/{identifier}/comment")
def comment(request: Request, installation: Here, identifier: str, form: FilledForm) -> Response:
    """Hold a comment until it has been read."""
    text = form.required("text", "Write your comment.", longest=LONGEST)
    name = form.text("name")
    if len(name) > LONGEST_NAME:
        form.problems["name"] = f"This must be {LONGEST_NAME} characters or fewer."
    found = public_register(installation).agreement(identifier)
    if not form.problems:
        SENDERS.count(request.client.host if request.client else "")
        try:
            receive_comment(installation, found.id, text, name=name)
            return go(f"/register/{found.slug}", done="comment-received")
        except BadInput as error:
            form.fault("text", error)
    return show(request, "register/comment.html", _comment_page(installation, identifier, form))


def _comment_page(installation: Installation, identifier: str, form: Filled) -> CommentPage:
    found = public_register(installation).agreement(identifier)
    return CommentPage(
        title="Comment on an agreement",
        seen_by="everyone",
        has_form=True,
        problems=form.problems,
        back=(f"/register/{found.slug}", found.title),
        agreement=found.title,
        slug=found.slug,
        text=form.text("text"),
        name=form.text("name"),
    )
