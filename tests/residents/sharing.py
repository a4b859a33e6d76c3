"""The residents as datasets with contracts, in an installation, under an agreement of a profile.

One row a person in ``town/resident``, rows of care in ``care/spell``, who is known to the police in ``police/known``.
Contracts have levels where the version knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from tests.residents import people
from tests.residents.people import (
    AS_OF,
    BANDS,
    EDGES,
    ETHNICITIES,
    FIRST_MONTH,
    MONTHS,
    NEEDS,
    SEXES,
    TENANCIES,
    TOP,
    WARDS,
    Residents,
)  # fmt: skip

if TYPE_CHECKING:
    import duckdb

    from commonweal.installation import Installation

ANALYST = "analyst@town.example"
SECOND_ANALYST = "analyst@care.example"
ORGANISATIONS = ("town", "care", "police")
WARD_NAMES = tuple(f"W{number:02}" for number in range(1, WARDS + 1))
AGREED = {
    "town/resident": {
        "person_id": "link", "ward": "keep", "date_of_birth": {"band": "5 years"}, "sex": "keep", "ethnicity": "keep",
        "tenancy": "keep", "band": "keep", "arrears": "keep", "arrears_last_year": "keep", "cost": "keep",
        "contacts": "keep", "start_month": "keep", "owes": "keep",
    },
    "care/spell": {"person_id": "link", "need": "keep", "start_date": "month", "cost": "keep"},
    "police/known": {"person_id": "link"},
}  # fmt: skip
LINKS = [["town/resident.person_id", "care/spell.person_id"], ["town/resident.person_id", "police/known.person_id"]]


def months(number: int) -> date:
    """Return the first day of the month so many after the first."""
    at = FIRST_MONTH.year * 12 + FIRST_MONTH.month - 1 + number
    return date(at // 12, at % 12 + 1, 1)


LAST_MONTH = months(MONTHS - 1)


# --- the tables


def tables(residents: Residents) -> dict[str, pa.Table]:
    """Return the three datasets' tables, typed as the contracts say."""
    number = residents.number
    keys = np.arange(number, dtype=np.int64) * 7919 % 1_000_003 + 1_000_000
    calendar = [months(each) for each in range(MONTHS)] + [None]
    named = {"ward": WARD_NAMES, "sex": SEXES, "ethnicity": ETHNICITIES, "tenancy": TENANCIES, "band": BANDS}
    resident = {"person_id": pa.array(keys), "date_of_birth": pa.array(residents.birthdays(), pa.date32())}
    resident |= {name: pa.array(np.array(values)[residents.known[name]]) for name, values in named.items()}
    resident |= {
        "arrears": pa.array(residents.arrears),
        "arrears_last_year": pa.array(residents.last_year),
        "cost": pa.array(residents.cost),
        "contacts": pa.array(residents.contacts),
        "start_month": pa.array([calendar[each] for each in residents.start.tolist()], pa.date32()),
        "owes": pa.array(np.where(residents.arrears > 0, "yes", "no")),
    }
    contracts = {each.id: each for each in CONTRACTS}
    order = [column.name for column in contracts["town/resident"].columns]
    return {
        "town/resident": pa.table({name: resident[name] for name in order}),
        "care/spell": _spells(residents, keys),
        "police/known": pa.table({"person_id": pa.array(keys[residents.police])}),
    }


def _spells(residents: Residents, keys: people.Codes) -> pa.Table:
    """Return a row for every spell: each need has at least one, the first begins in the month of the start."""
    chance = np.random.default_rng(9)
    who, need, start = [], [], []
    for person in np.flatnonzero(residents.contacts).tolist():
        having = np.flatnonzero(residents.needs[person]).tolist()
        first = int(residents.start[person])
        for spell in range(int(residents.contacts[person])):
            who.append(person)
            need.append(having[spell] if spell < len(having) else having[int(chance.integers(len(having)))])
            start.append(first if spell == 0 else int(chance.integers(first, MONTHS)))
    owner = np.array(who, np.int64)
    days = chance.integers(0, 28, len(who))
    share = chance.random(len(who)) + 0.2
    whole = np.bincount(owner, share, residents.number)
    cost = (share / whole[owner] * residents.cost[owner]).round(2) if len(who) else np.zeros(0)
    dates = np.array([np.datetime64(months(each)) for each in start], "datetime64[D]") + days.astype("timedelta64[D]")
    return pa.table(
        {
            "person_id": pa.array(keys[owner]),
            "need": pa.array(np.array(NEEDS)[need]),
            "start_date": pa.array(dates, pa.date32()),
            "cost": pa.array(cost),
        }
    )


