"""Measures over the same rows are protected together."""

import pyarrow as pa

from commonweal.disclosure.cells import Cells
from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import protect
from commonweal.gateway.evidence import Form, evidence_query
from commonweal.gateway.together import taken_apart, together
from commonweal.query.question import read_query
from tests.gateway.test_evidence import most_rows, town
from tests.query.town import AGREED, CONTRACTS

BY_WARD_AND_ALL = """select ward, count(*) as n, sum(arrears) as s from housing group by ward
  union all select 'all', count(*), sum(arrears) from housing"""


def measures(text: str):
    found = read_query(text, CONTRACTS, agreed=AGREED).measures
    return found, [tuple(None for _ in measure.keys) for measure in found]


def test_the_same_rows_become_grouping_sets_of_one_measure() -> None:
    (joined,) = together(*measures(BY_WARD_AND_ALL))
    assert joined.whole.grouping_sets == ((0,), ())
    assert len(joined.whole.aggregates) == 2
    assert [part.sets for part in joined.parts] == [(0,), (1,)]


def test_other_rows_stay_apart() -> None:
    text = """select ward, count(*) from housing where tenancy = 'council' group by ward
      union all select 'owners', count(*) from housing where tenancy = 'owner'"""
    assert len(together(*measures(text))) == 2


def test_the_order_of_conditions_does_not_matter() -> None:
    one = "select ward, count(*) from housing where tenancy = 'owner' and arrears > 5 group by ward"
    other = "select 'all', count(*) from housing where arrears > 5 and tenancy = 'owner'"
    assert len(together(*measures(f"{one} union all {other}"))) == 1


def test_each_part_gets_its_own_columns_back() -> None:
    found, known = measures(BY_WARD_AND_ALL)
    (joined,) = together(found, known)
    con = town(4)
    query = evidence_query(joined.whole, Form.EXACT, most=most_rows(con, joined.whole))
    table = con.sql(query.statement).to_arrow_table()
    cells = Cells(table, query.keys, query.kinds, query.aggregates, joined.whole.grouping_sets, joined.known)
    apart = taken_apart(joined, protect(cells, PROFILES["uk-tre"]))
    wards, whole = (apart[measure.name] for measure in found)
    assert wards.table.column_names == ["k1", "set", "a1", "a1__why", "a2", "a2__why"]
    assert whole.table.column_names == ["set", "a1", "a1__why", "a2", "a2__why"]
    assert whole.table.num_rows == 1 and wards.table.num_rows > 1
    raw = con.sql("select count(*) from nb.housing").fetchall()[0][0]
    assert abs(whole.table.column("a1")[0].as_py() - raw) <= 2


def test_a_total_asked_for_apart_does_not_undo_what_is_withheld() -> None:
    """One ward of 4 homes among large ones: with the total beside them, a second ward is withheld too."""
    found, _ = measures(
        "select ward, count(*) n from housing group by ward union all select 'all', count(*) from housing"
    )
    known = [(("W1", "W2", "W3"),), ()]
    (joined,) = together(found, known)
    counts = {"W1": 4, "W2": 205, "W3": 300, None: 509}
    table = pa.table(
        {
            "k1": list(counts),
            "set": [0, 0, 0, 1],
            "rows": list(counts.values()),
            "n_household": list(counts.values()),
            "a1": list(counts.values()),
            "a1__n_household": list(counts.values()),
        }
    )
    query = evidence_query(joined.whole, Form.EXACT)
    cells = Cells(table, query.keys, query.kinds, query.aggregates, joined.whole.grouping_sets, joined.known)
    apart = taken_apart(joined, protect(cells, PROFILES["uk-tre"]))
    shown = [value for value in apart[found[0].name].table.column("a1").to_pylist() if value is not None]
    total = apart[found[1].name].table.column("a1").to_pylist()[0]
    assert len(shown) < 2 or total is None
