"""HTTP/2 with prior knowledge on the port of HTTP/1.1, as curl speaks it."""

import json
import pathlib
import signal
import subprocess
import tempfile
import unittest

from client import encoded, metadata_path
from service import Service, clean_environment


class Http2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.url = cls.service.url

    def curl(self, path, *options, version="--http2-prior-knowledge"):
        """(version, status, body) of one call."""
        command = ["curl", "-sS", version, "-m", "60", "-w", "\n%{http_version} %{http_code}"]
        command += ["-H", f"Authorization: Bearer {self.service.token}", *options, self.url + path]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, _, last = done.stdout.rpartition("\n")
        spoken, status = last.split()
        return spoken, int(status), body

    def test_sets_and_gets(self):
        path = metadata_path(self.service.admin, "http2")
        body = json.dumps({"value": encoded(b"hello")})
        self.assertEqual(self.curl(path, "-d", body)[:2], ("2", 200))
        for version, spoken in (("--http2-prior-knowledge", "2"), ("--http1.1", "1.1")):
            got = self.curl(path, version=version)
            self.assertEqual(got[:2], (spoken, 200))
            self.assertEqual(json.loads(got[2])["metadata"]["value"], encoded(b"hello"))

    def test_head_and_refusals(self):
        self.assertEqual(self.curl("/debug/healthz", "--head")[:2], ("2", 200))
        self.assertEqual(self.curl("/none")[:2], ("2", 404))
        self.assertEqual(self.curl("/debug/healthz", "-X", "DELETE")[:2], ("2", 405))
        large = self.curl("/debug/healthz", "-H", "x: " + "x" * 20_000)
        self.assertEqual(large[:2], ("2", 431))

    def test_a_body_too_large(self):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "body"
            file.write_bytes(b"x" * (5 * 1024 * 1024))
            got = self.curl(metadata_path(self.service.admin, "large"), "--data-binary", f"@{file}")
        self.assertEqual(got[:2], ("2", 413))

    def test_many_calls_on_one_connection(self):
        urls = [f"{self.url}/debug/healthz"] * 200
        command = ["curl", "-sS", "--http2-prior-knowledge", "--parallel", "-w", "%{num_connects} ", *urls]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("ok"), 200)


class Stop(unittest.TestCase):
    def test_stops_while_a_client_stays(self):
        with Service() as service:
            command = ["curl", "-sS", "--http2-prior-knowledge", "--rate", "1/h"]
            command += [f"{service.url}/debug/healthz", f"{service.url}/debug/ready"]
            stays = subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE)
            self.addCleanup(stays.wait)
            self.addCleanup(stays.kill)
            self.addCleanup(stays.stdout.close)
            self.assertEqual(stays.stdout.read(2), b"ok")
            self.assertEqual(service.stop(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
