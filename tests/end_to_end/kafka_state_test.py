"""The topic of the metadata as it is now: whoever reads it alone has what the service lists."""

import unittest

import kafka
import kafka_test
import people
from client import metadata_path
from kafka_test import records, wait_published
from service import Service

class State(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = kafka.Kafka.of(cls)

    def serve(self, topic, *options):
        serving = Service("--kafka", self.broker.address, "--kafka-topic", topic, *options)
        self.addCleanup(serving.close)
        return serving.start()

    def state(self, topic):
        """What a consumer has that keeps the last value of each key, and forgets those that have none."""
        kept = {}
        for record in records(self.broker, topic):
            if record["value"] is None:
                kept.pop(record["key"], None)
            else:
                kept[record["key"]] = record["value"]
        return kept

    def check_equals_the_service(self, client, topic, users):
        wait_published(client)
        listed = {
            f"{user}/{key}": value.decode() for user in users for key, value in client.listed(user).items()
        }
        self.assertEqual(self.state(topic), listed)
        return listed

    def change(self, client, users):
        """Sets, sets again, removals of one and of several, and of a user; a value that is erased."""
        for user in users:
            for key in ("a", "b", "c/d", "ü"):
                client.done(client.set(user, key, f"{key} of {user}".encode()))
            client.done(client.set(user, "a", b"another"))
        first, second, third = users
        client.done(client.delete(metadata_path(first, "b")))
        client.done(client.post(f"/usermeta/v1/users/{first}/metadata/_erase", {"key": "ü"}))
        client.done(client.delete(metadata_path(second, "_bulk"), {"keys": ["a", "c/d"]}))
        client.done(client.set(second, "a", b"back"))
        client.done(client.delete(f"/management/v1/users/{third}"))

    def test_switched_on_later_it_becomes_complete_and_stays_so(self):
        one = self.serve("later")
        client = one.client()
        users = [people.new_human(client) for _ in range(3)]
        self.change(client, users)
        wait_published(client)
        one.stop()
        one.options += ["--kafka-state-topic", "later.state"]
        client = one.start().client()
        listed = self.check_equals_the_service(client, "later.state", users)
        self.assertEqual(len(listed), 5)
        more = [people.new_machine(client) for _ in range(3)]
        self.change(client, more)
        client.done(client.delete(f"/management/v1/users/{users[0]}"))
        self.check_equals_the_service(client, "later.state", users + more)
        # And no event came twice for it.
        head = client.get("/debug/status").json["logPosition"]
        kafka_test.check_each_once(self, records(self.broker, "later"), head)

    def test_after_kill_9_it_goes_on_where_it_was(self):
        one = self.serve("killed", "--kafka-state-topic", "killed.state")
        user = people.new_human(one.client())
        for number in range(5):
            client = one.client()
            client.done(client.set(user, "key", str(number).encode()))
            if number % 2:
                wait_published(client)
            one.kill()
            one.start()
        self.check_equals_the_service(one.client(), "killed.state", [user])
        found = records(self.broker, "killed.state")
        self.assertEqual([record["value"] for record in found], ["0", "1", "2", "3", "4"])
        positions = [int(record["headers"]["position"]) for record in found]
        self.assertEqual(positions, sorted(set(positions)))

    def test_a_key_is_of_one_user_only(self):
        client = self.serve("slash", "--kafka-state-topic", "slash.state").client()
        body = {"userName": people.free_name(), "name": "with a slash", "userId": "a/b%"}
        client.done(client.post("/management/v1/users/machine", body))
        client.done(client.set("a%2Fb%25", "c/d", b"value"))
        wait_published(client)
        self.assertEqual(self.state("slash.state"), {"a%2Fb%25/c/d": "value"})

    def test_a_topic_that_is_another_publishers_is_not_written_to(self):
        first = self.serve("one", "--kafka-state-topic", "shared.state")
        wait_published(first.client())
        second = Service(
            "--database-url", first.database_url, "--kafka", self.broker.address, "--kafka-topic", "two"
        )
        second.options += ["--kafka-state-topic", "shared.state"]
        with second:
            second.wait_log("another publisher writes to the topic shared.state")


if __name__ == "__main__":
    unittest.main()
