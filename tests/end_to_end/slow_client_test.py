"""Clients that are slow, many, or say nothing: each costs a bounded time, and the others go on."""

import os
import time
import unittest

import people
from client import Connection, encoded, metadata_path, request
from service import Service, limit_open_files, wait_until

HEADER_TIME, BODY_TIME, IDLE_TIME = 1, 1, 1


class SlowClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        times = ("--header-timeout", HEADER_TIME, "--body-timeout", BODY_TIME, "--idle-timeout", IDLE_TIME)
        cls.service = Service.of(cls, *times)
        cls.path = metadata_path(cls.service.admin, "key")
        cls.headers = {"authorization": f"Bearer {cls.service.token}"}

    def drip(self, connection, data, limit):
        """Sends a byte every 50 ms until the answer comes or the connection ends: the answer or None, the
        time."""
        begin = time.monotonic()
        connection.socket.settimeout(0.05)
        for byte in data:
            try:
                connection.send(bytes([byte]))
                answer = connection.answer()
                return answer, time.monotonic() - begin
            except TimeoutError:
                self.assertLess(time.monotonic() - begin, limit, "the service is still patient")
            except ConnectionError:
                return None, time.monotonic() - begin
        raise AssertionError("all was sent before the time was over")

    def check_cut_off(self, before, slow, status=408):
        with Connection(self.service.address) as connection:
            connection.send(before)
            answer, spent = self.drip(connection, slow, 10)
            self.assertIsNotNone(answer)
            self.assertEqual((answer.status, answer.headers.get("connection")), (status, "close"))
            self.assertEqual(answer.json["code"], 4)
            self.assertGreater(spent, 0.8)
            connection.socket.settimeout(10)
            self.assertTrue(connection.is_closed())
        self.assertEqual(self.service.client().get("/debug/healthz").body, b"ok")

    def test_who_vanishes_without_a_word_is_looked_for(self):
        def timer():
            """The kernel's timer of the service's end (proc(5), /proc/net/tcp): 02 is keepalive."""
            here, there = (f"0100007F:{number:04X}" for number in (self.service.address[1], port))
            with open("/proc/net/tcp", encoding="ascii") as lines:
                rows = [line.split() for line in lines]
            return [row[5] for row in rows if row[1:3] == [here, there]]

        with Connection(self.service.address) as connection:
            port = connection.socket.getsockname()[1]
            wait_until(lambda: timer()[0].startswith("02"), what="the keepalive timer")
            self.assertLessEqual(int(timer()[0][3:], 16), 60 * os.sysconf("SC_CLK_TCK"))

    def test_a_slow_header_is_cut_off(self):
        self.check_cut_off(b"", b"GET /debug/healthz HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 400)

    def test_a_slow_body_is_cut_off(self):
        self.check_cut_off(
            request("POST", self.path, {**self.headers, "content-length": "400"}), b" " * 399
        )

    def test_a_slow_chunk_is_cut_off(self):
        chunks = b"1\r\n \r\n" * 100
        self.check_cut_off(
            request("POST", self.path, {**self.headers, "transfer-encoding": "chunked"}), chunks
        )

    def test_an_idle_connection_is_closed_without_a_word(self):
        for before in (b"", request("GET", "/debug/healthz")):
            with self.subTest(before), Connection(self.service.address, 10) as connection:
                if before:
                    self.assertEqual(connection.exchange(before).body, b"ok")
                begin = time.monotonic()
                self.assertTrue(connection.is_closed())
                self.assertLess(abs(time.monotonic() - begin - IDLE_TIME), 2)

    def test_a_client_that_says_something_now_and_then_stays(self):
        with Connection(self.service.address) as connection:
            end = time.monotonic() + 2.5 * IDLE_TIME
            while time.monotonic() < end:
                self.assertEqual(connection.exchange(request("GET", "/debug/healthz")).body, b"ok")
                time.sleep(IDLE_TIME / 4)  # being idle is what is tested

    def test_a_client_that_does_not_read_its_answers_holds_nobody_up(self):
        user = people.new_human(self.service.client())
        self.service.client().set(user, "large", b"x" * 500_000)
        get = request("GET", metadata_path(user, "large"), self.headers)
        with Connection(self.service.address) as connection:
            connection.send(get * 50)
            client = self.service.client()
            for number in range(50):
                self.assertEqual(client.set(user, "small", str(number).encode()).status, 200)


class ManyClients(unittest.TestCase):
    def test_1100_idle_connections_while_requests_go_on(self):
        if limit_open_files() < 3000:
            self.skipTest("this user may not have so many files open")
        # The usual limit, which the service has to raise for itself.
        limit_open_files(1024)
        with Service() as service:
            limit_open_files()
            user = people.new_human(service.client())
            idle = [Connection(service.address) for _ in range(1100)]
            try:
                client = service.client()
                for number in range(200):
                    value = str(number).encode()
                    self.assertEqual(client.set(user, "key", value).status, 200)
                    self.assertEqual(client.value(user, "key"), value)
                # They were served all along, not kept waiting.
                for connection in idle[::50]:
                    self.assertEqual(connection.exchange(request("GET", "/debug/healthz")).body, b"ok")
            finally:
                for connection in idle:
                    connection.close()
            self.assertNotRegex(service.stderr, "warn|error")
            self.assertEqual(service.stop(), 0)

    def test_more_connections_than_max_connections_get_503(self):
        with Service("--max-connections", "5") as service:
            health = request("GET", "/debug/healthz")
            held = [Connection(service.address) for _ in range(5)]
            for connection in held:
                self.assertEqual(connection.exchange(health).body, b"ok")
            with Connection(service.address) as surplus:
                surplus.send(health)
                answer = surplus.answer()
                self.assertEqual((answer.status, answer.json["code"]), (503, 14))
                self.assertEqual(answer.headers.get("connection"), "close")
            for connection in held:
                self.assertEqual(connection.exchange(health).body, b"ok")
            held.pop().close()

            def served():
                with Connection(service.address) as next_one:
                    return next_one.exchange(health).status == 200

            wait_until(served, what="the place of the one that left")
            for connection in held:
                connection.close()

    def test_more_commands_than_pending_commands_get_429_and_none_is_lost(self):
        with Service("--pending-commands", "1", "--threads", "2") as service:
            user = people.new_human(service.client())
            body = b'{"value":"%s"}' % encoded(b"x").encode()
            headers = {"authorization": f"Bearer {service.token}"}
            connections = [Connection(service.address) for _ in range(40)]
            seen = set()
            for attempt in range(50):
                for number, connection in enumerate(connections):
                    connection.send(
                        request("POST", metadata_path(user, f"k-{attempt}-{number}"), headers, body)
                    )
                for connection in connections:
                    answer = connection.answer()
                    seen.add(answer.status)
                    if answer.status == 429:
                        self.assertEqual(answer.json["code"], 8)
                        self.assertIn("retry-after", answer.headers)
                if {200, 429} <= seen:
                    break
            for connection in connections:
                connection.close()
            self.assertEqual(seen, {200, 429})
            self.assertEqual(service.client().set(user, "after", b"x").status, 200)


if __name__ == "__main__":
    unittest.main()
