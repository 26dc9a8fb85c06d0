"""Going on where a follower of the log has stopped: after kills, an outage, and being too slow."""

import os
import threading
import unittest

import load
import metrics
import people
from event_stream import END, EventStream, end_of
from service import LIMIT, Service, wait_until


class SlowReader(unittest.TestCase):
    def test_is_dropped_with_a_last_message_and_can_go_on(self):
        with Service() as service:
            client = service.client()
            user = people.new_machine(client)
            after = end_of(client)
            with EventStream(service.address, service.token, f"after={after}", buffer=4096) as slow:
                wait_until(lambda: metrics.scrape(client).value("usermeta_followers") == 1)
                count = 0
                while metrics.scrape(client).value("usermeta_followers") == 1:
                    client.set(user, "large", os.urandom(300_000))
                    count += 1
                seen = []
                while (event := slow.next()).kind != END:
                    seen.append(event.position)
                self.assertEqual(event.data["code"], 8)
                self.assertEqual(int(event.data["after"]), slow.last_id)
                self.assertIsNone(slow.next())
            self.assertLess(len(seen), count)
            with EventStream(service.address, service.token, last_id=slow.last_id) as again:
                seen += [event.position for event in again.take(count - len(seen))]
            self.assertEqual(seen, list(range(after + 1, after + count + 1)))


class Resuming(unittest.TestCase):
    """A follower that goes on after its last id whenever its connection ends, while events are appended."""

    def follow(self, addresses, token, last, positions, stop):
        turn = 0
        while positions[-1:] != [stop()]:
            try:
                stream = EventStream(addresses()[turn % len(addresses())], token, last_id=last)
            except OSError:
                turn += 1
                continue
            with stream:
                turn += 1
                try:
                    while positions[-1:] != [stop()]:
                        event = stream.next()
                        if event is None or event.kind == END:
                            break
                        positions.append(event.position)
                except OSError:
                    pass
                last = stream.last_id

    def test_kills_leave_no_gap_and_no_double(self):
        with Service() as service:
            client = service.client()
            users = [people.new_human(client) for _ in range(4)]
            token, after = service.token, end_of(client)
            positions, last = [], [None]
            thread = threading.Thread(
                target=self.follow,
                args=(lambda: [service.address], token, after, positions, lambda: last[0]),
                daemon=True,
            )
            thread.start()
            writers = load.Writers([service.address], token, users, 8)
            for _ in range(3):
                writers.go_on([service.address])
                writers.wait_acknowledged(500)
                service.kill()
                writers.stop()
                service.start()
            client = service.client()
            client.done(client.set(users[0], "last", b"last"))
            last[0] = end_of(client)
            thread.join(LIMIT)
            self.assertEqual(positions, list(range(after + 1, last[0] + 1)))

    def test_two_processes_tell_the_same(self):
        with Service() as first:
            second = Service("--database-url", first.database_url, fresh=True)
            self.addCleanup(second.close)
            second.start()
            client = first.client()
            users = [people.new_human(client) for _ in range(4)]
            after = end_of(client)
            addresses = [first.address, second.address]
            streams = [EventStream(address, first.token, f"after={after}") for address in addresses]
            writers = load.Writers(addresses, first.token, users, 8).go_on()
            writers.wait_acknowledged(2000)
            writers.stop()
            count = end_of(client) - after
            for stream in streams:
                with stream:
                    positions = [event.position for event in stream.take(count)]
                    self.assertEqual(positions, list(range(after + 1, after + count + 1)))
            # What the other appends is told while nothing is appended here.
            with EventStream(second.address, first.token, f"after={after + count}") as stream:
                client.done(client.set(users[0], "alone", b"alone"))
                self.assertEqual(stream.take(1)[0].position, after + count + 1)

    def test_an_outage_of_the_database_is_waited_out(self):
        with Service() as owner:
            service = Service("--database-url", owner.database_url, fresh=True)
            self.addCleanup(service.close)
            service.start()
            after = end_of(owner.client())
            with EventStream(service.address, owner.token, f"after={after}") as stream:
                user = people.new_machine(owner.client())
                self.assertEqual(stream.take(1)[0].data["aggregateId"], user)
                self.assertEqual(owner.stop(), 0, owner.stderr)
                owner.start()
                owner.client().set(user, "k", b"v")
                self.assertEqual(stream.take(1)[0].kind, "user.metadata.set")


if __name__ == "__main__":
    unittest.main()
