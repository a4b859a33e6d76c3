"""Count tables against a count by hand, and how far one person can move them against what is charged for that."""

from __future__ import annotations

import copy
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from commonweal.catalogue.contract import ROW
from commonweal.catalogue.levels import Levels, Scale
from commonweal.gateway.metered import counting
from commonweal.gateway.metered.counting import CountTable, edges_of
from commonweal.gateway.metered.feature import Feature, Form, Hop
from commonweal.gateway.metered.frames import MEMBERSHIP, RECORDS
from commonweal.gateway.metered.opening import charges
from commonweal.gateway.metered.tables import upper_edges
from tests.gateway.metered import borough
from tests.gateway.metered.borough import DATASETS, DEBT, KEYS, MONTH, NEED, SEX, TIMES, UNIQUE, WARD, Row, World

TO_PEOPLE = Hop("uprn", "town/person", "uprn")
TO_VISITS = Hop("uprn", "town/visit", "uprn")
TO_NOTES = Hop("uprn", "town/note", "uprn")
TO_HOME = Hop("uprn", "town/home", "uprn")
OF_PERSON = Hop("person_id", "town/visit", "person_id")
TO_PERSON = Hop("person_id", "town/person", "person_id")


def feature(
    dataset: str, form: Form, column: str, levels: Levels, *path: Hop, gathered: bool = True, secret: bool = True
) -> Feature:
    return Feature(tuple(path), f"town/{dataset}", form, column, levels, secret, gathered)


HOME_WARD = feature("home", Form.VALUE, "ward", WARD, gathered=False, secret=False)
PERSON_SEX = feature("person", Form.VALUE, "sex", SEX, gathered=False, secret=False)
WARD_OF_PERSON = feature("home", Form.VALUE, "ward", WARD, TO_HOME, gathered=False, secret=False)


def gathered(dataset: str, *path: Hop) -> list[Feature]:
    """Return every form of feature that there is of repeated records."""
    forms = [
        feature(dataset, Form.FLAGS, "need", NEED, *path),
        feature(dataset, Form.FLAGS, "need", replace(NEED, most=1), *path),
        feature(dataset, Form.EVENTS, "", RECORDS, *path),
        feature(dataset, Form.TOTAL, "cost", DEBT, *path),
    ]
    if dataset == "visit":
        forms += [
            feature(dataset, Form.FIRST, "day", MONTH, *path),
            feature(dataset, Form.LAST, "day", MONTH, *path),
            feature(dataset, Form.TOTAL, "times", TIMES, *path),
        ]
    return [*forms, feature(dataset, Form.MEMBER, "", MEMBERSHIP, *path)] if path else forms


TABLES: list[tuple[str, tuple[Feature, ...], tuple[Feature, ...]]] = [
    ("home", (HOME_WARD,), ()),
    ("home", (HOME_WARD,), (feature("home", Form.VALUE, "debt", DEBT, gathered=False),)),
    ("person", (PERSON_SEX, WARD_OF_PERSON), (feature("person", Form.VALUE, "times", TIMES, gathered=False),)),
    *(("visit", (), (each,)) for each in gathered("visit")),
    *(("person", (PERSON_SEX,), (each,)) for each in gathered("visit", OF_PERSON)),
    *(("home", (HOME_WARD,), (each,)) for each in gathered("visit", TO_VISITS)),
    *(("home", (HOME_WARD,), (each,)) for each in gathered("visit", TO_PEOPLE, OF_PERSON)),
    *(("home", (), (each,)) for each in gathered("note", TO_NOTES)),
    # People as they are in their visits, at homes: one person can be found at several.
    *(("home", (), (each,)) for each in [feature("person", Form.TOTAL, "times", TIMES, TO_VISITS, TO_PERSON)]),
    ("home", (), (feature("home", Form.VALUE, "debt", DEBT, gathered=False), feature("visit", Form.EVENTS, "", RECORDS, TO_VISITS))),
]  # fmt: skip
NAMED = [
    pytest.param(*table, id=f"{table[0]}: {' and '.join(f.name + str(f.levels.most) for f in table[2])}")
    for table in TABLES
]


# --- by hand


