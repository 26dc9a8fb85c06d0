"""HTTP/2 with prior knowledge on the port of HTTP/1.1, as curl speaks it."""

import json
import signal
import socket
import subprocess
import unittest

from client import encoded, metadata_path
from service import Service, clean_environment


class Http2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.url = cls.service.url

    def curl(self, path, *options, version="--http2-prior-knowledge", body=""):
        """(version, status, body) of one call."""
        command = ["curl", "-sS", version, "-m", "60", "-w", "\n%{http_version} %{http_code}"]
        command += ["-H", f"Authorization: Bearer {self.service.token}", *options, self.url + path]
        done = subprocess.run(command, env=clean_environment(), input=body, capture_output=True, text=True)
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

    def test_a_body_that_is_too_large(self):
        path = metadata_path(self.service.admin, "large")
        for length in (4 * 1024 * 1024 + 1, 8 * 1024 * 1024):
            answer = self.curl(path, "--data-binary", "@-", body="x" * length)
            self.assertEqual(answer[:2], ("2", 413))
            self.assertEqual(json.loads(answer[2])["code"], 8)


class Stop(unittest.TestCase):
    def test_says_goodbye_to_a_client_that_stays(self):
        settings = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
        with Service() as service, socket.create_connection(service.address, 60) as client:
            client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
            bytes_in = client.makefile("rb")
            self.assertEqual(bytes_in.read(9)[3], 4, "the server's SETTINGS come first")
            self.assertEqual(service.stop(signal.SIGTERM), 0)
            # GOAWAY (RFC 9113 section 6.8): 8 bytes on stream 0; no error.
            self.assertEqual(bytes_in.read()[-17:], bytes([0, 0, 8, 7] + 13 * [0]))


if __name__ == "__main__":
    unittest.main()
