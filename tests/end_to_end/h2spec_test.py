"""h2spec, a conformance suite of HTTP/2 (RFC 9113 and 7541), against the real binary.

It is installed by Go below the directory of the binary, once. Without Go this is skipped, but not in CI.
"""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from service import BINARY, Service, clean_environment

VERSION = "v2.2.1+incompatible"
DIRECTORY = pathlib.Path(BINARY).resolve().parent / "h2spec"
# What we answer otherwise, and on purpose: in clear text, bytes that are no preface are HTTP/1.1's, and it
# says so with 400 before it closes. RFC 9113 section 3.4 leaves the GOAWAY out there; h2spec calls whatever
# comes before the close an error.
OTHERWISE = ["Sends invalid connection preface"]
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
    def test_conforms(self):
        program = installed()
        if not program:
            what = "h2spec cannot be installed: it wants go and its module proxy, see above"
            if os.environ.get("CI") == "true":
                self.fail(what)
            print(f"SKIPPED: {what}")
            self.skipTest(what)
        with Service() as service:
            host, port = service.address
            done = subprocess.run(
                [program, "-h", host, "-p", str(port), "-o", "10", "-P", TARGET],
                env=clean_environment(),
                capture_output=True,
                text=True,
                timeout=200,
            )
        summary = re.search(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed", done.stdout)
        self.assertTrue(summary, done.stdout + done.stderr)
        print(summary.group(0))
        total, passed, skipped, failed = map(int, summary.groups())
        wrong = re.findall(r"× \d+: (.*)", done.stdout.partition("Failures:")[2])
        self.assertEqual(wrong, OTHERWISE, done.stdout)
        self.assertEqual((total, passed, skipped, failed), (145, 144, 0, 1))


if __name__ == "__main__":
    unittest.main()
