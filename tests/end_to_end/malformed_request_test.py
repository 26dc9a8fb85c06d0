"""Bytes that are no HTTP/1.1 request: a clear 4xx (or 501, 505), the connection closed, and the service
goes on."""

import unittest

from client import Connection, metadata_path, request
from service import Service


class MalformedRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.path = metadata_path(cls.service.admin, "key")
        cls.good = request("GET", "/debug/healthz")

    def tearDown(self):
        self.assertIsNone(self.service.process.poll(), self.service.stderr)
        self.assertEqual(self.service.client().get("/debug/healthz").body, b"ok")
        self.assertNotRegex(self.service.stderr, "error|critical")

    def refused(self, data, statuses, closed=True):
        """The answer to bytes that must be refused with one of these statuses, as our JSON."""
        with self.subTest(data[:40] + b"..." + data[-40:]), Connection(
            self.service.address, 10
        ) as connection:
            connection.send(data)
            answer = connection.answer()
            self.assertIn(answer.status, statuses, answer)
            self.assertEqual(answer.headers["content-type"], "application/json")
            self.assertIn("code", answer.json)
            self.assertTrue(answer.json["message"])
            if closed:
                # What follows the malformed part is not taken for a request.
                self.assertEqual(answer.headers.get("connection"), "close")
                self.assertTrue(connection.is_closed())

    def test_request_line(self):
        for line in (
            b"GARBAGE",
            b"GET",
            b"GET /",
            b"GET  / HTTP/1.1",
            b"GET / HTTP/1.1 extra",
            b" GET / HTTP/1.1",
            b"G\x00T / HTTP/1.1",
            b"G(T / HTTP/1.1",
            b"GET /\x01 HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"GET / HTTQ/1.1",
            b"GET / http/1.1",
            b"GET / HTTP/1",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS client hello
            b"\xff\xfe\xfd",
        ):
            self.refused(line + b"\r\nhost: a\r\n\r\n", [400])

    def test_other_versions(self):
        for version in (b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/1.2", b"HTTP/9.9"):
            self.refused(b"GET /debug/healthz " + version + b"\r\nhost: a\r\n\r\n", [400, 505])

    def test_header_fields(self):
        for fields in (
            b"host: a\r\nno colon here",
            b"host: a\r\n: no name",
            b"host: a\r\nna me: x",
            b"host: a\r\nname : x",
            b"host: a\r\nname: \x00",
            b"host: a\r\nname: \x7f",
            b"host: a\r\nname: x\r\n folded",
            b" host: a",
            b"host: a\nname: x",
            b"host: a\r\nname: x\ry: z",
            b"host: a\r\nhost: b",
            b"name: no host",
        ):
            self.refused(b"GET /debug/healthz HTTP/1.1\r\n" + fields + b"\r\n\r\n", [400])

    def test_a_header_that_is_too_large(self):
        self.refused(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", [414, 431])
        self.refused(b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 100_000 + b"\r\n\r\n", [431])
        self.refused(b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 20_000 + b"\r\n", [431])

    def test_where_a_body_ends_is_never_guessed(self):
        for fields in (
            b"content-length: -1",
            b"content-length: +1",
            b"content-length: 1x",
            b"content-length: 0x1",
            b"content-length: ",
            b"content-length: 1, 2",
            b"content-length: 1\r\ncontent-length: 2",
            b"content-length: 1\r\ncontent-length: 1",
            b"content-length: 99999999999999999999999",
            b"content-length: 1\r\ntransfer-encoding: chunked",
            b"transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            b"transfer-encoding: chunked, identity",
            b"transfer-encoding: xchunked",
            b"transfer-encoding: gzip",
            b"transfer-encoding: ",
        ):
            head = f"POST {self.path} HTTP/1.1\r\nhost: a\r\n".encode()
            # The body looks like a second request: it must not be taken for one.
            self.refused(head + fields + b"\r\n\r\n" + self.good, [400, 413, 501])

    def test_chunks(self):
        head = f"POST {self.path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        for chunk in (
            b"x\r\nabc\r\n0\r\n\r\n",
            b"-1\r\nabc\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n0\r\n\r\n",
            b"\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"3\nabc\r\n0\r\n\r\n",
            b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
            b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
            b"3;" + b"e" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
            b"0\r\nbad trailer\r\n\r\n",
            b"0\r\nx: " + b"t" * 100_000 + b"\r\n\r\n",
        ):
            self.refused(head + chunk, [400, 413, 431])

    def test_good_chunks_are_a_body(self):
        body = b'{"value": "aGVsbG8="}'
        head = f"POST {self.path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {self.service.token}\r\n"
        chunks = (
            b"".join(b"1;x=y\r\n" + body[i : i + 1] + b"\r\n" for i in range(len(body)))
            + b"0\r\nt: u\r\n\r\n"
        )
        with Connection(self.service.address) as connection:
            connection.send(head.encode() + b"transfer-encoding: Chunked\r\n\r\n" + chunks + self.good)
            self.assertEqual(connection.answer().status, 200)
            self.assertEqual(connection.answer().body, b"ok")
        self.assertEqual(self.service.client().value(self.service.admin, "key"), b"hello")

    def test_many_requests_in_one_packet_are_answered_in_order(self):
        with Connection(self.service.address) as connection:
            connection.send(b"".join(request("GET", f"/none/{i}") + self.good for i in range(50)))
            for _ in range(50):
                self.assertEqual(connection.answer().status, 404)
                self.assertEqual(connection.answer().body, b"ok")

    def test_a_request_that_comes_byte_by_byte(self):
        with Connection(self.service.address) as connection:
            for byte in self.good:
                connection.send(bytes([byte]))
            self.assertEqual(connection.answer().body, b"ok")

    def test_a_request_that_is_cut_short_gets_no_answer_but_costs_nothing(self):
        data = request(
            "POST", self.path, {"authorization": f"Bearer {self.service.token}"}, b'{"value":"Y3V0"}'
        )
        before = self.service.sql("SELECT count(*) FROM events")
        for length in range(1, len(data), 7):
            with Connection(self.service.address, 10) as connection:
                connection.send(data[:length])
                connection.end_sending()
                self.assertTrue(connection.is_closed(), length)
        self.assertEqual(self.service.sql("SELECT count(*) FROM events"), before)

    def test_noise(self):
        seed = 12345
        for _ in range(300):
            noise = bytearray()
            for _ in range(1 + seed % 400):
                seed = (seed * 1103515245 + 12345) % 2**31
                noise.append(seed >> 16 & 0xFF)
            with Connection(self.service.address, 10) as connection:
                try:
                    connection.send(bytes(noise) + b"\r\n\r\n")
                    connection.end_sending()
                    self.assertIn(connection.answer().status, (400, 431, 505))
                except (ConnectionError, BrokenPipeError):
                    pass  # noise that never was a whole header


if __name__ == "__main__":
    unittest.main()
