"""Mutual exclusion, in its kinds."""

import datetime

from claims import claim, error, in_background, until
from kazoo.exceptions import LockTimeout


@claim
def lock_passes_in_order_of_arrival(s):
    a, b, c = s.clients(3)
    order = []
    first, second, third = a.Lock("/lock", "a"), b.Lock("/lock", "b"), c.Lock("/lock", "c")
    assert first.acquire()
    waiting = []
    for i, (lock, name) in enumerate([(second, "b"), (third, "c")]):
        def hold(lock=lock, name=name):
            with lock:
                order.append(name)
        waiting.append(in_background(hold))
        until(name + " contends", lambda: len(first.contenders()) == i + 2)
    s.note(first.contenders())
    s.note("try", c.Lock("/lock", "d").acquire(blocking=False))
    s.note("timeout", error(b.Lock("/lock", "e").acquire, timeout=0.05) == LockTimeout.__name__)
    first.release()
    for w in waiting:
        w()
    assert order == ["b", "c"], order
    s.note(order, a.get_children("/lock"))


@claim
def lock_of_a_dead_holder_passes_on(s):
    a, b = s.clients(2)
    held, wanted = a.Lock("/lock", "a"), b.Lock("/lock", "b")
    assert held.acquire()
    got = in_background(wanted.acquire)
    until("b contends", lambda: len(held.contenders()) == 2)
    a.stop()
    assert got()
    s.note(wanted.contenders())


@claim
def cancelled_lock_leaves_no_contender(s):
    a, b = s.clients(2)
    held, wanted = a.Lock("/lock", "a"), b.Lock("/lock", "b")
    assert held.acquire()
    got = in_background(wanted.acquire)
    until("b contends", lambda: len(held.contenders()) == 2)
    wanted.cancel()
    s.note("cancelled", error(got))
    until("b is gone", lambda: held.contenders() == ["a"])


@claim
def readers_share_and_writers_do_not(s):
    a, b, c = s.clients(3)
    read1, read2, write = a.ReadLock("/lock", "r1"), b.ReadLock("/lock", "r2"), c.WriteLock("/lock", "w")
    assert read1.acquire() and read2.acquire()
    written = in_background(write.acquire)
    until("the writer waits", lambda: len(write.contenders()) == 3)
    s.note(write.contenders(), "reader behind the writer", a.ReadLock("/lock", "r3").acquire(blocking=False))
    read1.release()
    read2.release()
    assert written()
    s.note(write.contenders(), "reader beside the writer", b.ReadLock("/lock", "r4").acquire(blocking=False))
    write.release()


@claim
def semaphore_has_so_many_leases(s):
    a, b, c = s.clients(3)
    first, second, third = (x.Semaphore("/semaphore", n, max_leases=2) for x, n in ((a, "a"), (b, "b"), (c, "c")))
    assert first.acquire() and second.acquire()
    s.note(sorted(first.lease_holders()), third.acquire(blocking=False))
    got = in_background(third.acquire)
    first.release()
    assert got()
    s.note(sorted(second.lease_holders()))
    s.note("another size", error(a.Semaphore("/semaphore", "a", max_leases=3).acquire))


@claim
def lease_lasts_its_time(s):
    a, b = s.clients(2)
    now = datetime.datetime(2024, 1, 1)
    hour = datetime.timedelta(hours=1)
    s.note("first", bool(a.NonBlockingLease("/lease", hour, "a", utcnow=lambda: now)))
    s.note("second", bool(b.NonBlockingLease("/lease", hour, "b", utcnow=lambda: now)))
    s.note("renewed", bool(a.NonBlockingLease("/lease", hour, "a", utcnow=lambda: now)))
    s.note("after it", bool(b.NonBlockingLease("/lease", hour, "b", utcnow=lambda: now + 2 * hour)))
    both = [bool(x.MultiNonBlockingLease(2, "/leases", hour, str(i), utcnow=lambda: now)) for i, x in enumerate((a, b, a))]
    s.note("two of three", both)


@claim
def election_makes_one_leader_at_a_time(s):
    a, b = s.clients(2)
    first, second = a.Election("/election", "a"), b.Election("/election", "b")
    led, leading = [], []

    def lead(name, other):
        leading.append(name)
        assert len(leading) == 1
        until("the other contends", lambda: other in led or len(first.contenders()) == 2)
        led.append(name)
        leading.remove(name)

    one = in_background(first.run, lead, "a", "b")
    until("a leads", lambda: leading == ["a"])
    two = in_background(second.run, lead, "b", "a")
    one()
    two()
    s.note(led, first.contenders())
