"""The catalogue: what datasets there are, found by words and by what they are about."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.identity.permission import Act
from commonweal.web.asker import Here, Signed
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class CataloguePage(Page):
    """The datasets."""

    datasets: tuple[Dataset, ...]


@router.get("/catalogue")
def catalogue_page(request: Request, installation: Here, asker: Signed) -> Response:
    """List the datasets."""
    asker.must(Act.SEE_CATALOGUE)
    with installation.reading() as connection:
        found = tuple(catalogue.datasets(connection))
    page = CataloguePage(title="Catalogue", seen_by="everyone signed in", datasets=found)
    return show(request, "catalogue/list.html", page)
