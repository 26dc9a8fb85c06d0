"""`usermeta token create|list|remove`, while the service runs and while it does not."""

import re
import time
import unittest

import people
from service import Service, wait_until

REFUSED = (401, 16, "AUTH-7fs1e")


class OperatorTokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)

    def setUp(self):
        if self.service.process.poll() is not None:
            self.service.start()

    def create(self, *arguments):
        """The token and its id."""
        done = self.service.run("token", "create", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^umpat_[A-Za-z0-9_-]{43}\n$")
        return done.stdout.strip(), re.search(r"token (\d+) of user", done.stderr).group(1)

    def listed(self, *arguments):
        done = self.service.run("token", "list", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}

    def status(self, token):
        return self.service.client(token).set(self.service.admin, "key", b"value")

    def test_while_the_service_runs(self):
        token, token_id = self.create()
        self.assertEqual(self.status(token).status, 200)
        listed = self.listed()
        self.assertEqual(listed[token_id][0], self.service.admin)
        self.assertEqual(listed[token_id][-1], "never")
        self.assertNotIn(token, str(listed))
        removed = self.service.run("token", "remove", token_id)
        self.assertEqual(removed.returncode, 0, removed.stderr)
        end = time.monotonic() + 1
        self.assertEqual(self.status(token).error, REFUSED)
        path = f"/management/v1/users/{self.service.admin}/metadata/key"
        wait_until(
            lambda: self.service.client(token).get(path).status == 401, 1, "the token's end for reads"
        )
        self.assertLess(time.monotonic(), end + 0.2)
        self.assertNotIn(token_id, self.listed())
        self.assertEqual(self.status(self.service.token).status, 200)

    def test_a_read_is_refused_within_a_second_too(self):
        token, token_id = self.create()
        client = self.service.client(token)
        path = f"/management/v1/users/{self.service.admin}/metadata/key"
        self.service.client().set(self.service.admin, "key", b"value")
        self.assertEqual(client.get(path).status, 200)
        self.assertEqual(self.service.run("token", "remove", token_id).returncode, 0)
        wait_until(lambda: client.get(path).error == REFUSED, 1, "the token's end")

    def test_while_the_service_does_not_run(self):
        self.assertEqual(self.service.stop(), 0)
        token, token_id = self.create()
        lost, lost_id = self.create()
        self.assertEqual(self.listed()[token_id][0], self.service.admin)
        self.assertEqual(self.service.run("token", "remove", lost_id).returncode, 0)
        self.assertEqual(self.service.postgres_processes(), [], "the command stops what it started")
        self.service.start()
        self.assertEqual(self.status(token).status, 200)
        self.assertEqual(self.status(lost).error, REFUSED)

    def test_for_another_machine_user(self):
        admin = self.service.client()
        user, other = people.new_machine(admin), people.new_machine(admin)
        people.add_member(admin, user, "ORG_USER_MANAGER")
        token, token_id = self.create("--user", user)
        self.assertEqual(self.service.client(token).set(other, "a", b"b").status, 200)
        self.assertEqual(list(self.listed("--user", user)), [token_id])
        self.assertEqual(self.listed("--user", other), {})

    def test_the_event_is_the_systems_and_holds_no_token(self):
        token, token_id = self.create()
        query = (
            "SELECT creator, payload FROM events"
            f" WHERE type = 'user.pat.added' AND payload LIKE '%{token_id}%'"
        )
        creator, payload = self.service.sql(query)[0]
        self.assertEqual(creator, "SYSTEM")
        self.assertNotIn(token, payload)

    def test_one_that_expires(self):
        token, _ = self.create("--expires", "2999-01-01T00:00:00Z")
        self.assertEqual(self.status(token).status, 200)
        soon = time.time() + 2
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(soon)) + f".{int(soon % 1 * 1000):03d}Z"
        token, token_id = self.create("--expires", text)
        if time.time() < soon - 0.5:
            self.assertEqual(self.status(token).status, 200)
        wait_until(lambda: self.status(token).status == 401, 5, "the token's expiry")
        self.assertGreaterEqual(time.time(), soon - 0.01)
        self.assertEqual(self.status(token).error, REFUSED)

    def test_what_cannot_be_done_is_said_in_a_line_and_makes_no_event(self):
        admin = self.service.client()
        human, machine = people.new_human(admin), people.new_machine(admin)
        count = self.service.sql(
            "SELECT count(*) FROM events WHERE type LIKE 'user.pat.%' AND creator = 'SYSTEM'"
        )
        for arguments, words in (
            (["create", "--user", human], "only a machine user"),
            (["create", "--user", "123"], "does not exist"),
            (["create", "--user", machine, "--expires", "2001-01-01T00:00:00Z"], "in the past"),
            (["create", "--user", machine, "--expires", "tomorrow"], "--expires tomorrow"),
            (["remove", "123"], "usermeta token list"),
        ):
            with self.subTest(arguments):
                done = self.service.run("token", *arguments)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertIn(words, done.stderr)
        after = self.service.sql(
            "SELECT count(*) FROM events WHERE type LIKE 'user.pat.%' AND creator = 'SYSTEM'"
        )
        self.assertEqual(after, count)

    def test_for_a_locked_user_it_prints_no_token_that_would_be_of_no_use(self):
        admin = self.service.client()
        user = people.new_machine(admin)
        admin.done(admin.post(f"/management/v1/users/{user}/_lock"))
        done = self.service.run("token", "create", "--user", user)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("not active", done.stderr)
        self.assertEqual(self.listed("--user", user), {})

    def test_on_a_database_url(self):
        url = ("--database-url", self.service.database_url)
        done = self.service.run("token", "create", *url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.status(done.stdout.strip()).status, 200)


if __name__ == "__main__":
    unittest.main()
