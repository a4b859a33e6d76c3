"""Who is counted: the entities of random relations, against a plain count of the distinct keys in them."""

import random

import pytest
from sqlglot import exp

from commonweal.errors import Refused
from commonweal.gateway.evidence import Form, kinds_of
from commonweal.query.dialect import sql
from commonweal.query.measure import Measure
from commonweal.query.question import read_query
from tests.gateway.test_evidence import cells, town
from tests.query.town import AGREED, CONTRACTS

SOURCES = {
    "p": ["person", "(select person_id, uprn, sex from person where sex = 'F')"],
    "h": ["housing", "(select uprn, ward, arrears from housing where arrears > 0)"],
    "c": [
        "social_care",
        "(select person_id, count(*) as n, sum(cost) as cost from social_care group by person_id)",
        "(select person_id, need, sum(cost) as cost from social_care group by person_id, need)",
        "(select distinct person_id from social_care)",
    ],
    "g": [
        "(select uprn, count(*) as n from person group by uprn)",
        "(select p.uprn, sum(c.cost) as cost from person p join social_care c using (person_id) group by p.uprn)",
    ],
    "b": ["person", "(select a.person_id, a.uprn from person a join housing z using (uprn))"],
}
KEYS = {"p": "sex", "h": "ward", "c": "need"}
LINKS = {
    ("p", "h"): "uprn",
    ("p", "c"): "person_id",
    ("p", "g"): "uprn",
    ("h", "g"): "uprn",
    ("p", "b"): "uprn",
    ("h", "b"): "uprn",
    ("b", "c"): "person_id",
}


def question(r: random.Random) -> str:
    """Return a question over one to four joined sources, some of them optional."""
    aliases = [r.choice("phcb")]
    text = f"{r.choice(SOURCES[aliases[0]])} {aliases[0]}"
    for _ in range(r.randrange(4)):
        options = [
            (a, b, on) for (x, y), on in LINKS.items() for a, b in ((x, y), (y, x)) if a in aliases and b not in aliases
        ]
        if not options:
            break
        known, fresh, on = r.choice(options)
        aliases.append(fresh)
        text += f" {r.choice(['join', 'join', 'left join'])} {r.choice(SOURCES[fresh])} {fresh} on {known}.{on} = {fresh}.{on}"
    keys = [f"{a}.{KEYS[a]}" for a in aliases if a in KEYS and r.random() < 0.4]
    grouped = f" group by {', '.join(keys)}" if keys else ""
    return f"select {', '.join([*keys, 'count(*) as number'])} from {text}{grouped}"


def distinct(con, measure: Measure) -> list[tuple[object, ...]]:
    """Return, for every cell, its keys and the distinct entities of each kind, counted plainly."""
    select = measure.relation.copy()
    outputs = [exp.alias_(key.expression.copy(), key.name) for key in measure.keys]
    for position, entity in enumerate(measure.entities):
        counted = exp.Count(this=exp.Distinct(expressions=[exp.column(entity.column, table=entity.alias)]))
        outputs.append(exp.alias_(counted, f"n{position}"))
    select.set("expressions", outputs)
    if measure.keys:
        select = select.group_by(*(key.expression.copy() for key in measure.keys))
    return con.sql(sql(select)).fetchall()


@pytest.mark.parametrize("seed", range(150))
def test_counts_of_entities_are_distinct_keys_and_bounds_are_bounds(seed: int) -> None:
    r = random.Random(seed)
    con = town(seed % 5, people=150)
    tried = 0
    while tried < 3:
        text = question(r)
        try:
            measure = read_query(text, CONTRACTS, agreed=AGREED).measures[0]
        except Refused as refusal:
            assert "no column named" in refusal.reasons[0], text
            continue
        tried += 1
        width = len(measure.keys)
        truth = {row[:width]: row[width:] for row in distinct(con, measure)}
        kinds = [f"n_{kind}" for kind in kinds_of(measure.entities)]
        for form in Form:
            found = {
                tuple(row[key.name] for key in measure.keys): row for row in cells(con, measure, form).table.to_pylist()
            }
            assert found.keys() == truth.keys(), text
            for key, counts in truth.items():
                own = tuple(found[key][kind] for kind in kinds)
                if form is Form.EXACT:
                    assert own == counts, (text, form, key)
                assert all(mine <= true for mine, true in zip(own, counts, strict=True)), (text, form, key)
