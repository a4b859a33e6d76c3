"""Asking, for pages and API alike: one place where a question goes from the web into the gateway, and comes back.

A question may take minutes and holds its thread. So only some of the threads ask (`Doorway`): the others go on serving
pages, and revocation, while questions run.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from commonweal.errors import Busy, Conflict, NotFound, Refused
from commonweal.gateway.answer import Answer
from commonweal.gateway.explanation import Explanation
from commonweal.gateway.gateway import Gateway
from commonweal.gateway.kept import once
from commonweal.gateway.kept.answers import Opened
from commonweal.installation import Installation
from commonweal.web.asker import Asker

THREADS = 128
"""How many requests one process works on at once."""

ASKING = 96
"""How many of them may be questions; the gateway works on a few at once, the others wait for their turn."""

ASKING_OF_ONE = 16
"""How many may be one person's."""


@dataclass(frozen=True)
class Asked:
    """A question as it comes from a page or a program. `plain`: small groups as they were released, nothing drawn."""

    sql: str
    agreement: str
    plain: bool = False


class Doorway:
    """Lets some questions in at once and sends the others away with a time to come again; safe between threads."""

    def __init__(self, of_all: int = ASKING, of_one: int = ASKING_OF_ONE) -> None:
        """Take how many questions may be inside, of all people and of one."""
        self._of_all, self._of_one = of_all, of_one
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()

    @contextmanager
    def through(self, person: str) -> Iterator[None]:
        """Hold a place while a person's question is asked; `Busy` at once when there is none."""
        with self._lock:
            if self._inside[person] >= self._of_one or self._inside.total() >= self._of_all:
                raise Busy(
                    "Too many questions are being asked at this moment.",
                    why=f"{self._of_one} of one person may be here at once, and {self._of_all} of all.",
                    remedy="Try again in 2 s, or ask one after another.",
                    retry_after=2,
                )
            self._inside[person] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[person] -= 1
                if not self._inside[person]:
                    del self._inside[person]


DOORWAY = Doorway()
"""The one of this process."""


def gateway_of(installation: Installation, asker: Asker) -> Gateway:
    """Return the gateway for who asks: the only place where the web opens one."""
    return asker.gateway(installation)


def asked(installation: Installation, asker: Asker, request: Asked) -> Answer:
    """Return the protected answer to a question, recorded and kept.

    Raises: as `commonweal.gateway.ask.ask`; `NotAllowed` for a token that is for other agreements; `Busy`.
    """
    asker.must_cover(request.agreement)
    with DOORWAY.through(asker.person.email):
        return gateway_of(installation, asker).ask(request.sql, agreement=request.agreement, plain=request.plain)


def explained(installation: Installation, asker: Asker, request: Asked) -> Explanation:
    """Return what would happen to a question, releasing nothing. Raises: as `asked`."""
    asker.must_cover(request.agreement)
    with DOORWAY.through(asker.person.email):
        return gateway_of(installation, asker).explain(request.sql, agreement=request.agreement)


def opened(installation: Installation, asker: Asker, number: int) -> Opened:
    """Return a kept answer. Raises: as `KeptAnswers.open`; `NotFound` too for a token that is for other agreements."""
    only = asker.token.agreements if asker.token is not None else None
    return gateway_of(installation, asker).answers.open(number, only=only)


def once_only(
    installation: Installation, asker: Asker, key: str, words: object, work: Callable[[], Answer | dict[str, Any]]
) -> Answer | dict[str, Any]:
    """Do what a request asks for, unless it was done under this key already: then give the same again.

    `words` is the request, JSON-ready; `work` returns an answer or something JSON-ready. A refusal is remembered too; what
    failed may be tried again.

    Raises: as `work`; `BadInput` for a key used for other words; `Conflict` while the first is worked on, and for an
    answer that is not kept any more.
    """
    hashed, digest = _digests(installation, asker, key, words)
    with installation.transaction() as connection:
        known = once.begin(connection, hashed, digest, installation.ledger.now(connection))
    if known is not None:
        return _again(installation, asker, known)
    try:
        found = work()
    except Refused as refusal:
        _finish(installation, hashed, once.Outcome(None, json.dumps(refusal.as_dict())))
        raise
    except BaseException:
        with installation.transaction() as connection:
            once.give_up(connection, hashed)
        raise
    if isinstance(found, Answer):
        _finish(installation, hashed, once.Outcome(found.receipt.index, None))
    else:
        _finish(installation, hashed, once.Outcome(None, json.dumps(found)))
    return found


def _digests(installation: Installation, asker: Asker, key: str, words: object) -> tuple[str, str]:
    text = json.dumps(words, sort_keys=True)
    whose = f"{asker.person.email}\x00{asker.token.id if asker.token else ''}\x00{key}"
    ledger = installation.ledger
    return ledger.hashed(whose, "idempotency-key"), ledger.hashed(text, "idempotency-request")


def _finish(installation: Installation, hashed: str, outcome: once.Outcome) -> None:
    with installation.transaction() as connection:
        once.finish(connection, hashed, outcome)


def _again(installation: Installation, asker: Asker, known: once.Outcome) -> Answer | dict[str, Any]:
    if known.answer is not None:
        try:
            return opened(installation, asker, known.answer).answer
        except NotFound:
            raise Conflict(
                f"This question was answered as entry {known.answer}, and the answer is not kept any more.",
                remedy="Send a new Idempotency-Key to ask again.",
            ) from None
    said: dict[str, Any] = json.loads(known.said or "{}")
    if "refused" in said:
        raise _refusal(said["refused"])
    return said


def _refusal(said: dict[str, Any]) -> Refused:
    parts = ("remedy", "who", "nearest", "reference")
    details = {name: value for name, value in said.items() if name not in {"clause", "reasons", *parts}}
    return Refused(
        said["clause"],
        said["reasons"],
        remedy=said["remedy"],
        who=said["who"],
        nearest=said["nearest"],
        reference=said["reference"],
        details=details,
    )
