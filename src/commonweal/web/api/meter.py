"""The meter, for programs: what the shared tables have cost, by secret and snapshot, and which are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from commonweal.catalogue import store as catalogue
from commonweal.gateway.metered.accounts import Account as Kept
from commonweal.gateway.metered.accounts import accounts, open_tables, over_snapshots
from commonweal.identity.permission import Act
from commonweal.installation.involvement import Stands, all_that_stand
from commonweal.web.api.problems import problems
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.sections import sees_meter

router = APIRouter(prefix="/api/meter", tags=["meter"])


class Account(BaseModel):
    """What one secret of one snapshot has cost (rho), of how much, and the best guess that leaves anybody."""

    secret: str = Field(examples=["northbank/housing.arrears"])
    snapshot: str
    rho: float
    cap: float
    left: float
    best_guess: float = Field(
        description="How often anybody who knows everything else guesses a fair bit; 0.5 is chance"
    )
    tables: int


class OverSnapshots(BaseModel):
    """What one secret has cost over all its snapshots: of those who did not change between them."""

    secret: str
    snapshots: int
    rho: float
    best_guess: float


class Meter(BaseModel):
    """The accounts that concern you, the dearest first."""

    accounts: list[Account]
    over_snapshots: list[OverSnapshots]


class OpenTable(BaseModel):
    """An open table: its columns, the entry that opened it, under which agreement, and what it cost by account."""

    table: str
    columns: list[str]
    entry: int
    agreement: str
    rho: dict[str, float]


class OpenTables(BaseModel):
    """The tables that were opened under agreements that concern you: asking them again costs nothing."""

    tables: list[OpenTable]


@router.get("", responses=problems())
def meter(
    installation: Here,
    asker: Signed,
    dataset: Annotated[str, Query(max_length=200, description="Only of this dataset")] = "",
    agreement: Annotated[str, Query(max_length=200, description="Only of the data of this agreement")] = "",
) -> Meter:
    """Show what is spent on the data that concerns you: of your agreements, and of your organisation if you are a steward."""
    with installation.reading() as connection:
        stand = all_that_stand(installation, connection)
        found = [each for each in accounts(connection) if not dataset or each.dataset == dataset]
        if agreement:
            asker.must_cover(agreement)
            named = {terms.dataset for each in stand if each.agreement.id == agreement for terms in each.agreement.data}
            found = [each for each in found if each.dataset in named]
        found = _seen(connection, asker, stand, found)
    return Meter(
        accounts=[Account.model_validate(each.as_dict()) for each in found],
        over_snapshots=[OverSnapshots.model_validate(each.as_dict()) for each in over_snapshots(found)],
    )


@router.get("/tables", responses=problems())
def tables(installation: Here, asker: Signed) -> OpenTables:
    """List the tables that were opened under agreements that concern you."""
    with installation.reading() as connection:
        own = {
            each.agreement.id
            for each in all_that_stand(installation, connection)
            if asker.may(Act.SEE_METER, each.thing) and (asker.token is None or asker.token.covers(each.agreement.id))
        }
        found = [each for each in open_tables(connection) if each.agreement.partition("@")[0] in own]
    return OpenTables(tables=[OpenTable.model_validate(each.as_dict()) for each in found])


def _seen(connection: Connection, asker: Asker, stand: Sequence[Stands], found: Sequence[Kept]) -> list[Kept]:
    """Return the accounts of datasets whose meter this asker may see."""
    names = sorted({each.dataset for each in found})
    seen = {each.reference for each in catalogue.datasets_named(connection, names) if sees_meter(asker, each, stand)}
    return [each for each in found if each.dataset in seen]
