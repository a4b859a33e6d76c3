"""The two forms of evidence against counts made by hand, on small random towns."""

import math
import random

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp

from commonweal.disclosure.cells import Cells
from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import protect
from commonweal.disclosure.unsure import unsure
from commonweal.gateway.evidence import Form, evidence_query
from commonweal.query.dialect import sql
from commonweal.query.measure import Measure
from commonweal.query.question import read_query
from tests.query.town import AGREED, CONTRACTS


def town(seed: int, people: int = 400) -> duckdb.DuckDBPyConnection:
    r = random.Random(seed)
    con = duckdb.connect()
    con.execute("create schema nb; create schema nhs")
    con.execute(
        "create table nb.person(person_id bigint, sex varchar, uprn bigint, __entity_person bigint, __entity_household bigint)"
    )
    con.execute(
        "create table nb.housing(uprn bigint, tenancy varchar, ward varchar, arrears double, __entity_household bigint)"
    )
    con.execute("create table nhs.social_care(person_id bigint, need varchar, cost double, __entity_person bigint)")
    homes = people // 3
    housing = [
        (
            u,
            r.choice(["owner", "council"]),
            r.choice(["W1", "W2", "W3", None]),
            r.choice([0.0, 0.0, r.randint(1, 900), 5000.0]),
            u,
        )
        for u in range(homes)
    ]
    persons = [(p, r.choice("FM"), r.randrange(homes)) for p in range(people)]
    care = [
        (r.randrange(people), r.choice("abc"), r.choice([None, -50.0, 10.0, 20.0, r.random() * 900]))
        for _ in range(people * 2)
    ]
    for table, rows in (
        ("nb.housing", housing),
        ("nb.person", [(*p, p[0], p[2]) for p in persons]),
        ("nhs.social_care", [(*c, c[0]) for c in care]),
    ):
        columns = pa.table({f"c{i}": [row[i] for row in rows] for i in range(len(rows[0]))})
        con.register("given", columns)
        con.execute(f"insert into {table} select * from given")
        con.execute(f"alter table {table} add column __record_key utinyint")
    return con


def measure_of(text: str) -> Measure:
    return read_query(text, CONTRACTS, agreed=AGREED).measures[0]


def most_rows(con: duckdb.DuckDBPyConnection, measure: Measure) -> list[int]:
    def of(reference: str, kind: str) -> int:
        table = reference.replace("/", ".")
        counted = f"select max(n) from (select count(*) n from {table} group by __entity_{kind})"
        return con.sql(counted).fetchall()[0][0]

    return [math.prod(of(*factor) for factor in entity.most or ()) for entity in measure.entities]


def cells(
    con: duckdb.DuckDBPyConnection, measure: Measure, form: Form, only: tuple[tuple[object, ...], ...] = ()
) -> Cells:
    query = evidence_query(measure, form, most=most_rows(con, measure), only=only)
    table = con.sql(query.statement).to_arrow_table()
    return Cells(
        table, query.keys, query.kinds, query.aggregates, measure.grouping_sets, tuple(None for _ in query.keys)
    )


REPEATED = """select c.need, p.sex, count(*) n, count(distinct c.person_id) people, sum(c.cost) cost, avg(c.cost) mean,
  count(*) filter (where c.cost > 15) dear, median(c.cost) middle, sum(case when c.cost > 15 then 1 else 0 end) i
  from social_care c join person p using (person_id) join housing h using (uprn) group by c.need, p.sex"""

QUESTIONS = [
    REPEATED,
    "select tenancy, ward, count(*), sum(arrears), median(arrears), count(distinct uprn) from housing group by 1, 2",
    "select h.ward, p.sex, count(*), sum(h.arrears) from person p join housing h using (uprn) group by rollup (h.ward, p.sex)",
    "select count(*), sum(cost) from social_care",
    "select n, count(*), sum(cost) from (select person_id, count(*) n, sum(cost) cost from social_care group by person_id) group by n",
    "select count(distinct c.person_id), count(*), p.sex from person p left join social_care c using (person_id) group by p.sex",
]  # fmt: skip


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("form", [Form.BUCKETS, Form.MARKS])
@pytest.mark.parametrize("seed", range(3))
def test_values_do_not_depend_on_the_form_of_the_evidence(text: str, seed: int, form: Form) -> None:
    con, measure = town(seed), measure_of(text)
    exact, bounds = cells(con, measure, Form.EXACT), cells(con, measure, form)
    order = [(key, "ascending") for key in (*exact.keys, "set")]
    one, other = exact.table.sort_by(order), bounds.table.sort_by(order)
    assert one.num_rows == other.num_rows > 0
    for name in (*exact.keys, *(aggregate.name for aggregate in exact.aggregates)):
        assert one.column(name).to_pylist() == pytest.approx(other.column(name).to_pylist(), nan_ok=True), name


