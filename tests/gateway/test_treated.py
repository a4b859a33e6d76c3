from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp, parse_one

from commonweal.catalogue.contract import ROW, Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.deidentification.reading import read_treatment
from commonweal.deidentification.treatment import Treatment
from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.engine import Limits
from commonweal.engines.failures import FailureLog
from commonweal.errors import BadInput, EngineFailed, Unavailable
from commonweal.gateway import treated
from commonweal.gateway.treated import TreatedTable, agreement_folder, empty, purge_treated, treated_table

HOSTILE = "'; DROP TABLE raw; --"
LOGICAL = {"BIGINT": "integer", "INTEGER": "integer", "DATE": "date", "DOUBLE": "number", "TIMESTAMP": "date"}


@dataclass(frozen=True)
class Other:
    """A treatment with any SQL, also one that fails."""

    sql: str
    name: str = "other"
    promise: str = ""

    def describe(self) -> str:
        return self.name

    def applies_to(self, physical_type: str) -> str:
        return ""

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        return parse_one(self.sql.format(column=column.sql(dialect="duckdb")), dialect="duckdb")

    def result_type(self, physical_type: str) -> str:
        return physical_type


KEEP, LINK, WITHHOLD, MONTH = map(read_treatment, ("keep", "link", "withhold", "month"))


def column(name: str, physical_type: str, kind: Kind) -> Column:
    return Column(name, LOGICAL.get(physical_type, "string"), physical_type, kind)


PERSON = (
    column("person_id", "BIGINT", Kind.LINK),
    column("uprn", "BIGINT", Kind.LINK),
    column("name", "VARCHAR", Kind.IDENTIFIER),
    column("dob", "DATE", Kind.QUASI),
    column("seen_at", "TIMESTAMP", Kind.QUASI),
    column("sex", "VARCHAR", Kind.QUASI),
    column("income", "DOUBLE", Kind.SENSITIVE),
)
PEOPLE = pa.table(
    {
        "person_id": pa.array([900001, 2, 3, None, 5], pa.int64()),
        "uprn": pa.array([777777777, 20, 20, 40, None], pa.int64()),
        "name": ["Zelda Quince", "Bo", HOSTILE, None, "Zoë"],
        "dob": pa.array([date(1931, 2, 27), date(2000, 1, 1), None, date(1990, 6, 5), date(1985, 12, 31)], pa.date32()),
        "seen_at": pa.array([datetime(2026, 1, day, 12) for day in range(1, 6)], pa.timestamp("us")),
        "sex": ["F", "M", None, "F", "M"],
        "income": [100.5, 0.0, -3.25, None, 1e9],
    }
)


def dataset(
    folder: Path,
    table: pa.Table = PEOPLE,
    columns: tuple[Column, ...] = PERSON,
    entities: tuple[tuple[str, str], ...] = (("person", "person_id"), ("household", "uprn")),
    name: str = "person",
    **writing: object,
) -> Dataset:
    path = folder / f"{name}.parquet"
    pq.write_table(table, path, **writing)
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    contract = Contract(
        f"northbank-{name}", name, "1.0.0", columns, tuple(EntityKey(kind, key) for kind, key in entities)
    )
    return Dataset("northbank", name, contract, Snapshot(content, path, table.num_rows, date(2026, 11, 24)))


def key_of(agreement: str) -> Callable[[str], bytes]:
    return lambda domain: hashlib.sha256(f"{agreement} {domain}".encode()).digest()


DOMAINS = {"person_id": "person", "uprn": "uprn", "ref": "person"}


def make(
    data: Dataset,
    columns: dict[str, Treatment],
    folder: Path,
    rows: str | None = None,
    record_key: bytes | None = None,
    agreement: str = "a@1",
    log: FailureLog | None = None,
) -> TreatedTable:
    return treated_table(
        data,
        columns,
        None if rows is None else parse_one(rows, dialect="duckdb"),
        token_domains=DOMAINS,
        token_key=key_of(agreement),
        record_key=record_key,
        folder=agreement_folder(folder / "treated", agreement),
        log=log,
    )


