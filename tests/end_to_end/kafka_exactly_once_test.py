"""200,000 events from 8 writers while the service is killed ten times and Kafka twice: a consumer finds each
of them once, in order."""

import threading
import unittest

import kafka
import people
import publishing
import service
from client import Client, encoded
from service import Service

EVENTS = 200_000
WRITERS = 8
BULK = 500
KILLS = 10
# So many of the kills are followed by Kafka's.
KAFKA_AFTER = (3, 7)


class BulkWriters:
    """Each has a user of its own and sets its keys to new values, again and again, until all have made enough
    events."""

    def __init__(self, addresses, token, users):
        self.addresses, self.token, self.users = addresses, token, users
        self.changed = threading.Condition()
        self.done = 0  # events that were acknowledged
        self.failure = None
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, number):
        path = f"/management/v1/users/{self.users[number]}/metadata/_bulk"
        try:
            turn = 0
            while self.done < EVENTS:
                turn += 1
                address = self.addresses[number % len(self.addresses)]
                value = encoded(f"{number} {turn}".encode())
                body = {"metadata": [{"key": f"k{key}", "value": value} for key in range(BULK)]}
                try:
                    answer = Client(address, self.token).post(path, body)
                except OSError:
                    # Nobody listens there now.
                    with self.changed:
                        self.changed.wait(0.05)
                    continue
                with self.changed:
                    if answer.status == 200:
                        self.done += BULK
                    elif answer.status not in (429, 503):
                        raise AssertionError(str(answer))
                    self.changed.notify_all()
        except BaseException as error:
            with self.changed:
                self.failure = error
                self.changed.notify_all()

    def wait(self, events):
        with self.changed:
            reached = self.changed.wait_for(lambda: self.done >= events or self.failure, service.LIMIT)
        if not reached or self.failure:
            raise self.failure or AssertionError(f"only {self.done} events")

    def join(self):
        for thread in self._threads:
            thread.join(service.LIMIT)


class ExactlyOnce(unittest.TestCase):
    def check(self, processes):
        broker = kafka.Kafka()
        self.addCleanup(broker.close)
        broker.start()
        first = Service("--kafka", broker.address)
        self.addCleanup(first.close)
        services = [first.start()]
        if processes == 2:
            services.append(Service("--kafka", broker.address, "--database-url", first.database_url))
            self.addCleanup(services[1].close)
            services[1].start()
        client = first.client()
        users = [people.new_human(client) for _ in range(WRITERS)]
        addresses = [one.address for one in services]
        # They keep their addresses, so that the writers find them again.
        for one in services:
            one.listen = f"127.0.0.1:{one.address[1]}"
        writers = BulkWriters(addresses, first.token, users)
        for kill in range(KILLS):
            writers.wait((kill + 1) * EVENTS // (KILLS + 1))
            one = services[kill % processes]
            one.kill()
            if kill in KAFKA_AFTER:
                broker.kill()
            one.start()
            if kill in KAFKA_AFTER:
                broker.start()
        writers.wait(EVENTS)
        writers.join()
        client = first.client()
        head = client.get("/debug/status").json["logPosition"]
        self.assertGreaterEqual(head, EVENTS)

        def published():
            found = [publishing.publisher(one.client(first.token))["position"] for one in services]
            return any(position and position >= head for position in found)

        service.wait_until(published, 100, f"the publishing of {head}")
        publishing.check_each_once(self, publishing.records(broker), head)

    def test_one_process(self):
        self.check(1)

    def test_two_processes(self):
        self.check(2)


if __name__ == "__main__":
    unittest.main()
