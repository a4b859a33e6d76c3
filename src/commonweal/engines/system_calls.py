"""The system calls that an engine's process keeps (seccomp): reading, spilling, memory, threads, the clock; no others.

An allow-list: what is not on it does not exist for the process (ENOSYS, as on an older kernel, so that libraries fall
back), be it socket, execve, ptrace, mount, bpf, io_uring or what a later kernel brings. Where a call is needed in one
form only, its arguments are looked at: a new thread is allowed and a new process is not, memory may not become code,
signals go to the process itself. Which files may be opened is Landlock's to say. Sources: seccomp(2), the kernel's
"Seccomp BPF" page; numbers from the kernel's unistd.h for x86_64 and the generic one for aarch64.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from dataclasses import dataclass

LOAD, JUMP_EQUAL, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # places in struct seccomp_data
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
SET_MODE_FILTER, ALL_THREADS = 1, 1
CLONE_THREAD = 0x10000
PROT_EXEC = 4
OWN = -1
"""Stands for the id of the process itself."""


@dataclass(frozen=True)
class Form:
    """The form in which a call is allowed: one argument (from 0) among `values`, or with all or none of some bits."""

    argument: int
    values: tuple[int, ...] = ()
    with_bits: int = 0
    without_bits: int = 0


_FORMS = {
    "clone": Form(0, with_bits=CLONE_THREAD),
    "mmap": Form(2, without_bits=PROT_EXEC),
    "mprotect": Form(2, without_bits=PROT_EXEC),
    "kill": Form(0, values=(OWN,)),
    "tgkill": Form(0, values=(OWN,)),
    "prlimit64": Form(0, values=(0, OWN)),
    "prctl": Form(0, values=(15, 16, 0x53564D41)),  # names of threads and of memory
    "ioctl": Form(1, values=(0x5401, 0x541B, 0x5450, 0x5451)),  # is it a terminal, how much is there, close on exec
}

_CALLS = """
read 0 63|write 1 64|readv 19 65|writev 20 66|pread64 17 67|pwrite64 18 68|lseek 8 62|close 3 57|fstat 5 80
newfstatat 262 79|statx 332 291|stat 4 -|lstat 6 -|openat 257 56|open 2 -|access 21 -|faccessat 269 48
faccessat2 439 439|readlink 89 -|readlinkat 267 78|getcwd 79 17|getdents64 217 61|mkdir 83 -|mkdirat 258 34
unlink 87 -|unlinkat 263 35|rmdir 84 -|ftruncate 77 46|fallocate 285 47|fsync 74 82|fdatasync 75 83
fadvise64 221 223|fcntl 72 25|flock 73 32|statfs 137 43|fstatfs 138 44|dup 32 23|dup3 292 24|poll 7 -|ppoll 271 73
select 23 -|pselect6 270 72|mmap 9 222|munmap 11 215|mprotect 10 226|mremap 25 216|madvise 28 233|brk 12 214
mincore 27 232|membarrier 324 283|futex 202 98|set_robust_list 273 99|get_robust_list 274 100|rseq 334 293
clone 56 220|exit 60 93|exit_group 231 94|gettid 186 178|getpid 39 172|getppid 110 173|rt_sigaction 13 134
rt_sigprocmask 14 135|rt_sigreturn 15 139|sigaltstack 131 132|restart_syscall 219 128|sched_yield 24 124
sched_getaffinity 204 123|sched_getparam 143 121|sched_getscheduler 145 120|getcpu 309 168|clock_gettime 228 113
clock_getres 229 114|clock_nanosleep 230 115|nanosleep 35 101|gettimeofday 96 169|time 201 -|getrandom 318 278
sysinfo 99 179|uname 63 160|getrlimit 97 163|prlimit64 302 261|getrusage 98 165|times 100 153|getuid 102 174
geteuid 107 175|getgid 104 176|getegid 108 177|kill 62 129|tgkill 234 131|prctl 157 167|ioctl 16 29
getpriority 140 141|get_mempolicy 239 236|landlock_create_ruleset 444 444|landlock_add_rule 445 445
landlock_restrict_self 446 446
"""
"""Name, number on x86_64, number on aarch64. Landlock can only take away."""


@dataclass(frozen=True)
class _Machine:
    """What an architecture calls itself in seccomp, which column of the table is its, and the number of seccomp(2)."""

    audit: int
    column: int
    seccomp: int


_MACHINES = {"x86_64": _Machine(0xC000003E, 1, 317), "aarch64": _Machine(0xC00000B7, 2, 277)}


def keep_only_needed() -> None:
    """Give up every other call, in all threads, for good; OSError where the kernel or the architecture cannot.

    `PR_SET_NO_NEW_PRIVS` must have been set, or the process be privileged.
    """
    machine = _MACHINES.get(os.uname().machine)
    if not sys.platform.startswith("linux") or machine is None:
        raise OSError(errno.ENOSYS, f"no list of system calls for {os.uname().machine}")
    program = filter_program(machine.audit, calls(machine.column), os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(machine.seccomp, SET_MODE_FILTER, ALL_THREADS, ctypes.c_char_p(header))
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def calls(column: int) -> dict[str, int]:
    """Return the allowed calls of an architecture, by name: column 1 of the table is x86_64, 2 aarch64."""
    rows = [entry.split() for line in _CALLS.split("\n") for entry in line.split("|") if entry]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def filter_program(audit: int, allowed: dict[str, int], own: int) -> bytes:
    """Return the filter as classic BPF: eight bytes an instruction (code, jump if true, jump if false, constant)."""
    program = [
        (LOAD, 0, 0, ARCHITECTURE), (JUMP_EQUAL, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER),
    ]  # fmt: skip
    for name, number in allowed.items():
        body = _of_form(_FORMS[name], own) if name in _FORMS else [(RETURN, 0, 0, ALLOW)]
        program += [(JUMP_EQUAL, 0, len(body), number), *body]
    program.append((RETURN, 0, 0, FAIL | errno.ENOSYS))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _of_form(form: Form, own: int) -> list[tuple[int, int, int, int]]:
    """Return the instructions that allow a call in one form, and answer EPERM to every other."""
    allow, refuse = (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL | errno.EPERM)
    body = [(LOAD, 0, 0, FIRST_ARGUMENT + 8 * form.argument)]  # the low half: all these arguments are 32 bits
    for value in form.values:
        body += [(JUMP_EQUAL, 0, 1, own if value == OWN else value), allow]
    if form.with_bits:  # one bit
        body += [(JUMP_ANY_BIT, 0, 1, form.with_bits), allow]
    if form.without_bits:
        body += [(JUMP_ANY_BIT, 1, 0, form.without_bits), allow]
    return [*body, refuse]