def read(table: TreatedTable, select: str = "*") -> list[dict[str, object]]:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {select} FROM read_parquet(?)", [str(table.path)])
        names = [entry[0] for entry in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_a_treated_table_holds_the_agreed_columns_and_the_hidden_ones(tmp_path: Path) -> None:
    columns: dict[str, Treatment] = {"person_id": LINK, "dob": MONTH, "sex": KEEP, "name": WITHHOLD}
    table = make(dataset(tmp_path), columns, tmp_path, record_key=b"r" * 32)
    assert [(one.name, one.physical_type) for one in table.columns] == [
        ("person_id", "UUID"),
        ("dob", "DATE"),
        ("sex", "VARCHAR"),
    ]
    assert table.entities == (("person", "person_id"), ("household", "__entity_household"))
    assert table.ages == {"dob": "__age_dob"}
    assert (table.reference, table.rows, table.record_key) == ("northbank/person", 5, "__record_key")
    rows = read(table)
    assert list(rows[0]) == ["person_id", "dob", "sex", "__age_dob", "__entity_household", "__record_key"]
    assert [row["dob"] for row in rows] == [
        date(1931, 2, 1), date(2000, 1, 1), None, date(1990, 6, 1), date(1985, 12, 1),
    ]  # fmt: skip
    assert [row["sex"] for row in rows] == ["F", "M", None, "F", "M"]
    assert [row["person_id"] is None for row in rows] == [False, False, False, True, False]
    assert rows[1]["__entity_household"] == rows[2]["__entity_household"] != rows[3]["__entity_household"]
    assert [row["__age_dob"] for row in rows] == [95, 26, None, 36, 40]  # of someone born on the first of the month
    assert [row["__record_key"] is None for row in rows] == [False, False, False, True, False]
    assert table.path.stat().st_mode & 0o777 == 0o600
    assert table.path.parent.stat().st_mode & 0o777 == 0o700


def test_what_is_withheld_or_raw_is_not_in_the_file(tmp_path: Path) -> None:
    marked = PEOPLE.set_column(0, "person_id", pa.array([0x5EC2E75EC2E7, 2, 3, 4, 5], pa.int64()))
    data = dataset(tmp_path, marked, compression="none", use_dictionary=False)
    withheld = [b"Zelda Quince", HOSTILE.encode()]
    raw_ids = [(0x5EC2E75EC2E7).to_bytes(8, "little"), (777777777).to_bytes(8, "little"), b"777777777"]
    raw = data.snapshot.path.read_bytes()
    assert all(value in raw for value in [*withheld, *raw_ids[:2]]), "there must be something that could leak"
    table = make(data, {"person_id": LINK, "uprn": LINK, "sex": KEEP, "name": WITHHOLD}, tmp_path)
    plain = tmp_path / "plain.parquet"
    pq.write_table(pq.read_table(table.path), plain, compression="none", use_dictionary=False)
    for content in (table.path.read_bytes(), plain.read_bytes()):
        assert not any(value in content for value in [*withheld, *raw_ids])
    assert b"sex" in plain.read_bytes()


def test_equal_identifiers_have_equal_tokens_within_one_agreement_only(tmp_path: Path) -> None:
    person = dataset(tmp_path)
    references = pa.table({"ref": pa.array([5, 900001, None, 77], pa.int64()), "need": ["a", "b", "c", "d"]})
    care = dataset(
        tmp_path,
        references,
        (column("ref", "BIGINT", Kind.LINK), column("need", "VARCHAR", Kind.SPECIAL)),
        (("person", "ref"),),
        "care",
    )

    def tokens(agreement: str) -> tuple[list[object], list[object]]:
        people = make(person, {"person_id": LINK}, tmp_path, agreement=agreement)
        granted = make(care, {"ref": LINK, "need": KEEP}, tmp_path, agreement=agreement)
        hidden = make(care, {"need": KEEP}, tmp_path, agreement=agreement)
        assert hidden.entities == (("person", "__entity_person"),)
        assert [row["__entity_person"] for row in read(hidden)] == [row["ref"] for row in read(granted)]
        return [row["person_id"] for row in read(people)], [row["ref"] for row in read(granted)]

    people, references_ = tokens("a@1")
    assert references_[:3] == [people[4], people[0], None]
    assert references_[3] not in people
    others = {*tokens("b@1")[0], *tokens("b@1")[1]} - {None}
    assert others.isdisjoint({*people, *references_})


def test_numbers_written_as_text_have_the_numbers_tokens(tmp_path: Path) -> None:
    text = PEOPLE.set_column(0, "person_id", pa.array(["900001", "2", "3", None, "5"]))
    columns = (column("person_id", "VARCHAR", Kind.LINK), *PERSON[1:])
    numbers, texts = (
        [row["person_id"] for row in read(make(data, {"person_id": LINK}, tmp_path))]
        for data in (dataset(tmp_path), dataset(tmp_path, text, columns, name="register"))
    )
    assert numbers == texts and numbers.count(None) == 1


def test_tokens_are_uuid_to_the_engine(tmp_path: Path) -> None:
    table = make(dataset(tmp_path), {"person_id": LINK, "sex": KEEP}, tmp_path)
    with DuckDBEngine(tmp_path / "spill", Limits(memory_bytes=2**28)) as engine:
        sql = (
            "SELECT typeof(any_value(person_id)) AS t, count(DISTINCT person_id) AS n FROM person WHERE sex IS NOT NULL"
        )
        assert engine.run(sql, {"person": table.path}).to_pylist() == [{"t": "UUID", "n": 3}]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (None, 5),
        ("sex = 'F'", 2),
        ("sex <> 'F'", 2),  # null is neither
        ("name LIKE '%DROP%'", 1),  # on a column that nobody is granted
        ("dob >= DATE '1990-06-05'", 2),  # on the raw day, though the month is all that is granted
        ("person.sex = 'F' OR income > 10", 3),
        ("false", 0),
    ],
)
def test_the_filter_sees_raw_values(rows: str | None, expected: int, tmp_path: Path) -> None:
    table = make(dataset(tmp_path), {"dob": MONTH, "sex": KEEP}, tmp_path, rows)
    assert (table.rows, len(read(table))) == (expected, expected)


