"""Turns with real threads: quotas hold, people take turns, nothing is lost, and who is told to wait is told how long."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from commonweal.errors import Busy
from commonweal.gateway.turns import Quota, Turns


class Watched:
    """Questions that note who is at work, and end when they are let."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.lock = threading.Lock()
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_of_all = 0
        self.ended: list[str] = []

    def ask(self, person: str, work: Callable[[], object] = lambda: None) -> None:
        with self.turns.turn(person):
            with self.lock:
                self.now[person] += 1
                self.most[person] = max(self.most[person], self.now[person])
                self.most_of_all = max(self.most_of_all, self.now.total())
            work()
            with self.lock:
                self.now[person] -= 1
                self.ended.append(person)


def in_line(turns: Turns, person: str, number: int) -> None:
    """Return when so many questions of a person wait."""
    for _ in range(10_000):
        with turns._lock:
            if len(turns._lines.get(person, ())) == number:
                return
        threading.Event().wait(0.001)
    raise AssertionError("they never waited")


def test_quotas_hold_and_nothing_is_lost_under_two_hundred_threads() -> None:
    watched = Watched(Turns(Quota(2, 5, 100)))
    pause = threading.Event()
    with ThreadPoolExecutor(200) as pool:
        list(pool.map(lambda n: watched.ask(f"p{n % 7}", lambda: pause.wait(0.001)), range(600)))
    assert len(watched.ended) == 600
    assert max(watched.most.values()) == 2
    assert watched.most_of_all == 5
    assert not watched.turns._at_work and not watched.turns._lines


def test_one_with_a_hundred_questions_does_not_keep_another_waiting() -> None:
    turns = Turns(Quota(2, 2, 200))
    watched, gate, answered = Watched(turns), threading.Event(), threading.Event()
    with ThreadPoolExecutor(120) as pool:
        for _ in range(2):
            pool.submit(watched.ask, "greedy", gate.wait)
        while turns._at_work["greedy"] < 2:
            threading.Event().wait(0.001)
        for _ in range(98):  # each of these would hold a place until the one question is answered
            pool.submit(watched.ask, "greedy", lambda: answered.wait(20))
        in_line(turns, "greedy", 98)
        one = pool.submit(watched.ask, "modest")
        in_line(turns, "modest", 1)
        gate.set()
        one.result(timeout=10)
        answered.set()
    assert watched.ended.index("modest") == 2 and len(watched.ended) == 101


def test_people_take_turns_in_a_round() -> None:
    turns = Turns(Quota(1, 1, 10))
    watched, gate = Watched(turns), threading.Event()
    with ThreadPoolExecutor(12) as pool:
        pool.submit(watched.ask, "a", gate.wait)
        while not turns._at_work["a"]:
            threading.Event().wait(0.001)
        for place, person in enumerate(("a", "a", "a", "b", "b", "c")):
            pool.submit(watched.ask, person)
            in_line(turns, person, ("a", "a", "a", "b", "b", "c")[: place + 1].count(person))
        gate.set()
    assert watched.ended == ["a", "a", "b", "c", "a", "b", "a"]


def test_a_full_line_says_when_to_try_again_and_leaves_others_alone() -> None:
    turns = Turns(Quota(1, 4, 1))
    watched, gate = Watched(turns), threading.Event()
    with ThreadPoolExecutor(4) as pool:
        pool.submit(watched.ask, "a", gate.wait)
        while not turns._at_work["a"]:
            threading.Event().wait(0.001)
        pool.submit(watched.ask, "a")
        in_line(turns, "a", 1)
        with pytest.raises(Busy) as told:
            watched.ask("a")
        watched.ask("b")
        gate.set()
    assert told.value.retry_after >= 1
    assert told.value.as_dict()["error"]["retry_after"] == told.value.retry_after  # type: ignore[index]
    assert watched.ended.count("a") == 2


def test_a_question_that_fails_gives_its_place_back() -> None:
    watched = Watched(Turns(Quota(1, 1, 0)))

    def fail() -> None:
        raise RuntimeError

    for _ in range(3):
        with pytest.raises(RuntimeError):
            watched.ask("a", fail)
    watched.ask("a")
    assert watched.ended == ["a"]


def test_one_who_gives_up_waiting_leaves_no_place_taken() -> None:
    turns = Turns(Quota(1, 1, 5))
    mine = threading.Event()
    with turns.turn("a"):
        with turns._lock:
            turns._lines.setdefault("b", deque()).append(mine)
        turns._leave("b", mine)
    with turns.turn("c"):
        pass
    assert not turns._lines and not turns._at_work


@pytest.mark.parametrize("quota", [(0, 1, 1), (1, 0, 1), (1, 1, -1)])
def test_a_quota_under_which_nobody_could_ask_is_refused(quota: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Quota(*quota)
