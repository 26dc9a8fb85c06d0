"""The checkpoints of the transparency log in a real Kafka: a copy of them that leaves the machine."""

import pathlib
import tempfile
import unittest

import audit
import kafka
import people
from publishing import records, wait_published
from service import Service, wait_until


class Checkpoints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = kafka.Kafka.of(cls)

    def serve(self, topic, *options):
        serving = Service("--kafka", self.broker.address, "--kafka-topic", topic, *audit.OFTEN, *options)
        self.addCleanup(serving.close)
        return serving.start()

    def published(self, service, topic):
        """What a consumer finds, once the newest is one of all events so far."""
        note = audit.signed(service)

        def found():
            known = records(self.broker, f"{topic}.checkpoints")
            return known if known and audit.size_of(known[-1]["value"]) >= audit.size_of(note) else None

        wait_published(service.client())
        return wait_until(found, what=f"the checkpoint of {audit.size_of(note)} events in Kafka")

    def check_is_all_that_was_signed(self, service, found):
        signed = [row[0] for row in service.sql("SELECT size FROM audit_checkpoints ORDER BY size")]
        self.assertEqual([str(audit.size_of(record["value"])) for record in found], signed)

    def test_each_that_was_signed_is_there_once_and_as_it_is_served(self):
        one = self.serve("each")
        client = one.client()
        user = people.new_machine(client)
        for number in range(3):
            client.done(client.set(user, f"k{number}", b"value"))
            found = self.published(one, "each")
        self.check_is_all_that_was_signed(one, found)
        self.assertEqual(found[-1]["value"], client.get("/audit/checkpoint").body.decode())
        self.assertEqual({record["key"] for record in found}, {found[0]["value"].split("\n")[0]})

    def test_they_do_not_wait_for_the_end_of_a_long_log(self):
        one = Service(*audit.OFTEN)
        self.addCleanup(one.close)
        client = one.start().client()
        user = people.new_machine(client)
        for _ in range(25):
            audit.many_sets(client, user, 500)
        audit.signed(one)
        one.stop()
        one.options += ["--kafka", self.broker.address, "--kafka-topic", "long"]
        one.start()
        self.published(one, "long")
        # Which of them are signed how far, in the order of the transactions.
        keys = [record["key"].rpartition("/")[2] for record in records(self.broker, "long.positions")]
        self.assertGreater(keys.count("long"), 1)
        self.assertLess(keys.index("long.checkpoints"), len(keys) - 1 - keys[::-1].index("long"))

    def test_after_kill_9_none_is_missing_or_there_twice(self):
        one = self.serve("killed")
        user = people.new_machine(one.client())
        for number in range(4):
            client = one.client()
            client.done(client.set(user, "key", str(number).encode()))
            if number % 2:
                self.published(one, "killed")
            one.kill()
            one.start()
        client.done(one.client().set(user, "key", b"last"))
        found = self.published(one, "killed")
        self.check_is_all_that_was_signed(one, found)

    def test_one_from_kafka_proves_that_the_log_was_cut_back(self):
        one = self.serve("cut")
        client = one.client()
        user = people.new_machine(client)
        client.done(client.set(user, "key", b"one"))
        before = audit.size_of(audit.signed(one))
        client.done(client.set(user, "key", b"two"))
        record = self.published(one, "cut")[-1]
        key = audit.key_of(one)
        with tempfile.TemporaryDirectory() as directory:
            old = pathlib.Path(directory) / "old.txt"
            old.write_text(record["value"])
            good = one.run("audit", "verify", one.database_url, "--key", key, "--checkpoint", old)
            self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
            spoilt = audit.Copy(self, one, "cut_back")
            spoilt.sql(f"DELETE FROM events WHERE position > {before}")
            spoilt.sql(f"DELETE FROM audit_checkpoints WHERE size > {before}")
            spoilt.sql(f"UPDATE log_head SET position = {before}")
            spoilt.hash_again()
            cut = one.run("audit", "verify", spoilt.url, "--key", key, "--checkpoint", old)
            self.assertEqual(cut.returncode, 1, cut.stdout + cut.stderr)


if __name__ == "__main__":
    unittest.main()
