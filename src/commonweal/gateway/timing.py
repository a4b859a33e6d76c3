"""When an outcome is recorded and handed over: at the next of a few fixed steps, so that how long it took tells little.

How long a question runs may depend on the data. So an answer, or a failure, waits for the next step of a schedule that
is the same for every question: 20 ms, 30 ms, 45 ms ... each half as long again. The wait comes *before* the outcome is
recorded: an entry holds its time to the microsecond, and whoever holds a receipt could try all times until the hash
fits. What follows the wait (a look at the agreement, one commit) does not depend on the data. What a step still tells,
with its measured size, is in docs/explanation/the-engine.md.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Steps:
    """The schedule: `first` seconds, then each step `growth` times the one before. A first step of 0 means no waiting."""

    first: float = 0.02
    growth: float = 1.5

    def __post_init__(self) -> None:
        """Refuse a schedule that does not move on; ValueError."""
        if not (self.first >= 0 and math.isfinite(self.first) and 1 < self.growth <= 10):
            raise ValueError("the first step must not be negative, and each must be 1 to 10 times the one before")

    def after(self, seconds: float) -> float:
        """Return the first step that is not before `seconds`; `seconds` itself where there are no steps."""
        if self.first == 0:
            return seconds
        step = self.first
        while step < seconds:
            step *= self.growth
        return step


class Pace:
    """Runs from when a question came in; `wait` once, when its outcome stands."""

    def __init__(
        self,
        steps: Steps,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start now."""
        self._steps, self._clock, self._sleep = steps, clock, sleep
        self._began = clock()
        self.seconds = 0.0
        """The step at which `wait` returned, and all that may be said of how long the question took."""

    def wait(self) -> None:
        """Return at the next step. Call it with no transaction open and no engine in use."""
        elapsed = self._clock() - self._began
        self.seconds = self._steps.after(elapsed)
        if self.seconds > elapsed:
            self._sleep(self.seconds - elapsed)
