"""Watches, and what kazoo builds on them."""

from claims import claim, facts, until
from kazoo.recipe.cache import TreeCache, TreeEvent


@claim
def watches_tell_each_change_once(s):
    a, b = s.clients(2)
    seen = []

    def watch(event):
        seen.append((event.type, event.state, event.path))

    a.exists("/n", watch=watch)
    b.create("/n")
    a.sync("/n")
    until("created", lambda: len(seen) == 1)
    a.get("/n", watch=watch)
    a.get_children("/n", watch=watch)
    b.create("/n/c")
    b.set("/n", b"1")
    b.set("/n", b"2")
    a.sync("/n")
    until("changed", lambda: len(seen) == 3)
    a.get("/n/c", watch=watch)
    a.get_children("/n/c", watch=watch)
    b.delete("/n/c")
    until("deleted", lambda: len(seen) >= 4)
    a.sync("/n")
    s.note(*seen, sep="\n")


@claim
def data_watch_follows_a_node_through_its_lives(s):
    a, b = s.clients(2)
    seen = []

    def see(data, stat, event):
        seen.append((data, stat and stat.version, event and event.type))

    a.DataWatch("/n", see)
    for what, change in enumerate((lambda: b.create("/n", b"1"), lambda: b.set("/n", b"2"), lambda: b.delete("/n"), lambda: b.create("/n", b"3"))):
        until("the state before", lambda: len(seen) == what + 1)
        change()
    until("the last state", lambda: len(seen) == 5)
    s.note(*seen, sep="\n")


@claim
def children_watch_follows_a_node(s):
    a, b = s.clients(2)
    a.create("/p")
    seen = []

    def see(children):
        seen.append(sorted(children))

    a.ChildrenWatch("/p", see)
    for what, change in enumerate((lambda: b.create("/p/a"), lambda: b.create("/p/b"), lambda: b.delete("/p/a"))):
        until("the state before", lambda: len(seen) == what + 1)
        change()
    until("the last state", lambda: len(seen) == 4)
    s.note(*seen, sep="\n")


@claim
def tree_cache_holds_the_tree(s):
    a, b = s.clients(2)
    b.create("/t/a/b", b"deep", makepath=True)
    cache = TreeCache(a, "/t")
    events, faults = [], []
    cache.listen(lambda e: events.append((e.event_type, e.event_data and e.event_data.path)))
    cache.listen_fault(faults.append)
    cache.start()
    until("it knows the tree", lambda: cache.get_data("/t/a/b") and cache.get_data("/t/a/b").data == b"deep")
    b.set("/t/a/b", b"changed")
    b.create("/t/c", b"new")
    until("it follows", lambda: cache.get_data("/t/c") and cache.get_data("/t/a/b").data == b"changed")
    b.delete("/t/a", recursive=True)
    until("it forgets", lambda: cache.get_data("/t/a") is None)
    s.note(sorted(cache.get_children("/t")), facts(cache.get_data("/t/c").stat), faults)
    until("all is told", lambda: (TreeEvent.NODE_REMOVED, "/t/a") in events)
    s.note(*sorted(events, key=str), sep="\n")
    cache.close()


@claim
def many_watchers_hear_of_one_change(s):
    watched = s.client()
    watched.create("/n")
    heard = []
    for c in s.clients(10):
        c.get("/n", watch=heard.append)
    watched.set("/n", b"")
    until("all ten", lambda: len(heard) == 10)
    s.note({(e.type, e.path) for e in heard})
