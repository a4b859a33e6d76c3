"""What a question is found to read, link and compute."""

import pytest

from commonweal.errors import Refused
from commonweal.query.dialect import sql
from commonweal.query.measure import Purpose
from commonweal.query.question import Query, read_query
from commonweal.query.relation import Level
from tests.query.town import AGREED, CONTRACTS


def read(text: str) -> Query:
    return read_query(text, CONTRACTS, agreed=AGREED)


def purposes(query: Query) -> list[Purpose]:
    return [aggregate.purpose for measure in query.measures for aggregate in measure.aggregates]


def roles(query: Query) -> set[str]:
    return {f"{use.column.column}:{use.role.value}" for use in query.uses}


def test_a_count_by_group_is_one_measure_and_the_presentation_reads_cells_only() -> None:
    query = read(
        "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by homes desc"
    )
    assert query.level is Level.CELLS
    assert purposes(query) == [Purpose.ROWS, Purpose.AMOUNT, Purpose.ROWS]
    assert query.titles == ("tenancy", "homes", "mean")
    assert "housing" not in sql(query.presentation)
    assert query.measures[0].entities[0].unique


@pytest.mark.parametrize(
    "text",
    [
        "select name, dob from person",
        "select * from person",
        "select uprn, count(*) from person group by uprn",
        "select name, dob from person order by dob limit 1",
        "select p.name from person p join housing h using (uprn)",
        "select person_id, sum(cost) from social_care group by 1 having sum(cost) > 5",
        "select distinct person_id from social_care",
    ],
)
def test_questions_for_rows_are_of_the_level_rows(text: str) -> None:
    query = read(text)
    assert query.level is Level.ROWS and not query.measures


def test_every_use_of_a_column_is_found() -> None:
    query = read(
        "select p.sex, count(distinct c.person_id) from social_care c join person p using (person_id) "
        "where c.need = 'dementia' and p.postcode like 'ZZ9%' group by p.sex having sum(c.cost) > 10"
    )
    assert roles(query) == {
        "sex:group key", "person_id:count distinct", "person_id:join", "need:condition", "postcode:condition", "cost:aggregate",
    }  # fmt: skip
    assert [(str(link.left), str(link.right)) for link in query.links] == [
        ("nb/person.person_id", "nhs/social_care.person_id")
    ]


def test_a_use_inside_a_sub_query_is_found() -> None:
    query = read(
        "with a as (select name as x, sex from person), b as (select x, sex from a) select sex, count(*) from b where x = 'q' group by sex"
    )
    assert {"name:passed", "name:condition"} <= roles(query)


def test_identifiers_hidden_in_calculations_are_found() -> None:
    query = read("select case when sex = 'F' then name else 'x' end as g, count(*) from person group by 1")
    assert "name:calculation" in roles(query)
    query = read(
        "select sum(case when p.person_id = 900001 then h.arrears else 0 end) from person p join housing h using (uprn)"
    )
    assert "person_id:calculation" in roles(query)


def test_joins_keep_entities_unique_only_where_keys_are() -> None:
    one = read("select h.ward, count(*) from person p join housing h using (uprn) group by 1").measures[0]
    assert {(e.kind, e.unique) for e in one.entities} == {("person", True), ("household", False)}
    many = read(
        "select h.ward, count(*) from person p join social_care c using (person_id) join housing h using (uprn) group by 1"
    ).measures[0]
    assert {(e.kind, e.unique) for e in many.entities} == {("person", False), ("household", False)}
    per_person = read(
        "select n, count(*) from (select person_id, count(*) n from social_care group by person_id) group by n"
    ).measures[0]
    assert [(e.kind, e.unique) for e in per_person.entities] == [("person", True)]


def test_a_per_entity_sub_query_need_not_hand_its_key_on() -> None:
    measure = read(
        "select n, count(*) from (select count(*) n from social_care group by person_id) group by n"
    ).measures[0]
    assert "__entity_person" in sql(measure.relation)


def test_exists_and_in_become_semi_joins_on_links() -> None:
    query = read(
        "select count(*) from person p where exists (select 1 from social_care c where c.person_id = p.person_id and need = 'x') "
        "and uprn not in (select uprn from housing where tenancy = 'owner')"
    )
    assert {(str(link.left), str(link.right)) for link in query.links} == {
        ("nb/person.person_id", "nhs/social_care.person_id"), ("nb/housing.uprn", "nb/person.uprn"),
    }  # fmt: skip
    assert all("IS NULL" in sql(part) for part in query.measures[0].predicates)


