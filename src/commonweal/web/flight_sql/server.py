"""The Flight SQL server: who is calling, what they want, and the gateway's answer or its refusal in plain words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.flight as flight

from commonweal.agreement.store import current
from commonweal.catalogue import store as catalogue
from commonweal.errors import (
    BadInput,
    Busy,
    CommonwealError,
    EngineFailed,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
    UsageMistake,
)
from commonweal.identity import store as identity
from commonweal.identity import tokens
from commonweal.web.asker import Asker
from commonweal.web.flight_sql import metadata, wire
from commonweal.web.flight_sql.metadata import AgreedTable, agreed_tables
from commonweal.web.flight_sql.results import Results

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer
    from commonweal.installation import Installation

AGREEMENT_HEADER = "x-commonweal-agreement"
"""Which agreement a question is asked under; not needed with a token that is for one only."""

_WHO = "who"
_Fields = Mapping[int, list[int | bytes]]


@dataclass(frozen=True)
class Caller:
    """Who is calling, and the agreement they named."""

    asker: Asker
    agreement: str | None

    @property
    def email(self) -> str:
        """Return the person's address."""
        return self.asker.person.email


class _Middleware(flight.ServerMiddleware):  # type: ignore[misc]  # pyarrow has no types
    def __init__(self, caller: Caller, secret: str) -> None:
        self.caller = caller
        self._secret = secret

    def sending_headers(self) -> dict[str, str]:
        """Give back the token as what to send from now on: clients that begin with a user and a password wait for it."""
        return {"authorization": f"Bearer {self._secret}"}


class _ByToken(flight.ServerAuthHandler):  # type: ignore[misc]
    """Lets Flight's handshake pass, which comes with a user and a password: the token is looked at by the middleware."""

    def authenticate(self, _outgoing: object, _incoming: object) -> None:
        """Do nothing: nobody comes this far without a token that works."""

    def is_valid(self, _token: bytes) -> bytes:
        """Say nothing of who it is: each call's own token does."""
        return b""