def test_a_treatment_cannot_change_what_the_filter_sees(tmp_path: Path) -> None:
    masked = Other("'F'")
    assert make(dataset(tmp_path), {"sex": masked}, tmp_path, "sex = 'M'").rows == 2


def test_no_rows(tmp_path: Path) -> None:
    data = dataset(tmp_path, PEOPLE.slice(0, 0))
    table = make(data, {"person_id": LINK, "dob": MONTH, "income": KEEP}, tmp_path, record_key=b"r" * 32)
    assert (table.rows, read(table)) == (0, [])
    assert [one.physical_type for one in table.columns] == ["UUID", "DATE", "DOUBLE"]


def test_strange_column_names_and_types(tmp_path: Path) -> None:
    names = ['a"b', "it's", "sélect", "a.b", "column_0", "x; DROP", " ", "raw", "case"]
    values = {name: [HOSTILE, None] for name in names}
    data = dataset(
        tmp_path, pa.table(values), tuple(column(name, "VARCHAR", Kind.PLAIN) for name in names), (("thing", ROW),)
    )
    table = make(data, dict.fromkeys(names, KEEP), tmp_path, '"it\'s" IS NOT NULL')
    assert [one.name for one in table.columns] == names
    assert read(table) == [dict.fromkeys(names, HOSTILE)]