def test_a_rollup_is_one_measure_with_its_grouping_sets() -> None:
    measure = read("select ward, tenancy, count(*) from housing group by rollup (ward, tenancy)").measures[0]
    assert measure.grouping_sets == ((0, 1), (0,), ())
    measure = read("select ward, tenancy, count(*) from housing group by ward, cube (tenancy)").measures[0]
    assert measure.grouping_sets == ((0, 1), (0,))


def test_sums_of_noughts_and_ones_are_counts_of_people() -> None:
    query = read(
        "select sum(case when tenancy = 'council' then 1 else 0 end), avg((arrears > 0)::int), count_if(arrears > 0), "
        "count(*) filter (where arrears > 0), count(case when arrears > 0 then 1 end) from housing"
    )
    assert purposes(query) == [Purpose.INDICATOR, Purpose.INDICATOR, Purpose.ROWS, Purpose.ROWS, Purpose.ROWS]
    partial = [aggregate.partial for aggregate in query.measures[0].aggregates]
    assert partial == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select max(arrears) from housing", "single value"),
        ("select sum(arrears) over (order by uprn) from housing", "neither grouped by"),
        ("select tenancy, arrears, count(*) from housing group by tenancy", "neither grouped by"),
        ("select count(*) from person p, housing h", "without equating"),
        ("select count(*) from person p full join housing h using (uprn)", "inner or left"),
        ("select count(*) from person p join housing h on p.uprn >= h.uprn", "further conditions"),
        ("select count(*) from housing where arrears > (select avg(arrears) from housing)", "result of a sub-query"),
        ("select sex, (select count(*) from person q where q.sex = p.sex) from person p group by sex", "outside"),
        ("select count(*) from (select * from person limit 10)", "first few rows"),
        ("select count(*) from (select row_number() over (order by uprn) r from housing) where r < 5", "window"),
        ("select count(*) from (select tenancy from housing union all select sex from person)", "under each other"),
        ("with w as (select ward, count(*) n from housing group by ward) select count(*) from housing h join w using (ward)", "already aggregated"),
        ("select corr(h.arrears, (tenancy = 'owner')::int) from housing h", "single people out"),
        ("select regr_slope(arrears, case when tenancy = 'owner' then 1 else 0 end) from housing", "single people out"),
        ("select quantile_cont(arrears, 1.0) from housing", "between 0 and 1"),
        ("select median(case when tenancy = 'owner' then arrears else 1e9 end) from housing", "one chosen person"),
        ("select median(v) from (select case when tenancy = 'owner' then arrears end as v from housing) x", "one chosen person"),
        ("select quantile_disc((age - 98) * 1000000 + score, 0.5) from survey", "one chosen person"),
        ("select median(greatest(arrears, 5)) from housing", "one chosen person"),
        ("select corr(v, arrears) from (select coalesce(nullif(arrears, 5), 0) v, arrears from housing) x", "single people out"),
        ("select sum(avg(arrears)) from housing", "aggregates an aggregate"),
        ("select exists (select 1 from social_care where person_id = 1)", "with rows"),
        ("select s.age, count(*) from survey s join person p on s.age = p.uprn join social_care c on c.person_id = p.person_id group by 1", "no key"),
    ],
)  # fmt: skip
def test_what_cannot_be_protected_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        read(text)
    assert said in caught.value.reasons[0]


def test_ages_are_read_from_everyday_idioms_and_through_sub_queries() -> None:
    for age in (
        "age_in_years(dob)",
        "date_diff('year', dob, current_date)",
        "extract(year from age(current_date, dob))",
        "date_part('year', age(dob))",
    ):
        measure = read(f"select {age} as years, count(*) from person group by 1").measures[0]
        assert sql(measure.keys[0].expression) == '"person"."__age_dob"'
    measure = read(
        "select age_in_years(x.dob) a, count(*) from (select dob from person where sex = 'F') x group by 1"
    ).measures[0]
    assert '"__age_dob" AS "__age_dob"' in sql(measure.relation)


def test_predicates_stand_apart_from_the_relation() -> None:
    measure = read("select count(*) from housing where ward = 'W1' and (tenancy = 'owner' or arrears > 5)").measures[0]
    assert len(measure.predicates) == 2 and measure.relation.args.get("where") is None


def test_an_age_is_a_use_of_its_own() -> None:
    query = read("select age_in_years(dob) a, count(*) from person where dob < date '1960-01-01' group by 1")
    assert {"dob:age", "dob:condition"} == roles(query)
    assert roles(read("select count(*) from (select sex, dob from person) x where age_in_years(x.dob) > 20")) == {
        "sex:passed",
        "dob:passed",
        "dob:age",
    }


