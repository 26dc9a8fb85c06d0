"""More than the service can do, because PostgreSQL cannot commit: past the bounds 429 at once, and what was
accepted is done, once, when it can be done."""

import selectors
import subprocess
import unittest

import load
import people
from client import LIMIT, Connection, encoded, metadata_path, request
from grpc_frames import frame
from log_lock import LogLock
from metrics import scrape
from protobuf import message
from service import Service, clean_environment, wait_until

SET = "/zitadel.management.v1.ManagementService/SetUserMetadata"
BOUND = 8  # commands
MEGABYTES = 1
MANY = 20


class Sets:
    """Sets on as many connections: key0, key1 ..., all sent before the first answer is read."""

    def __init__(self, service, user, count, value=b"1"):
        self.selector = selectors.DefaultSelector()
        self.answers = {}
        headers = {"authorization": f"Bearer {service.token}"}
        body = f'{{"value":"{encoded(value)}"}}'.encode()
        for number in range(count):
            connection = Connection(service.address)
            self.selector.register(connection.socket, selectors.EVENT_READ, (number, connection))
            connection.send(request("POST", metadata_path(user, f"key{number}"), headers, body))

    def take(self, count):
        """Waits until so many more are answered; their numbers."""
        taken = []
        while len(taken) < count:
            ready = self.selector.select(LIMIT)
            if not ready:
                raise AssertionError(f"only {len(taken)} of {count} answers")
            for key, _ in ready:
                number, connection = key.data
                self.answers[number] = connection.answer()
                self.selector.unregister(key.fileobj)
                connection.close()
                taken.append(number)
        return taken

    def none_is_there(self):
        return not self.selector.select(0)


class Overload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What is accepted waits for as long as the test takes.
        bounds = ["--pending-commands", BOUND, "--pending-size", MEGABYTES, "--call-timeout", 600]
        cls.service = Service.of(cls, *bounds)
        cls.client = cls.service.client()

    def setUp(self):
        self.user = people.new_machine(self.client)
        self.before = scrape(self.client)

    def refusals(self):
        now, name = scrape(self.client), "usermeta_requests_refused_total"
        return now.value(name) - self.before.value(name)

    def keys_in_the_log(self):
        rows = self.service.sql(
            f"SELECT payload::json->>'key' FROM events WHERE aggregate_id = '{self.user}'"
            " AND type = 'user.metadata.set'"
        )
        return sorted(key for (key,) in rows)

    def test_those_over_the_bound_get_429_at_once_and_the_others_are_done_when_it_can_be_done(self):
        with LogLock(self.service) as lock:
            sets = Sets(self.service, self.user, MANY)
            refused = sets.take(MANY - BOUND)
            for number in refused:
                answer = sets.answers[number]
                self.assertEqual((answer.status, answer.json["code"]), (429, 8))
                self.assertEqual(answer.headers["retry-after"], "1")
            now = scrape(self.client)
            self.assertEqual(now.pending(), BOUND)
            self.assertEqual(self.refusals(), MANY - BOUND)
            self.assertTrue(sets.none_is_there())
            lock.release()
            accepted = sets.take(BOUND)
        self.assertEqual([sets.answers[number].status for number in accepted], [200] * BOUND)
        self.assertEqual(self.keys_in_the_log(), sorted(f"key{number}" for number in accepted))
        load.check_log(self, self.service)
        self.assertEqual(scrape(self.client).pending(), 0)
        self.client.done(self.client.set(self.user, "after", b"1"))

    def test_the_other_formats_say_so_too(self):
        payload = message([(1, self.user), (2, "grpc"), (3, b"1")])
        with LogLock(self.service) as lock:
            sets = Sets(self.service, self.user, BOUND)
            wait_until(lambda: scrape(self.client).pending() == BOUND, what="a full queue")
            web = {"content-type": "application/grpc-web+proto"}
            answer = self.client.call("POST", SET, raw=frame(payload), headers=web)
            self.assertIn(b"grpc-status: 8\r\n", answer.body)
            connect = {"content-type": "application/proto"}
            answer = self.client.call("POST", SET, raw=payload, headers=connect)
            self.assertEqual((answer.status, answer.json["code"]), (429, "resource_exhausted"))
            self.assertEqual(answer.headers["retry-after"], "1")
            self.assertRegex(self.grpc(payload), "(?m)^grpc-status: 8\r?$")
            self.assertEqual(self.refusals(), 3)
            lock.release()
            sets.take(BOUND)
        self.assertNotIn("grpc", self.keys_in_the_log())

    def grpc(self, payload):
        """The header and the trailers of a set over HTTP/2."""
        command = ["curl", "-sS", "--http2-prior-knowledge", "-m", "60", "-o", "/dev/null", "-D", "-"]
        command += ["-H", f"Authorization: Bearer {self.service.token}"]
        command += ["-H", "Content-Type: application/grpc", "-H", "TE: trailers", "--data-binary", "@-"]
        done = subprocess.run(
            [*command, self.service.url + SET],
            env=clean_environment(),
            input=frame(payload),
            capture_output=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_reads_go_on_meanwhile(self):
        self.client.done(self.client.set(self.user, "there", b"before"))
        with LogLock(self.service) as lock:
            sets = Sets(self.service, self.user, MANY)
            sets.take(MANY - BOUND)
            self.assertEqual(self.client.value(self.user, "there"), b"before")
            self.assertEqual(self.client.listed(self.user), {"there": b"before"})
            self.assertEqual(self.client.get("/debug/ready").status, 200)
            self.assertTrue(sets.none_is_there())
            lock.release()
            sets.take(BOUND)

    def test_bytes_are_bounded_too_and_what_is_small_still_has_room(self):
        with LogLock(self.service) as lock:
            # Three of them have room in a megabyte.
            sets = Sets(self.service, self.user, 5, b"x" * 300_000)
            refused = sets.take(2)
            self.assertEqual([sets.answers[number].status for number in refused], [429, 429])
            now = scrape(self.client)
            waiting = ("usermeta_commands_queued_bytes", "usermeta_commands_in_flight_bytes")
            held = sum(now.value(name) for name in waiting)
            self.assertGreater(held, 900_000)
            self.assertLess(held, MEGABYTES << 20)
            small = Sets(self.service, self.user, 1)
            wait_until(lambda: scrape(self.client).pending() == 4, what="the small one")
            lock.release()
            sets.take(3)
            small.take(1)
        self.assertEqual(small.answers[0].status, 200)

    def test_what_is_refused_is_not_kept(self):
        size, count = 400_000, 500
        with LogLock(self.service) as lock:
            sets = Sets(self.service, self.user, BOUND)
            wait_until(lambda: scrape(self.client).pending() == BOUND, what="a full queue")
            self.client.set(self.user, "large", b"x" * size)
            before = scrape(self.client).value("process_resident_memory_bytes")
            for _ in range(count):
                self.assertEqual(self.client.set(self.user, "large", b"x" * size).status, 429)
            after = scrape(self.client).value("process_resident_memory_bytes")
            lock.release()
            sets.take(BOUND)
        # A quarter of what came.
        self.assertLess(after - before, size * count / 4)


if __name__ == "__main__":
    unittest.main()
