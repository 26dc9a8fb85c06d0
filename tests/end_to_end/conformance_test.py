"""All recorded cases of tests/conformance against a fresh service."""

import json
import pathlib
import subprocess
import sys
import unittest

from service import Service, clean_environment

HERE = pathlib.Path(__file__).resolve().parent.parent / "conformance"


class Conformance(unittest.TestCase):
    def test_every_recorded_case_agrees(self):
        cases = HERE / "cases.json"
        with Service(fresh=True) as service:
            arguments = ["--base", service.url, "--token", service.token, cases]
            done = subprocess.run(
                [sys.executable, HERE / "conformance.py", *arguments],
                env=clean_environment(),
                capture_output=True,
                text=True,
                timeout=300,
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(json.loads(cases.read_text()))} passed, 0 failed", done.stdout)


if __name__ == "__main__":
    unittest.main()
