"""An engine's process that runs Python in place of SQL: what the kernel refuses there, it refuses to DuckDB too.

It is started as the real one is, by `worker_process`, and confines itself with the real `main`. Only what it does with a
question differs: text that begins with ``python`` is run in the thread of the question's connection, text that begins
with ``outer`` in the main thread, which is held by the outer walls alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from commonweal.engines import worker

_run, _answer = worker._run, worker._answer
libc = ctypes.CDLL(None, use_errno=True)


def outcome(text: str) -> memoryview:
    """Return what an attempt came to: ``done`` and its value, or ``refused`` and the error's number."""
    names = {
        "os": os, "socket": socket, "threading": threading, "signal": signal, "call": call, "result": None, "sys": sys,
    }  # fmt: skip
    try:
        exec(text, names)
    except OSError as error:
        return memoryview(f"refused {error.errno}".encode())
    except Exception as error:
        return memoryview(f"failed {type(error).__name__}: {error}".encode())
    return memoryview(f"done {names['result']!r}".encode())


def call(name: str, *arguments: Any) -> int:
    """Call a function of the C library; OSError when it fails."""
    result = int(getattr(libc, name)(*arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def run(connection: Any, sql: str, most_rows: int, most_bytes: int) -> memoryview:
    if sql.startswith("python\n"):
        return outcome(sql.removeprefix("python\n"))
    return _run(connection, sql, most_rows, most_bytes)


def answer(connections: worker.Connections, question: dict[str, object]) -> tuple[dict[str, object], memoryview]:
    sql = str(question["sql"])
    if sql.startswith("outer\n"):
        return {"kind": "rows"}, outcome(sql.removeprefix("outer\n"))
    return _answer(connections, question)


if __name__ == "__main__":
    replaced: dict[str, Callable[..., Any]] = {"_run": run, "_answer": answer}
    for name, function in replaced.items():
        setattr(worker, name, function)
    with contextlib.suppress(KeyboardInterrupt):
        worker.main()
