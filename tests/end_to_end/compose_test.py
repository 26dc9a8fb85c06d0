"""docker-compose.yml as a user brings it up, in real containers: set, read from Kafka, every container killed
in turn, nothing lost.
"""

import faulthandler
import json
import os
import pathlib
import shutil
import signal
import socket
import threading
import time
import unittest

import client
import kafka
import publishing
from engine import Engine
from people import new_human
from service import BINARY, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = "usermeta-test"
BUILD_LIMIT = 2400  # seconds, for the image on a busy machine
CONTAINERS = ("usermeta", "postgres", "kafka")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        faulthandler.cancel_dump_traceback_later()
        libraries = kafka.jars()
        cls.engine = Engine(pathlib.Path(BINARY).resolve().parent / "docker")
        cls.addClassCleanup(cls.engine.stop)
        cls.engine.start()
        cls.engine.have("debian:trixie-slim", cls.engine.make_debian)
        cls.engine.have("postgres:17", cls.engine.make_postgres)
        cls.engine.have("apache/kafka:3.9.1", lambda: cls.engine.make_kafka(libraries))
        cls.ports = {"USERMETA_PORT": str(free_port()), "KAFKA_PORT": str(free_port())}
        cls.addClassCleanup(cls.compose, "down", "--volumes", "--timeout", "30", check=False)
        cls.compose("up", "-d", "--build", limit=BUILD_LIMIT)
        cls.wait_healthy()

    @classmethod
    def compose(cls, *arguments, **options):
        command = ["docker-compose", "--project-name", PROJECT, "--project-directory", ROOT]
        return cls.engine.run(*command, "--file", ROOT / "docker-compose.yml", *arguments,
                              environment=cls.ports, **options)  # fmt: skip

    @classmethod
    def container(cls, name):
        return cls.compose("ps", "-q", name).stdout.strip()

    @classmethod
    def wait_healthy(cls, *names):
        for name in names or CONTAINERS:
            try:
                wait_until(
                    lambda: cls.engine.inspect(cls.container(name), ".State.Health.Status") == "healthy",
                    limit=300,
                    what=f"{name} is healthy",
                )
            except AssertionError as error:
                raise AssertionError(f"{error}\n{cls.compose('logs', '--tail', '50').stdout}") from error

    def client(self):
        token = self.compose("exec", "-T", "usermeta", "cat", "/var/lib/usermeta/admin.pat").stdout.strip()
        return client.Client(("127.0.0.1", int(self.ports["USERMETA_PORT"])), token)

    def end_by_crash(self, name):
        """Kills the container's main process from outside, as the kernel does when memory is short: the
        restart policy brings it back."""
        container = self.container(name)
        restarts = int(self.engine.inspect(container, ".RestartCount"))
        os.kill(int(self.engine.inspect(container, ".State.Pid")), signal.SIGKILL)
        wait_until(
            lambda: int(self.engine.inspect(container, ".RestartCount")) > restarts,
            limit=120,
            what=f"{name} was started again",
        )

    def test_each_container_may_die_and_nothing_is_lost(self):
        caller = self.client()
        user = new_human(caller)
        self.assertEqual(caller.set(user, "greeting", b"hello").status, 200)
        answered, stopping = {"greeting": b"hello"}, threading.Event()
        # Before a container is killed: it asks for the token within one.
        writer = self.client()

        def write():
            while not stopping.is_set():
                key = f"key-{len(answered)}"
                try:
                    if writer.set(user, key, key.encode()).status == 200:
                        answered[key] = key.encode()
                except OSError:
                    time.sleep(0.05)  # the port is closed: its container is being started

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for name in CONTAINERS:
                before = len(answered)
                self.end_by_crash(name)
                self.wait_healthy(name)
                wait_until(lambda: len(answered) > before + 10, limit=120, what="writes go on")
        finally:
            stopping.set()
            thread.join()
        self.wait_healthy()
        self.assertEqual({**answered, **self.client().listed(user)}, self.client().listed(user))
        self.check_records(user, answered)
        # All of it again, from the volumes.
        self.compose("stop")
        self.assertEqual(self.engine.inspect(self.container("usermeta"), ".State.ExitCode"), "0")
        self.assertEqual(self.engine.inspect(self.container("postgres"), ".State.ExitCode"), "0")
        self.compose("start")
        self.wait_healthy()
        self.assertEqual(self.client().set(user, "last", b"last").status, 200)
        answered["last"] = b"last"
        self.check_records(user, answered)

    def check_records(self, user, answered):
        publishing.wait_published(self.client())
        head = self.client().get("/debug/status").json["logPosition"]
        records = publishing.records(f"localhost:{self.ports['KAFKA_PORT']}")
        publishing.check_each_once(self, records, head)
        keys = {
            json.loads(record["value"])["key"]
            for record in records
            if record["headers"]["ce_type"] == "user.metadata.set"
            and record["headers"]["ce_subject"] == f"users/{user}"
        }
        self.assertLessEqual(answered.keys(), keys)

    def test_the_containers_are_confined(self):
        for name in ("usermeta", "postgres", "kafka"):
            with self.subTest(name):
                status = self.compose("exec", "-T", name, "cat", "/proc/1/status").stdout
                fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
                self.assertNotIn("0", fields["Uid"].split())
                for kind in ("CapEff", "CapPrm", "CapBnd"):
                    self.assertEqual(int(fields[kind], 16), 0, kind)
                self.assertEqual(fields["NoNewPrivs"], "1")
            done = self.compose("exec", "-T", name, "touch", "/var/new", check=False)
            self.assertIn("Read-only file system", done.stderr)

    def test_the_image_alone_says_what_it_wants(self):
        done = self.engine.docker("run", "--rm", "usermeta", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--database-url", done.stderr)
        size = int(self.engine.docker("image", "inspect", "--format", "{{.Size}}", "usermeta").stdout)
        base = int(
            self.engine.docker("image", "inspect", "--format", "{{.Size}}", "debian:trixie-slim").stdout
        )
        self.assertLess(size - base, 150_000_000)

    def test_the_example_settings_are_the_defaults(self):
        example = (ROOT / ".env.example").read_text()
        own = ROOT / ".env"
        self.assertFalse(own.exists(), "the test would bring up other settings than a new user's")
        with_example = self.engine.place / "env"
        with_example.write_text(example)
        plain = self.compose("config", limit=60).stdout
        written = self.engine.run(
            "docker-compose", "--project-name", PROJECT, "--project-directory", ROOT, "--file",
            ROOT / "docker-compose.yml", "--env-file", with_example, "config", environment=self.ports
        ).stdout  # fmt: skip
        self.assertEqual(plain, written)


if __name__ == "__main__":
    if shutil.which("dockerd") is None and os.environ.get("CI") == "true":
        raise SystemExit("there is no dockerd: script/install test brings it")
    unittest.main()
