"""Numbers of one question that could be subtracted: refused, or measured with the difference beside them."""

import time
from dataclasses import replace

import pytest

from commonweal.errors import Refused
from commonweal.gateway.together import together
from commonweal.query.differences import with_differences
from commonweal.query.measure import Measure
from commonweal.query.question import read_query
from tests.query.town import AGREED, CONTRACTS


def measured(text: str) -> Measure:
    return with_differences(read_query(text, CONTRACTS, agreed=AGREED).measures[0])


@pytest.mark.parametrize(
    ("outputs", "differences"),
    [
        ("sum(arrears), sum(least(arrears, 400))", 1),
        ("stddev(arrears), avg(arrears), count(*), count(arrears)", 0),
        ("count(*) filter (where ward = 'a'), count(*) filter (where ward in ('a', 'b'))", 1),
        ("count(*) filter (where ward = 'a'), count(distinct uprn) filter (where ward in ('a', 'b'))", 1),
        ("count(*) filter (where ward = 'a'), count(*) filter (where ward = 'b'), count(*)", 0),
        ("count(*), count(*) filter (where ward = 'a')", 0),
        ("median(arrears) filter (where ward = 'a'), median(arrears) filter (where ward in ('a', 'b'))", 1),
    ],
)
def test_pairs_are_found(outputs: str, differences: int) -> None:
    assert len(measured(f"select tenancy, {outputs} from housing group by tenancy").differences) == differences


@pytest.mark.parametrize(
    ("one", "other", "differences"),
    [
        ("sum(arrears)", "sum(arrears) filter (where ward <> 'W1')", 1),
        ("sum(case when ward <> 'W1' then arrears else 0 end)", "avg(arrears)", 1),
        ("sum(arrears)", "sum(arrears) filter (where arrears <> 0)", 0),
        ("sum(arrears)", "sum(arrears) filter (where arrears > 0)", 1),  # may be a credit: no minimum is declared
        ("sum(arrears) filter (where ward = 'a')", "sum(arrears) filter (where ward = 'b')", 0),
    ],
)
def test_of_a_part_and_the_whole_the_part_is_given_up(one: str, other: str, differences: int) -> None:
    text = f"select (select {one} from housing) as a, (select {other} from housing) as b"
    measures = read_query(text, CONTRACTS, agreed=AGREED).measures
    (joined,) = together(measures, [() for _ in measures])
    named = {a.name: a for a in joined.whole.aggregates}
    assert [named[d.shown].picks != "" for d in joined.whole.differences] == [True] * differences
    assert not {name for part in joined.parts for name in part.aggregates} & {d.by for d in joined.whole.differences}


def test_one_expression_under_two_names_is_one() -> None:
    inner = "select ward, arrears as v, arrears as w, 2 * arrears as x, arrears * 2 as y from housing"
    assert not measured(f"select sum(v), avg(w), stddev(v) from ({inner}) h").differences
    assert len(measured(f"select sum(v), sum(x) from ({inner}) h").differences) == 1
    other = "select a.arrears as v, b.arrears as w from housing a join housing b on a.uprn = b.uprn"
    assert len(measured(f"select sum(v), sum(w) from ({other}) h").differences) == 1


def test_what_doubles_at_every_level_is_read_in_no_time() -> None:
    steps = ", ".join(f"a{n} as (select v * 2 - v as v, w * 2 - w as w from a{n - 1})" for n in range(1, 50))
    text = f"with a0 as (select arrears as v, arrears as w from housing), {steps} select sum(v), sum(w) from a49"
    started = time.monotonic()
    with pytest.raises(Refused):  # it mixes amounts, once it is read
        read_query(text, CONTRACTS, agreed=AGREED)
    assert time.monotonic() - started < 5


def test_a_pivot_with_its_total_is_a_partition() -> None:
    parts = ", ".join(f"count(*) filter (where ward = '{name}')" for name in "abc")
    (partition,) = measured(f"select count(*), {parts} from housing").partitions
    assert len(partition.parts) == 3
    assert not measured(f"select {parts} from housing").partitions


@pytest.mark.parametrize(
    "text",
    [
        "select (select sum(arrears) from housing) - (select sum(arrears) from housing where ward <> 'W1')",
        "select (select count(*) from person) - (select count(*) from person where postcode <> 'ZZ9')",
        "with a as (select person_id from person where sex <> 'F') select (select count(*) from a), (select count(*) from person)",
        "select (select count(*) from person), (select count(*) from person where uprn in (select uprn from housing))",
        "select (select count(*) from person), (select sum(n) from (select uprn, count(*) as n from person group by uprn having count(*) < 9))",
        "select (select count(*) from person), (select count(*) from person p join housing h on h.uprn = p.uprn and h.arrears < 9)",
        "select (select count(*) filter (where sex = 'F') from person), (select count(*) from person p join housing h using (uprn))",
        "select (select count(*) from person where sex = 'F'), (select count(*) from person where sex in ('F', 'M'))",
        "select sum(arrears) filter (where ward <> 'a'), sum(arrears) filter (where ward <> 'b'), sum(arrears) filter (where ward <> 'c') from housing",
    ],
)
def test_the_same_data_twice_under_different_conditions_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_query(text, CONTRACTS, agreed=AGREED)
    assert "conditions" in refused.value.reasons[0]


