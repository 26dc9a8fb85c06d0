"""Bodies and paths that make no sense: 400 code 3 (413 code 8 for size) before anything else, never a 5xx."""

import json
import pathlib
import resource
import unittest

from client import Connection, metadata_path, request
from service import Service


class MalformedBodies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.user = cls.service.admin
        cls.client = cls.service.client()
        cls.path = metadata_path(cls.user, "key")

    def setUp(self):
        self.before = self.service.sql("SELECT count(*) FROM events")

    def tearDown(self):
        self.assertEqual(
            self.service.sql("SELECT count(*) FROM events"), self.before, "a bad request made an event"
        )
        self.assertIsNone(self.service.process.poll(), self.service.stderr)
        self.assertEqual(self.client.get("/debug/healthz").body, b"ok")
        self.assertNotRegex(self.service.stderr, "error|critical")

    def check(self, raw, path=None, method="POST", status=400, code=3):
        for token in (self.service.token, None):  # form comes before authentication
            with self.subTest(raw[:60], token=bool(token)):
                headers = {"content-type": "application/json"}
                if token:
                    headers["authorization"] = f"Bearer {token}"
                with Connection(self.service.address) as connection:
                    answer = connection.exchange(request(method, path or self.path, headers, raw))
                self.assertEqual((answer.status, answer.json["code"]), (status, code), answer)
                self.assertNotIn("details", answer.json)

    def test_json(self):
        for raw in (
            b"{",
            b"}",
            b"[]",
            b"null",
            b"1",
            b'"value"',
            b"{'value': 'YQ=='}",
            b'{"value" "YQ=="}',
            b'{"value": "YQ=="} x',
            b'{"value": "YQ=="}{}',
            b'{"value": "YQ==",}',
            b'{"value": "YQ==", "value": "Yg=="}',
            b'{"value": YQ==}',
            b'{"value": "YQ==}',
            b'{"value": 1e}',
            b'{"x": 01, "value": "YQ=="}',
            b'{"x": NaN, "value": "YQ=="}',
            b'{"x": tru, "value": "YQ=="}',
            b'{/* why */"value": "YQ=="}',
            b'\xef\xbb\xbf{"value": "YQ=="}',
            b'{"value": {"a": "b"}}',
            b'{"value": ["YQ=="]}',
            b'{"value": true}',
        ):
            self.check(raw)

    def test_escapes(self):
        for raw in (
            b'{"value": "\\x"}',
            b'{"value": "\\u12"}',
            b'{"value": "\\uZZZZ"}',
            b'{"x": "\\ud800", "value": "YQ=="}',
            b'{"x": "\\udc00\\ud800", "value": "YQ=="}',
            b'{"x": "a\nb", "value": "YQ=="}',
            b'{"x": "a\x00b", "value": "YQ=="}',
            b'{"value": "\\',
        ):
            self.check(raw)

    def test_utf8(self):
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"):
            self.check(b'{"x": "' + bad + b'", "value": "YQ=="}')
            self.check(b'{"' + bad + b'": "x", "value": "YQ=="}')
            escaped = "".join(f"%{byte:02X}" for byte in bad)
            self.check(b'{"value": "YQ=="}', f"/management/v1/users/{self.user}/metadata/{escaped}")
            self.check(b'{"value": "YQ=="}', f"/management/v1/users/{escaped}/metadata/key")

    def test_base64(self):
        for bad in ("=", "Y", "YQ===", "YQ=a", "Y=Q=", "Y!==", "YQ==YQ==", "YQ==\\u0000", "Y Q=="):
            self.check(f'{{"value": "{bad}"}}'.encode())
        self.check(b'{"metadata": [{"key": "a", "value": "*"}]}', f"/v2/users/{self.user}/metadata")

    def test_escapes_in_the_path(self):
        for key in ("%", "%4", "%zz", "a%", "%%41"):
            self.check(b'{"value": "YQ=="}', f"/management/v1/users/{self.user}/metadata/{key}")

    def test_nul_in_ids_and_keys(self):
        raw = b'{"value": "YQ=="}'
        for path in (
            f"/management/v1/users/{self.user}/metadata/a%00b",
            "/management/v1/users/a%00b/metadata/key",
        ):
            for method in ("POST", "GET", "DELETE"):
                answer = self.client.call(method, path, raw=raw if method == "POST" else None)
                self.assertEqual(answer.error, (400, 3, ""), path)
        bulk = {"metadata": [{"key": "a\0b", "value": "YQ=="}]}
        self.assertEqual(self.client.post(metadata_path(self.user, "_bulk"), bulk).error, (400, 3, ""))
        self.assertEqual(self.client.post(f"/v2/users/{self.user}/metadata", bulk).error, (400, 3, ""))
        for name in ("a\0b",):
            answer = self.client.post("/management/v1/users/machine", {"userName": name, "name": "n"})
            self.assertEqual(answer.error, (400, 3, ""))
            self.assertEqual(self.client.post("/management/v1/orgs", {"name": name}).error, (400, 3, ""))
        query = {"queries": [{"keyQuery": {"key": "a\0b"}}]}
        self.assertEqual(self.client.post(metadata_path(self.user, "_search"), query).error, (400, 3, ""))
        self.assertEqual(
            self.client.set(self.user, "k", b"v", headers={"x-zitadel-orgid": "9"}).error[0], 403
        )

    def test_20000_deep(self):
        deep = 20_000
        for raw in (
            b"[" * deep + b"]" * deep,
            b'{"a":' * deep + b"1" + b"}" * deep,
            b'{"x":' + b"[" * deep + b"]" * deep + b',"value":"YQ=="}',
            b'{"x":' + b'{"a":' * deep,
        ):
            self.check(raw)

    def test_many_members_and_long_numbers_are_only_slow_to_write(self):
        members = ",".join(f'"m{i}":{i}' for i in range(100_000))
        raw = ("{" + members + ',"value":{"no":"bytes"}}').encode()
        self.check(raw)
        self.check(b'{"x":' + b"9" * 1_000_000 + b',"value":[]}')

    def test_over_4_mib(self):
        fine = 4 * 1024 * 1024
        body = b'{"value": "YQ=="' + b" " * (fine - 17) + b"}"
        self.assertEqual(len(body), fine)
        answer = self.client.call("POST", self.path, raw=body, headers={"authorization": "Bearer x"})
        self.assertEqual(answer.status, 401, "exactly 4 MiB is read")
        self.check(body + b" ", status=413, code=8)

    def test_100_mb(self):
        size = 100 * 1000 * 1000
        memory = self.memory()
        head = request("POST", self.path, {"content-length": str(size)})
        chunked = request("POST", self.path, {"transfer-encoding": "chunked"})
        megabyte = b"a" * 1_000_000
        for start, piece in ((head, megabyte), (chunked, b"f4240\r\n" + megabyte + b"\r\n")):
            with Connection(self.service.address, 60) as connection:
                connection.send(start)
                # A client that reads nothing until it has sent everything still gets the answer.
                for _ in range(100):
                    connection.send(piece)
                answer = connection.answer()
                self.assertEqual((answer.status, answer.json["code"]), (413, 8))
                self.assertEqual(answer.headers.get("connection"), "close")
        self.assertLess(self.memory() - memory, 50 << 20, "the body is not kept in memory")

    def memory(self):
        statm = pathlib.Path(f"/proc/{self.service.process.pid}/statm")
        pages = int(statm.read_text().split()[1])
        return pages * resource.getpagesize()

    def test_unknown_members_and_null_are_passed_over(self):
        answer = self.client.call("POST", self.path, raw=b'{"x": [{"y": null}], "value": null}')
        self.assertEqual(answer.error, (400, 3, ""))
        listed = self.client.call(
            "POST", metadata_path(self.user, "_search"), raw=json.dumps({"queries": None}).encode()
        )
        self.assertEqual(listed.status, 200)


if __name__ == "__main__":
    unittest.main()
