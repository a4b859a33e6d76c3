"""Mails, sent to a real server on this machine."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from commonweal.installation import Installation, create, mail, open_installation
from commonweal.installation.jobs import queue
from commonweal.installation.jobs.job import JobState
from commonweal.installation.jobs.kinds import KINDS
from commonweal.installation.jobs.worker import Workers


class Inbox:
    def __init__(self) -> None:
        self.mails: list[str] = []
        self.code = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.mails.append(envelope.content.decode())
        return self.code

    async def handle_RCPT(self, _s: Any, _e: Any, envelope: Any, address: str, _o: Any) -> str:  # noqa: N802
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def installation(folder: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Installation:
    create(folder, "here.example").close()
    for name, value in {"HOST": "127.0.0.1", "PORT": str(port), "STARTTLS": "false"}.items():
        monkeypatch.setenv(f"COMMONWEAL_MAIL_{name}", value)
    return open_installation(folder)


def posted(here: Installation, to: str, subject: str = "Something waits") -> None:
    with here.transaction() as c:
        assert mail.post(here, c, to, subject, "A signature waits for you.", at=here.ledger.now(c))


def ended(here: Installation, person: str) -> JobState:
    for _ in range(500):
        with here.reading() as c:
            found = queue.jobs_of(c, person)[0]
        if found.is_final or found.tries:
            return found.state
        time.sleep(0.02)
    raise AssertionError("nothing happened")


def test_a_mail_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inbox: tuple[Inbox, int]) -> None:
    with installation(tmp_path / "here", monkeypatch, inbox[1]) as here:
        posted(here, "a@northbank.example", "Something\r\nBcc: everybody@evil.example")
        workers = Workers(here, KINDS)
        workers.start()
        while not inbox[0].mails:
            time.sleep(0.02)
        workers.stop()
        (got,) = inbox[0].mails
        assert "A signature waits for you." in got
        assert "\nBcc:" not in got
        assert "To: a@northbank.example" in got


def test_a_mailbox_that_is_not_there_ends_it_and_a_server_that_is_not_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inbox: tuple[Inbox, int]
) -> None:
    with installation(tmp_path / "here", monkeypatch, inbox[1]) as here:
        posted(here, "nobody@northbank.example")
        inbox[0].code = "451 try later"
        posted(here, "b@northbank.example")
        workers = Workers(here, KINDS)
        workers.start()
        while ended(here, "nobody@northbank.example") is JobState.RUNNING:
            time.sleep(0.02)
        while ended(here, "b@northbank.example") is JobState.RUNNING:
            time.sleep(0.02)
        workers.stop()
        assert ended(here, "nobody@northbank.example") is JobState.FAILED
        assert ended(here, "b@northbank.example") is JobState.WAITING


def test_without_a_server_nothing_is_queued(tmp_path: Path) -> None:
    with create(tmp_path / "here", "here.example") as here, here.transaction() as c:
        assert not mail.post(here, c, "a@b.example", "s", "t", at=here.ledger.now(c))
        assert queue.jobs_of(c, "a@b.example") == ()
