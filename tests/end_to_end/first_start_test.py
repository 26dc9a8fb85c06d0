"""The first start, and what a second one finds."""

import base64
import json
import os
import re
import shutil
import stat
import subprocess
import unittest

import people
from service import Service, clean_environment


class FirstStart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls, fresh=True)

    def paste(self):
        """What a shell makes of the lines that the service printed."""
        line = re.search(r"\n\n( *curl .*?)\n\n", self.service.stdout, re.DOTALL).group(1)
        done = subprocess.run(
            ["bash", "-c", line.replace("curl ", "curl -q -sS -w '\\n%{http_code}' ", 1)],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(body)

    def test_the_printed_line_works_when_pasted_and_shows_the_documented_answer(self):
        if not shutil.which("curl"):
            self.skipTest("there is no curl")
        status, answer = self.paste()
        self.assertEqual(status, 200, answer)
        self.assertEqual(set(answer), {"id", "details"})
        self.assertEqual(answer["id"], self.service.admin)
        self.assertEqual(
            set(answer["details"]), {"sequence", "creationDate", "changeDate", "resourceOwner"}
        )
        self.assertRegex(answer["details"]["sequence"], r"^\d+$")
        self.assertRegex(answer["details"]["creationDate"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertEqual(answer["details"]["creationDate"], answer["details"]["changeDate"])
        self.assertRegex(answer["details"]["resourceOwner"], r"^\d{18,19}$")
        self.assertEqual(self.service.client().value(self.service.admin, "greeting"), b"hello")
        # Once more: nothing changes, and the answer is the same.
        self.assertEqual(self.paste(), (200, answer))

    def test_the_token_is_the_owners_alone(self):
        file = self.service.data / "admin.pat"
        status = file.stat()
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o600)
        self.assertEqual(status.st_uid, os.geteuid())
        self.assertRegex(file.read_text(), r"^umpat_[A-Za-z0-9_-]{43}\n$")

    def test_the_token_is_nowhere_but_in_its_file(self):
        token = self.service.token
        self.assertNotIn(token, self.service.stdout + self.service.stderr)
        rows = self.service.sql("SELECT * FROM events")
        self.assertGreater(len(rows), 0)
        self.assertNotIn(token, str(rows))
        self.assertNotIn(base64.b64encode(token.encode()).decode(), str(rows))

    def test_the_first_events_are_the_instance_an_organisation_and_its_owner(self):
        types = [row[0] for row in self.service.sql("SELECT type FROM events ORDER BY position LIMIT 5")]
        expected = [
            "instance.added",
            "org.added",
            "user.machine.added",
            "user.pat.added",
            "instance.member.added",
        ]
        self.assertEqual(types, expected)
        roles = self.service.sql("SELECT payload FROM events WHERE type = 'instance.member.added'")[0][0]
        self.assertEqual(json.loads(roles), {"userId": self.service.admin, "roles": ["IAM_OWNER"]})


class SecondStart(unittest.TestCase):
    def test_it_keeps_the_data_and_the_token(self):
        with Service(fresh=True) as service:
            user = people.new_human(service.client())
            service.client().set(user, "kept", b"value")
            before = service.admin, service.token, service.sql("SELECT count(*) FROM events")
            self.assertEqual(service.stop(), 0, service.stderr)
            service.start()
            self.assertEqual(
                (service.admin, service.token, service.sql("SELECT count(*) FROM events")), before
            )
            self.assertEqual(service.client().value(user, "kept"), b"value")
            self.assertEqual(service.client().set(user, "kept", b"changed").status, 200)

    def test_without_the_tokens_file_it_says_how_to_get_another(self):
        with Service() as service:
            self.assertEqual(service.stop(), 0)
            (service.data / "admin.pat").unlink()
            service.start()
            self.assertIn("usermeta token create", service.stdout)
            created = service.run("token", "create")
            self.assertEqual(created.returncode, 0, created.stderr)
            owner = re.search(r"of user (\d+)", created.stderr).group(1)
            self.assertEqual(service.client(created.stdout.strip()).set(owner, "a", b"b").status, 200)


if __name__ == "__main__":
    unittest.main()
