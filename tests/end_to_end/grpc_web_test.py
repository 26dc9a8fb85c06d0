"""gRPC-Web over HTTP/1.1, with bytes that are put together and taken apart here."""

import base64
import gzip
import unittest
import urllib.parse

import people
from client import metadata_path
from grpc_frames import frame, frames
from protobuf import error_detail, fields, message, text
from service import Service

V1 = "/zitadel.management.v1.ManagementService/"
V2 = "/zitadel.user.v2.UserService/"
BINARY = ("application/grpc-web", "application/grpc-web+proto")
TEXT = ("application/grpc-web-text", "application/grpc-web-text+proto")


class Reply:
    """Status, ZITADEL's id and message of an answer, and its message's fields."""

    def __init__(self, answer, content_type):
        if (answer.status, answer.headers["content-type"]) != (200, content_type):
            raise AssertionError(f"{answer} {answer.headers}")
        body = base64.b64decode(answer.body, validate=True) if "-text" in content_type else answer.body
        *messages, (flags, trailers) = frames(body)
        if flags != 0x80:
            raise AssertionError("no trailers at the end")
        self.trailers = dict(line.split(": ", 1) for line in trailers.decode().split("\r\n")[:-1])
        self.code = int(self.trailers["grpc-status"])
        self.message = urllib.parse.unquote(self.trailers.get("grpc-message", ""))
        self.id = ""
        details = self.trailers.get("grpc-status-details-bin")
        if details:
            status = fields(base64.b64decode(details + "=" * (-len(details) % 4), validate=True))
            if (status[1], text(status, 2)) != ([self.code], self.message):
                raise AssertionError("two statuses")
            self.any = fields(status[3][0])
            self.id = error_detail(self.any[2][0])[0]
        self.flags = messages[0][0] if messages else 0
        data = messages[0][1] if messages else b""
        self.fields = fields(gzip.decompress(data) if self.flags & 1 else data)


