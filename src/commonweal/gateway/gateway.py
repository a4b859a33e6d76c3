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
from commonweal.gateway.question import Question
from commonweal.gateway.surroundings import Surroundings

if TYPE_CHECKING:
    from commonweal.gateway.kept import KeptAnswers
    from commonweal.gateway.output_checking import OutputChecking


@dataclass(frozen=True)
class Gateway:
    """Asks on behalf of one person; safe to use from many threads. Close it, or use it as a context manager.

    `closing` is what `close` does; without it the engine and the private database of the surroundings are ended.
    """

    person: str
    surroundings: Surroundings
    closing: Callable[[], None] | None = field(default=None, repr=False, compare=False)

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
            return ask(Question(sql, agreement, self.person, plain), self.surroundings)

    def explain(self, sql: str, *, agreement: str) -> Explanation:
        """Return what each step decides about a question, and what its answer would lose, without releasing it."""
        with self.surroundings.turns.turn(self.person):
            return explain(Question(sql, agreement, self.person), self.surroundings)

    @property
    def outputs(self) -> OutputChecking:
        """Return output checking for this person: asking for what the rules withhold, checking it, fetching it."""
        from commonweal.gateway.output_checking import OutputChecking  # imported when used: most questions need none

        return OutputChecking(self.person, self.surroundings)

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
