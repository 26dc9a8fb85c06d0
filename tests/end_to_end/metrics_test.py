"""GET /debug/metrics: every answer is counted once, by call, format and status; the text is well-formed."""

import json
import subprocess
import unittest

import people
import python_packages
from client import metadata_path
from grpc_frames import frame
from metrics import scrape
from protobuf import message
from service import Service, clean_environment

V1 = "zitadel.management.v1.ManagementService/"
REQUESTS = "usermeta_requests_total"
READ_AS_PROMETHEUS_DOES = """
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps({family.name: [family.type, len(family.samples)] for family in families}))
"""


def series(call, format, status):
    return frozenset({"call": call, "format": format, "status": status}.items())


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.user = people.new_machine(cls.client)

    def grpc(self, procedure, payload):
        """Over HTTP/2, as gRPC is spoken; of procedures that there are: their answers wait for the body, and
        curl 7.88 hangs when trailers come before its own body is sent."""
        command = ["curl", "-sS", "--http2-prior-knowledge", "-m", "60", "-o", "/dev/null"]
        command += ["-H", f"Authorization: Bearer {self.service.token}"]
        command += ["-H", "Content-Type: application/grpc", "-H", "TE: trailers", "--data-binary", "@-"]
        done = subprocess.run(
            [*command, f"{self.service.url}/{procedure}"], env=clean_environment(), input=frame(payload)
        )
        self.assertEqual(done.returncode, 0)

    def procedure(self, procedure, content_type, body):
        return self.client.call("POST", "/" + procedure, raw=body, headers={"content-type": content_type})

    def test_every_answer_is_counted_once_by_call_format_and_status(self):
        there = message([(1, self.user), (2, "key")])
        gone = message([(1, self.user), (2, "none")])
        before = scrape(self.client)
        self.client.set(self.user, "key", b"1")
        self.client.set(self.user, "key", b"2")
        self.client.set("9", "key", b"1")
        self.client.get(metadata_path(self.user, "key"))
        self.client.call("HEAD", metadata_path(self.user, "key"))
        self.client.get(metadata_path(self.user, "none"))
        self.service.client("no-token").get(metadata_path(self.user, "key"))
        self.grpc(V1 + "GetUserMetadata", there)
        self.grpc(V1 + "GetUserMetadata", there)
        self.grpc(V1 + "GetUserMetadata", gone)
        self.procedure(V1 + "Nope", "application/grpc-web+proto", frame(gone))
        self.procedure(V1 + "GetUserMetadata", "application/grpc-web+proto", frame(there))
        self.procedure(V1 + "GetUserMetadata", "application/grpc-web+proto", frame(gone))
        self.procedure(V1 + "GetUserMetadata", "application/proto", there)
        self.procedure(V1 + "GetUserMetadata", "application/proto", gone)
        self.procedure(V1 + "GetUserMetadata", "text/plain", there)
        self.client.post(f"/v2/users/{self.user}/metadata", {"metadata": [{"key": "a", "value": "MQ=="}]})
        self.client.get("/nope")
        self.client.call("PUT", metadata_path(self.user, "key"))
        self.client.get("/debug/healthz")
        after = scrape(self.client)
        get, set_ = V1 + "GetUserMetadata", V1 + "SetUserMetadata"
        self.assertEqual(
            after.since(before, REQUESTS),
            {
                series(set_, "rest", "200"): 2,
                series(set_, "rest", "400"): 1,
                series(get, "rest", "200"): 2,
                series(get, "rest", "404"): 1,
                series(get, "rest", "401"): 1,
                series(get, "grpc", "OK"): 2,
                series(get, "grpc", "NOT_FOUND"): 1,
                series("unrouted", "grpc_web", "UNIMPLEMENTED"): 1,
                series(get, "grpc_web", "OK"): 1,
                series(get, "grpc_web", "NOT_FOUND"): 1,
                series(get, "connect", "200"): 1,
                series(get, "connect", "404"): 1,
                series(get, "none", "415"): 1,
                series("zitadel.user.v2.UserService/SetUserMetadata", "rest", "200"): 1,
                series("unrouted", "rest", "404"): 1,
                series("unrouted", "rest", "405"): 1,
                series("debug/healthz", "rest", "200"): 1,
                series("debug/metrics", "rest", "200"): 1,  # the one before
            },
        )
        timed = after.since(before, "usermeta_request_duration_seconds_count")
        self.assertEqual(timed[frozenset({("call", get)})], 12)
        self.assertEqual(timed[frozenset({("call", set_)})], 3)
        spent = after.since(before, "usermeta_request_duration_seconds_sum")
        self.assertGreater(spent[frozenset({("call", set_)})], 0)

    def test_nothing_that_a_client_makes_up_makes_a_series(self):
        def ask():
            self.client.get("/nope-" + people.free_name())
            self.client.call(people.free_name().replace("-", "").upper()[:20], "/nope")
            name = people.free_name().replace("-", "")
            self.procedure(f"some.{name}/Nope", "application/json", b"{}")
            self.procedure(f"{V1}{name}", "application/grpc-web", b"")
            self.procedure(V1 + "SetUserMetadata", "application/" + name, b"")
            self.client.set(self.user, name, name.encode())

        ask()
        before = scrape(self.client)
        for _ in range(20):
            ask()
        after = scrape(self.client)
        self.assertEqual(set(after.values), set(before.values))
        self.assertNotIn(self.user, after.text)

    def test_it_needs_no_token_and_takes_get_and_head(self):
        stranger = type(self.client)(self.service.address)
        answer = stranger.get("/debug/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(stranger.call("HEAD", "/debug/metrics").status, 200)
        self.assertEqual(stranger.post("/debug/metrics").status, 405)

    def test_names_and_types_are_those_of_prometheus(self):
        self.client.set(self.user, "key", b"well-formed")
        found = scrape(self.client)
        for name, kind in found.types.items():
            with self.subTest(name):
                self.assertRegex(name, "^(usermeta|process)_")
                self.assertEqual(kind == "counter", name.endswith("_total"))
                self.assertIn(f"# HELP {name} ", found.text)
        for (name, labels), value in found.values.items():
            if not name.endswith("_bucket"):
                continue
            with self.subTest(name, labels=labels):
                others = {label for label in labels if label[0] != "le"}
                buckets = sorted(
                    (float(dict(other)["le"]), count)
                    for other, count in found.series(name).items()
                    if others <= other
                )
                counts = [count for _, count in buckets]
                self.assertEqual(counts, sorted(counts))
                self.assertEqual(buckets[-1][0], float("inf"))
                self.assertEqual(counts[-1], found.value(name[: -len("bucket")] + "count", **dict(others)))

    def test_prometheus_own_reader_reads_it(self):
        python = python_packages.installed("prometheus_client") / "bin/python"
        found = scrape(self.client)
        done = subprocess.run(
            [python, "-c", READ_AS_PROMETHEUS_DOES], input=found.text, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        families = json.loads(done.stdout)
        # It names a counter without _total.
        self.assertEqual(
            {name.removesuffix("_total"): kind for name, kind in found.types.items()},
            {name: kind for name, (kind, _) in families.items()},
        )
        self.assertEqual(sum(count for _, count in families.values()), len(found.values))


if __name__ == "__main__":
    unittest.main()
