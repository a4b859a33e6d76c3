"""What an engine's process takes away from itself before it loads anything: the outer wall around DuckDB's own locks.

DuckDB's documentation says that SQL is code, and that SQL from strangers belongs in a sandbox of the operating system.
What arrives here was regenerated from a checked tree, so this is the third layer. Each part is taken where the system
allows it, and what was taken is reported to the gateway (`DuckDBEngine.confinement`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2
ROOM_FOR_CODE = 4 * 2**30  # address space for libraries, stacks and reserved arenas, beside DuckDB's own memory
OPEN_FILES = 512


def confine(memory_bytes: int, spill_bytes: int) -> dict[str, str]:
    """Give up network, privileges, core dumps and unbounded memory, and stand back in the queue for the processor.

    Returns what holds, by name: ``network`` is ``none`` or ``open``, ``privileges`` ``dropped`` or ``kept``, ``limits``
    the resource limits that were set. Never raises. Must be called while the process has one thread (a new user
    namespace demands it).
    """
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(5)
    limits = [
        ("core", resource.RLIMIT_CORE, 0),
        ("files", resource.RLIMIT_NOFILE, OPEN_FILES),
        ("memory", resource.RLIMIT_AS, memory_bytes + ROOM_FOR_CODE),
        ("file-size", resource.RLIMIT_FSIZE, max(spill_bytes, 2**20)),
    ]
    held = [name for name, which, most in limits if _limited(which, most)]
    return {"network": _leave_network(), "privileges": _drop_privileges(), "limits": " ".join(held)}


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
    """Move into a network namespace that has no way out; ``none`` when that worked, else ``open``."""
    if not sys.platform.startswith("linux"):
        return "open"
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        # The superuser keeps its right to read the data's folder by staying in the user namespace; others need a new
        # one to be allowed a network namespace at all.
        for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET):
            if libc.unshare(flags) == 0:
                return "none"
    return "open"


def _drop_privileges() -> str:
    """Give up the superuser's powers, let set-uid programs give none, hide the memory, be first to go when memory is short."""
    if not sys.platform.startswith("linux"):
        return "kept"
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - no pathlib here
        score.write("1000")
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        done = (
            libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
            and _keep_one_capability(libc)
        )
    except (OSError, AttributeError):
        return "kept"
    return "dropped" if done else "kept"


def _keep_one_capability(libc: ctypes.CDLL) -> bool:
    """Drop all capabilities but reading (a superuser's gateway may serve a folder of another user); True when done."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, twice: the lower 32, then the upper
    if libc.capget(header, held) != 0:
        return False
    kept = held[1] & CAP_DAC_READ_SEARCH
    return bool(libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)) == 0)
