"""HEAD, 405 with Allow, CORS, Expect: 100-continue, HTTP/1.0, and what every answer carries."""

import unittest

from client import Connection, encoded, metadata_path, request
from service import Service


class Methods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.path = metadata_path(cls.service.admin, "key")
        cls.client.done(cls.client.set(cls.service.admin, "key", b"hello"))
        cls.auth = {"authorization": f"Bearer {cls.service.token}"}

    def test_head_wherever_get_is(self):
        for path in (
            self.path,
            "/debug/healthz",
            "/debug/ready",
            "/management/v1/healthz",
            "/admin/v1/healthz",
        ):
            with self.subTest(path), Connection(self.service.address) as connection:
                got = connection.exchange(request("GET", path, self.auth))
                head = connection.exchange(request("HEAD", path, self.auth), of_head=True)
                self.assertEqual((got.status, head.status), (200, 200))
                for name in ("content-type", "content-length"):
                    self.assertEqual(head.headers.get(name), got.headers.get(name))
                # Nothing follows the head: the next answer is the next request's.
                self.assertEqual(connection.exchange(request("GET", path, self.auth)).body, got.body)

    def test_head_of_what_is_not_there(self):
        with Connection(self.service.address) as connection:
            missing = metadata_path(self.service.admin, "none")
            self.assertEqual(
                connection.exchange(request("HEAD", missing, self.auth), of_head=True).status, 404
            )
            self.assertEqual(connection.exchange(request("HEAD", self.path), of_head=True).status, 401)
            self.assertEqual(connection.exchange(request("HEAD", "/none"), of_head=True).status, 404)
            self.assertEqual(connection.exchange(request("GET", "/debug/healthz")).body, b"ok")

    def test_a_wrong_method_is_told_the_right_ones(self):
        users = f"/management/v1/users/{self.service.admin}"
        for path, allowed in (
            (self.path, {"GET", "HEAD", "POST", "DELETE"}),
            (metadata_path("1", "_search"), {"GET", "HEAD", "POST", "DELETE"}),
            (users, {"DELETE"}),
            (users + "/_lock", {"POST"}),
            (users + "/pats", {"POST"}),
            (users + "/pats/1", {"DELETE"}),
            ("/management/v1/orgs", {"POST"}),
            ("/admin/v1/members/1", {"DELETE"}),
            ("/management/v1/healthz", {"GET", "HEAD"}),
            ("/debug/healthz", {"GET", "HEAD"}),
            (f"/v2/users/{self.service.admin}/metadata", {"POST", "DELETE"}),
        ):
            for method in ("PUT", "PATCH", "TRACE", "OPTIONS", "FOO"):
                with self.subTest(path=path, method=method), Connection(self.service.address) as connection:
                    answer = connection.exchange(request(method, path, self.auth))
                    self.assertEqual((answer.status, answer.json["code"]), (405, 12))
                    self.assertEqual(set(answer.headers["allow"].replace(" ", "").split(",")), allowed)

    def test_unknown_paths(self):
        for path in (
            "/",
            "/management/v1/users",
            "/management/v1/users/1/metadata",
            "/v2/users/1",
            "//",
            "/debug/x",
        ):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).error[:2], (404, 5))
                self.assertEqual(self.client.get(path).error[2], "")

    def test_cors_preflight(self):
        headers = {
            "origin": "https://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-zitadel-orgid",
        }
        for path in (self.path, f"/v2/users/{self.service.admin}/metadata"):
            with Connection(self.service.address) as connection:
                answer = connection.exchange(request("OPTIONS", path, headers))
                self.assertEqual((answer.status, answer.body), (204, b""))
                self.assertEqual(answer.headers["access-control-allow-origin"], "https://app.example")
                self.assertIn("POST", answer.headers["access-control-allow-methods"])
                allowed = answer.headers["access-control-allow-headers"].lower()
                for name in ("authorization", "content-type", "x-zitadel-orgid", "x-grpc-web"):
                    self.assertIn(name, allowed)
                self.assertEqual(connection.exchange(request("GET", "/debug/healthz")).body, b"ok")

    def test_cors_of_answers_good_and_bad(self):
        origin = {"origin": "https://app.example"}
        for path, headers, body in (
            (self.path, {}, b'{"value":"aGVsbG8="}'),
            (self.path, {"authorization": "Bearer wrong"}, b'{"value":"aGVsbG8="}'),
            (self.path, {}, b"{"),
            ("/none", {}, b"{}"),
        ):
            with Connection(self.service.address) as connection:
                answer = connection.exchange(
                    request("POST", path, {**self.auth, **origin, **headers}, body)
                )
                self.assertEqual(answer.headers["access-control-allow-origin"], "https://app.example")
                self.assertIn("grpc-status", answer.headers["access-control-expose-headers"].lower())
                self.assertEqual(answer.headers["vary"].lower(), "origin")
        self.assertNotIn("access-control-allow-origin", self.client.get(self.path).headers)

    def test_expect_100_continue(self):
        body = b'{"value":"%s"}' % encoded(b"expected").encode()
        headers = {**self.auth, "expect": "100-continue", "content-length": str(len(body))}
        with Connection(self.service.address) as connection:
            # The body is sent when the service asks for it only.
            self.assertEqual(connection.exchange(request("POST", self.path, headers)).status, 100)
            self.assertEqual(connection.exchange(body).status, 200)
        self.assertEqual(self.client.value(self.service.admin, "key"), b"expected")

    def test_expect_100_continue_is_refused_before_the_body(self):
        for path, length, status in (("/none", 10, 404), (self.path, 5 << 20, 413)):
            headers = {**self.auth, "expect": "100-continue", "content-length": str(length)}
            with self.subTest(status), Connection(self.service.address) as connection:
                self.assertEqual(connection.exchange(request("POST", path, headers)).status, status)
        with Connection(self.service.address) as connection:
            headers = {**self.auth, "expect": "a-miracle"}
            self.assertEqual(connection.exchange(request("POST", self.path, headers, b"{}")).status, 417)

    def test_keep_alive_and_close(self):
        with Connection(self.service.address) as connection:
            for _ in range(3):
                answer = connection.exchange(request("GET", "/debug/healthz"))
                self.assertNotEqual(answer.headers.get("connection"), "close")
            answer = connection.exchange(request("GET", "/debug/healthz", {"connection": "close"}))
            self.assertEqual(answer.headers.get("connection"), "close")
            self.assertTrue(connection.is_closed())

    def test_http_1_0(self):
        with Connection(self.service.address) as connection:
            self.assertEqual(connection.exchange(b"GET /debug/healthz HTTP/1.0\r\n\r\n").body, b"ok")
            self.assertTrue(connection.is_closed())
        with Connection(self.service.address) as connection:
            line = b"GET /debug/healthz HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"
            for _ in range(2):
                answer = connection.exchange(line)
                self.assertEqual((answer.body, answer.headers["connection"]), (b"ok", "keep-alive"))

    def test_the_absolute_form_of_a_target(self):
        with Connection(self.service.address) as connection:
            self.assertEqual(connection.exchange(request("GET", "http://test/debug/healthz")).body, b"ok")

    def test_401_says_which_scheme(self):
        answer = self.client.call("GET", self.path, headers={"authorization": "Bearer wrong"})
        self.assertEqual(answer.status, 401)
        self.assertTrue(answer.headers["www-authenticate"].startswith("Bearer"))

    def test_readiness(self):
        self.assertEqual(self.client.get("/debug/ready").status, 200)


if __name__ == "__main__":
    unittest.main()
