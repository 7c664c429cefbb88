"""What each claim about kazoo stands on.

A claim is a function that takes a Stage. It checks what must be, by assert, and says what it saw, by Stage.note: that must be the
same on every server. The program's output is, for each claim, a line "= name", its notes, and "ok" or what went wrong. A line that
begins with "! " asks whoever runs the program for a fault of the link between clients and server, and gets a line in return.
"""

import sys
import threading
import time
import traceback

from kazoo.client import KazooClient

PATIENCE = 20  # seconds; what takes longer does not happen

_claims = []


def claim(function):
    _claims.append(function)
    return function


class Stage:
    """A corner of the service for one claim, and the clients that are in it."""

    def __init__(self, addr, direct, name):
        self.addr, self.direct_addr, self.corner, self._clients = addr, direct, "/" + name, []

    def client(self, timeout=10, **options):
        """A client behind the link that faults strike."""
        return self._start(self.addr, timeout=timeout, **options)

    def direct(self):
        """A client that no fault of the link strikes."""
        return self._start(self.direct_addr, timeout=10)

    def _start(self, addr, **options):
        c = KazooClient(addr + self.corner, **options)
        self._clients.append(c)
        c.start(PATIENCE)
        return c

    def clients(self, n):
        return [self.client() for _ in range(n)]

    def note(self, *facts, sep=" "):
        print(*facts, sep=sep)

    def fault(self, what):
        print("!", what, flush=True)
        assert sys.stdin.readline().strip() == "done", what

    def expire(self, client):
        """Ends the client's session the way another process with its password can."""
        other = KazooClient(self.direct_addr, timeout=10, client_id=client.client_id)
        other.start(PATIENCE)
        other.stop()
        other.close()

    def close(self):
        for c in self._clients:
            c.stop()
            c.close()


def until(what, condition):
    """Waits for a condition that comes true by itself."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "in vain: " + what
        time.sleep(0.005)


def in_background(function, *args):
    """Runs the function in a thread, and returns what waits for its result."""
    outcome = []

    def run():
        try:
            outcome.append((function(*args), None))
        except Exception as e:  # carried to whoever waits
            outcome.append((None, e))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result():
        thread.join(PATIENCE)
        assert outcome, "in vain: " + function.__name__
        value, error = outcome[0]
        if error:
            raise error
        return value

    return result


def error(function, *args, **options):
    """The name of the error that the call ends with."""
    try:
        return repr(function(*args, **options))
    except Exception as e:  # which one is what is asked for
        return type(e).__name__


def facts(stat):
    """What a stat says that does not depend on when and by whom."""
    return "version %d cversion %d aversion %d children %d length %d ephemeral %s" % (
        stat.version, stat.cversion, stat.aversion, stat.numChildren, stat.dataLength, stat.ephemeralOwner != 0)


def main(addr, direct):
    root = KazooClient(direct)
    root.start(PATIENCE)
    for c in _claims:
        name = c.__name__.replace("_", "-")
        print("=", name)
        stage = Stage(addr, direct, name)
        try:
            root.create(stage.corner)
            c(stage)
            stage.close()
            print("ok", flush=True)
        except Exception:
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
    root.stop()
    root.close()