def test_sums_are_taken_apart_so_that_each_term_is_judged_for_itself() -> None:
    measure = read("select sum(arrears + 1000), sum(2 * arrears / 12) from housing").measures[0]
    assert [a.purpose for a in measure.aggregates] == [Purpose.AMOUNT, Purpose.ROWS, Purpose.AMOUNT]
    measure = read("select sum(case when tenancy = 'owner' then arrears else 1000 end) from housing").measures[0]
    assert [a.purpose for a in measure.aggregates] == [Purpose.AMOUNT, Purpose.INDICATOR]
    assert all(a.partial for a in measure.aggregates)


@pytest.mark.parametrize(
    "text",
    [
        "select sum(arrears), sum(arrears) filter (where tenancy <> 'owner') from housing",
        "select avg(arrears) - avg(case when tenancy = 'owner' then arrears end) from housing",
        "select sum(arrears) filter (where ward = 'a'), sum(2 * arrears) filter (where ward <> 'b') from housing",
    ],
)
def test_one_amount_is_not_summed_under_two_conditions(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read(text)
    assert "two conditions" in caught.value.reasons[0]


def test_one_amount_may_be_averaged_spread_and_correlated_at_once() -> None:
    assert (
        read("select avg(arrears), stddev(arrears), sum(arrears), corr(arrears, arrears) from housing").level
        is Level.CELLS
    )


@pytest.mark.parametrize(
    "text",
    [
        "select sum(greatest(arrears, 1000)) from housing",
        "select sum(coalesce(nullif(arrears, 0), 1000)) from housing",
        "select sum(v) from (select arrears + 1000 as v from housing) x",
        "select sum(v) from (select case when tenancy = 'owner' then arrears else 1000 end as v from housing) x",
        "select sum(v) from (select person_id, sum(cost) + 1000 as v from social_care group by person_id) x",
        "select sum(sqrt(arrears + 1000)) from housing",
        "select sum(arrears * (case when tenancy = 'owner' then 1 else 0 end)) from housing",
        "select stddev(arrears + 1000) from housing",
        "select sum(arrears * arrears * arrears) from housing",
    ],
)
def test_sums_in_which_one_could_hide_behind_a_constant_are_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read(text)
    assert "mixes" in caught.value.reasons[0] or "mixture" in caught.value.reasons[0]


@pytest.mark.parametrize(
    "text",
    [
        "select sum(round(arrears)), avg(abs(arrears)), sum(arrears * 12), sum(least(arrears, 500)), sum(greatest(arrears, 0)) from housing",
        "select avg(total) from (select person_id, sum(cost) / 12 as total from social_care group by person_id) x",
        "select avg(n), sum(n), stddev(n) from (select uprn, count(*) n from person group by uprn) x",
        "select sum(coalesce(c.cost, 0)) from person p left join social_care c using (person_id)",
        "select sum(cost * age_in_years(p.dob)) from social_care c join person p using (person_id)",
    ],
)
def test_ordinary_sums_are_read(text: str) -> None:
    assert read(text).level is Level.CELLS


def test_an_optional_side_brings_no_unique_entities_of_its_own() -> None:
    """Homes without a person have no person; counting rows would count them as one."""
    text = "select count(*) from housing h left join (select uprn, min(person_id) as p from person group by uprn) x on x.uprn = h.uprn"
    measure = read(text.replace("min(person_id) as p", "count(*) as n")).measures[0]
    assert {(e.kind, e.unique) for e in measure.entities} == {("household", True), ("person", False)}


def test_tables_listed_with_commas_are_joined_by_their_equalities() -> None:
    query = read(
        "select h.ward, count(*) from housing h, social_care c, person p where p.uprn = h.uprn and c.person_id = p.person_id and c.need = 'x' group by 1"
    )
    assert len(query.links) == 2 and len(query.measures[0].predicates) == 1
    with pytest.raises(Refused):
        read("select count(*) from housing h, person p where h.tenancy = 'owner'")


def test_a_question_has_a_dozen_measures_at_most() -> None:
    parts = [f"select count(*) from housing where arrears = {n}" for n in range(13)]
    assert len(read(" union all ".join(parts[:12])).measures) == 12
    with pytest.raises(Refused):
        read(" union all ".join(parts))


def test_cubes_name_their_columns_by_number_and_alias_too() -> None:
    measure = read("select age_in_years(dob) as age, sex, count(*) from person group by cube (1, 2)").measures[0]
    assert len(measure.grouping_sets) == 4
    assert read("select upper(sex) as s, count(*) from person group by rollup (s)").measures[0].grouping_sets == (
        (0,),
        (),
    )
