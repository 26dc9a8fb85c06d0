"""The service's log: one line a start, one a request when asked for, and never a token or a value."""

import json
import re
import shutil
import subprocess
import unittest

import people
from client import Client, encoded
from grpc_frames import frame
from protobuf import message
from service import BINARY, LIMIT, Service, clean_environment, end_processes, new_directory, processes_in

SECRET = b"the-value-that-nobody-may-read-in-a-log"


def lines_of(service, word):
    return [line for line in service.stderr.splitlines() if word in line]


def use(service):
    """Calls of every kind, good and bad, with things that must not be logged: their texts."""
    client = service.client()
    user = people.new_machine(client)
    token = people.new_token(client, user)["token"]
    client.done(client.set(user, "key", SECRET))
    client.post(
        f"/management/v1/users/{user}/metadata/_bulk",
        {"metadata": [{"key": "b", "value": encoded(SECRET)}]},
    )
    client.post(f"/v2/users/{user}/metadata", {"metadata": [{"key": "c", "value": encoded(SECRET)}]})
    client.value(user, "key")
    client.listed(user)
    client.call(
        "POST", f"/management/v1/users/{user}/metadata/key", raw=b'{"value": "' + SECRET + b'" broken'
    )
    service.client(token).set(user, "key", SECRET)
    service.client("wrong-" + token).set(user, "key", SECRET)
    client.set(user, "key", SECRET, headers={"authorization": "Basic " + encoded(SECRET)})
    client.get(f"/management/v1/users/{user}/metadata/key?access_token={token}")
    return [token, service.token, SECRET.decode(), encoded(SECRET)]


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls, "--log-requests", "--log-format", "json", "--log-level", "debug")

    def test_one_line_a_request(self):
        client = self.service.client()
        for number in range(5):
            client.get("/debug/healthz", headers={"x-request-id": f"healthz-{number}"})
        client.get("/nothing/here", headers={"x-request-id": "nothing-1"})
        self.service.wait_log("nothing-1")
        for number in range(5):
            found = lines_of(self.service, f"healthz-{number}")
            self.assertEqual(len(found), 1)
            self.assertRegex(
                found[0], r"GET /debug/healthz 200 \d+ us request=healthz-\d client=127\.0\.0\.1"
            )
        self.assertEqual(len(lines_of(self.service, "nothing-1")), 1)

    def test_in_grpcs_formats_the_line_has_the_code(self):
        get = "/zitadel.management.v1.ManagementService/GetUserMetadata"
        check = "/grpc.health.v1.Health/Check"
        none = message([(1, self.service.admin), (2, "none")])
        for path, body, code in ((get, none, 5), (check, b"", 0)):
            headers = {"content-type": "application/grpc-web", "x-request-id": f"grpc-{code}"}
            self.service.client().call("POST", path, raw=frame(body), headers=headers)
            self.service.wait_log(rf"POST {path} 200 grpc-status={code} \d+ us request=grpc-{code} client=")

    def test_no_token_and_no_value_in_any_line(self):
        secrets = use(self.service)
        self.service.client().get("/debug/healthz", headers={"x-request-id": "after-secrets"})
        self.service.wait_log("after-secrets")
        for secret in secrets:
            self.assertNotIn(secret, self.service.stderr + self.service.stdout)
            self.assertNotIn(secret, (self.service.data / "postgres.log").read_text())

    def test_every_line_is_one_json_object(self):
        tricky = '/a"b\\c%0A%00é'.encode().decode("latin-1")
        self.service.client().get(tricky, headers={"x-request-id": 'quote"back\\slash'})
        self.service.client().get("/debug/healthz", headers={"x-request-id": "after-tricky"})
        self.service.wait_log("after-tricky")
        lines = self.service.stderr.splitlines()
        self.assertGreater(len(lines), 3)
        for line in lines:
            entry = json.loads(line)
            self.assertLessEqual({"time", "level", "message"}, set(entry))
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(entry["level"], ("debug", "info", "warning", "error", "critical"))

    def test_a_request_cannot_forge_a_line(self):
        client = self.service.client()
        client.get("/forged%0d%0a{}", headers={"x-request-id": "x" * 5000})
        client.get("/debug/healthz", headers={"x-request-id": "after-forged"})
        self.service.wait_log("after-forged")
        self.assertNotIn("x" * 200, self.service.stderr)
        for line in self.service.stderr.splitlines():
            json.loads(line)


class Quiet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.service.wait_log(" serves on .*\n")

    def test_without_log_requests_a_request_leaves_no_line(self):
        before = self.service.stderr
        use(self.service)
        self.assertEqual(self.service.stderr, before)

    def test_one_line_a_start(self):
        starts = lines_of(self.service, " serves on ")
        self.assertEqual(len(starts), 1)
        for thing in ("usermeta", str(self.service.data)):
            self.assertIn(thing, starts[0])
        self.assertRegex(starts[0], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info ")
        # The port, also when the system chose it.
        self.assertIn(f":{self.service.address[1]}", starts[0])
        self.assertFalse(re.search("warn|error|critical", self.service.stderr), self.service.stderr)


class Levels(unittest.TestCase):
    def test_warn_leaves_a_good_start_silent(self):
        with Service("--log-level", "warn") as service:
            self.assertEqual(service.stop(), 0)
            self.assertEqual(service.stderr, "")


class NobodyReads(unittest.TestCase):
    def test_a_log_whose_reader_is_gone_ends_no_service(self):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.addCleanup(end_processes, directory)
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--log-requests", "--data", directory / "data"]
        process = subprocess.Popen(
            command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/"
        )
        self.addCleanup(process.kill)
        port = re.search(rb"ready on http://127\.0\.0\.1:(\d+)", process.stdout.readline()).group(1)
        process.stdout.close()
        process.stderr.close()
        client = Client(("127.0.0.1", int(port)), (directory / "data/admin.pat").read_text().strip())
        user = people.new_machine(client)
        client.done(client.set(user, "key", b"value"))
        self.assertEqual(client.value(user, "key"), b"value")
        process.terminate()
        self.assertEqual(process.wait(LIMIT), 0)
        self.assertEqual(processes_in(directory), [])


if __name__ == "__main__":
    unittest.main()
