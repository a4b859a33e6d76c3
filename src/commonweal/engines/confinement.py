"""What an engine's process takes away from itself: the outer walls around DuckDB's own locks.

DuckDB's documentation says that SQL is code, and that SQL from strangers belongs in a sandbox of the operating system.
What arrives here was regenerated from a checked tree, so these are the walls behind two others. Each is put up where
the system allows it, by calls of the kernel alone, and each is reported (`DuckDBEngine.layers`, ``commonweal check``):
`confine` before the libraries are loaded, `close_in` after it, when nothing more needs to be opened.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from pathlib import Path

from commonweal.engines import landlock, system_calls
from commonweal.engines.layer import Layer

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2
NOBODY = 65534
ROOM_FOR_CODE = 4 * 2**30  # address space for libraries, stacks and reserved arenas, beside DuckDB's own memory
OPEN_FILES = 512

MACHINE = ("/proc/self/cgroup", "/sys/fs/cgroup")
"""What DuckDB reads about the machine (how much it may use) whenever a database is opened, and dies without."""

LINUX = sys.platform.startswith("linux")
NOT_LINUX = "this system is not Linux"


def confine(memory_bytes: int, spill_bytes: int) -> tuple[Layer, ...]:
    """Give up the network, privileges, the superuser's name, core dumps and unbounded memory; return what holds.

    The current folder, which must be the process's own, is handed to the user it becomes. Never raises. Must be called
    while the process has one thread (a new user namespace demands it).
    """
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(5)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - no pathlib here
        score.write("1000")  # the first to go when memory is short
    limits = [
        ("core", resource.RLIMIT_CORE, 0),
        ("files", resource.RLIMIT_NOFILE, OPEN_FILES),
        ("memory", resource.RLIMIT_AS, memory_bytes + ROOM_FOR_CODE),
        ("file-size", resource.RLIMIT_FSIZE, max(spill_bytes, 2**20)),
    ]
    refused = [name for name, which, most in limits if not _limited(which, most)]
    return (
        Layer("process", "the gateway's memory, environment, keys and open files", True),
        _layer(
            "limits",
            "core dumps, and open files, memory and file sizes without bound",
            f"the system does not limit {', '.join(refused)}" if refused else "",
        ),
        _layer("network", "every network, the machine's own included (a network namespace)", _leave_network()),
        _layer("user", "the superuser's name: the process becomes nobody", _become_nobody()),
        _layer("privileges", "capabilities but reading, set-uid programs, being looked into", _drop_privileges()),
    )


def close_in(tables: Path | None, own: Path) -> tuple[Layer, ...]:
    """Give up all files but reading below `tables` and spilling below `own`, and all system calls but those needed.

    Without `tables`, files are left to `close_in_on` alone. Never raises. Must be called while there is one thread.
    """
    version, why_no_files = 0, ""
    if tables is None:
        why_no_files = "the engine was not told where its tables lie"
    elif len(os.listdir("/proc/self/task") if LINUX else ".") != 1:  # noqa: PTH208 - names are all that is needed
        why_no_files = "a library had started threads, which Landlock would not hold"
    else:
        try:
            _hold_open(MACHINE[0])
            version = landlock.keep_only([tables, *_machine()], [own])
        except OSError:
            why_no_files = "this kernel has no Landlock (Linux 5.13), or it is switched off" if LINUX else NOT_LINUX
    return (
        _layer("files", "every file but treated tables, and writing but for what is spilled (Landlock)", why_no_files),
        _layer("TCP", "listening and connecting, in any network (Landlock)", _from(version, landlock.TCP_FROM)),
        _layer("signals", "signals to other processes (Landlock)", _from(version, landlock.SIGNALS_FROM)),
        _layer(
            "system calls",
            "new processes and programs, sockets, tracing, new code in memory, and all else not needed (seccomp)",
            _give_up_calls(),
        ),
    )


def close_in_on(files: list[str], spill: Path) -> bool:
    """Let the calling thread, and those it starts, read these files and spill into this folder, and nothing else.

    Returns whether the kernel holds it to that; OSError when a file is not there.
    """
    if landlock.abi() == 0:
        return False
    landlock.keep_only([*files, *_machine()], [spill])
    return True


def _machine() -> list[str]:
    return [place for place in MACHINE if os.path.exists(place)]  # noqa: PTH110 - no pathlib here


def _hold_open(place: str) -> None:
    """Keep a file of /proc in the kernel's memory: made anew after being forgotten, Landlock would not know it again."""
    with contextlib.suppress(OSError):
        os.open(place, landlock.O_PATH | os.O_CLOEXEC)


def _from(version: int, first: int) -> str:
    return "" if version >= first else f"it needs Landlock {first}; this process has {version or 'none'}"


def _layer(name: str, takes_away: str, why_not: str) -> Layer:
    return Layer(name, takes_away, not why_not, why_not)


def _limited(which: int, most: int) -> bool:
    """Lower a limit, soft and hard, to at most `most`; False when the system will not."""
    try:
        _soft, hard = resource.getrlimit(which)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (value, value))
    except (OSError, ValueError):
        return False
    return True


def _leave_network() -> str:
    """Move into a network namespace that has no way out; return why not, if not."""
    if not LINUX:
        return NOT_LINUX
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        # The superuser keeps its right to read the data's folder by staying in the user namespace; others need a new
        # one to be allowed a network namespace at all.
        for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET):
            if libc.unshare(flags) == 0:
                return ""
    return "this system does not let an ordinary user make namespaces"


def _become_nobody() -> str:
    """Turn from the superuser into nobody, keeping the right to read; return why not, if not."""
    if os.geteuid() != 0:
        return "the gateway is no superuser, so its processes have its own user"
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0:
            return "the system does not let capabilities be kept"
        os.chown(".", NOBODY, NOBODY)
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except OSError:
            os.chown(".", 0, 0)
            raise
    except (OSError, AttributeError):
        return "the gateway's superuser may not become another user here"
    return ""


def _drop_privileges() -> str:
    """Give up capabilities, let set-uid programs give none, hide the memory; return why not, if not."""
    if not LINUX:
        return NOT_LINUX
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        done = (
            libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
            and _keep_one_capability(libc)
        )
    except (OSError, AttributeError):
        done = False
    return "" if done else "the system refused a part of it"


def _keep_one_capability(libc: ctypes.CDLL) -> bool:
    """Drop all capabilities but reading (a superuser's gateway may serve a folder of another user); True when done."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, twice: the lower 32, then the upper
    if libc.capget(header, held) != 0:
        return False
    kept = held[1] & CAP_DAC_READ_SEARCH
    return bool(libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)) == 0)


def _give_up_calls() -> str:
    """Keep the needed system calls only; return why not, if not."""
    try:
        system_calls.keep_only_needed()
    except (OSError, AttributeError) as error:
        return NOT_LINUX if not LINUX else f"the kernel refused the filter ({error})"
    return ""
