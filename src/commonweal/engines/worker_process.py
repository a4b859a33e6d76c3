"""The gateway's end of an engine process: start it, send a question, wait with open eyes, and end it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from commonweal.engines import messages
from commonweal.engines.layer import Layer, layer_from
from commonweal.held import HeldFolder

TICK = 0.2
"""Seconds between two looks at whether the question is still allowed: the promise is two a second."""
START_SECONDS = 60.0
MODULE = "commonweal.engines.worker"
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class Overtime(Exception):
    """The time limit has passed."""


class Died(Exception):
    """The process ended (its argument tells how, in fixed words), or what it sent is no message."""


class NoLongerAllowed(Exception):
    """The gateway's check said no."""


class WorkerProcess:
    """One engine process, started at need, used by one thread at a time; after trouble it is killed, never mended."""

    def __init__(self, folder: Path, memory_bytes: int, spill_bytes: int, tables: Path | None = None) -> None:
        """Take the folder under which it may spill, the limits of the whole process, and the folder it may read."""
        self._folder = folder
        self._tables = tables
        self._memory_bytes = memory_bytes
        self._spill_bytes = spill_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._private: HeldFolder | None = None
        self._greeting: dict[str, object] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id, None while there is no process."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process if it is not there, and return while it still loads its libraries; OSError if it cannot."""
        if self._process is not None and self._process.poll() is None:
            return
        self.kill()
        self._private = HeldFolder(self._folder, "engine-")
        arguments = {
            "memory_bytes": self._memory_bytes,
            "spill_bytes": self._spill_bytes,
            "parent": os.getpid(),
            "tables": None if self._tables is None else str(self._tables.resolve()),
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", MODULE, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=self._private.path,
            env=_environment(self._private.path),
            start_new_session=True,  # Ctrl-C goes to the gateway, which decides
        )

    def greeting(self, still_allowed: Callable[[], bool]) -> dict[str, object]:
        """Return what the process said when it was ready (DuckDB's version, what confines it), starting it at need."""
        self.start()
        if self._greeting is None:
            header, _ = self._receive(time.monotonic() + START_SECONDS, still_allowed, 0)
            if header.get("kind") != "ready":
                raise Died(f"Died at start: {header.get('cause')}")
            self._greeting = header
        return self._greeting

    def layers(self, still_allowed: Callable[[], bool]) -> tuple[Layer, ...]:
        """Return what holds the process back, as it says itself, starting it at need; `Died` when it says no such thing."""
        said = self.greeting(still_allowed).get("layers")
        try:
            return tuple(layer_from(each) for each in said)  # type: ignore[attr-defined]
        except (TypeError, KeyError):
            raise Died("Died: no message") from None

    def ask(
        self, question: Mapping[str, object], *, seconds: float, longest: int, still_allowed: Callable[[], bool]
    ) -> tuple[dict[str, object], bytearray]:
        """Send one question and wait for its answer, at most `seconds` once the process is ready and `longest` bytes.

        Raises `Overtime`, `Died`, `NoLongerAllowed` or what `still_allowed` raised; the caller then kills the process.
        """
        self.greeting(still_allowed)
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            messages.send(process.stdin.fileno(), question)
        except OSError:
            raise Died from None
        return self._receive(time.monotonic() + seconds, still_allowed, longest)

    def _receive(
        self, deadline: float, still_allowed: Callable[[], bool], longest: int
    ) -> tuple[dict[str, object], bytearray]:
        """Read one message while looking at the clock and at the permission."""
        process = self._process
        assert process is not None and process.stdout is not None
        descriptor = process.stdout.fileno()
        poll = select.poll()  # select() fails beyond 1,024 open files
        poll.register(descriptor, select.POLLIN)
        next_look = time.monotonic() + TICK

        def wait() -> None:
            nonlocal next_look
            while True:
                now = time.monotonic()
                if now >= deadline:
                    raise Overtime
                if now >= next_look:
                    if not still_allowed():
                        raise NoLongerAllowed
                    next_look = time.monotonic() + TICK
                if poll.poll(max(0.0, min(deadline, next_look) - now) * 1000):
                    return

        try:
            return messages.receive(descriptor, before_read=wait, longest_payload=longest)
        except messages.Malformed:
            raise Died("Died: no message") from None
        except (EOFError, OSError):
            raise Died(f"Died with code {_exit_code(process)}") from None

    def stop(self) -> None:
        """End the process from another thread; the thread that uses it notices, and cleans up with `kill`."""
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def kill(self) -> None:
        """End the process now, wait for its end, and delete what it spilled; harmless when there is none."""
        self.stop()
        process, self._process, self._greeting = self._process, None, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.wait()
        if self._private is not None:
            self._private.remove()
            self._private = None


def _exit_code(process: subprocess.Popen[bytes]) -> str:
    """Return how a process that closed its pipe ended, for the owner: ``-9`` may be the system, short of memory."""
    try:
        return str(process.wait(0.5))
    except subprocess.TimeoutExpired:
        return "unknown"


def _environment(home: Path) -> dict[str, str]:
    """Return the few variables that the process gets: where its libraries are, and nothing about this installation."""
    places = [str(Path(place).absolute()) for place in sys.path if place]
    own = {
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join(places),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        # No library may start a thread by itself: one that runs before the walls are up would stand outside them.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return own | {name: os.environ[name] for name in PASSED_ON if name in os.environ}
