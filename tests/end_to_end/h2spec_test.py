"""h2spec, a conformance suite of HTTP/2 (RFC 9113 and 7541), against the real binary."""

import re
import shutil
import subprocess
import unittest

import go_program
from certificates import Certificate
from service import Service, clean_environment, new_directory

# A path that has GET and POST, so that its answer waits for the whole request: 404 and 405 may be sent, and
# the stream be over, before the frame arrives that is wrong.
TARGET = "/management/v1/users/1/metadata/key"


class H2spec(unittest.TestCase):
    def check(self, service, *options):
        program = go_program.installed(self, "h2spec")
        host, port = service.address
        done = subprocess.run(
            [program, "-h", host, "-p", str(port), "-o", "10", "-P", TARGET, *options],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=200,
        )
        summary = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", done.stdout)
        self.assertTrue(summary, done.stdout + done.stderr)
        print(summary.group(0))
        total, passed, skipped, failed = map(int, summary.groups())
        self.assertEqual((total, passed, skipped, failed), (145, 145, 0, 0), done.stdout)

    def test_conforms(self):
        with Service() as service:
            self.check(service)

    def test_conforms_over_tls(self):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        with Service(*Certificate(directory).options) as service:
            self.check(service, "-t", "-k")


if __name__ == "__main__":
    unittest.main()
