"""The gateway of a server as an analyst meets it from Python: the methods, answers and errors of one that is here."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self

from commonweal.client.address import Address
from commonweal.client.problems import nonsense
from commonweal.client.remote_answers import ARROW, RemoteAnswers, read_answer
from commonweal.client.sending import Sending, body_of
from commonweal.errors import Refused, UsageMistake

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer
    from commonweal.gateway.explanation import Explanation

READING = 30.0
ASKING = 600.0
_A_PAGE = 200


class RemoteGateway:
    """Asks at a server, as the person whose token it has. Safe between threads; close it, or use it as a context manager.

    Every question is sent with a key of its own (Idempotency-Key), so one that is sent again after the connection broke
    is asked, recorded and charged once.
    """

    def __init__(self, address: Address, *, timeout: float = READING, question_timeout: float = ASKING) -> None:
        """Take where to ask, and how many seconds reading and asking may take, all attempts together."""
        if not (timeout > 0 and question_timeout > 0):
            raise UsageMistake("A time limit is a number of seconds above 0.", remedy="Leave it out for the usual one.")
        self.url = address.url
        self._timeout, self._question_timeout = timeout, question_timeout
        self._sending = Sending(address)

    def __repr__(self) -> str:
        """Return where it asks; never the token."""
        return f"RemoteGateway({self.url!r})"

    def datasets(self) -> list[str]:
        """Return the names of all datasets that exist there, as ``organisation/name``, by name."""
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query: dict[str, str | int] = {"limit": _A_PAGE} | ({"cursor": cursor} if cursor else {})
            said = body_of(self._sending.send("GET", "/api/datasets", within=self._timeout, again=True, query=query))
            try:
                names = [str(each["dataset"]) for each in said["datasets"]]
                following = said["next"]
            except (KeyError, TypeError):
                raise nonsense() from None
            found += names
            if following is not None and (not names or following == cursor or not isinstance(following, str)):
                raise nonsense()
            cursor = following
        return sorted(found)

    def ask(self, sql: str, *, agreement: str, twin: bool = False, plain: bool = False) -> Answer:
        """Return the protected answer to a question in SQL under an agreement, as `commonweal.gateway.gateway.Gateway.ask`.

        Raises the errors of the server: `Refused` with clause, reasons, remedy, who and nearest; `Busy` with when to try
        again; `Unavailable` when it is down.
        """
        if twin:
            raise UsageMistake(
                "There are no twins yet.", why="twins come with a later version.", remedy="Leave twin out."
            )
        question = {"sql": sql, "agreement": agreement, "plain": plain}
        response = self._asked(question, ARROW)
        return read_answer(response.content)

    def explain(self, sql: str, *, agreement: str) -> Explanation:
        """Return what each step decides about a question, and what its answer would lose, without releasing it.

        `ruling` is None: what each clause says is in the steps.
        """
        from commonweal.gateway.explanation import Explanation  # imported when used: it loads the whole path

        try:
            said = body_of(self._asked({"sql": sql, "agreement": agreement, "explain": True}, "application/json"))
        except Refused as refusal:
            steps = refusal.details.pop("explanation", [])
            return Explanation(_steps(steps), None, refusal)
        return Explanation(_steps(said.get("explanation")))

    @property
    def answers(self) -> RemoteAnswers:
        """Return the answers that this person may open again, by the number of their receipts."""
        return RemoteAnswers(self._sending, self._timeout)

    def close(self) -> None:
        """Close the connections."""
        self._sending.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def _asked(self, question: dict[str, Any], accept: str) -> Any:
        return self._sending.send(
            "POST",
            "/api/questions",
            within=self._question_timeout,
            again=True,
            accept=accept,
            headers={"Idempotency-Key": str(uuid.uuid4())},
            json=question,
        )


def connect(url: str, token: str, *, timeout: float = READING, question_timeout: float = ASKING) -> RemoteGateway:
    """Return the gateway of the commonweal at an address, for the person whose API token this is; nothing is sent yet.

    `UsageMistake` unless the address is https (or within this machine) and the token has a token's form.
    """
    return RemoteGateway(Address(url, token), timeout=timeout, question_timeout=question_timeout)


def _steps(said: object) -> tuple[Any, ...]:
    from commonweal.gateway.explanation import Step  # see above

    try:
        return tuple(
            Step(
                str(each["step"]),
                str(each["decided"]),
                tuple(str(detail) for detail in each["details"]),
                {name: value for name, value in each.items() if name not in {"step", "decided", "details"}},
            )
            for each in said  # type: ignore[attr-defined]
        )
    except (KeyError, TypeError, AttributeError):
        raise nonsense() from None