# --- the contracts


def _levels(scale: str, **rest: Any) -> Any:
    """Return levels of the contract, or None where this version has none."""
    if find_spec("commonweal.catalogue.levels") is None:
        return None
    from commonweal.catalogue.levels import Levels, Scale

    return Levels(Scale(scale), **rest)


def _column(name: str, physical: str, kind: Kind, levels: Any = None, account: str = "", **rest: Any) -> Column:
    logical = {"VARCHAR": "string", "BIGINT": "integer", "DOUBLE": "number", "DATE": "date"}[physical]
    column = Column(name, logical, physical, kind, **rest)
    known = {field.name for field in fields(Column)}
    more = {"levels": levels, "account": account}
    return replace(column, **{name: value for name, value in more.items() if name in known and value})


def _contract(identifier: str, columns: Sequence[Column], membership: str) -> Contract:
    contract = Contract(
        identifier, identifier.split("/")[1], "1.0.0", tuple(columns), (EntityKey("person", "person_id"),)
    )
    if "membership" in {field.name for field in fields(Contract)}:
        contract = replace(contract, membership=membership)
    return contract


def _contracts() -> tuple[Contract, ...]:
    ages = _levels(
        "ages",
        edges=tuple(float(5 * each) for each in range(18)),
        rungs=(tuple(e // 2 for e in range(18)),),
        missing=False,
    )
    amounts = _levels("amounts", edges=EDGES, top=TOP, missing=False)
    calendar = _levels("months", months=(FIRST_MONTH, LAST_MONTH))

    def values(*names: str, **rest: Any) -> Any:
        return _levels("values", values=names, missing=False, **rest)

    resident = (
        _column("person_id", "BIGINT", Kind.LINK, unique=True, required=True),
        _column("ward", "VARCHAR", Kind.QUASI, values(*WARD_NAMES), codes=WARD_NAMES, required=True),
        _column("date_of_birth", "DATE", Kind.QUASI, ages, standard="date-of-birth", required=True),
        _column("sex", "VARCHAR", Kind.QUASI, values(*SEXES), codes=SEXES, required=True),
        _column("ethnicity", "VARCHAR", Kind.QUASI, values(*ETHNICITIES), codes=ETHNICITIES, required=True),
        _column("tenancy", "VARCHAR", Kind.QUASI, values(*TENANCIES), codes=TENANCIES, required=True),
        _column("band", "VARCHAR", Kind.QUASI, values(*BANDS), codes=BANDS, required=True),
        _column("arrears", "DOUBLE", Kind.SENSITIVE, amounts, "arrears", minimum=0, maximum=TOP, required=True),
        _column("arrears_last_year", "DOUBLE", Kind.SENSITIVE, amounts, minimum=0, maximum=TOP, required=True),
        _column("cost", "DOUBLE", Kind.SENSITIVE, amounts, minimum=0, maximum=TOP, required=True),
        _column("contacts", "BIGINT", Kind.SENSITIVE, _levels("counts", edges=(0.0, 1.0, 2.0, 3.0, 4.0), top=20.0, missing=False),
                minimum=0, maximum=20, required=True),
        _column("start_month", "DATE", Kind.SENSITIVE, calendar),
        _column("owes", "VARCHAR", Kind.SENSITIVE, values("no", "yes"), "arrears", codes=("no", "yes"), required=True),
    )  # fmt: skip
    spell = (
        _column("person_id", "BIGINT", Kind.LINK, required=True),
        _column("need", "VARCHAR", Kind.SPECIAL, values(*NEEDS, most=3), codes=NEEDS, required=True),
        _column("start_date", "DATE", Kind.SENSITIVE, calendar, required=True),
        _column("cost", "DOUBLE", Kind.SENSITIVE, amounts, minimum=0, maximum=TOP, required=True),
    )
    known = (_column("person_id", "BIGINT", Kind.LINK, unique=True, required=True),)
    return (
        _contract("town/resident", resident, "known"),
        _contract("care/spell", spell, "secret"),
        _contract("police/known", known, "secret"),
    )


CONTRACTS = _contracts()


# --- the installation

AGREEMENT: dict[str, Any] = {
    "commonweal": "agreement/1",
    "id": "residents",
    "version": 1,
    "title": "Residents, their debts and their care",
    "parties": [
        {
            "organisation": name,
            "role": "controller",
            "contact": {"name": "Officer", "email": f"ig@{name}.example"},
            "dpo": {"name": "Officer", "email": f"dpo@{name}.example"},
        }
        for name in ORGANISATIONS
    ],
    "purpose": {
        "code": "research",
        "statement": "See where debts and care meet.",
        "necessity": "Nobody sees all of it alone.",
        "benefits": [{"to": "residents", "what": "fewer evictions", "measure": "evictions a year"}],
    },
    "legal": {
        "lawful_basis": "public-task",
        "power": "Care Act 2014 s.6",
        "special_category": {"article_9": "h", "schedule_1": "health-or-social-care"},
        "dpia": {"outcome": "proceed-with-safeguards", "completed": "2026-01-01", "review": "2099-01-01"},
    },
    "term": {"from": "2026-01-01", "until": "2099-12-31", "review": "2099-01-01", "grace_days": 14},
    "people": [{"email": ANALYST, "role": "analyst"}, {"email": SECOND_ANALYST, "role": "analyst"}],
    "links": LINKS,
    "safeguards": {"profile": "uk-tre", "output": "aggregate"},
    "retention": {"results": "1 year"},
    "onward_sharing": "none",
    "security": {"mfa": False},
    "transparency": {"public": True, "privacy_notice": "https://town.example/privacy"},
}


def document(profile: str, identifier: str = "", **changed: Any) -> dict[str, Any]:
    """Return the agreement of a profile (its name, unless another is given), with what is changed in it."""
    data = [{"dataset": name, "because": "it is asked about", "columns": columns} for name, columns in AGREED.items()]
    safeguards = AGREEMENT["safeguards"] | {"profile": profile}
    return AGREEMENT | {"id": identifier or profile, "data": data, "safeguards": safeguards} | changed


def founded(folder: Path) -> Installation:
    """Make an installation with the organisations and the people, and no data."""
    from commonweal.identity.person import Role
    from commonweal.installation import acts, create

    installation = create(folder)
    for name in ORGANISATIONS:
        acts.add_organisation(installation, name, name.title())
    acts.add_person(installation, ANALYST, "town", [Role.ANALYST])
    acts.add_person(installation, SECOND_ANALYST, "care", [Role.ANALYST])
    return installation


def stock(installation: Installation, residents: Residents, *, snapshot: str = "") -> None:
    """Add the three datasets; all worlds of one comparison take the same `snapshot`, so that only the data differ."""
    from commonweal.installation import acts

    contracts = {contract.id: contract for contract in CONTRACTS}
    for name, table in tables(residents).items():
        organisation, short = name.split("/")
        (installation.layout.data / organisation).mkdir(exist_ok=True)
        path = installation.layout.data / organisation / f"{short}.parquet"
        pq.write_table(table, path, compression="zstd")
        held = Snapshot((snapshot or "0") * 64, path, table.num_rows, AS_OF)
        acts.add_dataset(installation, Dataset(organisation, short, contracts[name], held))


def agree(installation: Installation, agreement: Mapping[str, Any]) -> str:
    """Add an agreement, signed by all; return its identifier."""
    import yaml

    from commonweal.agreement.reading import read_agreement
    from commonweal.agreement.signature import sign
    from commonweal.agreement.store import add_agreement, record_signature

    contracts = {contract.id: contract for contract in CONTRACTS}
    text = yaml.safe_dump(dict(agreement), sort_keys=False)
    read = read_agreement(text, source="agreement.yaml", contracts=contracts, organisations=list(ORGANISATIONS))
    with installation.transaction() as connection:
        now = datetime.now(UTC)
        add_agreement(connection, installation.ledger, read, at=now)
        for name in ORGANISATIONS:
            signature = sign(read, name, installation.keys.organisation(name), now)
            record_signature(connection, installation.ledger, signature)
    return read.id


def plain(residents: Residents) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB that knows no agreement: the same tables, treated alike, under the same names."""
    import duckdb

    connection = duckdb.connect()
    for name, table in tables(residents).items():
        _, short = name.split("/")
        connection.register(f"{short}_arrow", table)
        month = " REPLACE (CAST(date_trunc('month', start_date) AS DATE) AS start_date)" if short == "spell" else ""
        connection.execute(f"CREATE TABLE {short} AS SELECT *{month} FROM {short}_arrow")
    years = f"date_diff('year', d, DATE '{AS_OF}') - (strftime(d, '%m%d') > strftime(DATE '{AS_OF}', '%m%d'))::INT"
    connection.execute(f"CREATE MACRO age_in_years(d) AS (({years}) // 5) * 5")
    return connection
