"""`usermeta audit verify` of a service, from outside: its entries, or its hashes alone."""

import unittest

import audit
from service import run


class Url(audit.Verify):
    def verify(self, *arguments, status=0):
        where = (self.service.url, "--key", self.key, "--data", "/nowhere")
        done = run("audit", "verify", *where, *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr if status == 2 or not done.stdout else done.stdout

    def test_the_entries_or_the_hashes_alone(self):
        for what, token in (("hashes", ()), ("events", ("--token", self.service.token))):
            said = self.verify(*token)
            self.assertIn(f"good: the {what} up to position {self.size} are those that were signed", said)
            self.assertEqual("not seen" in said, what == "hashes")
            self.assertNotIn("erased", said)
            self.verify(*token, "--checkpoint", self.old)
        self.assertIn("status 401", self.verify("--token", "nonsense", status=2))

    def test_what_is_found(self):
        token = ("--token", self.service.token)
        one = "WHERE position = 57"
        ((creator,),) = self.service.sql(f"SELECT creator FROM events {one}")
        self.service.sql(f"UPDATE events SET creator = 'another' {one}")
        self.addCleanup(self.service.sql, f"UPDATE events SET creator = '{creator}' {one}")
        self.assertIn("DIFFERS at position 57: ", self.verify(*token, status=1))
        self.verify()
        self.service.sql("CREATE TABLE kept AS SELECT * FROM events WHERE position = 56")
        self.service.sql("DELETE FROM events WHERE position = 56")
        self.addCleanup(self.service.sql, "INSERT INTO events TABLE kept; DROP TABLE kept")
        self.assertIn("DIFFERS at position 56: the service has signed", self.verify(*token, status=1))
        self.verify()
        flip = "UPDATE audit_tiles SET hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1) WHERE level = 0"
        self.service.sql(flip + " AND index = 0")
        self.addCleanup(self.service.sql, flip + " AND index = 0")
        self.assertIn("DIFFERS at position 1: ", self.verify(status=1))


if __name__ == "__main__":
    unittest.main()
