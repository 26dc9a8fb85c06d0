"""`usermeta replay`: a user's events in order, a JSON object a line, and the metadata that they add up to."""

import base64
import json
import unittest

import people
from client import encoded, metadata_path
from service import Service


class Replay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def replay(self, user, *arguments):
        """The events, and the last line."""
        done = self.service.run("replay", "--user", user, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        # Not splitlines(): what Unicode takes for the end of a line may stand in a key.
        *events, summary = [json.loads(line) for line in done.stdout.removesuffix("\n").split("\n")]
        self.assertEqual(summary["user"], user)
        self.assertEqual(
            (summary["position"], summary["sequence"]), (events[-1]["position"], events[-1]["sequence"])
        )
        values = {key: base64.b64decode(value) for key, value in summary["metadata"].items()}
        return events, values

    def check_equals_the_service(self, user):
        events, values = self.replay(user)
        self.assertEqual([event["sequence"] for event in events], list(range(1, len(events) + 1)))
        positions = [event["position"] for event in events]
        self.assertEqual(positions, sorted(set(positions)))
        self.assertEqual(values, self.client.listed(user))
        return events, values

    def test_the_events_in_order_and_what_they_add_up_to(self):
        user = people.new_human(self.client)
        self.client.set(user, "a", b"1")
        self.client.set(user, "a", b"1")
        self.client.set(user, "a", b"2")
        self.client.post(
            metadata_path(user, "_bulk"), {"metadata": [{"key": k, "value": "eA=="} for k in "bcd"]}
        )
        self.client.delete(metadata_path(user, "b"))
        self.client.delete(metadata_path(user, "_bulk"), {"keys": ["c"]})
        self.client.post(f"/management/v1/users/{user}/_lock")
        events, values = self.check_equals_the_service(user)
        self.assertEqual(
            [event["type"] for event in events],
            ["user.human.added", "user.human.email.verified"]
            + ["user.metadata.set"] * 5
            + ["user.metadata.removed"] * 2
            + ["user.locked"],
        )
        self.assertEqual(values, {"a": b"2", "d": b"x"})
        for event in events:
            self.assertEqual((event["aggregateType"], event["aggregateId"]), ("user", user))
            self.assertEqual(event["creator"], self.service.admin)
            self.assertRegex(event["owner"], r"^\d{18,19}$")
            self.assertRegex(event["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z$")
            self.assertEqual(event["revision"], 2)
            self.assertEqual(event["clientAddress"], "127.0.0.1")
        self.assertEqual(events[2]["payload"], {"key": "a", "value": "MQ=="})

    def test_what_was_erased_since_is_named(self):
        user = people.new_human(self.client)
        self.client.set(user, "a", b"1")
        self.client.set(user, "b", b"2")
        self.client.done(self.client.post(f"/usermeta/v1/users/{user}/metadata/_erase", {"key": "a"}))
        done = self.service.run("replay", "--user", user)
        last = int(json.loads(done.stdout.splitlines()[-1])["position"])
        self.assertNotIn('"erased":[', done.stdout)
        done = self.service.run("replay", "--user", user, "--until", last - 1)
        summary = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((summary["metadata"], summary["erased"]), ({"b": "Mg=="}, ["a"]))

    def test_no_password_or_phone_is_in_a_persons_events(self):
        name = people.free_name()
        body = {
            "userName": name,
            "profile": {"firstName": "A", "lastName": "B", "nickName": "nick"},
            "email": {"email": "a@example.com"},
            "phone": {"phone": "+41791234567"},
            "password": "Secret-password-1!",
        }
        user = self.client.done(self.client.post("/management/v1/users/human/_import", body))["userId"]
        events, _ = self.replay(user)
        self.assertNotRegex(json.dumps(events), "Secret-password|1234567")
        payload = events[0]["payload"]
        self.assertEqual(
            (payload["displayName"], payload["nickName"], payload["userName"]), ("A B", "nick", name)
        )

    def test_values_of_any_bytes_and_keys_of_any_characters(self):
        user = people.new_machine(self.client)
        values = {
            "every byte": bytes(range(256)),
            "nul": b"\0",
            "no utf-8 \u00e9 \U0001f600": b"\xff\xfe\xc0\x80",
            'quote " back \\ slash /': b'"\\\n\r\t\x1b',
            "control \x01\x1f\x7f\u2028": b"\x01",
            "long": b"x" * 500_000,
            "new\nline": b"\n",
        }
        for key, value in values.items():
            self.assertEqual(self.client.set(user, key, value).status, 200, key)
        _, replayed = self.check_equals_the_service(user)
        self.assertEqual(replayed, values)

    def test_until_a_position(self):
        user = people.new_machine(self.client)
        for number in range(5):
            self.client.done(self.client.set(user, "key", encoded(bytes([number])).encode()))
        events, _ = self.replay(user)
        for last in range(1, 6):
            with self.subTest(last):
                some, values = self.replay(user, "--until", events[last]["position"])
                self.assertEqual(some, events[: last + 1])
                self.assertEqual(values, {"key": base64.b64decode(events[last]["payload"]["value"])})
        # A position of someone else's event, and one beyond the end.
        self.client.set(people.new_machine(self.client), "key", b"x")
        for number in (int(events[-1]["position"]) + 1, 999_999_999_999):
            self.assertEqual(self.replay(user, "--until", number)[0], events)

    def test_until_a_time(self):
        user = people.new_machine(self.client)
        for number in range(3):
            self.client.set(user, "key", b"%d" % number)
        events, _ = self.replay(user)
        self.assertEqual(self.replay(user, "--until", events[1]["createdAt"])[0], events[:2])
        self.assertEqual(self.replay(user, "--until", "2999-01-01T00:00:00Z")[0], events)
        self.assertEqual(self.replay(user, "--until", "2999-01-01T00:00:00+02:00")[0], events)

    def test_a_removed_user_has_no_metadata_left(self):
        user = people.new_machine(self.client)
        self.client.set(user, "key", b"value")
        self.client.delete(f"/management/v1/users/{user}")
        events, values = self.replay(user)
        self.assertEqual(values, {})
        self.assertEqual(events[-1]["type"], "user.removed")
        before = events[-2]["position"]
        self.assertEqual(self.replay(user, "--until", before)[1], {"key": b"value"})

    def test_a_long_history(self):
        user = people.new_machine(self.client)
        for start in range(0, 4000, 1000):
            entries = [{"key": f"k{start + i}", "value": encoded(b"v%d" % i)} for i in range(1000)]
            self.client.done(self.client.post(metadata_path(user, "_bulk"), {"metadata": entries}))
        events, values = self.check_equals_the_service(user)
        self.assertEqual((len(events), len(values)), (4001, 4000))

    def test_what_cannot_be_replayed(self):
        user = people.new_machine(self.client)
        first = self.replay(user)[0][0]["position"]
        for arguments, word in (
            (["--user", "123"], "123"),
            (["--user", self.service.admin + "0"], self.service.admin + "0"),
            (["--user", user, "--until", first - 1], user),
            (["--user", user, "--until", "1999-01-01T00:00:00Z"], user),
            (["--user", user, "--until", "yesterday"], "yesterday"),
            (["--user", user, "--until", "-1"], "-1"),
            (["--user", ""], "user"),
        ):
            with self.subTest(arguments):
                done = self.service.run("replay", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(done.stdout, "")
                self.assertIn(word, done.stderr)
                self.assertLessEqual(len(done.stderr.splitlines()), 2)

    def test_while_the_service_does_not_run(self):
        with Service() as service:
            service.client().set(service.admin, "key", b"value")
            running = service.run("replay", "--user", service.admin).stdout
            self.assertEqual(service.stop(), 0)
            self.assertEqual(service.run("replay", "--user", service.admin).stdout, running)
            self.assertEqual(service.postgres_processes(), [])


if __name__ == "__main__":
    unittest.main()