def leaf(levels: Levels, value: Any) -> int:
    """Return the level of a value, by hand."""
    missing = levels.known
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return missing
    if levels.scale is Scale.VALUES:
        return levels.values.index(value) if value in levels.values else missing
    if levels.scale is Scale.MONTHS:
        assert levels.months is not None and isinstance(value, date)
        months = (value.year - levels.months[0].year) * 12 + value.month - levels.months[0].month
        return months if 0 <= months < levels.known else missing
    if levels.scale is Scale.AMOUNTS:
        return sum(value > edge for edge in levels.edges)
    whole = [place for place, edge in enumerate(levels.edges) if value >= edge]
    return whole[-1] if whole else missing


def records(world: World, path: tuple[Hop, ...]) -> dict[Any, list[Row]]:
    """Return the rows at the end of a path by the value of its first link, each person's at one value only."""
    name = path[-1].dataset.partition("/")[2]
    placed: list[tuple[Any, Row]] = []
    if len(path) == 1:
        placed = [(row[path[0].key], row) for row in world[name]]
    else:
        first, last = path
        between = world[first.dataset.partition("/")[2]]
        for row in world[name]:
            at = [b[first.key] for b in between if b[last.column] is not None and b[last.column] == row[last.key]]
            placed += [(min(k for k in at if k is not None), row)] if any(k is not None for k in at) else []
    key = KEYS[name]
    if key != ROW and UNIQUE[name] != key:
        placed = [(k, row) for k, row in placed if row[key] is not None]
        least: dict[Any, Any] = {}
        for k, row in placed:
            if k is not None:
                least[row[key]] = min(k, least.get(row[key], k))
        placed = [(k, row) for k, row in placed if k is not None and k == least[row[key]]]
    found = defaultdict(list)
    for k, row in placed:
        if k is not None:
            found[k].append(row)
    return found


def levels_of(feature: Feature, rows: list[Row]) -> set[int]:
    """Return the levels that a subject with these records is in; of flags all, however many they are."""
    levels, values = feature.levels, [row.get(feature.column) for row in rows]
    if feature.form is Form.MEMBER:
        return {0 if rows else 1}
    if feature.form is Form.EVENTS:
        return {min(len(rows), levels.size - 1)}
    if feature.form is Form.TOTAL:
        # Amounts are added up to the hundredth of a penny; what is no amount of money at all is not added.
        added = [round(v, 4) for v in values if v is not None and not math.isnan(v) and abs(v) < 1e20]
        if not rows:
            return {0}
        return {leaf(levels, sum(added)) if added else levels.known}
    codes = {leaf(levels, value) for value in values} or {levels.known}
    if feature.form is Form.FLAGS:
        return codes if rows else set()
    if feature.form is Form.LAST:
        return {max(codes - {levels.known}, default=levels.known)}
    return {min(codes)}


def by_hand(table: CountTable, world: World) -> Counter[tuple[int, ...]]:
    frame = table.frame.partition("/")[2]
    subjects: dict[Any, list[Row]] = defaultdict(list)
    for row in world[frame]:
        if row[KEYS[frame]] is not None:
            subjects[row[KEYS[frame]]].append(row)
    at = {f: records(world, f.path) for f in (*table.columns, *table.secrets) if f.path}
    found: Counter[tuple[int, ...]] = Counter()
    for rows in subjects.values():
        cells: list[tuple[int, ...]] = [()]
        for f in (*table.columns, *table.secrets):
            own = rows if not f.path else at[f].get(rows[0][f.path[0].column], [])
            cells = [(*cell, level) for cell in cells for level in sorted(levels_of(f, own))]
        found.update(cells)
    return found


@pytest.mark.parametrize(("frame", "columns", "secrets"), NAMED)
def test_counts_are_those_made_by_hand(frame: str, columns: tuple[Feature, ...], secrets: tuple[Feature, ...]) -> None:
    unbounded = tuple(
        replace(f, levels=replace(f.levels, most=f.levels.size)) if f.form is Form.FLAGS else f for f in secrets
    )
    table = borough.table_of(f"town/{frame}", columns, unbounded)
    for seed in range(6):
        world = borough.drawn(seed)
        found = {cell: int(number) for cell, (number,) in borough.counted(table, world).items()}
        assert found == dict(by_hand(table, world)), f"world {seed}"


