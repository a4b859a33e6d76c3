"""The gateway as an analyst meets it from Python: what there is to ask about, and asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.errors import UsageMistake
from commonweal.gateway.answer import Answer
from commonweal.gateway.ask import ask
from commonweal.gateway.explanation import Explanation, explain
from commonweal.gateway.question import Question, always
from commonweal.gateway.surroundings import Surroundings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.gateway.kept import KeptAnswers
    from commonweal.gateway.output_checking import OutputChecking


@dataclass(frozen=True)
class Gateway:
    """Asks on behalf of one person; safe to use from many threads. Close it, or use it as a context manager.

    `second_factor` and `holds` are those of every question (`commonweal.gateway.question.Question`).
    `closing` is what `close` does; without it the engine and the private database of the surroundings are ended.
    """

    person: str
    surroundings: Surroundings
    closing: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    second_factor: bool = False
    holds: Callable[[Connection], bool] = field(default=always, repr=False, compare=False)

    def datasets(self) -> list[str]:
        """Return the names of all datasets that exist, as ``organisation/name``."""
        with self.surroundings.reading() as connection:
            return [dataset.reference for dataset in stored_datasets(connection)]

    def ask(self, sql: str, *, agreement: str, twin: bool = False, plain: bool = False) -> Answer:
        """Return the protected answer to a question in SQL under an agreement. See `commonweal.gateway.ask.ask`.

        A person's questions take turns with everybody's (`commonweal.gateway.turns`); Busy when too many wait already.
        `plain`: under a metered profile, read small groups as they were released, unbiased and with more noise.
        """
        if twin:
            raise UsageMistake(
                "There are no twins yet.", why="twins come with a later version.", remedy="Leave twin out."
            )
        with self.surroundings.turns.turn(self.person):
            return ask(self._question(sql, agreement, plain), self.surroundings)

    def explain(self, sql: str, *, agreement: str) -> Explanation:
        """Return what each step decides about a question, and what its answer would lose, without releasing it."""
        with self.surroundings.turns.turn(self.person):
            return explain(self._question(sql, agreement), self.surroundings)

    def _question(self, sql: str, agreement: str, plain: bool = False) -> Question:
        return Question(sql, agreement, self.person, plain, self.second_factor, self.holds)

    @property
    def outputs(self) -> OutputChecking:
        """Return output checking for this person: asking for what the rules withhold, checking it, fetching it."""
        from commonweal.gateway.output_checking import OutputChecking  # imported when used: most questions need none

        return OutputChecking(self.person, self.surroundings, self.second_factor)

    @property
    def answers(self) -> KeptAnswers:
        """Return the answers that this person may open again, by the number of their receipts."""
        from commonweal.gateway.kept import KeptAnswers  # see above

        return KeptAnswers(self.person, self.surroundings)

    def close(self) -> None:
        """End the engine and the private database, and close the installation if this gateway opened it."""
        if self.closing is not None:
            self.closing()
            return
        self.surroundings.engine.close()
        self.surroundings.presenter.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()
