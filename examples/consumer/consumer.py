#!/usr/bin/env python3
"""Keeps a copy of everyone's metadata in SQLite, and gets each event exactly once.

    pip install -r requirements.txt
    ./consumer.py --kafka localhost:9094 --database metadata.db
    sqlite3 metadata.db 'SELECT * FROM metadata'

What a batch of events does to the copy and the offsets behind it are one transaction: whenever this program
is killed, it goes on where the copy stands. Only committed records are read, a user's in order. A value too
large for Kafka comes from the service at USERMETA_URL (http://localhost:8080), with the token USERMETA_TOKEN.
"""

import argparse
import base64
import json
import os
import signal
import sqlite3
import time
import urllib.parse
import urllib.request

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

TABLES = """
CREATE TABLE IF NOT EXISTS metadata
  (user TEXT, key TEXT, value BLOB, position INTEGER, PRIMARY KEY (user, key));
CREATE TABLE IF NOT EXISTS offsets
  (topic TEXT, partition INTEGER, next INTEGER, PRIMARY KEY (topic, partition));
"""


def data_of(event):
    link = event.get_extension("dataref")
    if not link:
        return event.get_data()
    token = {"Authorization": f"Bearer {os.environ['USERMETA_TOKEN']}"}
    service = os.environ.get("USERMETA_URL", "http://localhost:8080")
    request = urllib.request.Request(urllib.parse.urljoin(service, link), headers=token)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["event"]["payload"]


def apply(copy, event):
    kind, user = event.get_type(), (event.get_subject() or "").removeprefix("users/")
    if kind == "user.metadata.set":
        data = data_of(event)
        if data.get("erased"):
            return
        row = (user, data["key"], base64.b64decode(data["value"]), int(event.get_id()))
        copy.execute("INSERT OR REPLACE INTO metadata VALUES (?, ?, ?, ?)", row)
    elif kind in ("user.metadata.removed", "user.metadata.values.erased") and "key" in data_of(event):
        copy.execute("DELETE FROM metadata WHERE user = ? AND key = ?", (user, data_of(event)["key"]))
    elif kind in ("user.metadata.removed.all", "user.metadata.values.erased", "user.removed"):
        copy.execute("DELETE FROM metadata WHERE user = ?", (user,))


def go_on(copy, consumer, topic):
    """Begins each partition where the copy stands. No group has offsets that would be something else."""
    while not (partitions := consumer.list_topics(topic, timeout=30).topics[topic].partitions):
        time.sleep(1)  # nothing was published yet
    known = dict(copy.execute("SELECT partition, next FROM offsets WHERE topic = ?", (topic,)))
    consumer.assign([TopicPartition(topic, p, known.get(p, OFFSET_BEGINNING)) for p in partitions])


def follow(copy, consumer, stopped):
    while not stopped:
        with copy:  # one transaction
            for record in consumer.consume(num_messages=1000, timeout=0.5):
                if record.error():
                    raise KafkaException(record.error())
                message = KafkaMessage(dict(record.headers() or []), record.key(), record.value() or b"")
                apply(copy, from_kafka(message, JSONFormat()))
                place = (record.topic(), record.partition(), record.offset() + 1)
                copy.execute("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?)", place)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kafka", default="localhost:9094", metavar="BROKERS")
    parser.add_argument("--topic", default="usermeta.events")
    parser.add_argument("--database", default="metadata.db", metavar="FILE")
    options = parser.parse_args()
    copy = sqlite3.connect(options.database)
    copy.executescript(TABLES)
    settings = {"bootstrap.servers": options.kafka, "group.id": "metadata-copy", "enable.auto.commit": False}
    consumer = Consumer(settings | {"isolation.level": "read_committed", "auto.offset.reset": "error"})
    go_on(copy, consumer, options.topic)
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    follow(copy, consumer, stopped)
    consumer.close()


if __name__ == "__main__":
    main()
