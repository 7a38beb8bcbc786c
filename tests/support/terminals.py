"""A pseudo terminal that a test looks at closely, with warren on it."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest


class Tty:
    """warren on a pseudo terminal that the test looks at closely."""

    def __init__(self, warren, *arguments, rows=24, columns=80, program=None, stdin=None):
        self.master, slave = pty.openpty()
        self.slave = slave
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.flags = fcntl.fcntl(slave, fcntl.F_GETFL)

        def control():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        command = [program, *map(str, arguments)] if program else warren.command(*arguments)
        self.child = subprocess.Popen(command, stdin=slave if stdin is None else stdin, stdout=slave, stderr=slave,
                                      env={**warren.environment, "TERM": "vt100"}, preexec_fn=control)
        warren.children.append(self.child)
        self.seen = b""

    def wait_for(self, text, seconds=10):
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited for {text!r}, saw {self.seen!r}"
            self.seen += os.read(self.master, 65536)
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text):
        os.write(self.master, text)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        status = self.child.wait(timeout=10)
        return status

    def hang_up(self):
        """What happens when the window is closed."""
        os.close(self.master)
        self.master = -1

    def close(self):
        if self.master >= 0:
            os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def tty(warren):
    open_ones = []

    def start(*arguments, **options):
        open_ones.append(Tty(warren, *arguments, **options))
        return open_ones[-1]

    yield start
    for one in open_ones:
        if one.child.poll() is None:
            one.child.kill()
            one.child.wait()
        one.close()
