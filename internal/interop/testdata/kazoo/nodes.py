"""The plain calls: nodes, transactions, permissions."""

from claims import claim, error, facts, in_background, until
from kazoo.exceptions import NodeExistsError
from kazoo.security import ACL, Id, make_acl, make_digest_acl, make_digest_acl_credential


@claim
def nodes_are_made_read_changed_and_deleted(s):
    c = s.client()
    s.note(c.create("/a"), c.create("/a/b", b"data", makepath=True), c.create("/x/y/z", makepath=True))
    path, stat = c.create("/stat", b"123", include_data=True)
    s.note(path, facts(stat))
    s.note(error(c.create, "/a"), error(c.create, "/none/b"), error(c.delete, "/a"), error(c.get, "/none"))
    s.note(facts(c.set("/a", b"new", version=0)), error(c.set, "/a", b"", version=0), error(c.delete, "/a", version=7))
    data, stat = c.get("/a")
    s.note(data, facts(stat), facts(c.exists("/x")), c.exists("/none"))
    children, stat = c.get_children("/x", include_data=True)
    s.note(children, facts(stat), sorted(c.get_children("/")))
    s.note(c.delete("/x", recursive=True), c.exists("/x"), c.sync("/a"))
    s.note(c.get("/stat")[0], c.create("/empty", b""), c.get("/empty")[0], c.ensure_path("/p/q"), c.ensure_path("/p/q"))


@claim
def data_up_to_the_limit_is_kept(s):
    c = s.client()
    big = b"x" * 1_000_000
    c.create("/big", big)
    s.note(c.get("/big")[0] == big)
    s.note("over it", error(c.set, "/big", b"x" * (1 << 20)))
    until("it comes back", lambda: c.connected)
    s.note(c.retry(c.get, "/big")[1].dataLength)


@claim
def names_of_other_scripts_are_kept(s):
    c = s.client()
    for name in ("/é", "/日本", "/a b", "/...", "/.a"):
        c.create(name, name.encode())
    s.note(sorted(c.get_children("/")), c.get("/日本")[0] == "/日本".encode())
    s.note([error(c.create, name) for name in ("/\x01", "/\ue000", "/\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"))])


@claim
def sequences_count_every_creation(s):
    c = s.client()
    made = [c.create("/n-", sequence=True) for _ in range(2)]
    c.create("/plain")
    made.append(c.create("/n-", sequence=True, ephemeral=True))
    c.delete(made[0])
    made.append(c.create("/m-", sequence=True))
    c.create("/under")
    made.append(c.create("/under/", sequence=True))
    s.note(made)


@claim
def ephemerals_end_with_their_session(s):
    a, b = s.clients(2)
    a.create("/e", b"mine", ephemeral=True)
    s.note(facts(b.exists("/e")), error(a.create, "/e/child"), b.get("/e")[1].ephemeralOwner == a.client_id[0])
    gone = []
    b.exists("/e", watch=gone.append)
    a.stop()
    until("the watch fires", lambda: gone)
    s.note(gone[0].type, b.exists("/e"))


@claim
def transactions_are_all_or_nothing(s):
    c = s.client()
    c.create("/a", b"0")
    t = c.transaction()
    t.create("/a/b", b"1")
    t.create("/a/n-", sequence=True)
    t.check("/a", 0)
    t.set_data("/a", b"2")
    t.delete("/a/b")
    results = t.commit()
    s.note(results[:3], facts(results[3]), results[4], c.get("/a")[0], c.get_children("/a"))
    t = c.transaction()
    t.create("/kept-out")
    t.check("/a", 9)
    t.delete("/a")
    s.note([type(r).__name__ for r in t.commit()], c.exists("/kept-out"))
    t = c.transaction()
    t.create("/lost", ephemeral=True)
    t.create("/a")
    s.note([type(r).__name__ for r in t.commit()], c.exists("/lost"), c.transaction().commit())


@claim
def permissions_bind_strangers(s):
    credential = "ann:secret"
    ann, stranger = s.client(auth_data=[("digest", credential)]), s.client()
    acl = make_digest_acl("ann", "secret", all=True)
    ann.create("/hers", b"x", acl=[acl])
    s.note(error(stranger.get, "/hers"), error(stranger.set, "/hers", b""), error(stranger.create, "/hers/x"), ann.get("/hers")[0])
    acls, stat = ann.get_acls("/hers")
    s.note(acls, facts(stat), error(stranger.get_acls, "/hers"))
    ann.set_acls("/hers", [acl, make_acl("world", "anyone", read=True)])
    s.note(stranger.get("/hers")[0], stranger.get_acls("/hers")[0], error(stranger.set, "/hers", b""))
    s.note(error(ann.set_acls, "/hers", [acl], version=0), error(ann.create, "/bad", b"", acl=[ACL(31, Id("nobody", "knows"))]))
    stranger.add_auth("digest", credential)
    s.note(facts(stranger.set("/hers", b"now hers too")))
    ann.create("/auth", acl=[ACL(31, Id("auth", ""))])
    s.note(ann.get_acls("/auth")[0], make_digest_acl_credential("ann", "secret"))
    ann.create("/local", acl=[ACL(31, Id("ip", "127.0.0.1"))])
    s.note(s.client().get("/local")[0], error(s.client().add_auth, "nonsense", "x"))


@claim
def requests_under_way_together_are_answered_in_order(s):
    c = s.client()
    c.create("/n", b"")
    pending = []
    for i in range(200):
        pending.append(c.set_async("/n", str(i).encode()))
        pending.append(c.get_async("/n"))
    seen = [p.get(timeout=30) for p in pending]
    assert [facts(x) for x in seen[0::2]] == [facts(x[1]) for x in seen[1::2]]
    s.note([x[0] for x in seen[1::2]] == [str(i).encode() for i in range(200)], c.get("/n")[1].version)


@claim
def racing_creators_have_one_winner(s):
    clients = s.clients(4)

    def create(c):
        try:
            c.create("/one")
            return True
        except NodeExistsError:
            return False

    won = [r() for r in [in_background(create, c) for c in clients]]
    s.note(sum(won))
