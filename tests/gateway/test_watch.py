"""Work that lasts too long is stopped, once, and work that does not is left alone."""

from __future__ import annotations

import threading
import time

from commonweal.gateway.watch import Watch


def test_what_lasts_too_long_is_stopped_once() -> None:
    stopped = threading.Event()
    times: list[float] = []

    def stop() -> None:
        times.append(time.monotonic())
        stopped.set()

    began = time.monotonic()
    with Watch().over(0.05, stop):
        assert stopped.wait(5)
        time.sleep(0.1)
    assert len(times) == 1
    assert times[0] - began >= 0.05


def test_what_ends_in_time_is_left_alone_and_a_shorter_wait_begins_at_once() -> None:
    watch, stopped = Watch(), threading.Event()
    with watch.over(60, lambda: None):
        with watch.over(0.05, stopped.set):
            pass
        assert not stopped.wait(0.2)
        with watch.over(0.05, stopped.set):
            assert stopped.wait(5)


def test_the_watch_outlives_a_failing_stop() -> None:
    watch, stopped = Watch(), threading.Event()

    def fails() -> None:
        raise RuntimeError

    with watch.over(0.02, fails):
        time.sleep(0.1)
    with watch.over(0.02, stopped.set):
        assert stopped.wait(5)


def test_many_threads_share_one() -> None:
    watch, stopped = Watch(), []

    def work(number: int) -> None:
        for _ in range(200):
            with watch.over(30, lambda: stopped.append(number)):
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not stopped
    assert not watch._running
