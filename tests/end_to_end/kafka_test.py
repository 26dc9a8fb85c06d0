"""Events in a real Kafka: what a record looks like, and that nothing that happens on the way loses or doubles
one."""

import datetime
import json
import subprocess
import unittest

import kafka
import people
import python_packages
import service
from metrics import scrape
from publishing import check_each_once, publisher, records, wait_published
from service import Service, wait_until

class Records(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = kafka.Kafka.of(cls)

    def serve(self, *options):
        serving = Service("--kafka", self.broker.address, *options)
        self.addCleanup(serving.close)
        return serving.start()

    def test_a_record_is_a_cloud_event_with_the_user_as_its_key(self):
        one = self.serve("--kafka-topic", "binary")
        client = one.client()
        user = people.new_human(client)
        client.done(client.set(user, "greeting", b"hello", headers={"x-request-id": "request-1"}))
        wait_published(client)
        found = records(self.broker, "binary")
        check_each_once(self, found, client.get("/debug/status").json["logPosition"])
        record = next(r for r in found if r["headers"]["ce_type"] == "user.metadata.set")
        self.assertEqual(record["key"], user)
        self.assertEqual(json.loads(record["value"]), {"key": "greeting", "value": "aGVsbG8="})
        headers = record["headers"]
        self.assertEqual(headers["content-type"], "application/json")
        self.assertEqual(headers["ce_specversion"], "1.0")
        self.assertEqual(headers["ce_subject"], f"users/{user}")
        self.assertEqual(headers["ce_creator"], one.admin)
        self.assertEqual(headers["ce_requestid"], "request-1")
        self.assertRegex(headers["ce_source"], r"^urn:usermeta:instance:[0-9a-f]{32}$")
        time = datetime.datetime.fromisoformat(headers["ce_time"].replace("Z", "+00:00"))
        self.assertEqual(record["time"], int(time.timestamp() * 1000))

    def test_structured_it_is_one_json_object(self):
        client = self.serve("--kafka-topic", "structured", "--kafka-format", "structured").client()
        user = people.new_human(client)
        client.done(client.set(user, "greeting", b"hello"))
        wait_published(client)
        found = [json.loads(record["value"]) for record in records(self.broker, "structured")]
        event = next(event for event in found if event["type"] == "user.metadata.set")
        self.assertEqual(event["data"], {"key": "greeting", "value": "aGVsbG8="})
        self.assertEqual(event["subject"], f"users/{user}")

    def test_what_the_topic_does_not_take_is_there_by_reference(self):
        one = self.serve("--kafka-topic", "small", "--external-url", "http://meta.example.com/")
        client = one.client()
        user = people.new_human(client)
        wait_published(client)
        python = python_packages.installed("confluent_kafka") / "bin/python"
        subprocess.run(
            [
                python,
                "-c",
                "import sys; from confluent_kafka.admin import *\n"
                "resource = ConfigResource(ConfigResource.Type.TOPIC, 'small',"
                " set_config={'max.message.bytes': '50000'})\n"
                "client = AdminClient({'bootstrap.servers': sys.argv[1]})\n"
                "[f.result() for f in client.alter_configs([resource]).values()]",
                self.broker.address,
            ],
            check=True,
            timeout=service.LIMIT,
        )
        # No pattern in it: it must not become small by compression.
        value = bytes((i * i * 7919 >> 5 ^ i * 31) & 255 for i in range(200_000))
        for number in range(50):
            client.done(client.set(user, f"key{number}", value if number == 25 else b"small"))
        wait_published(client)
        found = records(self.broker, "small")
        check_each_once(self, found, client.get("/debug/status").json["logPosition"])
        referring = [r["headers"] for r in found if "ce_dataref" in r["headers"]]
        self.assertEqual(len(referring), 1)
        self.assertEqual(
            referring[0]["ce_dataref"], f"http://meta.example.com/usermeta/v1/events/{referring[0]['ce_id']}"
        )
        self.assertEqual(scrape(client).value("usermeta_kafka_oversized_total"), 1)

    def test_after_kill_9_it_goes_on_where_it_was(self):
        one = self.serve("--kafka-topic", "killed")
        user = people.new_human(one.client())
        for number in range(5):
            client = one.client()
            client.done(client.set(user, "key", str(number).encode()))
            if number % 2:
                wait_published(client)
            one.kill()
            one.start()
        client = one.client()
        wait_published(client)
        check_each_once(self, records(self.broker, "killed"), client.get("/debug/status").json["logPosition"])

    def test_of_two_processes_one_publishes_and_the_other_takes_over(self):
        first = self.serve("--kafka-topic", "two")
        wait_published(first.client())
        second = Service(
            "--database-url", first.database_url, "--kafka", self.broker.address, "--kafka-topic", "two"
        )
        with second:
            client = second.client(first.token)
            user = people.new_human(client)
            wait_published(first.client())
            self.assertFalse(publisher(client)["runsHere"])
            first.kill()
            client.done(client.set(user, "key", b"1"))
            wait_published(client)
            self.assertTrue(publisher(client)["runsHere"])
            head = client.get("/debug/status").json["logPosition"]
            check_each_once(self, records(self.broker, "two"), head)


class WithoutKafka(unittest.TestCase):
    def test_commands_go_on_while_kafka_is_away(self):
        broker = kafka.Kafka.of(type(self))
        broker.kill()
        with Service("--kafka", broker.address) as one:
            client = one.client()
            user = people.new_human(client)
            client.done(client.set(user, "key", b"away at the start"))
            wait_until(lambda: publisher(client)["lastError"], what="an error in the status")
            one.wait_log("events are not published")
            broker.start()
            wait_published(client)
            one.wait_log("are published to Kafka's topic usermeta.events again")
            self.assertEqual(publisher(client)["lastError"], "")
            broker.kill()
            for number in range(20):
                client.done(client.set(user, "key", f"away in between {number}".encode()))
            wait_until(lambda: scrape(client).value("usermeta_kafka_lag_events") == 20, what="the lag")
            wait_until(lambda: scrape(client).value("usermeta_kafka_failing") == 1, what="the trouble")
            broker.start()
            wait_published(client)
            self.assertEqual(scrape(client).value("usermeta_kafka_failing"), 0)
            self.assertEqual(len(one.stderr.split("events are not published")), 3, one.stderr)
            check_each_once(self, records(broker), client.get("/debug/status").json["logPosition"])

    def test_wrong_settings_are_named_before_anything_starts(self):
        for options, said in (
            (["--kafka-config", "no.such.thing=1"], "no.such.thing"),
            (["--kafka-config", "linger.ms=soon"], "linger.ms"),
            (["--kafka-config", "enable.idempotence=false"], "enable.idempotence cannot be set"),
            (["--kafka-config", "nonsense"], "NAME=VALUE"),
            (["--kafka-topic", "a/b"], "--kafka-topic a/b"),
            (["--kafka-state-topic", "a/b"], "--kafka-state-topic a/b"),
            (["--kafka-state-topic", "usermeta.events"], "--kafka-state-topic usermeta.events is"),
            (["--external-url", "id.example.com"], "--external-url id.example.com"),
        ):
            done = service.run("serve", "--kafka", "localhost:1", "--data", "/nonexistent/usermeta", *options)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
