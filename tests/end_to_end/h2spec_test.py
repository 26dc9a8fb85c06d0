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
        self.assertEqual((total, passed, skipped, failed), (145, 145, 0, 0), done.stdout)


if __name__ == "__main__":
    unittest.main()