@pytest.mark.parametrize("secrets", [(), (feature("home", Form.VALUE, "debt", DEBT, gathered=False),)])
def test_counting_what_is_alike_first_makes_the_same_table(
    monkeypatch: pytest.MonkeyPatch, secrets: tuple[Feature, ...]
) -> None:
    table = borough.table_of("town/home", (HOME_WARD,), secrets)
    worlds = [borough.drawn(seed) for seed in range(6)]
    first, written = (
        [borough.counted(table, world) for world in worlds],
        counting.count_sql(table, {"town/home": "raw"}),
    )
    monkeypatch.setattr(counting, "_is_listed_text", lambda *_: False)
    assert written != counting.count_sql(table, {"town/home": "raw"})
    assert first == [borough.counted(table, world) for world in worlds]


def test_flags_are_bounded_for_each_person_and_taken_from_those_there_are() -> None:
    table = borough.table_of("town/visit", (), (feature("visit", Form.FLAGS, "need", NEED),))
    whole = borough.table_of("town/visit", (), (feature("visit", Form.FLAGS, "need", replace(NEED, most=5)),))
    lost = 0
    for seed in range(20):
        world = borough.drawn(seed, people=1, visits=8)
        kept, there = borough.counted(table, world), borough.counted(whole, world)
        assert set(kept) <= set(there)
        people = {row["person_id"] for row in world["visit"]} - {None}
        assert sum(n for (n,) in kept.values()) <= 2 * len(people)
        lost += kept != there
    assert lost > 5, "the bound never bit"


# --- how far one person moves a table


def distance(one: dict[tuple[int, ...], tuple[float, ...]], other: dict[tuple[int, ...], tuple[float, ...]]) -> float:
    cells = set(one) | set(other)
    nothing = (0.0,)
    return sum((one.get(cell, nothing)[0] - other.get(cell, nothing)[0]) ** 2 for cell in cells)


def without(world: World, person: int) -> World:
    """Return the world without one person's records and row."""
    return {name: [row for row in rows if row.get("person_id", -1) != person] for name, rows in world.items()}


def changes(world: World, seed: int, table: CountTable) -> Iterator[tuple[str, World]]:
    """Yield worlds in which one fact of one person (or home, or record of nobody) is another, and the account of the fact."""
    r = random.Random(seed)
    for secret in table.secrets:
        name = secret.dataset.partition("/")[2]
        for _ in range(5):
            other = copy.deepcopy(world)
            if name == "note":
                row = r.choice(other[name])
                row["need"], row["cost"] = r.choice(borough.NEEDS), r.choice(borough.DEBTS)
                if secret.form is Form.EVENTS:
                    other[name].remove(row)
                yield secret.column or "records", other
                continue
            key = r.choice([row[KEYS[name]] for row in other[name] if row[KEYS[name]] is not None])
            for row in other[name]:
                if row[KEYS[name]] == key and secret.column:
                    row[secret.column] = borough.visit(r, 0, 0).get(secret.column, r.choice(borough.DEBTS))
            if secret.form is Form.EVENTS:
                mine = [row for row in other[name] if row[KEYS[name]] == key]
                rest = [row for row in other[name] if row[KEYS[name]] != key]
                more = [borough.visit(r, key, r.choice(mine)["uprn"]) for _ in range(r.randrange(3))]
                other[name] = rest + r.sample(mine, r.randrange(1, len(mine) + 1)) + more
            yield secret.column or "records", other


@pytest.mark.parametrize(("frame", "columns", "secrets"), [p for p in NAMED if p.values[2]])
def test_one_secret_of_one_person_moves_a_table_by_no_more_than_is_charged(
    frame: str, columns: tuple[Feature, ...], secrets: tuple[Feature, ...]
) -> None:
    table = borough.table_of(f"town/{frame}", columns, secrets)
    charged = {c.account: c.sensitivity for c in charges(DATASETS[table.frame], DATASETS, secrets)}
    worst: dict[str, float] = defaultdict(float)
    for seed in range(6):
        world = borough.drawn(seed)
        before = borough.counted(table, world)
        for fact, other in changes(world, seed, table):
            worst[fact] = max(worst[fact], distance(before, borough.counted(table, other)))
    for fact, moved in worst.items():
        account = max((s for a, s in charged.items() if (f".{fact}@" in a or a.startswith(f"{fact} in"))), default=None)
        if account is None:
            assert all(f.form is Form.MEMBER for f in secrets)
            continue
        assert moved <= account + 1e-9, f"{fact}: moved by {moved}, charged {account}"
    assert any(worst.values()) or all(f.form is Form.MEMBER for f in secrets), "nothing was moved at all"


