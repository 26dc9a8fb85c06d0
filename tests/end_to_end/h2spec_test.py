"""h2spec, a conformance suite of HTTP/2 (RFC 9113 and 7541), against the real binary.

It is installed by Go below the directory of the binary, once. Without Go this is skipped, but not in CI.
"""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from certificates import Certificate
from service import BINARY, Service, clean_environment, new_directory

VERSION = "v2.2.1+incompatible"
DIRECTORY = pathlib.Path(BINARY).resolve().parent / "h2spec"
# A path that has GET and POST, so that its answer waits for the whole request: 404 and 405 may be sent, and
# the stream be over, before the frame arrives that is wrong.
TARGET = "/management/v1/users/1/metadata/key"


def installed():
    """The path of h2spec, or None when it cannot be installed."""
    program = DIRECTORY / "h2spec"
    if program.exists():
        return program
    if not shutil.which("go"):
        return None
    environment = {**os.environ, "GOBIN": str(DIRECTORY)}
    module = f"github.com/summerwind/h2spec/cmd/h2spec@{VERSION}"
    done = subprocess.run(["go", "install", module], env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr)
        return None
    return program


class H2spec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = installed()
        if not cls.program:
            what = "h2spec cannot be installed: it wants go and its module proxy, see above"
            if os.environ.get("CI") == "true":
                raise AssertionError(what)
            print(f"SKIPPED: {what}")
            raise unittest.SkipTest(what)

    def check(self, service, *options):
        host, port = service.address
        done = subprocess.run(
            [self.program, "-h", host, "-p", str(port), "-o", "10", "-P", TARGET, *options],
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
