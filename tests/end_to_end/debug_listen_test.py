"""--debug-listen: /debug/* at an address of its own, and no longer where the clients are."""

import re
import shutil
import unittest

from certificates import Certificate
from client import Client, Connection, metadata_path, request
from metrics import scrape
from service import Service, new_directory

DEBUG_PATHS = ("/debug/healthz", "/debug/ready", "/debug/metrics")


def debug_client(service):
    port = service.wait_log(r"/debug/ is on http://127\.0\.0\.1:(\d+)\n").group(1)
    return Client(("127.0.0.1", int(port)))


class DebugListen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls, "--debug-listen", "127.0.0.1:0")
        cls.client = cls.service.client()
        cls.debug = debug_client(cls.service)

    def test_debug_is_there_and_not_here(self):
        self.assertNotEqual(self.debug.address, self.service.address)
        for path in DEBUG_PATHS:
            with self.subTest(path):
                self.assertEqual(self.debug.get(path).status, 200)
                self.assertEqual(self.client.get(path).error, (404, 5, ""))

    def test_all_else_is_here_and_not_there(self):
        self.assertEqual(self.client.get("/openapi.json").status, 200)
        self.assertEqual(self.client.set(self.service.admin, "key", b"1").status, 200)
        stranger = Client(self.debug.address, self.service.token)
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = stranger.call(method, metadata_path(self.service.admin, "key"))
            self.assertEqual(answer.error, (404, 5, ""), method)
        self.assertEqual(stranger.get("/openapi.json").status, 404)
        procedure = "/zitadel.management.v1.ManagementService/GetUserMetadata"
        self.assertEqual(stranger.post(procedure).status, 404)
        self.assertEqual(stranger.post("/grpc.health.v1.Health/Check").status, 404)

    def test_metrics_are_of_both(self):
        labels = {"call": "debug/healthz", "format": "rest", "status": "200"}
        before = scrape(self.debug)
        self.debug.get("/debug/healthz")
        self.client.set(self.service.admin, "key", b"2")
        after = scrape(self.debug)
        self.assertEqual(after.since(before, "usermeta_requests_total")[frozenset(labels.items())], 1)
        self.assertEqual(after.value("usermeta_log_position"), before.value("usermeta_log_position") + 1)
        self.assertGreaterEqual(after.value("usermeta_http_connections"), 2)


class Other(unittest.TestCase):
    def test_it_speaks_clear_text_whatever_the_other_port_speaks(self):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        options = Certificate(directory).options
        with Service(*options, "--debug-listen", "127.0.0.1:0") as service:
            self.assertTrue(service.url.startswith("https://"))
            self.assertEqual(debug_client(service).get("/debug/ready").status, 200)

    def test_probes_get_in_when_all_connections_are_taken(self):
        with Service("--max-connections", "1", "--debug-listen", "127.0.0.1:0") as service:
            with Connection(service.address) as taken:
                nothing = request("GET", "/nothing")
                self.assertEqual(taken.exchange(nothing).status, 404)
                with Connection(service.address) as surplus:
                    self.assertEqual(surplus.exchange(nothing).status, 503)
                self.assertEqual(debug_client(service).get("/debug/healthz").status, 200)

    def test_an_idle_connection_there_does_not_keep_it_from_stopping(self):
        with Service("--debug-listen", "127.0.0.1:0") as service:
            debug = debug_client(service)
            self.assertEqual(debug.get("/debug/healthz").status, 200)
            self.assertEqual(service.stop(), 0)
            self.assertFalse(re.search(" (warning|error|critical) ", service.stderr), service.stderr)

    def test_without_it_all_is_in_one_place(self):
        with Service() as service:
            self.assertNotIn("/debug/ is on", service.stderr)
            for path in DEBUG_PATHS:
                self.assertEqual(service.client().get(path).status, 200)


if __name__ == "__main__":
    unittest.main()
