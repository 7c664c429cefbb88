"""A test in Python, with kazoo, of what a client does when the reply to its create is lost.

It needs a server and its faults: hademo serve --addr 127.0.0.1:2181 --faults 127.0.0.1:2182
and is then run as: python3 test_lost_reply.py 127.0.0.1:2181 127.0.0.1:2182
"""

import json
import sys
import unittest
import urllib.request

from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionLoss, NoNodeError
from kazoo.protocol.states import KazooState

SERVER, FAULTS = sys.argv[1:3]


def call(method, path, /, **body):
    """Makes one call and returns its answer."""
    data = json.dumps(body).encode() if method == "POST" else None
    request = urllib.request.Request("http://%s%s" % (FAULTS, path), data=data, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class LostReply(unittest.TestCase):
    def setUp(self):
        self.client = KazooClient(SERVER, timeout=10.0)
        self.client.start(timeout=30)
        self.addCleanup(self.client.close)
        self.addCleanup(self.client.stop)
        self.addCleanup(call, "DELETE", "/faults")
        self.session = self.client.client_id[0]

    def test_lost_reply_has_taken_effect(self):
        call("POST", "/faults", op="create", path="/kept", do="lose-reply")
        with self.assertRaises(ConnectionLoss):
            self.client.create("/kept", b"")
        self.assertIsNotNone(self.client.retry(self.client.exists, "/kept"))

    def test_lost_request_has_not(self):
        fault = call("POST", "/faults", op="create", path="/lost", do="lose-request")
        with self.assertRaises(ConnectionLoss):
            self.client.create("/lost", b"")
        self.assertIsNone(self.client.retry(self.client.exists, "/lost"))
        self.assertEqual(call("GET", "/faults/%d" % fault["fault"])["hits"], 1)

    def test_an_error_is_what_the_test_wants(self):
        call("POST", "/faults", op="getData", path="/", session=self.session, do="fail", code=-101)
        with self.assertRaises(NoNodeError):
            self.client.get("/")
        self.client.get("/")

    def test_expired_session_loses_its_ephemerals(self):
        self.client.create("/mine", b"", ephemeral=True)
        lost = self.client.handler.event_object()
        self.client.add_listener(lambda state: lost.set() if state == KazooState.LOST else None)
        self.assertEqual(call("POST", "/expire", session=self.session), {"expired": 1})
        self.assertTrue(lost.wait(30))
        self.assertIsNone(self.client.retry(self.client.exists, "/mine"))

    def test_the_log_tells_what_was_asked(self):
        self.client.exists("/asked", watch=lambda event: None)
        entry = call("GET", "/log?kind=request&op=exists&path=/asked&wait=30s")["entries"][0]
        self.assertEqual((entry["code"], entry["session"]), (-101, hex(self.session)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