def test_rows_that_are_entities_have_no_key_but_a_stable_record_key(tmp_path: Path) -> None:
    numbers = pa.table({"x": pa.array(range(600), pa.int64())})
    data = dataset(tmp_path, numbers, (column("x", "BIGINT", Kind.PLAIN),), (("incident", ROW),))
    table = make(data, {"x": KEEP}, tmp_path, record_key=b"r" * 32)
    assert table.entities == (("incident", ROW),)
    whole = {row["x"]: row["__record_key"] for row in read(table)}
    assert len(set(whole.values())) > 200
    half = make(data, {"x": KEEP}, tmp_path, "x % 2 = 1", record_key=b"r" * 32)
    assert all(whole[row["x"]] == row["__record_key"] for row in read(half))
    other = make(data, {"x": KEEP}, tmp_path, record_key=b"s" * 32)
    assert [row["__record_key"] for row in read(other)] != [row["__record_key"] for row in read(table)]


def test_ages_are_for_dates_that_others_may_know(tmp_path: Path) -> None:
    columns: dict[str, Treatment] = {"dob": KEEP, "seen_at": read_treatment("year"), "income": KEEP}
    table = make(dataset(tmp_path), columns, tmp_path)
    assert table.ages == {"dob": "__age_dob", "seen_at": "__age_seen_at"}
    plain = tuple(replace(one, kind=Kind.PLAIN) if one.name == "dob" else one for one in PERSON)
    assert make(dataset(tmp_path, columns=plain), {"dob": KEEP}, tmp_path).ages == {}
    assert make(dataset(tmp_path), {"dob": Other("{column}")}, tmp_path).ages == {}


def test_a_table_is_made_once_and_again_when_anything_changes(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    columns: dict[str, Treatment] = {"person_id": LINK, "sex": KEEP}
    first = make(data, columns, tmp_path)
    stamp = first.path.stat().st_mtime_ns
    again = make(data, columns, tmp_path)
    assert (again, again.path.stat().st_mtime_ns) == (first, stamp)
    newer = replace(data, snapshot=replace(data.snapshot, id="f" * 64))
    others = [
        make(data, {**columns, "dob": MONTH}, tmp_path),
        make(data, {**columns, "dob": KEEP}, tmp_path),
        make(data, columns, tmp_path, "sex = 'F'"),
        make(data, columns, tmp_path, "sex = 'M'"),
        make(data, columns, tmp_path, record_key=b"r" * 32),
        make(data, columns, tmp_path, record_key=b"s" * 32),
        make(data, columns, tmp_path, agreement="a@2"),
        make(newer, columns, tmp_path),
    ]
    assert len({first.path, *(one.path for one in others)}) == 9


def test_a_new_key_makes_a_new_table(tmp_path: Path) -> None:
    data = dataset(tmp_path)

    def made(key: Callable[[str], bytes]) -> TreatedTable:
        return treated_table(
            data, {"person_id": LINK}, None, token_domains=DOMAINS, token_key=key, record_key=None,
            folder=agreement_folder(tmp_path, "a@1"),
        )  # fmt: skip

    first, second = made(key_of("epoch 1")), made(key_of("epoch 2"))
    assert first.path != second.path
    assert {row["person_id"] for row in read(first)} & {row["person_id"] for row in read(second)} == {None}


@pytest.mark.parametrize("content", [b"", b"PAR1 half", None])
def test_a_damaged_table_is_made_again(content: bytes | None, tmp_path: Path) -> None:
    data = dataset(tmp_path)
    table = make(data, {"sex": KEEP}, tmp_path)
    table.path.write_bytes(table.path.read_bytes()[:-20] if content is None else content)
    assert len(read(make(data, {"sex": KEEP}, tmp_path))) == 5


def test_several_at_once_make_one_table(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda _: make(data, {"person_id": LINK, "sex": KEEP}, tmp_path), range(8)))
    assert len(set(map(repr, tables))) == 1
    left = sorted(path.name for path in tables[0].path.parent.iterdir())
    assert left == [".lock", tables[0].path.name]


