"""What kazoo does when the link fails or the session ends."""

from claims import claim, error, in_background, until
from kazoo.client import KazooState
from kazoo.retry import KazooRetry


def history(client):
    states = []
    client.add_listener(states.append)
    return states


@claim
def session_outlives_its_connection(s):
    c = s.client()
    states, session = history(c), c.client_id
    c.create("/e", ephemeral=True)
    s.fault("reset")
    until("it is back", lambda: states[-1:] == [KazooState.CONNECTED])
    s.note(states, c.client_id == session, c.exists("/e") is not None)


@claim
def watches_are_set_anew_after_a_reconnect(s):
    c, other = s.clients(2)
    other.create("/n", b"0")
    seen, children = [], []
    c.DataWatch("/n", lambda data, stat: seen.append(data) and None)
    c.ChildrenWatch("/n", lambda kids: children.append(kids) and None)
    for i in (b"1", b"2"):
        s.fault("reset")
        other.retry(other.set, "/n", i)
        other.retry(other.create, "/n/" + i.decode())
        until("seen", lambda: seen[-1:] == [i] and i.decode() in children[-1])
    s.note(seen[-1], sorted(children[-1]))


@claim
def calls_wait_out_an_absent_server(s):
    c = s.client(connection_retry=KazooRetry(max_tries=-1, delay=0.05, max_delay=0.1))
    states = history(c)
    s.fault("refuse")
    s.fault("reset")
    until("it is cut off", lambda: states[-1:] == [KazooState.SUSPENDED])
    retry = KazooRetry(max_tries=-1, delay=0.05, max_delay=0.1)
    made = in_background(retry, c.create, "/n", b"late")
    s.fault("accept")
    s.note(made(), states, c.get("/n")[0])


@claim
def expired_session_is_replaced_and_its_nodes_are_gone(s):
    c, other = s.clients(2)
    states, session = history(c), c.client_id
    c.create("/e", ephemeral=True)
    s.expire(c)
    until("it has a new one", lambda: states[-1:] == [KazooState.CONNECTED])
    s.note(KazooState.LOST in states, c.client_id != session, other.exists("/e"))
    s.note(c.retry(c.create, "/e", ephemeral=True))


@claim
def silent_session_expires(s):
    c, other = s.client(timeout=1), s.direct()
    states = history(c)
    c.create("/e", ephemeral=True)
    gone = []
    other.exists("/e", watch=gone.append)
    s.fault("cut")
    until("it notices", lambda: KazooState.SUSPENDED in states)
    until("the other hears of it", lambda: gone)
    s.fault("heal")
    until("it is back", lambda: states[-1] == KazooState.CONNECTED)
    s.note(gone[0].type, KazooState.LOST in states, c.retry(c.exists, "/e"))


@claim
def lock_survives_a_lost_answer(s):
    a, b = s.clients(2)
    a.ensure_path("/lock")
    lock = a.Lock("/lock", "a")
    assert lock.acquire()
    lock.release()
    s.fault("lose-reply")
    assert lock.acquire()
    s.note(lock.contenders(), b.Lock("/lock", "b").acquire(blocking=False))
    lock.release()
    s.note(lock.contenders())


@claim
def lost_answers_leave_the_outcome_open(s):
    c = s.client()
    s.fault("lose-reply")
    s.note(error(c.create, "/done"))
    s.note(c.retry(c.exists, "/done") is not None)
    s.fault("lose-request")
    s.note(error(c.create, "/not-done"))
    s.note(c.retry(c.exists, "/not-done") is not None)
