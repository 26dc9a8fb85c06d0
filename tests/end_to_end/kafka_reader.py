"""Reads a topic from its beginning to its end as its consumers do, and prints each record as a line of JSON.

Run with the packages of confluent_kafka.txt: kafka_reader.py BROKER TOPIC [read_committed|read_uncommitted]
"""

import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

LIMIT = 30.0  # seconds without a word


def main():
    broker, topic = sys.argv[1:3]
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "reader",
            "isolation.level": sys.argv[3] if len(sys.argv) > 3 else "read_committed",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
        }
    )
    partitions = consumer.list_topics(topic, LIMIT).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    open_ones = set(partitions)
    while open_ones:
        message = consumer.poll(LIMIT)
        if message is None:
            raise SystemExit("no answer")
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise SystemExit(str(message.error()))
            open_ones.discard(message.partition())
            continue
        value = message.value()
        record = {
            "partition": message.partition(),
            "offset": message.offset(),
            "time": message.timestamp()[1],
            "key": message.key().decode(),
            "value": None if value is None else value.decode(),
            "headers": {name: text.decode() for name, text in message.headers() or []},
        }
        print(json.dumps(record))


if __name__ == "__main__":
    main()
