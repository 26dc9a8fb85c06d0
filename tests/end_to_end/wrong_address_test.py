"""--listen, --debug-listen and --trusted-proxies that make no sense."""

import os
import shutil
import socket
import unittest

import wrong
from service import Service, new_directory, processes_in


class WrongAddress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = new_directory()
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)

    def check(self, option, value, *words, others=()):
        with self.subTest(value):
            arguments = ["--data", self.directory / "data", option, value, *others]
            wrong.check_serve(self, arguments, option, *words)
            self.assertEqual(processes_in(self.directory), [])
            # A wrong word on the command line costs no cluster.
            self.assertFalse(os.path.exists(self.directory / "data/postgres"))

    def test_listen_is_malformed(self):
        for value in ("8080", ":8080", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http"):
            for option in ("--listen", "--debug-listen"):
                self.check(option, value, f"{option} {value}", "127.0.0.1:8080")

    def test_listen_names_no_address(self):
        for value in ("example.invalid:8080", "300.0.0.1:8080", "[::g]:8080"):
            for option in ("--listen", "--debug-listen"):
                self.check(option, value, f"{option} {value}")

    def test_both_are_the_same(self):
        same = "127.0.0.1:8080"
        self.check("--debug-listen", same, "already", "another port", others=["--listen", same])

    def test_another_process_listens_there(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = f"127.0.0.1:{other.getsockname()[1]}"
            service = Service("--debug-listen", taken)
            self.addCleanup(service.close)
            service.launch()
            status = service.wait_exit()
        wrong.check_line(self, status, service.stderr, taken, "in use", "another port with --debug-listen")

    def test_trusted_proxies_are_malformed(self):
        for value in ("proxy", "10.0.0.0/33", "10.0.0.0/", "::1/129", "10.0.0.0/8x", "10.0.0.0/8,nonsense"):
            self.check("--trusted-proxies", value, value.split(",")[-1], "10.0.0.0/8")


if __name__ == "__main__":
    unittest.main()
