"""Rows without a key are nobody: grouped by it they make one row, which is counted as no entity."""

import random

import duckdb
import pytest

from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.unsure import unsure
from commonweal.errors import Refused
from commonweal.gateway.evidence import Form, evidence_query, kinds_of
from commonweal.query.question import read_query
from tests.gateway.test_entities import question as random_question
from tests.gateway.test_evidence import cells
from tests.gateway.test_evidence import town as full_town
from tests.query.town import AGREED, CONTRACTS

QUESTIONS = [
    "select count(*) from (select uprn, count(*) as n from person group by uprn) x",
    "select n, count(*), sum(s) from (select uprn, count(*) as n, count(*) as s from person group by uprn) x group by n",
    "select count(*) from (select distinct uprn from person) x",
    "select sum(n), median(n), count(distinct uprn) from (select uprn, count(*) as n from person group by uprn) x",
    "select x.n, count(*) from (select uprn, count(*) as n from person group by uprn) x left join housing h on h.uprn = x.uprn group by 1",
    "select count(*) from (select uprn, sex, count(*) as n from person group by uprn, sex) x",
    "select x.n, count(*), sum(c.cost) from (select uprn, min(sex) as n from person group by uprn) x "
    "left join (select uprn, person_id from person) p on p.uprn = x.uprn left join social_care c on c.person_id = p.person_id group by 1",
]  # fmt: skip


def town(seed: int) -> duckdb.DuckDBPyConnection:
    """Return a town in which some people have no home and some care nobody."""
    r = random.Random(seed)
    con = duckdb.connect()
    con.execute("create schema nb; create schema nhs")
    homes = [None, *range(12)]
    people = [(p, r.choice("FM"), r.choice(homes)) for p in range(40)]
    care = [(r.choice([None, *range(40)]), r.choice("ab"), r.random() * 9) for _ in range(60)]
    con.execute("create table nb.person(person_id bigint, sex varchar, uprn bigint)")
    con.executemany("insert into nb.person values (?, ?, ?)", people)
    con.execute("create table nb.housing as select range as uprn, 'W' as ward, 'owner' as tenancy from range(12)")
    con.execute("create table nhs.social_care(person_id bigint, need varchar, cost double)")
    con.executemany("insert into nhs.social_care values (?, ?, ?)", care)
    hidden = {"nb.person": ("person", "household"), "nb.housing": ("household",), "nhs.social_care": ("person",)}
    keys = {"person": "person_id", "household": "uprn"}
    for table, kinds in hidden.items():
        for kind in kinds:
            con.execute(f"alter table {table} add column __entity_{kind} bigint")
            con.execute(f"update {table} set __entity_{kind} = {keys[kind]}")
        con.execute(f"alter table {table} add column __record_key utinyint")
    return con


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_row_of_nobody_is_not_counted(text: str, seed: int) -> None:
    con = town(seed)
    measure = read_query(text, CONTRACTS, agreed=AGREED).measures[0]
    kinds = kinds_of(measure.entities)
    query = evidence_query(measure, Form.EXACT)
    relation = measure.relation.sql(dialect="duckdb")
    for row in con.sql(query.statement).to_arrow_table().to_pylist():
        for entity, kind in zip(measure.entities, kinds, strict=True):
            outputs = f'count(distinct "{entity.alias}"."{entity.column}")'
            where = " and ".join(
                f"({key.expression.sql(dialect='duckdb')}) is not distinct from {row[key.name]!r}".replace(
                    "None", "null"
                )
                for key in measure.keys
            )
            counted = con.sql(relation.replace("SELECT", f"SELECT {outputs}", 1) + (f" where {where}" if where else ""))
            ((true,),) = counted.fetchall()
            assert row[f"n_{kind}"] == true, (kind, row)
            assert all(row[f"{a.name}__n_{kind}"] <= true for a in measure.aggregates if f"{a.name}__n_{kind}" in row)


@pytest.mark.parametrize("seed", range(40))
def test_what_passes_on_bounds_passes_on_exact_evidence_with_nobody_among_them(seed: int) -> None:
    """Random relations of several kinds, with keys that are missing."""
    r, con, rules = random.Random(seed), full_town(seed % 3, people=120), PROFILES["uk-tre"]
    con.execute("update nb.person set uprn = null, __entity_household = null where person_id % 11 = 3")
    con.execute("update nhs.social_care set person_id = null, __entity_person = null where cost between 10 and 12")
    for _ in range(4):
        try:
            measure = read_query(random_question(r), CONTRACTS, agreed=AGREED).measures[0]
        except Refused:
            continue
        keys = [key.name for key in measure.keys]
        flags = {}
        for form in Form:
            found = cells(con, measure, form)
            rows = [tuple(row[key] for key in keys) for row in found.table.to_pylist()]
            flags[form] = dict(zip(rows, unsure(found, rules).tolist(), strict=True))
        for form in (Form.MARKS, Form.BUCKETS):
            assert all(flag or not flags[Form.EXACT][key] for key, flag in flags[form].items())
