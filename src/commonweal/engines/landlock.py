"""Landlock: a thread gives up, for good, all files but those it names, TCP, and signals to others. Needs no privilege.

Source: the kernel's page "Landlock: unprivileged access control" (docs.kernel.org/userspace-api/landlock.html). What a
domain denies grows with the ABI of the kernel: files from 1 (Linux 5.13), truncating from 3 (6.2), TCP from 4 (6.7),
device ioctl from 5 (6.10), signals and abstract sockets from 6 (6.12). It holds for the calling thread and for threads
and processes it starts later, so it is called while there is one thread, or in the thread that is meant.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
VERSION_FLAG = 1
PATH_BENEATH = 1
O_PATH = 0o10000000

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG = 1 << 7, 1 << 8
TRUNCATE = 1 << 14
RIGHTS_BY_ABI = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From this ABI on, the lowest so many bits are rights on files."""

OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15
READING = READ_FILE | READ_DIR
SPILLING = READING | WRITE_FILE | TRUNCATE | MAKE_REG | MAKE_DIR | REMOVE_FILE | REMOVE_DIR
TCP = 3  # bind and connect
SCOPES = 3  # abstract sockets and signals

TCP_FROM, SIGNALS_FROM = 4, 6


class _Ruleset(ctypes.Structure):
    """``struct landlock_ruleset_attr``."""

    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    """``struct landlock_path_beneath_attr``."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock that this kernel offers, 0 where there is none or it is switched off."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(CREATE, None, ctypes.c_size_t(0), VERSION_FLAG)))


def keep_only(readable: Iterable[Path | str], writable: Iterable[Path | str]) -> int:
    """Give up everything but reading `readable` and spilling into the folders `writable`; return the ABI that holds.

    Both may be files or folders with all below them. OSError when the kernel has no Landlock or a place is not there;
    nothing is given up then.
    """
    version = abi()
    if version == 0:
        raise OSError("no Landlock")
    libc = _libc()
    handled = (1 << max(bits for first, bits in RIGHTS_BY_ABI if first <= version)) - 1
    ruleset = _Ruleset(handled, TCP if version >= TCP_FROM else 0, SCOPES if version >= SIGNALS_FROM else 0)
    size = 24 if version >= SIGNALS_FROM else 16 if version >= TCP_FROM else 8
    descriptor = _done(libc.syscall(CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), 0))
    try:
        for places, rights in ((readable, READING), (writable, SPILLING)):
            for place in places:
                _allow(libc, descriptor, place, rights & handled)
        _done(libc.syscall(RESTRICT_SELF, descriptor, 0))
    finally:
        os.close(descriptor)
    return version


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path | str, rights: int) -> None:
    parent = os.open(place, O_PATH | os.O_CLOEXEC)
    try:
        of_this = rights if os.path.isdir(place) else rights & OF_A_FILE  # noqa: PTH112 - pathlib is not loaded here
        beneath = _Beneath(of_this, parent)
        _done(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(parent)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
