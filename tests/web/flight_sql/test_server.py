"""Asking over Flight SQL with the real ADBC driver, as R, pandas and BI tools do."""

from __future__ import annotations

import base64
import contextlib
import gc
from collections.abc import Iterator
from datetime import timedelta

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi
import adbc_driver_manager
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from commonweal.agreement.state import Act
from commonweal.identity import tokens
from commonweal.installation import agreeing
from commonweal.web.flight_sql import wire
from commonweal.web.flight_sql.server import FlightSQL
from tests.web.people import ANALYST, OUTSIDER
from tests.web.served import Served

AGREEMENT = "arrears-and-care"
SQL = "SELECT ward, count(*) AS homes, avg(arrears) AS mean FROM northbank.housing GROUP BY ward ORDER BY ward"

# The driver counts the statements that failed twice when it closes them; what it then says is about itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let the driver say so within the test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server(town: Served) -> Iterator[FlightSQL]:
    with FlightSQL(town.installation, "grpc://127.0.0.1:0") as running:
        yield running


def token(town: Served, email: str, *agreements: str) -> str:
    with town.installation.transaction() as c:
        now = town.installation.ledger.now(c)
        _, secret = tokens.make(
            c, email, name="test", agreements=frozenset(agreements), until=now + timedelta(days=1), now=now
        )
    return secret


def connect(server: FlightSQL, authorization: str, **headers: str) -> adbc_driver_flightsql.dbapi.Connection:
    options = {adbc_driver_flightsql.DatabaseOptions.AUTHORIZATION_HEADER.value: authorization}
    prefix = adbc_driver_flightsql.DatabaseOptions.RPC_CALL_HEADER_PREFIX.value
    options |= {f"{prefix}{name.replace('_', '-')}": value for name, value in headers.items()}
    return adbc_driver_flightsql.dbapi.connect(f"grpc://127.0.0.1:{server.port}", db_kwargs=options, autocommit=True)


def test_the_answer_is_the_gateways(town: Served, server: FlightSQL) -> None:
    expected = town.installation.gateway(ANALYST).ask(SQL, agreement=AGREEMENT)
    with connect(server, f"Bearer {token(town, ANALYST, AGREEMENT)}") as connection, connection.cursor() as cursor:
        cursor.execute(SQL)
        table = cursor.fetch_arrow_table()
        assert table.to_pydict() == expected.table.to_pydict()
        assert table.num_rows > 1
        cursor.execute(SQL)
        assert cursor.fetch_df().shape == (table.num_rows, 3)


def test_a_refusal_says_clause_and_remedy(town: Served, server: FlightSQL) -> None:
    with connect(server, f"Bearer {token(town, ANALYST, AGREEMENT)}") as connection, connection.cursor() as cursor:
        with pytest.raises(adbc_driver_manager.ProgrammingError, match=r"Clause: ") as refused:
            cursor.execute("SELECT uprn FROM northbank.housing")
        assert "UNAUTHORIZED" in str(refused.value) or "UNAUTHENTICATED" not in str(refused.value)