def test_exact_evidence_equals_counts_by_hand() -> None:
    con = town(5)
    table = cells(con, measure_of(REPEATED), Form.EXACT).table.to_pylist()
    rows = con.execute(
        "select c.need, p.sex, c.person_id, h.uprn, c.cost from nhs.social_care c join nb.person p using (person_id) join nb.housing h using (uprn)"
    ).fetchall()
    assert table
    for cell in table:
        own = [row for row in rows if row[0] == cell["k1"] and row[1] == cell["k2"]]
        assert (cell["n_person"], cell["n_household"]) == (len({r[2] for r in own}), len({r[3] for r in own}))
        costs: dict[int, float] = {}
        homes: dict[int, float] = {}
        for _, _, person, home, cost in own:
            if cost is not None:
                costs[person] = costs.get(person, 0) + cost
                homes[home] = homes.get(home, 0) + cost
        sums = next(name for name in cell if name.endswith("__low")).removesuffix("__low")
        assert cell[sums] == pytest.approx(sum(costs.values()))
        assert cell[f"{sums}__max1"] == pytest.approx(max(max(map(abs, d.values())) for d in (costs, homes)))
        assert cell[f"{sums}__n_person"] == len({r[2] for r in own if r[4]})
        assert cell[f"{sums}__rows"] == sum(r[4] is not None for r in own)


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("form", [Form.BUCKETS, Form.MARKS])
@pytest.mark.parametrize("seed", range(6))
def test_what_passes_on_bounds_passes_on_exact_evidence(text: str, seed: int, form: Form) -> None:
    """The promise of the bounds form: it can only withhold too much."""
    con, measure, rules = town(seed, people=160), measure_of(text), PROFILES["uk-tre"]
    exact, bounds = cells(con, measure, Form.EXACT), cells(con, measure, form)
    keys = [*exact.keys, "set"]
    withheld = {
        tuple(row[k] for k in keys): bool(flag)
        for row, flag in zip(exact.table.to_pylist(), unsure(exact, rules), strict=True)
    }
    for row, flag in zip(bounds.table.to_pylist(), unsure(bounds, rules), strict=True):
        assert flag or not withheld[tuple(row[k] for k in keys)]


def test_the_bound_on_rows_is_one() -> None:
    con, measure = town(3), measure_of(REPEATED)
    relation = measure.relation.copy()
    for position, (entity, most) in enumerate(zip(measure.entities, most_rows(con, measure), strict=True)):
        key = exp.column(entity.column, table=entity.alias)
        counted = relation.select(key, exp.Count(this=exp.Star()), append=False).group_by(key.copy())
        worst = max(n for _, n in con.sql(sql(counted)).fetchall())
        assert worst <= most, position


def test_cells_measured_by_name_equal_those_of_the_whole() -> None:
    con, measure = town(1), measure_of(REPEATED)
    whole = {(row["k1"], row["k2"]): row for row in cells(con, measure, Form.EXACT).table.to_pylist()}
    only = tuple(list(whole)[:2])
    part = {(row["k1"], row["k2"]): row for row in cells(con, measure, Form.EXACT, only).table.to_pylist()}
    assert part.keys() == set(only)
    assert all(part[key] == pytest.approx(whole[key]) for key in only)


def test_the_cells_can_be_protected() -> None:
    con, measure = town(2), measure_of(QUESTIONS[2])
    protected = protect(cells(con, measure, Form.EXACT), PROFILES["uk-tre"])
    assert all(value is None or value % 5 == 0 for value in protected.table.column("a1").to_pylist())


@pytest.mark.parametrize("form", list(Form))
def test_rows_without_a_key_make_a_group_that_is_nobody(form: Form) -> None:
    con = town(6)
    con.execute("insert into nb.person values (900, 'F', null, 900, null, null), (901, 'F', null, 901, null, null)")
    measure = measure_of("select count(*) as n from (select uprn, count(*) as n from person group by uprn) x")
    (cell,) = cells(con, measure, form).table.to_pylist()
    true = con.sql("select count(distinct uprn) from nb.person").fetchall()[0][0]
    assert cell["n_household"] <= true and cell["a1"] == true + 1