def test_nothing_is_left_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> list[pa.Array]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(treated, "_treated", fails)
    with pytest.raises(Unavailable) as failure:
        make(dataset(tmp_path), {"sex": KEEP}, tmp_path)
    assert "northbank/person" in str(failure.value)
    assert [path.name for path in (tmp_path / "treated" / "a@1").iterdir()] == [".lock"]


def test_a_failing_treatment_tells_no_value(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    with pytest.raises(EngineFailed) as failure:
        make(dataset(tmp_path), {"name": Other("CAST({column} AS INTEGER)")}, tmp_path, log=FailureLog(log))
    assert failure.value.__cause__ is None
    told = json.dumps(failure.value.as_dict()) + log.read_text()
    assert "ConversionException" in told and "Zelda" not in told and "DROP" not in told


def test_a_snapshot_that_is_not_whole_is_not_used(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    with pytest.raises(Unavailable):
        make(replace(data, snapshot=replace(data.snapshot, rows=6)), {"sex": KEEP}, tmp_path)
    data.snapshot.path.write_bytes(b"PAR1")
    with pytest.raises(Unavailable):
        make(data, {"sex": KEEP}, tmp_path)
    data.snapshot.path.unlink()
    with pytest.raises(Unavailable):
        make(data, {"sex": KEEP}, tmp_path)


def test_names_that_sql_cannot_tell_apart_are_refused(tmp_path: Path) -> None:
    both = pa.table({"a": ["x"], "A": ["y"], "__entity_thing": ["z"], "id": [1]})
    columns = (
        column("a", "VARCHAR", Kind.PLAIN),
        column("A", "VARCHAR", Kind.PLAIN),
        column("__entity_thing", "VARCHAR", Kind.PLAIN),
        column("uprn", "BIGINT", Kind.LINK),
    )
    data = dataset(tmp_path, both.rename_columns(["a", "A", "__entity_thing", "uprn"]), columns, (("thing", "uprn"),))
    for granted in ({"a": KEEP, "A": KEEP}, {"__entity_thing": KEEP}):
        with pytest.raises(BadInput):
            make(data, dict(granted), tmp_path)
    with pytest.raises(BadInput, match="no column b"):
        make(data, {"b": KEEP}, tmp_path)


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(treated, "BATCH", 1000)
    data = dataset(
        tmp_path,
        pa.table({"x": pa.array(range(5_000), pa.int64())}),
        (column("x", "BIGINT", Kind.PLAIN),),
        (("incident", ROW),),
    )
    told: list[tuple[int, int]] = []
    treated_table(
        data, {"x": KEEP}, None, token_domains={}, token_key=key_of("a"), record_key=None,
        folder=agreement_folder(tmp_path, "a@1"), progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told[-1] == (5_000, 5_000) and len(told) > 2
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_ended_agreements_tables_are_deleted(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    root = tmp_path / "treated"
    kept, ended, other = (make(data, {"sex": KEEP}, tmp_path, agreement=name) for name in ("a@1", "a@2", "b@1"))
    (root / "notes").mkdir()
    assert purge_treated(root, {"a@1", "b@1"}) == ("a@2",)
    assert (kept.path.exists(), ended.path.exists(), other.path.exists()) == (True, False, True)
    empty(root, "b@1")
    empty(root, "b@1")
    assert not other.path.exists() and (root / "notes").exists()
    assert purge_treated(tmp_path / "absent", ()) == ()


@pytest.mark.parametrize("name", ["..", "../x@1", "a", "a@", "a@1/..", "", "a\0@1", ".@1", "a@1\n"])
def test_a_reference_that_is_none_names_no_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="reference"):
        empty(tmp_path, name)
