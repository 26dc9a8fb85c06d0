"""Writers that remember what was acknowledged, and the question whether all of it is there.

Each writer has one key of its own and sets it to 1, 2, 3 ...; so the last acknowledged value, or one that
was tried
after it, must be the current one. Whoever is cut off goes on with a new connection.
"""

import base64
import collections
import json
import threading

from client import Client
from service import LIMIT


class Writers:
    def __init__(self, addresses, token, users, count, check=lambda answer: None):
        """`count` threads, spread over the addresses and the users. `check` sees every answer."""
        self.token, self.check = token, check
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.acknowledged = []  # (user, key, sequence, value)
        self.last = collections.defaultdict(int)  # by (user, key): the last acknowledged value
        self.tried = collections.defaultdict(int)
        self.statuses = collections.Counter()
        self.broken = 0
        self.failure = None
        self._stopping = threading.Event()
        self._places = [
            (addresses[i % len(addresses)], users[i % len(users)], f"writer-{i}") for i in range(count)
        ]
        self._threads = []

    def go_on(self, addresses=None):
        """Starts the threads, at the same or at other addresses, with the next value of each key."""
        if addresses:
            self._places = [
                (addresses[i % len(addresses)], user, key) for i, (_, user, key) in enumerate(self._places)
            ]
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._run, args=place, daemon=True) for place in self._places
        ]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(LIMIT)
            if thread.is_alive():
                raise AssertionError("a writer hangs")
        if self.failure:
            raise self.failure

    def wait_acknowledged(self, more, limit=LIMIT):
        """Until so many more sets were answered with 200."""
        with self.changed:
            goal = len(self.acknowledged) + more
            done = self.changed.wait_for(lambda: len(self.acknowledged) >= goal or self.failure, limit)
        if not done or self.failure:
            raise self.failure or AssertionError(f"not {more} more sets within {limit} s: {self.statuses}")

    def _run(self, address, user, key):
        client = Client(address, self.token)
        try:
            while not self._stopping.is_set():
                self._set(client, user, key)
        except BaseException as error:
            with self.changed:
                self.failure = error
                self.changed.notify_all()
        finally:
            client.close()

    def _set(self, client, user, key):
        with self.lock:
            self.tried[user, key] += 1
            value = self.tried[user, key]
        try:
            answer = client.set(user, key, str(value).encode())
        except OSError:
            with self.lock:
                self.broken += 1
            self._stopping.wait(0.01)  # nobody may be listening: no busy loop
            return
        self.check(answer)
        with self.changed:
            self.statuses[answer.status] += 1
            if answer.status == 200:
                self.acknowledged.append((user, key, answer.sequence, value))
                self.last[user, key] = value
            self.changed.notify_all()


def check_nothing_lost(test, service, writers):
    """Every acknowledged set is in the log with its sequence and value, and the read model shows the last
    ones."""
    rows = service.sql(
        "SELECT aggregate_id, sequence, payload FROM events WHERE type = 'user.metadata.set'"
    )
    there = set()
    for user, sequence, payload in rows:
        payload = json.loads(payload)
        there.add((user, payload["key"], int(sequence), base64.b64decode(payload["value"])))
    lost = [a for a in writers.acknowledged if (*a[:3], str(a[3]).encode()) not in there]
    test.assertEqual(lost, [], f"of {len(writers.acknowledged)} acknowledged sets {len(lost)} are lost")
    client = service.client()
    for (user, key), last in writers.last.items():
        current = int(client.value(user, key))
        test.assertGreaterEqual(current, last, f"{user} {key}")
        test.assertLessEqual(current, writers.tried[user, key], f"{user} {key}")


def check_log(test, service):
    """Promises 2, 3 and 5 of the log, on all of it."""
    count, first, last, different = service.sql(
        "SELECT count(*), min(position), max(position), count(DISTINCT position) FROM events"
    )[0]
    test.assertEqual((first, last, different), ("1", count, count), "positions have a gap or a repeat")
    head = service.sql("SELECT position FROM log_head")[0][0]
    test.assertEqual(head, count, "the log's head is not at its last event")
    gaps = service.sql(
        "SELECT aggregate_id FROM events GROUP BY aggregate_type, aggregate_id"
        " HAVING min(sequence) <> 1 OR max(sequence) <> count(*) OR count(DISTINCT sequence) <> count(*)"
    )
    test.assertEqual(gaps, [], "sequences have a gap or a repeat")
    backwards = service.sql(
        "SELECT position FROM (SELECT position, created_at,"
        " lag(created_at) OVER (ORDER BY position) AS before, sequence,"
        " lag(sequence) OVER (PARTITION BY aggregate_type, aggregate_id ORDER BY position) AS earlier"
        " FROM events) e WHERE created_at < before OR sequence < earlier"
    )
    test.assertEqual(backwards, [], "dates or sequences go backwards along the position")
    unchanged = service.sql(
        "SELECT position FROM (SELECT position, type, payload, lag(payload) OVER slot AS payload_before,"
        " lag(type) OVER slot AS type_before FROM events WHERE slot <> ''"
        " WINDOW slot AS (PARTITION BY aggregate_type, aggregate_id, slot ORDER BY sequence)) e"
        " WHERE type = 'user.metadata.set' AND type_before = type AND payload = payload_before"
    )
    test.assertEqual(unchanged, [], "events that change nothing")
