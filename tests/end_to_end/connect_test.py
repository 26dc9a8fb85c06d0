"""Connect's unary calls over HTTP/1.1, JSON and protobuf."""

import base64
import gzip
import json
import unittest

import people
from client import encoded
from protobuf import error_detail, fields, message
from service import Service

V1 = "/zitadel.management.v1.ManagementService/"
V2 = "/zitadel.user.v2.UserService/"


class Connect(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.user = people.new_machine(cls.client)

    def call(self, path, body, content_type="application/json", method="POST", **headers):
        sent = {"content-type": content_type, "connect-protocol-version": "1"}
        sent.update((name.replace("_", "-"), value) for name, value in headers.items())
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.call(method, path, raw=raw, headers=sent)

    def set_v2(self, key, value=b"1", user=None):
        return {"userId": user or self.user, "metadata": [{"key": key, "value": encoded(value)}]}

    def test_json(self):
        answer = self.call(V2 + "SetUserMetadata", self.set_v2("json"))
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/json"))
        self.assertEqual(set(answer.json), {"setDate"})
        answer = self.call(V2 + "ListUserMetadata", {"userId": self.user})
        self.assertIn("json", [entry["key"] for entry in answer.json["metadata"]])
        answer = self.call(V2 + "DeleteUserMetadata", {"userId": self.user, "keys": ["json"]})
        self.assertEqual(set(answer.json), {"deletionDate"})
        answer = self.call(V1 + "SetUserMetadata", {"id": self.user, "key": "v1", "value": "MQ=="})
        self.assertEqual(answer.json["id"], self.user)

    def test_protobuf(self):
        request = message([(1, self.user), (2, message([(1, "proto"), (2, b"1")]))])
        answer = self.call(V2 + "SetUserMetadata", request, "application/proto")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/proto"))
        self.assertEqual(set(fields(answer.body)), {1})
        self.assertEqual(self.client.value(self.user, "proto"), b"1")

    def test_refusals_have_their_details(self):
        proto = message([(1, "9"), (2, message([(1, "k"), (2, b"1")]))])
        for body, content_type in (
            (self.set_v2("k", user="9"), "application/json"),
            (proto, "application/proto"),
        ):
            answer = self.call(V2 + "SetUserMetadata", body, content_type)
            self.assertEqual((answer.status, answer.headers["content-type"]), (400, "application/json"))
            self.assertEqual(answer.json["code"], "failed_precondition")
            (detail,) = answer.json["details"]
            self.assertEqual(detail["type"], "zitadel.v1.ErrorDetail")
            value = detail["value"]
            id, said = error_detail(base64.b64decode(value + "=" * (-len(value) % 4), validate=True))
            self.assertEqual((id, answer.json["message"]), ("COMMAND-uXHNj", f"{said} ({id})"))

    def test_codes_and_statuses(self):
        body = self.set_v2("never")
        path = V2 + "SetUserMetadata"
        for answer, status, code in (
            (self.call(path, body, authorization=None), 401, "unauthenticated"),
            (self.call(path, body, connect_protocol_version="2"), 400, "invalid_argument"),
            (self.call(path, body, connect_timeout_ms="0"), 504, "deadline_exceeded"),
            (self.call(path, body, content_encoding="br"), 501, "unimplemented"),
            (self.call(path, b"{"), 400, "invalid_argument"),
            (self.call(path, b"\x0a\x01\xff", "application/proto"), 400, "invalid_argument"),
            (self.call(V2 + "Nope", body), 404, "unimplemented"),
            (self.call("/no.Service/Nope", body, "application/proto"), 404, "unimplemented"),
        ):
            self.assertEqual((answer.status, answer.json["code"]), (status, code))
        self.assertEqual(self.call(path, body, "text/plain").status, 415)
        answer = self.call(path, b"", method="GET")
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))
        self.assertIsNone(self.client.value(self.user, "never"))

    def test_packed_both_ways(self):
        body = gzip.compress(json.dumps(self.set_v2("large", b"x" * 100_000)).encode())
        answer = self.call(V2 + "SetUserMetadata", body, content_encoding="gzip")
        self.assertEqual(answer.status, 200, answer)
        answer = self.call(V2 + "ListUserMetadata", {"userId": self.user}, accept_encoding="gzip")
        self.assertEqual(answer.headers["content-encoding"], "gzip")
        found = {e["key"]: e["value"] for e in json.loads(gzip.decompress(answer.body))["metadata"]}
        self.assertEqual(found["large"], encoded(b"x" * 100_000))
        bomb = gzip.compress(bytes(64 << 20))
        answer = self.call(V2 + "SetUserMetadata", bomb, content_encoding="gzip")
        self.assertEqual((answer.status, answer.json["code"]), (429, "resource_exhausted"))


if __name__ == "__main__":
    unittest.main()
