"""Following the log: as server-sent events over HTTP/1.1 and 2, with and without TLS, and what ends it."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
import unittest

import load
import metrics
import people
from certificates import Certificate
from event_stream import END, EventStream, end_of
from service import Service, clean_environment, wait_until


def viewer(service):
    """A client that may read events and nothing else, and its user."""
    admin = service.client()
    user = people.new_machine(admin)
    admin.done(admin.post("/admin/v1/members", {"userId": user, "roles": ["IAM_OWNER_VIEWER"]}))
    token = people.new_token(admin, user)
    return service.client(token["token"]), user, token


class EventsFollow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def stream(self, query="", token=None, **more):
        stream = EventStream(self.service.address, token or self.service.token, query, **more)
        self.addCleanup(stream.close)
        return stream

    def test_history_and_then_what_happens(self):
        user = people.new_machine(self.client)
        stream = self.stream(f"user={user}")
        self.assertEqual((stream.status, stream.headers["content-type"]), (200, "text/event-stream"))
        self.assertEqual(stream.take(1)[0].kind, "user.machine.added")
        self.assertEqual(stream.retry, 3000)
        for number in range(20):
            value = str(number).encode()
            sequence = self.client.set(user, "key", value).sequence
            event = stream.take(1)[0]
            self.assertEqual(event.kind, "user.metadata.set")
            self.assertEqual(int(event.data["sequence"]), sequence)
            self.assertEqual(event.data["payload"], {"key": "key", "value": base64.b64encode(value).decode()})
            self.assertEqual(stream.last_id, event.position)
            page = self.client.get(f"/usermeta/v1/events/{event.position}").json
            self.assertEqual(page["event"], event.data)

    def test_many_followers_get_all_and_the_database_has_two_connections_for_them(self):
        after = end_of(self.client)
        streams = [self.stream(f"after={after}") for _ in range(50)]
        users = [people.new_machine(self.client) for _ in range(3)]
        writers = load.Writers([self.service.address], self.service.token, users, 8).go_on()
        writers.wait_acknowledged(2000)
        writers.stop()
        count = end_of(self.client) - after
        for stream in streams:
            positions = [event.position for event in stream.take(count)]
            self.assertEqual(positions, list(range(after + 1, after + count + 1)))
        names = "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ '^usermeta (tail|events) '"
        self.assertEqual(self.service.sql(names), [["2"]])
        self.assertEqual(metrics.scrape(self.client).value("usermeta_followers"), 50)
        for stream in streams:
            stream.close()
        wait_until(lambda: metrics.scrape(self.client).value("usermeta_followers") == 0)

    def test_over_http2(self):
        after = end_of(self.client)
        command = ["curl", "-sSN", "--http2-prior-knowledge", "-H", "Accept: text/event-stream"]
        command += ["-H", f"Authorization: Bearer {self.service.token}"]
        command += [f"{self.service.url}/usermeta/v1/events?after={after}"]
        with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as curl:
            self.addCleanup(curl.kill)
            user = people.new_machine(self.client)
            for line in curl.stdout:
                if line.startswith("data: "):
                    break
            event = json.loads(line.removeprefix("data: "))
            self.assertEqual((event["aggregateId"], int(event["position"])), (user, after + 1))
            curl.kill()

    def test_only_those_of_the_instance_may(self):
        owner = people.new_caller(self.service, None, "ORG_OWNER")
        refused = self.stream(token=owner.token)
        self.assertEqual(refused.status, 403)
        self.assertEqual(refused.body()["details"][0]["id"], "AUTH-5mWD2")
        self.assertEqual(self.stream(token="nonsense").status, 401)
        wrong = self.stream("nope=1")
        self.assertEqual(wrong.status, 400)
        self.assertIn("nope", wrong.body()["message"])

    def test_the_end_of_a_token_ends_it(self):
        for end in ("removed", "locked", "demoted"):
            with self.subTest(end):
                client, user, token = viewer(self.service)
                stream = self.stream(f"after={end_of(client)}&type=org.added", client.token)
                self.assertEqual(stream.status, 200)
                if end == "removed":
                    path = f"/management/v1/users/{user}/pats/{token['tokenId']}"
                    self.client.done(self.client.delete(path))
                elif end == "locked":
                    self.client.done(self.client.post(f"/management/v1/users/{user}/_lock"))
                else:
                    self.client.done(self.client.delete(f"/admin/v1/members/{user}"))
                last = stream.next()
                self.assertEqual((last.kind, last.data["code"]), (END, 5 if end == "demoted" else 16))
                self.assertIsNone(stream.next())

    def test_one_too_many(self):
        with Service("--max-followers", "1") as service:
            with EventStream(service.address, service.token) as first:
                first.take(1)
                with EventStream(service.address, service.token) as second:
                    self.assertEqual((second.status, second.headers["retry-after"]), (429, "1"))
                    self.assertEqual(second.body()["code"], 8)

    def test_through_tls(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            certificate = Certificate(directory)
            with Service(*certificate.options) as service:
                context = ssl.create_default_context(cafile=certificate.certificate)
                with EventStream(service.address, service.token, context=context) as stream:
                    first = stream.take(5)
                    self.assertEqual([event.position for event in first], [1, 2, 3, 4, 5])
                    self.assertEqual(service.stop(), 0, service.stderr)
                    self.assertEqual(stream.next().kind, END)
                    self.assertIsNone(stream.next())


if __name__ == "__main__":
    unittest.main()