@pytest.mark.parametrize(
    "text",
    [
        "select ward, count(*) from housing group by ward union all select 'all', count(*) from housing",
        "select (select count(*) from person where sex = 'F'), (select count(*) from person where sex = 'M')",
        "select (select count(*) from person), (select count(distinct c.person_id) from person p join social_care c using (person_id))",
        "select (select count(*) from person x where x.sex = 'F'), (select count(*) from person p join housing h using (uprn) where p.sex = 'F')",
        "select (select count(*) from housing where ward = 'a'), (select count(*) from social_care where need = 'b')",
    ],
)
def test_comparisons_that_people_make_are_read(text: str) -> None:
    assert len(read_query(text, CONTRACTS, agreed=AGREED).measures) == 2


@pytest.mark.parametrize("number", ["count(c_id)", "count(distinct c_id)"])
def test_what_a_left_join_further_in_leaves_out_is_a_part(number: str) -> None:
    inner = "select c.person_id as c_id from person p left join social_care c on c.person_id = p.person_id"
    assert [a.partial for a in measured(f"select {number} from ({inner}) x").aggregates] == [True]


def test_a_count_of_calculated_values_is_a_part() -> None:
    measure = measured("select count(n) from (select nullif(postcode, 'ZZ9') as n from person) x")
    assert [a.partial for a in measure.aggregates] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "select sum(" + "+".join(["arrears"] * 300) + ") from housing",
        "select sum(case " + " ".join(f"when ward = 'w{n}' then arrears" for n in range(280)) + " end) from housing",
        "select " + ", ".join(f"sum(case when ward = 'w{n}' then arrears end)" for n in range(150)) + " from housing",
        "select count(*) from person group by cube (" + ", ".join(f"sex || '{n}'" for n in range(30)) + ")",
        "select count(*) from person group by " + ", ".join(["rollup (sex, dob, postcode)"] * 20),
        "select sex as a0, " + ", ".join(f"a{n - 1} || a{n - 1} as a{n}" for n in range(1, 25)) + ", count(*) from person group by 1",
        "with a0 as (select person_id from person), "
        + ", ".join(f"a{n} as (select x.person_id from a{n - 1} x join a{n - 1} y on x.person_id = y.person_id)" for n in range(1, 20))
        + " select count(*) from a19",
    ],
)  # fmt: skip
def test_what_grows_as_it_is_read_is_refused_at_once(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(Refused):
        read_query(text, CONTRACTS, agreed=AGREED)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("key", "refused"),
    [
        ("case when arrears > 4000 then arrears end", True),
        ("case when arrears > 4000 then ward end", True),
        ("round(arrears)", True),
        ("(case when arrears > 4000 then null else true end) = true", True),
        ("nullif(arrears > 4000, true)", True),
        ("case when arrears > 4000 then 'much' end", False),
        ("case when arrears > 4000 then 1 else 0 end", False),
        ("arrears > 4000", False),
        ("case when ward = 'a' then tenancy end", False),
        ("arrears", False),  # a column's own values: those that are common are named, see the grid
    ],
)
def test_totals_beside_a_secret_of_unknown_values_are_refused(key: str, refused: bool) -> None:
    for text in (
        f"select {key} as k, count(*) from housing group by rollup (1)",
        f"select (select max(n) from (select {key} as k, count(*) as n from housing group by 1)), (select count(*) from housing)",
    ):
        if refused:
            with pytest.raises(Refused):
                read_query(text, CONTRACTS, agreed=AGREED)
        else:
            read_query(text, CONTRACTS, agreed=AGREED)
    read_query(f"select {key} as k, count(*) from housing group by 1", CONTRACTS, agreed=AGREED)


def test_a_pivot_over_all_public_codes_leaves_nobody_over() -> None:
    person = CONTRACTS["nb/person"]
    columns = tuple(replace(c, codes=("F", "M")) if c.name == "sex" else c for c in person.columns)
    coded = CONTRACTS | {"nb/person": replace(person, columns=columns)}

    def complete(outputs: str, relation: str = "person") -> bool:
        read = read_query(f"select {outputs} from {relation}", coded, agreed=AGREED)
        (partition,) = with_differences(read.measures[0]).partitions
        return partition.complete

    both = "count(*), count(*) filter (where sex = 'F'), count(*) filter (where sex in ('M'))"
    assert complete(both)
    assert not complete(both.replace("'M'", "'X'"))
    assert not complete(both.replace("sex = 'F'", "sex = 'F' and postcode <> 'ZZ9'"))
    assert not complete(both, "housing h left join person p using (uprn)")  # missing where a home has nobody
    (uncoded,) = measured(f"select {both} from person").partitions
    assert not uncoded.complete
