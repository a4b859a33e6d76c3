"""What hostile SQL reaches when it is sent straight to the engine, past the parser that would have refused it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.locked_connection import identifier, literal, open_locked
from commonweal.errors import EngineFailed

REFUSED = """
SELECT * FROM '{other}'
SELECT * FROM '{folder}/other.csv'
SELECT * FROM read_parquet('{other}')
SELECT * FROM read_parquet('{folder}/*.parquet')
SELECT * FROM read_csv('/etc/passwd', header=false, sep=':')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/etc/hostname')
SELECT * FROM read_json('{folder}/other.csv')
SELECT * FROM sniff_csv('{folder}/other.csv')
SELECT * FROM glob('/etc/*')
SELECT * FROM glob('*')
SELECT * FROM parquet_metadata('{other}')
SELECT * FROM 'https://example.invalid/x.csv'
SELECT * FROM read_csv('http://169.254.169.254/latest/meta-data')
SELECT * FROM read_parquet('s3://bucket/x.parquet')
COPY people TO 'out.csv'
COPY people TO '{folder}/out.csv'
COPY people TO '{people}'
EXPORT DATABASE 'dump'
ATTACH '{folder}/new.duckdb' AS n
ATTACH ':memory:' AS m
ATTACH '{people}' AS p
ATTACH 'host=127.0.0.1 dbname=x' AS pg (TYPE postgres)
INSTALL httpfs
LOAD httpfs
LOAD json
SET enable_external_access = true
SET lock_configuration = false
SET allowed_paths = ['{other}']
SET threads = 64
SET SESSION memory_limit = '9GB'
SET schema = 'main'
SET VARIABLE v = 1
SET log_query_path = 'q.log'
SET profiling_output = 'p.json'
RESET memory_limit
PRAGMA enable_profiling
PRAGMA database_list
PRAGMA json_execute_serialized_sql('{{}}')
CALL enable_logging()
CHECKPOINT
CREATE TEMP TABLE t AS SELECT * FROM people
CREATE TEMP VIEW v AS SELECT * FROM people
CREATE TEMP MACRO m(x) AS TABLE SELECT * FROM people WHERE name = x
CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
INSERT INTO people VALUES ('m', 2, 3)
WITH i AS (INSERT INTO people VALUES ('m', 2, 3) RETURNING *) SELECT * FROM i
DELETE FROM people
DROP VIEW people
PREPARE z AS SELECT 1
EXPLAIN SELECT * FROM people WHERE name = 'Zelda Quince'
EXPLAIN ANALYZE SELECT * FROM people WHERE name = 'Zelda Quince'
BEGIN
SELECT count(*) FROM people; SELECT * FROM people
SELECT count(*) FROM people; COPY people TO 'x.csv'; --
SELECT getenv('HOME')
SELECT error('boom')
SELECT sum(CAST(name AS INTEGER)) FROM people
SELECT * FROM df
SELECT filename FROM people
SELECT rowid FROM people
not sql at all
""".strip().splitlines()

STILL_ALLOWED = """
SELECT count(*) FROM duckdb_settings()
SELECT current_setting('temp_directory')
SELECT path FROM duckdb_databases()
SELECT view_name FROM duckdb_views() WHERE NOT internal
SELECT count(*) FROM duckdb_secrets()
SELECT count(*) FROM duckdb_logs()
SELECT * FROM which_secret('s3://b/x', 's3')
SELECT * FROM query('SELECT ward FROM people') LIMIT 1
SELECT * FROM query_table('people') LIMIT 1
FROM json_execute_serialized_sql(json_serialize_sql('SELECT ward FROM people')) LIMIT 1
SUMMARIZE people
DESCRIBE people
SELECT * FROM read_parquet('{people}') LIMIT 1
SELECT file_name FROM parquet_file_metadata('{people}')
SELECT write_log('x')
SELECT * FROM test_all_types() LIMIT 1
""".strip().splitlines()


@pytest.mark.parametrize("statement", REFUSED)
def test_hostile_statements_fail_like_any_other_failure(
    statement: str, shared_engine: DuckDBEngine, people: Path, other: Path
) -> None:
    sql = statement.format(other=other, people=people, folder=people.parent)
    before = sorted(people.parent.iterdir()), people.read_bytes()
    with pytest.raises(EngineFailed) as failure:
        shared_engine.run(sql, {"people": people})
    assert failure.value.message == "The engine could not run this question."
    assert (sorted(people.parent.iterdir()), people.read_bytes()) == before


@pytest.mark.parametrize("statement", [line for line in REFUSED if line.startswith("SELECT") and "{other}" in line])
def test_the_same_file_can_be_read_when_it_is_the_table(
    statement: str, shared_engine: DuckDBEngine, people: Path, other: Path
) -> None:
    sql = statement.format(other=other, folder=people.parent)
    if "parquet_metadata" not in sql:
        assert shared_engine.run(sql, {"other": other})["name"].to_pylist() == ["Zelda Quince"]


@pytest.mark.parametrize("statement", STILL_ALLOWED)
def test_what_duckdb_still_allows_is_known(statement: str, shared_engine: DuckDBEngine, people: Path) -> None:
    """Not wishes: the parser must refuse these. When one fails here, tell docs/explanation/the-engine.md."""
    shared_engine.run(statement.format(people=people), {"people": people})


@pytest.mark.parametrize(
    "statement", ["COPY (SELECT 1) TO '{other}.csv'", "SET threads = 3", "SELECT * FROM '{other}'"]
)
def test_the_connection_itself_is_locked_too(statement: str, people: Path, other: Path, tmp_path: Path) -> None:
    """The first layer must hold without the second, that only one SELECT is run."""
    connection = open_locked(
        {"people": people}, spill_folder=tmp_path, memory_bytes=2**26, spill_bytes=2**20, threads=1
    )
    assert connection.execute("SELECT count(*) FROM people").fetchall() == [(5_000,)]
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(other=other))
    connection.close()


@pytest.mark.parametrize("name", ['a"b', "a b", "ward; DROP", "__x", "Ünïcode", "select", "a.b", "*"])
def test_strange_table_names_are_only_names(name: str, shared_engine: DuckDBEngine, people: Path) -> None:
    assert shared_engine.run(f"SELECT count(*) AS n FROM {identifier(name)}", {name: people})["n"].to_pylist() == [
        5_000
    ]


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 201])
def test_impossible_table_names_are_the_callers_mistake(name: str, shared_engine: DuckDBEngine, people: Path) -> None:
    with pytest.raises(ValueError, match="name"):
        shared_engine.run("SELECT 1", {name: people})


def test_folders_with_quotes_and_glob_characters_are_only_folders(
    shared_engine: DuckDBEngine, people: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "it's [data] *?"
    folder.mkdir()
    copy = folder / "p'eople[1].parquet"
    copy.write_bytes(people.read_bytes())
    assert shared_engine.run("SELECT count(*) AS n FROM t", {"t": copy})["n"].to_pylist() == [5_000]


def test_variables_of_the_process_are_no_tables(people: Path, tmp_path: Path) -> None:
    variable = pa.table({"x": [1]})
    with duckdb.connect() as free:
        assert free.sql("SELECT x FROM variable").fetchall() == [(1,)]
    connection = open_locked(
        {"people": people}, spill_folder=tmp_path, memory_bytes=2**26, spill_bytes=2**20, threads=1
    )
    with pytest.raises(duckdb.Error):
        connection.sql("SELECT x FROM variable")
    connection.close()
    assert variable.num_rows == 1


def test_marks_of_parameters_in_text_are_only_text(shared_engine: DuckDBEngine, people: Path) -> None:
    row = {"a": "? $1 $x :y %s", "b": 3, "c": 'a?"$1'}
    sql = """SELECT '? $1 $x :y %s' AS a, 3 AS b, 'a?"$1' AS c FROM people LIMIT 1"""
    assert shared_engine.run(sql, {"people": people}).to_pylist() == [row]
    with pytest.raises(EngineFailed):
        shared_engine.run("SELECT $1 FROM people", {"people": people})


def test_a_path_with_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        literal("a\0b")
