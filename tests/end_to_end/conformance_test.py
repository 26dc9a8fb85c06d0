"""All recorded cases of tests/conformance against a fresh service."""

import json
import pathlib
import subprocess
import sys
import unittest

import python_packages
from service import Service, clean_environment

HERE = pathlib.Path(__file__).resolve().parent
RECORDED = HERE.parent / "conformance"


class Conformance(unittest.TestCase):
    def check(self, python, runner):
        cases = RECORDED / "cases.json"
        with Service(fresh=True) as service:
            done = subprocess.run(
                [python, runner, "--base", service.url, "--token", service.token, cases],
                env=clean_environment(),
                capture_output=True,
                text=True,
                timeout=300,
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(json.loads(cases.read_text()))} passed, 0 failed", done.stdout)

    def test_every_recorded_case_agrees(self):
        self.check(sys.executable, RECORDED / "conformance.py")

    def test_every_recorded_case_agrees_over_http2(self):
        self.check(python_packages.installed("http2") / "bin/python", HERE / "conformance_http2.py")


if __name__ == "__main__":
    unittest.main()