class GrpcWeb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.user = people.new_machine(cls.client)

    def call(self, path, payload, content_type=BINARY[1], body=None, **headers):
        body = frame(payload) if body is None else body
        if "-text" in content_type:
            body = base64.b64encode(body)
        fields_sent = {"content-type": content_type}
        fields_sent.update((name.replace("_", "-"), value) for name, value in headers.items())
        answer = self.client.call("POST", path, raw=body, headers=fields_sent)
        return Reply(answer, content_type)

    def test_sets_and_gets_in_binary_and_in_text(self):
        for number, content_type in enumerate(BINARY + TEXT):
            key, value = f"key-{number}-\u00e9", bytes([0, 255, number])
            request = message([(1, self.user), (2, key), (3, value)])
            reply = self.call(V1 + "SetUserMetadata", request, content_type)
            self.assertEqual((reply.code, text(reply.fields, 1)), (0, self.user), reply.message)
            self.assertGreater(fields(reply.fields[2][0])[1][0], 0)
            self.assertEqual(self.client.value(self.user, key), value)
            got = self.call(V1 + "GetUserMetadata", message([(1, self.user), (2, key)]), content_type)
            self.assertEqual(fields(got.fields[1][0])[3], [value])

    def test_v2(self):
        entry = message([(1, "v2"), (2, b"1")])
        reply = self.call(V2 + "SetUserMetadata", message([(1, self.user), (2, entry)]))
        self.assertEqual((reply.code, set(reply.fields)), (0, {1}))
        self.assertEqual(self.client.value(self.user, "v2"), b"1")

    def test_refusals_have_their_details(self):
        request = message([(1, "9"), (2, "k"), (3, b"1")])
        for content_type in BINARY + TEXT:
            reply = self.call(V1 + "SetUserMetadata", request, content_type)
            self.assertEqual((reply.code, reply.id), (9, "COMMAND-uXHNj"))
            self.assertTrue(reply.message.endswith(" (COMMAND-uXHNj)"))
            self.assertEqual(text(reply.any, 1), "type.googleapis.com/zitadel.v1.ErrorDetail")
        self.assertEqual(self.call(V1 + "SetUserMetadata", request, authorization=None).code, 16)

    def test_the_rest_path_takes_frames_too(self):
        request = message([(3, b"framed")])
        reply = self.call(metadata_path(self.user, "rest"), request)
        self.assertEqual((reply.code, text(reply.fields, 1)), (0, self.user))
        other = message([(1, "9"), (2, "other"), (3, b"wins")])
        self.assertEqual(self.call(metadata_path(self.user, "rest"), other, TEXT[0]).code, 0)
        self.assertEqual(self.client.value(self.user, "rest"), b"wins")
        self.assertIsNone(self.client.value(self.user, "other"))

    def test_packed_both_ways(self):
        request = message([(1, self.user), (2, "large"), (3, b"x" * 100_000)])
        packed = frame(gzip.compress(request), 1)
        reply = self.call(V1 + "SetUserMetadata", b"", body=packed, grpc_encoding="gzip")
        self.assertEqual(reply.code, 0, reply.message)
        get = message([(1, self.user), (2, "large")])
        got = self.call(V1 + "GetUserMetadata", get, grpc_accept_encoding="gzip")
        self.assertEqual((got.flags, fields(got.fields[1][0])[3]), (1, [b"x" * 100_000]))
        unknown = self.call(V1 + "SetUserMetadata", request, grpc_encoding="br")
        self.assertEqual(unknown.code, 12)
        bomb = frame(gzip.compress(bytes(64 << 20)), 1)
        self.assertEqual(self.call(V1 + "SetUserMetadata", b"", body=bomb, grpc_encoding="gzip").code, 8)

    def test_what_makes_no_sense_is_refused_in_the_format(self):
        path = V1 + "SetUserMetadata"
        for body, code in (
            (b"", 12),
            (b"\0", 13),
            (b"\0\0\0\0\x09abc", 13),
            (frame(b"") + frame(b""), 12),
            (frame(b"\x0a\x05abc"), 3),
            (frame(b"\x0a\x01\xff"), 3),
        ):
            self.assertEqual(self.call(path, b"", body=body).code, code, body)
        self.assertEqual(self.call(V1 + "Nope", b"").code, 12)
        self.assertEqual(self.call("/no.Service/Nope", b"").code, 12)
        late = message([(1, self.user), (2, "late"), (3, b"1")])
        self.assertEqual(self.call(path, late, grpc_timeout="1n").code, 4)
        self.assertIsNone(self.client.value(self.user, "late"))
        self.assertEqual(self.service.process.poll(), None)
        self.assertNotIn("libprotobuf", self.service.stderr)

    def test_a_body_that_is_too_long_is_resource_exhausted(self):
        long = message([(1, self.user), (2, "long"), (3, bytes(5 << 20))])
        for content_type in BINARY + TEXT:
            reply = self.call(V1 + "SetUserMetadata", long, content_type)
            self.assertEqual(reply.code, 8)
            self.client.close()

    def test_a_message_of_4_mib_is_taken(self):
        fields = [(1, self.user), (2, "exact"), (3, b"1")]
        rest = (4 << 20) - len(message([*fields, (100, bytes(3 << 20))])) + (3 << 20)
        exact = message([*fields, (100, bytes(rest))])
        self.assertEqual(len(exact), 4 << 20)
        for content_type in BINARY + TEXT:
            self.assertEqual(self.call(V1 + "SetUserMetadata", exact, content_type).code, 0)

    def test_text_may_come_in_pieces(self):
        request = frame(message([(1, self.user), (2, "pieces"), (3, b"1")]))
        body = b"".join(base64.b64encode(request[i : i + 7]) for i in range(0, len(request), 7))
        answer = self.client.call(
            "POST", V1 + "SetUserMetadata", raw=body, headers={"content-type": TEXT[0]}
        )
        self.assertEqual(Reply(answer, TEXT[0]).code, 0)

    def test_browsers_see_the_status(self):
        headers = {
            "origin": "https://app.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-grpc-web,grpc-timeout",
        }
        path = V1 + "SetUserMetadata"
        preflight = self.client.call("OPTIONS", path, headers=headers)
        self.assertEqual(preflight.status, 204)
        allowed = preflight.headers["access-control-allow-headers"].lower()
        for name in headers["access-control-request-headers"].split(","):
            self.assertIn(name, allowed)
        sent = {"origin": "https://app.example", "content-type": BINARY[0]}
        answer = self.client.call("POST", path, raw=frame(b""), headers=sent)
        self.assertEqual(answer.headers["access-control-allow-origin"], "https://app.example")
        self.assertIn("grpc-status", answer.headers["access-control-expose-headers"].lower())


if __name__ == "__main__":
    unittest.main()
