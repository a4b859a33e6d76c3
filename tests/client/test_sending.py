"""Addresses and tokens that are not taken; servers that are down, slow, or no commonweal; what is sent again and what not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import commonweal
from commonweal.client.address import Address
from commonweal.client.problems import error_of
from commonweal.errors import EngineFailed, NotAllowed, Unavailable, UsageMistake
from tests.acceptance.town import AGREEMENT
from tests.client.conftest import Place

TOKEN = "cwt_" + "x" * 40
SQL = "select tenancy, count(*) as homes from housing group by tenancy"


@pytest.mark.parametrize(
    "url",
    [
        "http://data.northbank.example",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org:8765",
        "ftp://127.0.0.1",
        "https://",
        "https://me:word@data.northbank.example",
        "https://data.northbank.example?x=1",
        "https://data.northbank.example:port",
        "data.northbank.example",
        "",
    ],
)
def test_an_address_that_would_not_do(url: str) -> None:
    with pytest.raises(UsageMistake) as caught:
        commonweal.connect(url, TOKEN)
    assert TOKEN not in str(caught.value.as_dict())
    assert caught.value.remedy


@pytest.mark.parametrize(
    "url", ["https://data.northbank.example/", "http://127.0.0.1:1", "http://[::1]:8765", "http://localhost:8765/under"]
)
def test_an_address_that_will_do(url: str) -> None:
    with commonweal.connect(url, TOKEN) as gateway:
        assert gateway.url == url.rstrip("/")
        assert TOKEN not in repr(Address(url, TOKEN))


@pytest.mark.parametrize("token", ["", "secret", "cwt_", f"{TOKEN}\r\nX-More: 1", f"Bearer {TOKEN}", "cwt_" + "é" * 40])
def test_what_is_no_token_is_not_sent_nor_shown(token: str) -> None:
    with pytest.raises(UsageMistake) as caught:
        commonweal.connect("https://data.northbank.example", token)
    assert not token or token not in str(caught.value.as_dict()).replace("cwt_ and", "").replace("cwt_...", "")


def test_time_limits_are_seconds() -> None:
    with pytest.raises(UsageMistake):
        commonweal.connect("https://data.northbank.example", TOKEN, timeout=0)


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(reply: Callable[[int, str, dict[str, str]], Reply | None]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve what `reply(nth request, method, headers)` gives; None breaks the connection."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append({name.lower(): value for name, value in self.headers.items()} | {"method": self.command})
            given = reply(len(seen), self.command, seen[-1])
            if given is None:
                self.close_connection = True
                return
            status, headers, body = given
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _any  # noqa: N815 - names of the standard library

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonweal.client.sending.PAUSES", (0.01, 0.01, 0.01))


def problem(status: int, **said: object) -> Reply:
    return status, {"Content-Type": "application/problem+json"}, json.dumps(said).encode()


def test_a_server_that_is_down() -> None:
    with commonweal.connect("http://127.0.0.1:9", TOKEN) as gateway:
        for act in (gateway.datasets, lambda: gateway.ask(SQL, agreement="a"), lambda: gateway.answers.erase(1)):
            with pytest.raises(Unavailable) as caught:
                act()
            assert caught.value.remedy
            assert caught.value.__cause__ is None


def test_a_server_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()

    def reply(_nth: int, _method: str, _headers: dict[str, str]) -> None:
        waiting.wait(10)

    with answering(reply) as (url, seen):
        with (
            commonweal.connect(url, TOKEN, timeout=0.3) as gateway,
            pytest.raises(Unavailable, match="does not answer"),
        ):
            gateway.datasets()
        waiting.set()
    assert len(seen) == 1


HTML = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Welcome</title>")


@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        (200, {"Content-Type": "application/json"}, b"[]"),
        (200, {"Content-Type": "application/json"}, b'{"datasets": [{}], "next": null}'),
        (200, {"Content-Type": "application/json"}, b'{"datasets": [], "next": "for ever"}'),
        (200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"no gzip"),
        (302, {"Location": "https://elsewhere.example"}, b""),
        (404, {"Content-Type": "text/html"}, b"<h1>Not found</h1>"),
        (500, {}, b""),
        problem(404, code="http", title="Page not found"),
        problem(422, code=7),
    ],
    ids=lambda reply: f"{reply[0]} {reply[2][:20]!r}",
)
def test_a_server_that_speaks_nonsense(reply: Reply) -> None:
    with answering(lambda *_: reply) as (url, seen), commonweal.connect(url, TOKEN) as gateway:
        for act in (gateway.datasets, lambda: gateway.ask(SQL, agreement="a"), lambda: gateway.answers.open(1)):
            with pytest.raises(Unavailable) as caught:
                act()
            assert "no commonweal" in caught.value.message
            assert caught.value.remedy
    assert all(each["host"].startswith("127.0.0.1") for each in seen)


def test_reads_and_questions_are_sent_again_with_one_key(place: Place) -> None:
    def reply(nth: int, _method: str, _headers: dict[str, str]) -> Reply | None:
        return (
            None if nth == 1 else (502, {}, b"") if nth == 2 else problem(503, code="engine-failed", title="It failed.")
        )

    for act in ("datasets", "ask"):
        with answering(reply) as (url, seen), commonweal.connect(url, TOKEN) as gateway, pytest.raises(EngineFailed):
            gateway.datasets() if act == "datasets" else gateway.ask(SQL, agreement="a")
        assert len(seen) == 3
        assert {each["authorization"] for each in seen} == {f"Bearer {TOKEN}"}
        assert len({each.get("idempotency-key") for each in seen}) == 1
    assert seen[0]["idempotency-key"]


def test_every_question_has_a_key_of_its_own() -> None:
    with answering(lambda *_: HTML) as (url, seen), commonweal.connect(url, TOKEN) as gateway:
        for _ in range(2):
            with pytest.raises(Unavailable):
                gateway.ask(SQL, agreement="a")
    assert seen[0]["idempotency-key"] != seen[1]["idempotency-key"]


def test_nothing_else_is_sent_again() -> None:
    with (
        answering(lambda *_: None) as (url, seen),
        commonweal.connect(url, TOKEN) as gateway,
        pytest.raises(Unavailable),
    ):
        gateway.answers.erase(1)
    assert len(seen) == 1


def test_it_waits_while_the_first_is_worked_on_but_not_for_a_stranger() -> None:
    busy = problem(409, code="still-asking", title="It is being worked on.")
    done = problem(403, code="not-allowed", title="No.", remedy="Ask.")
    replies = [None, *[busy] * 7, done]
    with (
        answering(lambda nth, *_: replies[nth - 1]) as (url, seen),
        commonweal.connect(url, TOKEN) as gateway,
        pytest.raises(NotAllowed),
    ):
        gateway.ask(SQL, agreement="a")
    assert len(seen) == 9


def test_a_question_whose_answer_was_lost_is_asked_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks after the server has answered: what is handed over is that answer."""
    from commonweal.ledger.reading import entries

    def counted() -> int:
        with place.town.installation.reading() as connection:
            return sum(1 for _ in entries(connection, kind="question.asked"))

    with place.connect() as gateway:
        sending, once = gateway._sending, [True]
        real = sending._try

        def lost(*arguments: Any) -> Any:
            response = real(*arguments)
            return None if once and once.pop() else response

        monkeypatch.setattr(sending, "_try", lost)
        before = counted()
        answer = gateway.ask(SQL, agreement=AGREEMENT)
    assert not once
    assert answer.table.num_rows
    assert counted() == before + 1


def test_what_a_terminal_would_act_on_is_left_out() -> None:
    error = error_of(404, {"code": "not-found", "title": "\x1b[2Jgone\r\n", "remedy": "\u202eabc"})
    assert error.message == "[2Jgone"
    assert error.remedy == "abc"