def test_who_has_no_token_is_told_to_get_one(server: FlightSQL) -> None:
    for authorization in ("Bearer cwt_nothing", "Bearer ", "Basic !!!", ""):
        with (
            pytest.raises(adbc_driver_manager.Error, match=r"UNAUTHENTICATED"),
            connect(server, authorization) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(SQL)


def test_a_token_is_for_its_agreement_and_as_a_password_too(town: Served, server: FlightSQL) -> None:
    secret = token(town, ANALYST, "another", AGREEMENT)
    basic = "Basic " + base64.b64encode(f"token:{secret}".encode()).decode()
    unclear = pytest.raises(adbc_driver_manager.Error, match="x-commonweal-agreement")
    with connect(server, basic) as connection, connection.cursor() as cursor, unclear:
        cursor.execute(SQL)
    with connect(server, basic, x_commonweal_agreement=AGREEMENT) as connection, connection.cursor() as cursor:
        cursor.execute(SQL)
        assert cursor.fetch_arrow_table().num_rows > 1
    narrow = f"Bearer {token(town, ANALYST, 'another')}"
    refused = pytest.raises(adbc_driver_manager.Error, match="not for this agreement")
    with (
        connect(server, narrow, x_commonweal_agreement=AGREEMENT) as connection,
        connection.cursor() as cursor,
        refused,
    ):
        cursor.execute(SQL)


def test_a_user_and_a_password_are_taken_as_tools_send_them(town: Served, server: FlightSQL) -> None:
    uri, right, wrong = f"grpc://127.0.0.1:{server.port}", token(town, ANALYST, AGREEMENT), "cwt_nothing"
    with (
        adbc_driver_flightsql.dbapi.connect(
            uri, db_kwargs={"username": ANALYST, "password": right}, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(SQL)
        assert cursor.fetch_arrow_table().num_rows > 1
    with pytest.raises(adbc_driver_manager.Error, match="UNAUTHENTICATED"):
        adbc_driver_flightsql.dbapi.connect(uri, db_kwargs={"username": ANALYST, "password": wrong}, autocommit=True)


def test_who_is_not_named_is_refused(town: Served, server: FlightSQL) -> None:
    with connect(server, f"Bearer {token(town, OUTSIDER, AGREEMENT)}") as connection, connection.cursor() as cursor:
        with pytest.raises(adbc_driver_manager.ProgrammingError):
            cursor.execute(SQL)
        found = connection.adbc_get_objects().read_all().to_pylist()
        assert not any(each["catalog_name"] or each["catalog_db_schemas"] for each in found)


def test_a_revoked_token_works_no_longer(town: Served, server: FlightSQL) -> None:
    connection = connect(server, f"Bearer {token(town, ANALYST, AGREEMENT)}")
    cursor = connection.cursor()
    cursor.execute(SQL)
    with town.installation.transaction() as c:
        tokens.revoke_all(c, ANALYST, town.installation.ledger.now(c))
    with pytest.raises(adbc_driver_manager.Error, match="UNAUTHENTICATED"):
        cursor.execute(SQL)
    for each in (cursor, connection):  # closing tells the server, which does not know them any more
        with contextlib.suppress(adbc_driver_manager.Error, RuntimeError):
            each.close()


def test_tools_see_the_agreed_tables(town: Served, server: FlightSQL) -> None:
    with connect(server, f"Bearer {token(town, ANALYST, AGREEMENT)}") as connection:
        assert connection.adbc_get_info()["vendor_name"] == "commonweal"
        assert connection.adbc_get_table_types() == ["TABLE"]
        found = connection.adbc_get_objects(depth="all").read_all().to_pylist()
        assert [each["catalog_name"] for each in found] == [AGREEMENT]
        tables = {
            f"{schema['db_schema_name']}.{table['table_name']}": [c["column_name"] for c in table["table_columns"]]
            for schema in found[0]["catalog_db_schemas"]
            for table in schema["db_schema_tables"]
        }
        assert tables["northbank.housing"] == ["uprn", "tenancy", "ward", "arrears"]
        only = connection.adbc_get_objects(depth="tables", table_name_filter="hous%").read_all().to_pylist()
        assert [t["table_name"] for s in only[0]["catalog_db_schemas"] for t in s["db_schema_tables"]] == ["housing"]
        schema = connection.adbc_get_table_schema("housing", catalog_filter=AGREEMENT, db_schema_filter="northbank")
        assert schema.field("arrears").type in {pa.float64(), pa.int64()}


def test_prepared_statements(town: Served, server: FlightSQL) -> None:
    with connect(server, f"Bearer {token(town, ANALYST, AGREEMENT)}") as connection, connection.cursor() as cursor:
        cursor.adbc_prepare(SQL)
        cursor.execute(SQL)
        assert cursor.fetch_arrow_table().num_rows > 1


def test_results_are_for_who_asked(town: Served, server: FlightSQL) -> None:
    mine, other = token(town, ANALYST, AGREEMENT), token(town, OUTSIDER, AGREEMENT)
    client = flight.connect(f"grpc://127.0.0.1:{server.port}")

    def calling(secret: str) -> flight.FlightCallOptions:
        return flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {secret}".encode())])

    command = wire.as_any("CommandStatementQuery", wire.field(1, SQL.encode()))
    got = client.get_flight_info(flight.FlightDescriptor.for_command(command), calling(mine))
    ticket = got.endpoints[0].ticket
    with pytest.raises(KeyError):
        client.do_get(ticket, calling(other)).read_all()
    assert client.do_get(ticket, calling(mine)).read_all().num_rows > 1
    for broken in (b"", b"\xff\xff", wire.as_any("CommandStatementQuery", b"\x0a\x05a")):
        with pytest.raises(pa.ArrowInvalid):
            client.get_flight_info(flight.FlightDescriptor.for_command(broken), calling(mine))
    with pytest.raises(NotImplementedError):
        client.get_flight_info(
            flight.FlightDescriptor.for_command(wire.as_any("CommandStatementUpdate", b"")), calling(mine)
        )
    client.close()


def test_a_suspended_agreement_hands_over_nothing_that_waits(town: Served, server: FlightSQL) -> None:
    secret = token(town, ANALYST, AGREEMENT)
    options = flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {secret}".encode())])
    client = flight.connect(f"grpc://127.0.0.1:{server.port}")
    command = wire.as_any("CommandStatementQuery", wire.field(1, SQL.encode()))
    got = client.get_flight_info(flight.FlightDescriptor.for_command(command), options)
    agreeing.happen(town.installation, Act.SUSPEND, AGREEMENT, "northbank", "a test")
    with pytest.raises(flight.FlightUnauthorizedError):
        client.do_get(got.endpoints[0].ticket, options).read_all()
    agreeing.happen(town.installation, Act.RESUME, AGREEMENT, "northbank", "the test is over")
    assert client.do_get(got.endpoints[0].ticket, options).read_all().num_rows > 1
    client.close()