@pytest.mark.parametrize(("frame", "columns", "secrets"), [p for p in NAMED if p.values[2]])
def test_being_there_moves_a_table_by_no_more_than_is_charged(
    frame: str, columns: tuple[Feature, ...], secrets: tuple[Feature, ...]
) -> None:
    """Everybody of one dataset in turn is taken out of it, with all that it holds of them."""
    table = borough.table_of(f"town/{frame}", columns, secrets)
    charged = {c.account.partition("@")[0]: c.sensitivity for c in charges(DATASETS[table.frame], DATASETS, secrets)}
    worst: dict[str, float] = defaultdict(float)
    for seed in range(3):
        world = borough.drawn(seed)
        before = borough.counted(table, world)
        # What lattice columns are reached through is known of everybody, or they would be secrets.
        for reference in {table.frame, *(hop.dataset for secret in secrets for hop in secret.path)}:
            name = reference.partition("/")[2]
            for key in (
                range(len(world[name])) if KEYS[name] == ROW else {row[KEYS[name]] for row in world[name]} - {None}
            ):
                other = dict(world)
                other[name] = [
                    r for n, r in enumerate(world[name]) if (n if KEYS[name] == ROW else r[KEYS[name]]) != key
                ]
                worst[name] = max(worst[name], distance(before, borough.counted(table, other)))
    for name, moved in worst.items():
        if moved:
            assert moved <= charged[f"being in town/{name}"] + 1e-9, f"{name}: moved by {moved}, charged {charged}"
    assert any(worst.values())


@pytest.mark.parametrize(
    ("frame", "columns", "secrets"),
    [p for p in NAMED if len(p.values[2]) == 1 and p.values[2][0].form in {Form.VALUE, Form.TOTAL, Form.EVENTS}],
)
def test_sums_in_bands_move_by_no_more_than_their_edges(
    frame: str, columns: tuple[Feature, ...], secrets: tuple[Feature, ...]
) -> None:
    table = borough.table_of(f"town/{frame}", columns, secrets)
    edges = upper_edges(secrets[0])
    charged = max(c.sensitivity for c in charges(DATASETS[table.frame], DATASETS, secrets))
    worst = 0.0
    for seed in range(6):
        world = borough.drawn(seed)
        before = borough.counted(table, world, bands=True)
        for _, other in changes(world, seed, table):
            after = borough.counted(table, other, bands=True)
            moved = 0.0
            for power in (1, 2):
                for (code,) in set(before) | set(after):
                    one, two = (found.get((code,), (0.0, 0.0))[power - 1] for found in (before, after))
                    if edges[code] == 0:
                        assert one == two == 0
                        continue
                    moved += ((one - two) / edges[code] ** power) ** 2
            worst = max(worst, moved)
    assert 0 < worst <= 2 * charged + 1e-6


def test_a_band_of_counts_is_as_wide_as_its_largest_number() -> None:
    assert edges_of(TIMES) == ((0, 0), (1, 4), (5, 12))
    assert edges_of(DEBT) == ((0, 0), (0, 100), (100, 500), (500, 2000))


@pytest.mark.parametrize(("frame", "form"), [("person", Form.TOTAL), ("visit", Form.TOTAL), ("visit", Form.EVENTS)])
def test_homes_counted_by_their_people_move_by_no_more_than_is_charged(frame: str, form: Form) -> None:
    """A dataset of people is counted by another of its columns: a person's facts move a home, or two."""
    secret = feature(frame, form, "" if form is Form.EVENTS else "times", RECORDS if form is Form.EVENTS else TIMES)
    table = replace(borough.table_of(f"town/{frame}", (), (secret,)), key="uprn")
    charged = {
        c.account.partition("@")[0]: c.sensitivity
        for c in charges(DATASETS[table.frame], DATASETS, (secret,), key="uprn")
    }
    being = charged.pop(f"being in town/{frame}")
    (own,) = charged.values()
    facts, there = 0.0, 0.0
    for seed in range(8):
        world = borough.drawn(seed)
        before = borough.counted(table, world)
        for _, other in changes(world, seed, table):
            facts = max(facts, distance(before, borough.counted(table, other)))
        for person in range(8):
            other = dict(world) | {frame: [row for row in world[frame] if row["person_id"] != person]}
            there = max(there, distance(before, borough.counted(table, other)))
    assert facts <= own
    assert 0 < there <= being
