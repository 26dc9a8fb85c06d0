"""grpcurl, a client that knows our calls by server reflection only."""

import json
import re
import subprocess
import threading
import unittest

import go_program
import people
from client import encoded
from service import LIMIT, Service, clean_environment, wait_until

MANAGEMENT = "zitadel.management.v1.ManagementService"
SERVICES = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "usermeta.v1.EventsService",
    "usermeta.v1.HistoryService",
    "zitadel.admin.v1.AdminService",
    MANAGEMENT,
    "zitadel.user.v2.UserService",
]


def read_messages(stream):
    """The JSON objects that grpcurl prints over several lines, each as soon as it is whole."""
    text = ""
    for line in stream:
        text += line
        if line == "}\n":
            yield json.loads(text)
            text = ""


class Watch:
    """A Health/Watch that goes on."""

    def __init__(self, command):
        self.statuses = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            found = re.search(r'"status": "(\w+)"', line)
            if found:
                with self._changed:
                    self.statuses.append(found.group(1))
                    self._changed.notify_all()

    def wait(self, *statuses):
        with self._changed:
            if not self._changed.wait_for(lambda: self.statuses == list(statuses), LIMIT):
                raise AssertionError(f"{self.statuses}, not {statuses}")

    def end(self):
        """Its exit status and what it said of its end."""
        self.process.wait(LIMIT)
        self._thread.join(LIMIT)
        self.process.stdout.close()
        with self.process.stderr as stream:
            return self.process.returncode, stream.read()


class Grpcurl(unittest.TestCase):
    def setUp(self):
        self.program = go_program.installed(self, "grpcurl")

    def serve(self, *options, **more):
        service = Service(*options, **more)
        self.addCleanup(service.close)
        return service.start()

    def command(self, service, *words, options=()):
        host, port = service.address
        return [self.program, "-plaintext", *options, f"{host}:{port}", *words]

    def ask(self, service, *words, options=(), status=0):
        done = subprocess.run(
            self.command(service, *words, options=options),
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr if status else done.stdout

    def call(self, service, method, message, **more):
        options = ("-H", f"authorization: Bearer {service.token}", "-d", json.dumps(message))
        return self.ask(service, method, options=options, **more)

    def test_lists_describes_and_calls(self):
        service = self.serve()
        self.assertEqual(self.ask(service, "list").split(), SERVICES)
        for name in SERVICES:
            with self.subTest(name):
                self.assertIn(f"{name} is a service:", self.ask(service, "describe", name))
        message = self.ask(service, "describe", "zitadel.management.v1.SetUserMetadataRequest")
        self.assertIn("bytes value = 3;", message)
        self.assertIn("not found", self.ask(service, "describe", "zitadel.Nothing", status=1))

        user = people.new_human(service.client())
        key = {"id": user, "key": "k"}
        done = self.call(service, f"{MANAGEMENT}/SetUserMetadata", {**key, "value": encoded(b"v")})
        self.assertEqual(json.loads(done)["id"], user)
        got = json.loads(self.call(service, f"{MANAGEMENT}/GetUserMetadata", key))
        self.assertEqual(got["metadata"]["value"], encoded(b"v"))
        missing = {**key, "key": "none"}
        refused = self.call(service, f"{MANAGEMENT}/GetUserMetadata", missing, status=64 + 5)
        self.assertIn("Code: NotFound", refused)

    def test_watches_the_readiness(self):
        owner = self.serve()  # of the database
        service = self.serve("--database-url", owner.database_url, fresh=True)
        check = "grpc.health.v1.Health/Check"
        self.assertEqual(json.loads(self.ask(service, check)), {"status": "SERVING"})
        watch = Watch(self.command(service, "grpc.health.v1.Health/Watch"))
        self.addCleanup(watch.process.kill)
        watch.wait("SERVING")

        self.assertEqual(owner.stop(), 0, owner.stderr)
        watch.wait("SERVING", "NOT_SERVING")
        owner.start()
        watch.wait("SERVING", "NOT_SERVING", "SERVING")
        wait_until(lambda: "SERVING" in self.ask(service, check))

        self.assertEqual(service.stop(), 0, service.stderr)
        watch.wait("SERVING", "NOT_SERVING", "SERVING", "NOT_SERVING")
        status, said = watch.end()
        self.assertEqual(status, 64 + 14)
        self.assertIn("Code: Unavailable", said)

    def test_follows_the_log(self):
        service = self.serve()
        user = people.new_machine(service.client())
        options = ("-H", f"authorization: Bearer {service.token}", "-d", json.dumps({"user": user}))
        command = self.command(service, "usermeta.v1.EventsService/Follow", options=options)
        with subprocess.Popen(
            command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as follow:
            self.addCleanup(follow.kill)
            messages = read_messages(follow.stdout)
            self.assertEqual(next(messages)["event"]["type"], "user.machine.added")
            service.client().set(user, "k", b"v")
            told = next(messages)
            self.assertEqual(told["event"]["payload"], {"key": "k", "value": encoded(b"v")})
            self.assertEqual(service.stop(), 0, service.stderr)
            # Where to go on, and why.
            self.assertEqual(next(messages), {"position": told["position"]})
            self.assertEqual(follow.wait(LIMIT), 64 + 14)
            self.assertIn("Code: Unavailable", follow.stderr.read())

    def test_watch_ends_with_its_deadline(self):
        service = self.serve()
        watch = Watch(
            self.command(
                service,
                "grpc.health.v1.Health/Watch",
                options=("-max-time", "1", "-d", '{"service": "nope"}'),
            )
        )
        status, said = watch.end()
        self.assertEqual(watch.statuses, ["SERVICE_UNKNOWN"])
        self.assertEqual(status, 64 + 4, said)


if __name__ == "__main__":
    unittest.main()
