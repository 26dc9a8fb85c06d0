"""What is in Kafka, and how far the publisher is."""

import json
import pathlib
import subprocess

import python_packages
import service
from service import wait_until

HERE = pathlib.Path(__file__).resolve().parent


def records(broker, topic="usermeta.events"):
    """All that a consumer with read_committed finds in the topic. `broker`: a Kafka, or HOST:PORT."""
    python = python_packages.installed("confluent_kafka") / "bin/python"
    command = [python, HERE / "kafka_reader.py", getattr(broker, "address", broker), topic]
    done = subprocess.run(command, capture_output=True, text=True, timeout=service.LIMIT)
    if done.returncode:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def publisher(client):
    return client.get("/debug/status").json["publishers"][0]


def wait_published(client):
    """Until all that is in the log now is in Kafka."""
    head = client.get("/debug/status").json["logPosition"]
    wait_until(lambda: (publisher(client)["position"] or 0) >= head, what=f"the publishing of {head}")


def check_each_once(test, found, head):
    """Each position once, those of one aggregate in one partition and in sequence."""
    positions = sorted(int(record["headers"]["ce_id"]) for record in found)
    test.assertEqual(positions, list(range(1, head + 1)))
    last, places = {}, {}
    for record in found:
        subject, sequence = record["headers"]["ce_subject"], int(record["headers"]["ce_sequence"])
        test.assertEqual(sequence, last.get(subject, 0) + 1, subject)
        last[subject] = sequence
        test.assertEqual(places.setdefault(subject, record["partition"]), record["partition"])