class _Authentication(flight.ServerMiddlewareFactory):  # type: ignore[misc]
    """Finds the person behind the token of every single call: a token that was revoked works no longer."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def start_call(self, _info: object, headers: Mapping[str, Sequence[str]]) -> _Middleware:
        known = {name.lower(): values[0] for name, values in headers.items() if values}
        secret = _secret(known.get("authorization", ""))
        with self._installation.reading() as connection:
            token = tokens.find(connection, secret, self._installation.ledger.now(connection))
            if token is None or not identity.is_known(connection, token.email):
                raise flight.FlightUnauthenticatedError("Send a token that works: Authorization: Bearer cwt_...")
            person = identity.person(connection, token.email)
        return _Middleware(Caller(Asker(person, token=token), known.get(AGREEMENT_HEADER)), secret)


def _secret(header: str) -> str:
    """Return the token in an Authorization header: as Bearer, or as the password of Basic, which JDBC tools send."""
    kind, _, rest = header.partition(" ")
    if kind.lower() != "basic":
        return rest.strip() if kind.lower() == "bearer" else ""
    try:
        written = rest.strip().rstrip("=")  # some clients leave the padding out
        return base64.b64decode(written + "=" * (-len(written) % 4), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


class FlightSQL(flight.FlightServerBase):  # type: ignore[misc]
    """Serves the questions of one installation over Flight SQL; `port` is the one that was got."""

    def __init__(
        self, installation: Installation, location: str, certificate: tuple[bytes, bytes] | None = None
    ) -> None:
        """Listen at a location (``grpc://`` or, with a certificate and its key, ``grpc+tls://`` HOST:PORT)."""
        self._installation = installation
        self._results = Results()
        pairs = [certificate] if certificate else None
        who = {_WHO: _Authentication(installation)}
        super().__init__(location, auth_handler=_ByToken(), middleware=who, tls_certificates=pairs)

    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        """Do a command and say how to fetch what it gives."""
        with _told():
            name, fields = wire.command(descriptor.command or b"")
            caller = _caller(context)
            if name == "CommandStatementQuery":
                answer = self._asked(caller, wire.text(fields, 1) or "")
                handle = self._keep(caller, answer)
                ticket = wire.as_any("TicketStatementQuery", wire.field(1, handle))
                return _info(answer.table.schema, descriptor, ticket, answer.table.num_rows)
            if name == "CommandPreparedStatementQuery":
                table = self._fetched(caller, wire.data(fields, 1))
                return _info(table.schema, descriptor, descriptor.command, table.num_rows)
            table = self._described(caller, name, fields)
            return _info(table.schema, descriptor, descriptor.command, table.num_rows)

    def get_schema(self, context: Any, descriptor: Any) -> Any:
        """Say the columns of what a command about metadata gives; of a question they are known once it is asked."""
        with _told():
            name, fields = wire.command(descriptor.command or b"")
            return flight.SchemaResult(self._described(_caller(context), name, fields).schema)

    def do_get(self, context: Any, ticket: Any) -> Any:
        """Hand over what was asked for."""
        with _told():
            name, fields = wire.command(ticket.ticket)
            caller = _caller(context)
            if name in {"TicketStatementQuery", "CommandPreparedStatementQuery"}:
                return flight.RecordBatchStream(self._fetched(caller, wire.data(fields, 1)))
            return flight.RecordBatchStream(self._described(caller, name, fields))

    def do_action(self, context: Any, action: Any) -> Iterator[bytes]:
        """Prepare a statement, which is asked then, or forget one."""
        with _told():
            caller = _caller(context)
            body = action.body.to_pybytes() if action.body is not None else b""
            if action.type == "CreatePreparedStatement":
                _, fields = wire.command(body)
                answer = self._asked(caller, wire.text(fields, 1) or "")
                schema = answer.table.schema.serialize().to_pybytes()
                result = wire.field(1, self._keep(caller, answer)) + wire.field(2, schema)
                return iter([wire.as_any("ActionCreatePreparedStatementResult", result)])
            if action.type == "ClosePreparedStatement":
                _, fields = wire.command(body)
                self._results.drop(wire.data(fields, 1), caller.email)
                return iter([])
            raise pa.ArrowNotImplementedError(f"There is no action {action.type[:50]} here.")

    def list_actions(self, _context: Any) -> list[tuple[str, str]]:
        """Say what actions there are."""
        return [
            ("CreatePreparedStatement", "Asks a question and keeps the answer for this person."),
            ("ClosePreparedStatement", "Forgets the answer."),
        ]

    def _asked(self, caller: Caller, sql: str) -> Answer:
        """Ask the gateway, under the agreement that the caller named or that their token is for."""
        agreement = _agreement(caller)
        caller.asker.must_cover(agreement)
        return caller.asker.gateway(self._installation).ask(sql, agreement=agreement)

    def _keep(self, caller: Caller, answer: Answer) -> bytes:
        return self._results.keep(caller.email, answer.agreement.partition("@")[0], answer.table)

    def _fetched(self, caller: Caller, handle: bytes) -> pa.Table:
        """Return an answer that waits; the agreement must still be in force, and the token must still cover it."""
        found = self._results.fetch(handle, caller.email)
        if found is None:
            raise NotFound("There is no such result.", why="It was fetched long ago, or never.", remedy="Ask again.")
        agreement, table = found
        caller.asker.must_cover(agreement)
        with self._installation.reading() as connection:
            now, keys = self._installation.ledger.now(connection), self._installation.keys.public_keys()
            counting = current(connection, agreement, now, public_keys=keys)
        if not counting.standing.in_force:
            raise NotAllowed("The agreement is not in force any more.", why=counting.standing.reason)
        return table

    def _described(self, caller: Caller, name: str, fields: _Fields) -> pa.Table:
        """Return what a command about metadata asks for."""
        if name == "CommandGetSqlInfo":
            return metadata.info(wire.numbers(fields, 1))
        if name == "CommandGetTableTypes":
            return metadata.kinds()
        if name not in _OF_TABLES:
            raise pa.ArrowNotImplementedError(f"There is no command {name[:50]} here.")
        return _OF_TABLES[name](self._tables(caller), fields)

    def _tables(self, caller: Caller) -> list[AgreedTable]:
        """Return the tables of the agreements that the token is for, where they are in force and name the person."""
        token = caller.asker.token
        found: list[AgreedTable] = []
        with self._installation.reading() as connection:
            now, keys = self._installation.ledger.now(connection), self._installation.keys.public_keys()
            contracts = {each.reference: each.contract for each in catalogue.datasets(connection)}
            for identifier in sorted(token.agreements if token else ()):
                try:
                    counting = current(connection, identifier, now, public_keys=keys)
                except NotFound:
                    continue
                named = {person.email for person in counting.agreement.people}
                if counting.standing.in_force and caller.email in named:
                    found += agreed_tables(counting.agreement, contracts)
        return found


def _catalogues(tables: list[AgreedTable], _fields: _Fields) -> pa.Table:
    return metadata.catalogues(tables)


def _schemas(tables: list[AgreedTable], fields: _Fields) -> pa.Table:
    return metadata.schemas(tables, wire.text(fields, 1), wire.text(fields, 2))


def _listed(tables: list[AgreedTable], fields: _Fields) -> pa.Table:
    kinds = [value.decode(errors="replace") for value in fields.get(4, []) if isinstance(value, bytes)]
    catalogue_, schema, name = (wire.text(fields, number) for number in (1, 2, 3))
    with_schema = wire.numbers(fields, 5)[-1:] == [1]
    return metadata.listed(tables, catalogue_, schema, name, kinds, with_schema=with_schema)


_OF_TABLES: dict[str, Callable[[list[AgreedTable], _Fields], pa.Table]] = {
    "CommandGetCatalogs": _catalogues,
    "CommandGetDbSchemas": _schemas,
    "CommandGetTables": _listed,
}


def _caller(context: Any) -> Caller:
    return cast(_Middleware, context.get_middleware(_WHO)).caller


def _agreement(caller: Caller) -> str:
    """Return the agreement to ask under; `UsageMistake` when it is not clear."""
    covered = caller.asker.token.agreements if caller.asker.token else frozenset()
    if caller.agreement:
        return caller.agreement
    if len(covered) == 1:
        return next(iter(covered))
    raise UsageMistake(
        "It is not said under which agreement.",
        why="This token is for several.",
        remedy=f"Send the header {AGREEMENT_HEADER} with one of them.",
    )


def _info(schema: pa.Schema, descriptor: Any, ticket: bytes, rows: int) -> Any:
    return flight.FlightInfo(schema, descriptor, [flight.FlightEndpoint(ticket, [])], rows, -1)


@contextmanager
def _told() -> Iterator[None]:
    """Tell errors as Flight has them, with the clause, the reasons and the remedy; of a fault of ours, only that it is one."""
    try:
        yield
    except Refused as refusal:
        said = " ".join([*refusal.reasons, f"Clause: {refusal.clause}.", refusal.remedy])
        if refusal.nearest:
            said += f" Nearest question that would be answered: {refusal.nearest}"
        raise flight.FlightUnauthorizedError(said) from None
    except NotAllowed as error:
        raise flight.FlightUnauthorizedError(_said(error)) from None
    except (Busy, Unavailable, EngineFailed) as error:
        raise flight.FlightUnavailableError(_said(error)) from None
    except NotFound as error:
        raise KeyError(_said(error)) from None
    except (BadInput, UsageMistake, CommonwealError) as error:
        raise pa.ArrowInvalid(_said(error)) from None
    except wire.Malformed:
        raise pa.ArrowInvalid("This is no Flight SQL message.") from None
    except (flight.FlightError, NotImplementedError):
        raise
    except Exception as error:  # its words may hold data
        raise flight.FlightInternalError(f"Something went wrong here ({type(error).__name__}).") from None


def _said(error: CommonwealError) -> str:
    return " ".join(part for part in (error.message, error.why, error.remedy) if part)
