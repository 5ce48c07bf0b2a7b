#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command as on a kernel that lacks Landlock or seccomp: the call that asks for it answers ENOSYS.

usage: without_call.py landlock|seccomp COMMAND...
"""
import ctypes
import errno
import os
import platform
import struct
import sys

CALLS = {"landlock": {"x86_64": 444, "aarch64": 444}, "seccomp": {"x86_64": 317, "aarch64": 277}}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN, ERRNO, ALLOW = 0x20, 0x15, 0x06, 0x00050000, 0x7FFF0000


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in CALLS:
        sys.exit(__doc__)
    number = CALLS[sys.argv[1]][platform.machine()]
    steps = [(LOAD, 0, 0, 0), (EQUAL, 0, 1, number), (RETURN, 0, 0, ERRNO | errno.ENOSYS), (RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program, 0, 0):
        sys.exit(f"without_call.py: no filter: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
