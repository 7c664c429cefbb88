"""Barriers, queues, memberships and counters."""

from claims import claim, error, in_background, until


@claim
def barrier_holds_until_it_is_removed(s):
    a, b = s.clients(2)
    barrier = a.Barrier("/barrier")
    s.note("without one", barrier.wait(0))
    barrier.create()
    s.note("in time", b.Barrier("/barrier").wait(0.05))
    passed = in_background(b.Barrier("/barrier").wait, 20)
    s.note("removed", barrier.remove())
    assert passed()
    s.note("removed twice", barrier.remove())


@claim
def double_barrier_waits_for_everyone_both_ways(s):
    clients = s.clients(3)
    inside = []

    def through(i):
        barrier = clients[i].DoubleBarrier("/barrier", 3, str(i))
        barrier.enter()
        inside.append(i)
        until("all are inside", lambda: len(inside) == 3)
        barrier.leave()

    for result in [in_background(through, i) for i in range(3)]:
        result()
    s.note(sorted(inside), clients[0].get_children("/barrier"))


@claim
def queue_keeps_priorities_and_order(s):
    a, b = s.clients(2)
    queue = a.Queue("/queue")
    s.note("empty", queue.get(), len(queue))
    for value, priority in ((b"first", 100), (b"second", 100), (b"urgent", 1), (b"third", 100)):
        queue.put(value, priority)
    s.note(len(queue), a.get_children("/queue") != [])
    s.note([b.Queue("/queue").get() for _ in range(2)], [queue.get() for _ in range(3)])


@claim
def locking_queue_gives_back_what_was_not_consumed(s):
    a, b = s.clients(2)
    mine, theirs = a.LockingQueue("/queue"), b.LockingQueue("/queue")
    mine.put(b"one")
    mine.put_all([b"two", b"three"], priority=50)
    s.note(len(mine), mine.get(), theirs.get(), mine.holds_lock())
    s.note("consumed", mine.consume(), mine.consume())
    s.note("again", mine.get(0.05))
    theirs.release()
    s.note("released", mine.get(5), mine.consume())
    waiting = in_background(theirs.get)
    s.note("the last", waiting(), theirs.consume(), len(mine))
    s.note("in vain", theirs.get(0.05))


@claim
def locking_queue_of_a_dead_consumer_is_taken_over(s):
    a, b = s.clients(2)
    b.LockingQueue("/queue").put(b"only")
    s.note(a.LockingQueue("/queue").get())
    waiting = in_background(b.LockingQueue("/queue").get)
    a.stop()
    s.note(waiting())


@claim
def parties_know_their_members(s):
    a, b = s.clients(2)
    for kind in ("Party", "ShallowParty"):
        mine, theirs = (getattr(x, kind)("/" + kind, n) for x, n in ((a, "a"), (b, "b")))
        mine.join()
        theirs.join()
        mine.join()
        s.note(kind, sorted(mine), len(theirs))
        theirs.leave()
        s.note(kind, sorted(mine), len(theirs))
    mine = a.Party("/Party", "a")
    a.stop()
    until("a is gone", lambda: len(b.Party("/Party", "b")) == 0)


@claim
def counters_lose_no_increment(s):
    clients = s.clients(3)

    def count(c):
        counter = c.Counter("/counter")
        for _ in range(10):
            counter += 1

    for result in [in_background(count, c) for c in clients]:
        result()
    counter = clients[0].Counter("/counter")
    counter -= 5
    s.note(counter.value, clients[1].get("/counter")[0])
    fraction = clients[0].Counter("/fraction", default=0.5)
    fraction += 0.25
    s.note(fraction.value, error(fraction.__add__, "x"))


@claim
def partitioner_divides_a_set_anew_when_somebody_leaves(s):
    a, b = s.clients(2)
    parts = [x.SetPartitioner("/parts", set=("1", "2", "3", "4"), time_boundary=0.1, identifier=n) for x, n in ((a, "a"), (b, "b"))]

    def settled(party):
        for p in party:
            if p.release:
                p.release_set()
        return all(p.acquired for p in party)

    until("both have a part", lambda: settled(parts) and len(list(parts[0])) == 2)
    s.note([sorted(p) for p in parts])
    parts[1].finish()
    b.stop()
    until("one has all", lambda: settled(parts[:1]) and len(list(parts[0])) == 4)
    s.note(sorted(parts[0]))
    parts[0].finish()
