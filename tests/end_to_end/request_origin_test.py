"""What an event keeps about its request: x-request-id, traceparent and the client's address."""

import json
import unittest

import people
from service import Service

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Origin:
    def event(self, headers):
        """The answer to a set with these headers, and its event as `usermeta replay` prints it."""
        client = self.service.client()
        user = people.new_machine(client)
        answer = client.set(user, "key", b"value", headers=headers)
        self.assertEqual(answer.status, 200)
        done = self.service.run("replay", "--user", user)
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        return answer, next(e for e in events if e.get("type") == "user.metadata.set")

    def address(self, **headers):
        return self.event({name.replace("_", "-"): value for name, value in headers.items()})[1][
            "clientAddress"
        ]


class Untrusted(Origin, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)

    def test_the_request_id_is_echoed_and_kept(self):
        answer, event = self.event({"x-request-id": "order-4711", "traceparent": TRACE})
        self.assertEqual(answer.headers["x-request-id"], "order-4711")
        self.assertEqual((event["requestId"], event["traceparent"]), ("order-4711", TRACE))

    def test_without_one_a_new_one_is_made(self):
        answer, event = self.event({})
        self.assertTrue(answer.headers["x-request-id"])
        self.assertEqual(event["requestId"], answer.headers["x-request-id"])
        self.assertNotIn("traceparent", event)
        self.assertNotEqual(self.event({})[1]["requestId"], event["requestId"])

    def test_one_that_is_not_tame_is_replaced(self):
        for bad in ("x" * 1000, "with space", "é".encode().decode("latin-1")):
            answer, event = self.event({"x-request-id": bad})
            self.assertNotIn(bad, answer.headers["x-request-id"])
            self.assertEqual(event["requestId"], answer.headers["x-request-id"])

    def test_a_malformed_traceparent_is_ignored_and_the_call_is_done(self):
        for bad in (TRACE + "-more", TRACE.upper(), TRACE[:-1], "00-1", "ff" + TRACE[2:], "nonsense"):
            with self.subTest(bad):
                self.assertNotIn("traceparent", self.event({"traceparent": bad})[1])

    def test_a_traceparent_of_a_later_version_is_kept_as_ours(self):
        _, event = self.event({"traceparent": f"cc{TRACE[2:]}-what-the-future-will-be-like"})
        self.assertEqual(event["traceparent"], TRACE)

    def test_errors_carry_it_too(self):
        client = self.service.client()
        for path, status in (("/none", 404), ("/management/v1/users/1/metadata/none", 404)):
            answer = client.get(path, headers={"x-request-id": "order-4712"})
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers.get("x-request-id"), "order-4712", path)

    def test_the_peers_address_whatever_the_headers_say(self):
        self.assertEqual(self.address(x_forwarded_for="203.0.113.9"), "127.0.0.1")
        self.assertEqual(self.address(forwarded="for=203.0.113.9"), "127.0.0.1")
        self.assertEqual(self.address(x_forwarded_for="10.0.0.1, 127.0.0.1"), "127.0.0.1")


class Trusted(Origin, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls, "--trusted-proxies", "127.0.0.0/8,10.0.0.0/8,2001:db8::/32")

    def test_the_last_address_that_is_no_proxy(self):
        for header, address in (
            ("203.0.113.9", "203.0.113.9"),
            ("198.51.100.7, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.1.2.3", "203.0.113.9"),
            ("198.51.100.7, 203.0.113.9, 10.1.2.3, 10.9.9.9", "203.0.113.9"),
            ("2001:db9::1, 2001:db8::7", "2001:db9::1"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("10.1.2.3", "10.1.2.3"),
            ("nonsense", "127.0.0.1"),
            ("nonsense, 10.1.2.3", "10.1.2.3"),
            ("", "127.0.0.1"),
        ):
            with self.subTest(header):
                self.assertEqual(self.address(x_forwarded_for=header), address)

    def test_forwarded_of_rfc_7239(self):
        for header, address in (
            ("for=203.0.113.9", "203.0.113.9"),
            ('For="[2001:db9::1]:4711";proto=https', "2001:db9::1"),
            ("for=203.0.113.9;by=10.0.0.1, for=10.1.2.3", "203.0.113.9"),
            ("for=unknown", "127.0.0.1"),
        ):
            with self.subTest(header):
                self.assertEqual(self.address(forwarded=header), address)


if __name__ == "__main__":
    unittest.main()
