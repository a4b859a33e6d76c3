import time

import pytest

from commonweal.errors import Refused
from commonweal.query.limits import MOST_CHARACTERS, MOST_DEPTH
from commonweal.query.reading import parsed

REFUSED = [
    "",
    "select",
    "select * exclude (a) from t",
    "select columns('na.*') from t",
    "select a from t using sample 1 rows",
    "select a from t tablesample reservoir(1 rows)",
    "summarize t",
    "describe t",
    "select 1; select 2",
    "select 1; copy t to 'x.csv'; --",
    "select distinct on (a) a from t",
    "select a from t qualify row_number() over (order by a) = 1",
    "select $$ ' $$ || name from person",
    "select E'\\' || name from person --'",
    "select U&'\\0061', name from person",
    "select a from t limit (select 1)",
    "select unnest([1, 2])",
    "select count(*) from range(5)",
    "select * from read_csv('/etc/passwd')",
    "select error('x')",
    "select now()",
    "select uuid()",
    "select random()",
    "select getenv('HOME')",
    "select current_setting('threads')",
    "select hash(a) from t",
    "select approx_count_distinct(a) from t",
    "select list(a) from t",
    "select any_value(a), first(a), arg_max(a, b) from t",
    "select bit_xor(a) from t",
    "select a from t natural join u",
    "select a from t positional join u",
    "select a from t asof join u on a >= b",
    "select sum(x order by y) from t",
    "select count(distinct (a, b)) from t",
    "with recursive r as (select 1 union all select 1 from r) select count(*) from r",
    "select a from t union select b from u",
    "select a from t except select b from u",
    "select a from t intersect select b from u",
    "explain select 1",
    "explain analyze select 1",
    "pragma database_list",
    "set threads = 64",
    "attach 'x' as y",
    "copy t to 'x'",
    "create table t as select 1",
    "insert into t values (1)",
    "delete from t",
    "select ?",
    "select $1",
    "select {'a': 1}",
    "select [1, 2]",
    "select a[1] from t",
    "select x from (values (1)) v(x)",
    "select __entity_person from person",
    "select a as __x from t",
    "select cast(a as blob) from t",
    "select extract('epoch' from a) from t",
    "pivot t on a using count(*)",
    "select a from t as x(b)",
    "select count(*) from a.b.c.d",
    "select a from t where regexp_matches(a, 'x')",
]

READ = [
    "select count(*) from t",
    "select count(*) from a.b group by all",
    "select a, count(*) from t group by rollup (a)",
    "select sum(x) filter (where y > 1) from t",
    "select percentile_cont(0.5) within group (order by x) from t",
    "select date_trunc('month', d), count(*) from t group by 1",
    "select case when a > 1 then 'x' else 'y' end, count(*) from t group by 1 having count(*) > 3 order by 2 desc limit 5",
    "with w as (select a, count(*) n from t group by a) select * from w union all select 'all', count(*) from t",
    "select rank() over (order by count(*) desc), a from t group by a",
    "select a from t where d < date '2020-01-01' - interval 1 year",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_on_the_allow_list_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parsed(text)
    assert caught.value.reasons and caught.value.remedy


@pytest.mark.parametrize("text", READ)
def test_ordinary_questions_are_read(text: str) -> None:
    assert parsed(text).selects


@pytest.mark.parametrize(
    "text",
    [
        "select count(*) from t where " + "(" * 5000 + "a = 1" + ")" * 5000,
        "select count(*) from t where " + " and ".join(["a = 1"] * 50_000),
        "select " * 4000,
        "select count(*) from t where a = '" + "x" * MOST_CHARACTERS + "'",
        "select " + "case when a then " * 500,
        "select 'a\x00b'",
        "select 'never closed",
    ],
)
def test_oversized_and_broken_text_is_refused_in_bounded_time(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Refused):
        parsed(text)
    assert time.perf_counter() - began < 5


def test_depth_within_the_limit_is_read() -> None:
    depth = MOST_DEPTH - 5
    assert parsed("select count(*) from t where " + "(" * depth + "a = 1" + ")" * depth)


def test_the_parser_does_not_log_the_question(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused):
        parsed("explain select 'Zelda Quince'")
    assert "Zelda" not in "".join(capfd.readouterr())
