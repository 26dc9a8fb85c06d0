"""`usermeta events publish`: history once more, into another topic, each position once whatever happens."""

import os
import pty
import re
import signal
import subprocess
import unittest

import kafka
import kafka_test
import people
from client import encoded
from service import BINARY, LIMIT, Service, clean_environment

BULK = 1000
MANY = 60_000  # events: several transactions


def positions(records):
    return sorted(int(record["headers"]["ce_id"]) for record in records)


class Publish:
    """One that runs, on a terminal of its own for what it says on standard error."""

    def __init__(self, service, broker, *options):
        self.terminal, end = pty.openpty()
        command = [BINARY, "events", "publish", "--data", str(service.data), "--kafka", broker.address]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command, *map(str, options)],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=end,
            text=True,
            cwd="/",
        )
        os.close(end)
        self.said = ""

    def read(self):
        """What it says next; nothing when it has ended."""
        try:
            said = os.read(self.terminal, 65536).decode(errors="replace")
        except OSError:  # nobody has the terminal open any more
            said = ""
        self.said += said
        return said

    def wait_said(self, pattern):
        while not re.search(pattern, self.said):
            if not self.read():
                return False
        return True

    def end(self, number=None):
        """Its exit status, and what it printed."""
        if number:
            self.process.send_signal(number)
        while self.read():
            pass
        printed = self.process.communicate(timeout=LIMIT)[0]
        return self.process.returncode, printed

    def close(self):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        os.close(self.terminal)


class EventsPublish(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = kafka.Kafka.of(cls)
        cls.service = Service.of(cls, "--kafka", cls.broker.address, "--kafka-topic", "served")
        cls.client = cls.service.client()

    def publish(self, *options):
        run = Publish(self.service, self.broker, *options)
        self.addCleanup(run.close)
        return run

    def done(self, *options):
        """What one that succeeds prints."""
        run = self.publish(*options)
        status, printed = run.end()
        self.assertEqual(status, 0, run.said)
        return printed

    def head(self):
        return self.client.get("/debug/status").json["logPosition"]

    def test_all_from_a_position_on_once_beside_the_service(self):
        user = people.new_human(self.client)
        for number in range(20):
            self.client.done(self.client.set(user, f"key{number}", b"value"))
        head = self.head()
        self.assertEqual(
            self.done("--topic", "again", "--from", head - 9),
            f"published positions {head - 9} to {head} to the topic again\n",
        )
        self.assertEqual(
            self.done("--topic", "again", "--from", 1),
            f"the topic again has all up to position {head} already\n",
        )
        self.client.done(self.client.set(user, "key", b"another"))
        self.done("--topic", "again")
        again = kafka_test.records(self.broker, "again")
        self.assertEqual(positions(again), list(range(head - 9, head + 2)))
        # The same records as the service's, and that has them once.
        kafka_test.wait_published(self.client)
        served = kafka_test.records(self.broker, "served")
        kafka_test.check_each_once(self, served, self.head())
        same = {record["headers"]["ce_id"]: record for record in served}
        for record in again:
            other = same[record["headers"]["ce_id"]]
            for member in ("time", "key", "value", "headers"):
                self.assertEqual(record[member], other[member])

    def test_killed_in_the_middle_and_begun_again_each_position_is_there_once(self):
        user = people.new_human(self.client)
        for turn in range(MANY // BULK):
            value = encoded(str(turn).encode())
            body = {"metadata": [{"key": f"k{key}", "value": value} for key in range(BULK)]}
            self.client.done(self.client.post(f"/management/v1/users/{user}/metadata/_bulk", body))
        # Whoever is done before it is killed was too fast, and is no witness.
        for attempt in range(20):
            topic = f"killed{attempt}"
            run = self.publish("--topic", topic)
            run.wait_said(r" [1-9]\d? %")
            status, _ = run.end(signal.SIGKILL)
            before = positions(kafka_test.records(self.broker, topic))
            if status == -signal.SIGKILL and 0 < len(before) < self.head():
                break
        else:
            self.fail("none could be killed in the middle")
        self.assertEqual(before, list(range(1, len(before) + 1)))
        head = self.head()
        self.assertEqual(
            self.done("--topic", topic),
            f"published positions {len(before) + 1} to {head} to the topic {topic}\n",
        )
        kafka_test.check_each_once(self, kafka_test.records(self.broker, topic), head)

    def test_the_topic_that_a_service_publishes_to_is_not_its_own(self):
        kafka_test.wait_published(self.client)
        run = self.publish("--topic", "served")
        self.assertEqual(run.end(), (1, ""))
        self.assertIn("is publishing to the topic served: choose another topic", run.said)
        kafka_test.check_each_once(self, kafka_test.records(self.broker, "served"), self.head())

    def test_what_is_wrong_is_named(self):
        for options, status, said in (
            (("--topic", "wrong", "--from", self.head() + 100), 1, "the log ends at position"),
            (("--topic", "a/b"), 1, "--topic a/b"),
            (("--topic", "wrong", "--kafka-config", "no.such.thing=1"), 1, "no.such.thing"),
            (("--topic", "wrong", "--from", 0), None, "--from"),
            ((), None, "--topic is required"),
        ):
            with self.subTest(options):
                run = self.publish(*options)
                found, _ = run.end()
                self.assertIn(said, run.said)
                self.assertTrue(found == status if status else found > 1, found)


class WithoutKafka(unittest.TestCase):
    def test_it_waits_says_so_and_ends_with_control_c(self):
        broker = kafka.Kafka.of(type(self))
        broker.kill()
        with Service() as service:
            run = Publish(service, broker, "--topic", "away")
            self.addCleanup(run.close)
            self.assertTrue(run.wait_said(r"usermeta: waiting for Kafka: \S"), run.said)
            self.assertEqual(run.end(signal.SIGINT), (1, ""))
            self.assertIn("stopped; begun again, it goes on where it was", run.said)
            broker.start()
            run = Publish(service, broker, "--topic", "away")
            self.addCleanup(run.close)
            self.assertEqual(run.end()[0], 0, run.said)
            head = int(service.sql("SELECT position FROM log_head")[0][0])
            kafka_test.check_each_once(self, kafka_test.records(broker, "away"), head)


if __name__ == "__main__":
    unittest.main()
