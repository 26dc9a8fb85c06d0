"""docs/asyncapi.yaml is an AsyncAPI document, and says what real records look like."""

import json
import pathlib
import subprocess
import unittest

import kafka
import node_packages
import people
import publishing
import python_packages
from service import LIMIT, Service, wait_until

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs/asyncapi.yaml"
SCHEMA = "node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"


class AsyncApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.python = python_packages.installed("asyncapi") / "bin/python"
        cls.schema = node_packages.installed() / SCHEMA
        cls.broker = kafka.Kafka.of(cls)
        cls.service = Service.of(cls, "--kafka", cls.broker.address, "--kafka-state-topic", "usermeta.state")
        cls.client = cls.service.client()

    def check(self, records):
        command = [self.python, HERE / "clients/asyncapi_check.py", DOCUMENT, self.schema]
        lines = "".join(json.dumps(record) + "\n" for record in records)
        done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.stderr, "")
        *wrong, seen = done.stdout.splitlines()
        return wrong, json.loads(seen)

    def make_every_event(self):
        client = self.client
        user, machine = people.new_human(client), people.new_machine(client)
        client.done(client.set(user, "key", b"value", headers={"x-request-id": "r"}))
        client.done(client.delete(f"/management/v1/users/{user}/metadata/key"))
        for change in ("_deactivate", "_reactivate", "_lock", "_unlock"):
            client.done(client.post(f"/management/v1/users/{user}/{change}"))
        token = people.new_token(client, machine, "2100-01-01T00:00:00Z")["tokenId"]
        client.done(client.delete(f"/management/v1/users/{machine}/pats/{token}"))
        people.add_member(client, machine, "ORG_OWNER")
        client.done(client.delete(f"/management/v1/orgs/me/members/{machine}"))
        member = {"userId": machine, "roles": ["IAM_OWNER_VIEWER"]}
        client.done(client.post("/admin/v1/members", member))
        client.done(client.delete(f"/admin/v1/members/{machine}"))
        people.new_org(client)
        for key in ({"key": "key"}, {}):
            client.done(client.post(f"/usermeta/v1/users/{user}/metadata/_erase", key))
        client.done(client.delete(f"/management/v1/users/{user}"))

    def test_every_record_is_as_it_is_documented_and_every_type_was_seen(self):
        self.make_every_event()
        publishing.wait_published(self.client)
        wrong, types = self.check(publishing.records(self.broker))
        self.assertEqual(wrong, [])
        # No call makes this one; it is read where ZITADEL's history has it.
        self.assertEqual(sorted([*types["seen"], "user.metadata.removed.all"]), types["documented"])

    def test_in_the_structured_mode_it_is_the_same_event(self):
        options = ("--kafka-topic", "structured", "--kafka-format", "structured")
        with Service("--kafka", self.broker.address, *options) as service:
            client = service.client()
            client.done(client.set(people.new_human(client), "key", b"value", headers={"x-request-id": "r"}))
            publishing.wait_published(client)
        found = publishing.records(self.broker, "structured")
        wrong, types = self.check(found)
        self.assertEqual(wrong, [])
        self.assertIn("user.metadata.set", types["seen"])
        event = json.loads(found[0]["value"])
        for change in ({"id": "x"}, {"data": {}}, {"more": "1"}):
            with self.subTest(change):
                value = json.dumps({**event, **change})
                self.assertTrue(self.check([{**found[0], "value": value}])[0])

    def test_the_state_is_as_documented(self):
        client = self.client
        user = people.new_human(client)
        client.done(client.set(user, "a/b%", b"value"))
        client.done(client.delete(f"/management/v1/users/{user}/metadata/a%2Fb%25"))
        entries = [{"key": key, "value": "dmFsdWU="} for key in ("kept", "two\nlines")]
        client.done(client.post(f"/management/v1/users/{user}/metadata/_bulk", {"metadata": entries}))
        publishing.wait_published(client)
        found = publishing.records(self.broker, "usermeta.state")
        self.assertEqual(self.check(found)[0], [])
        mine = [(one["key"], one["value"]) for one in found if one["key"].startswith(user)]
        self.assertIn((f"{user}/a/b%", None), mine)
        self.assertIn((f"{user}/kept", "value"), mine)
        more = {"position": "1", "more": "1"}
        for change in ({"headers": {"position": "0"}}, {"headers": more}, {"key": "x"}):
            with self.subTest(change):
                self.assertTrue(self.check([{**found[0], **change}])[0])

    def test_checkpoints_are_as_documented(self):
        def found():
            return publishing.records(self.broker, "usermeta.events.checkpoints")

        checkpoints = wait_until(found, what="a checkpoint in Kafka")
        self.assertEqual(self.check(checkpoints)[0], [])
        one = checkpoints[0]
        for change in ({"key": "another"}, {"value": one["value"][:-1]}, {"value": "x" + one["value"]}):
            with self.subTest(change):
                self.assertTrue(self.check([{**one, **change}])[0])

    def test_what_is_not_as_documented_is_found(self):
        publishing.wait_published(self.client)
        record = publishing.records(self.broker)[0]
        for change in (
            {"value": "{}"},
            {"value": '{"name":"n","more":1}'},
            {"headers": {**record["headers"], "ce_id": "x"}},
            {"headers": {**record["headers"], "ce_time": "yesterday"}},
            {"headers": {**record["headers"], "ce_new": "1"}},
            {"headers": {**record["headers"], "ce_type": "user.unknown"}},
        ):
            with self.subTest(change):
                wrong, _ = self.check([{**record, **change}])
                self.assertTrue(wrong)


if __name__ == "__main__":
    unittest.main()
