"""The service against its own OpenAPI document: schemathesis makes requests up from it, good and bad ones,
and looks whether every answer is one that the document has.
"""

import pathlib
import re
import subprocess
import tempfile
import unittest

import people
import python_packages
import service
from client import metadata_path

RUN_LIMIT = 200  # seconds

# A rule may refuse what the schema allows (an unknown user is 400), and a path such as /users/human also
# takes the methods of /users/{id}, which the document has under that path only.
UNCHECKED = "positive_data_acceptance,allow_header_conformance"
# How a request that the schema forbids may be refused; 413 is not among those that it expects by itself.
REJECTED = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 429]
"""


class Openapi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = python_packages.installed("schemathesis") / "bin/schemathesis"
        cls.service = service.Service.of(cls)
        cls.client = cls.service.client()

    def check(self, parameters, *options):
        """Runs schemathesis with these values for parameters; how many requests it made."""
        with tempfile.TemporaryDirectory() as directory:
            lines = [f'"{name}" = "{value}"' for name, value in parameters.items()]
            pathlib.Path(directory, "schemathesis.toml").write_text(
                "\n".join(["[parameters]", *lines, REJECTED])
            )
            command = [
                self.program,
                "run",
                f"{self.service.url}/openapi.json",
                *("--header", f"Authorization: Bearer {self.service.token}"),
                *("--exclude-checks", UNCHECKED),
                *("--phases", "examples,coverage,fuzzing"),
                *("--seed", "1", "--no-shrink", "--generation-database", "none"),
                *("--continue-on-failure", "--no-color", "--warnings", "off"),
                *options,
            ]
            answer = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=RUN_LIMIT,
                cwd=directory,
                env=service.clean_environment({"PYTHONUTF8": "1"}),
            )
        # A request that it shows can be megabytes.
        self.assertEqual(answer.returncode, 0, answer.stdout[:8000] + answer.stdout[-8000:] + answer.stderr)
        self.assertEqual(self.client.get("/debug/ready").status, 200)
        made = int(re.search(r"(\d+) generated", answer.stdout).group(1))
        print(f"{made} requests, every answer is in the document", flush=True)
        return made

    def test_calls_on_a_user_that_is_there(self):
        user = people.new_machine(self.client)
        org = self.client.done(self.client.set(user, "first", b"1"))["details"]["resourceOwner"]
        values = {"path.id": user, "path.user_id": user, "header.x-zitadel-orgid": org}
        self.assertGreater(
            self.check(values, "-n", "60", "--exclude-operation-id", "management_v1_RemoveUser"), 2000
        )
        # The requests were of a kind that can succeed.
        self.assertGreater(len(self.client.listed(user)), 1)
        self.assertEqual(self.client.get(metadata_path(user, "unheard of")).status, 404)

    def test_calls_on_anyone(self):
        self.assertGreater(self.check({}, "-n", "10"), 1000)


if __name__ == "__main__":
    unittest.main()
