"""The Connect conformance suite against its server under test, which is made of the product's own transport
and formats: tests/connect_conformance.

USERMETA_CONNECT_CONFORMANCE names that server's binary. It is built by Go. Without Go this is skipped,
but not in CI.
"""

import os
import pathlib
import re
import signal
import subprocess
import unittest

from go_program import installed
from service import clean_environment

SERVER = os.environ.get("USERMETA_CONNECT_CONFORMANCE", "")
CONFIG = pathlib.Path(__file__).resolve().parent.parent / "connect_conformance" / "config.yaml"
CASES = 1399  # what the configuration comes to: a run of fewer left something out
LIMIT = 90.0  # seconds; two are usual


def run(command):
    """Its exit code and all that it said. It ends with its children, be it too slow."""
    environment = clean_environment()
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=LIMIT)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output


class ConnectConformance(unittest.TestCase):
    def test_conforms(self):
        self.assertTrue(os.path.isfile(SERVER), "USERMETA_CONNECT_CONFORMANCE must name the server's binary")
        program = installed(self, "connectconformance")
        code, output = run([program, "--mode", "server", "--conf", CONFIG, "--", SERVER])
        total = re.search(r"^Total cases: (\d+)$", output, re.MULTILINE)
        counts = re.search(r"^(\d+) passed, (\d+) failed$", output, re.MULTILINE)
        self.assertTrue(total and counts, output)
        print(f"{total.group(0)}, {counts.group(0)}")
        passed, failed = map(int, counts.groups())
        self.assertEqual((code, failed, passed), (0, 0, int(total.group(1))), output)
        self.assertGreaterEqual(passed, CASES, output)


if __name__ == "__main__":
    unittest.main()
