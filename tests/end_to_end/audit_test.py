"""The transparency log: another program, made of public modules only, proves what the service serves."""

import base64
import pathlib
import stat
import subprocess
import unittest

import audit
import go_program
import people
from service import LIMIT, Service, clean_environment, wait_until


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls, *audit.OFTEN)
        cls.client = cls.service.client()

    def prove(self, service, key=None, old=None, status=0):
        """What the auditor's program says."""
        command = [
            go_program.installed(self, "auditor"),
            *("-url", service.url + "/audit", "-key", key or audit.key_of(service)),
            *("-token", service.data / "admin.pat"),
        ]
        if old:
            file = service.own_directory / "old.txt"
            file.write_text(old)
            command += ["-old", file]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def test_another_program_proves_every_entry_and_the_growth(self):
        user = people.new_machine(self.client)
        audit.many_sets(self.client, user, 300)
        old = audit.signed(self.service)
        self.assertIn(f"proved {audit.size_of(old)}\n", self.prove(self.service))
        audit.many_sets(self.client, user, 700)
        # Proofs outlive the values.
        self.client.done(self.client.post(f"/usermeta/v1/users/{user}/metadata/_erase", {"key": "k7"}))
        self.client.done(self.client.set(user, "last \u00fc\n\"", b"1"))
        now = audit.signed(self.service)
        said = self.prove(self.service, old=old)
        self.assertIn(f"extends {audit.size_of(old)}\n", said)
        self.assertIn(f"proved {audit.size_of(now)}\n", said)
        entries = audit.entries_of(self.service)
        self.assertIn(entries[-1].decode(), said)
        root = audit.root_of([audit.leaf_hash(entry) for entry in entries])
        self.assertEqual(now.split("\n")[2], base64.b64encode(root).decode())

    def test_another_program_finds_what_was_changed(self):
        with Service(*audit.OFTEN) as service:
            client = service.client()
            audit.many_sets(client, people.new_machine(client), 300)
            old = audit.signed(service)
            size = audit.size_of(old)
            key = audit.key_of(service)
            other = key[: key.rindex("+")][:-8] + "00000000" + key[key.rindex("+") :]
            self.assertIn("hash", self.prove(service, key=other, status=1))
            service.sql(f"UPDATE events SET creator = 'another' WHERE position = {size - 3}")
            self.assertIn(f"position {size - 3}: ", self.prove(service, status=1))
            service.sql(f"UPDATE events SET creator = '{service.admin}' WHERE position = {size - 3}")
            self.prove(service)
            flip = "hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1)"
            service.sql(f"UPDATE audit_tiles SET {flip} WHERE level = 0 AND index = 0")
            self.assertIn("tile", self.prove(service, status=1).lower())

    def test_the_key_is_made_once_and_is_its_owners_alone(self):
        file = self.service.data / "audit.key"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        public = subprocess.run(
            ["openssl", "pkey", "-in", file, "-pubout", "-outform", "DER"], capture_output=True, check=True
        ).stdout[-32:]
        name, _, key = audit.key_of(self.service).split("+", 2)
        self.assertEqual(base64.b64decode(key), b"\1" + public)
        self.assertEqual(audit.signed(self.service).split("\n")[0], name)

    def test_it_is_a_projection_among_others(self):
        audit.signed(self.service)
        status = self.client.get("/debug/status").json
        found = [one for one in status["projections"] if one["name"] == "audit_log"]
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0]["runsHere"])
        self.assertEqual(found[0]["lastError"], "")

    def test_a_process_with_another_key_says_so_and_does_not_sign(self):
        with Service(*audit.OFTEN) as owner:
            key = audit.new_key(owner.own_directory)
            people.new_machine(owner.client())
            before = audit.signed(owner)
            url = ("--database-url", owner.database_url)
            with Service(*url, *audit.OFTEN, "--audit-key", key, fresh=True) as other:
                wait_until(lambda: "another key" in other.stderr, what="a word on the key")
                people.new_machine(other.client(owner.token))
                after = audit.signed(owner)
                self.assertGreater(audit.size_of(after), audit.size_of(before))
                self.prove(owner, old=before)

    def test_a_key_that_cannot_be_used_is_named(self):
        directory = self.service.own_directory
        for name, content in (("missing.key", None), ("wrong.key", "nonsense")):
            file = pathlib.Path(directory) / name
            if content:
                file.write_text(content)
            done = self.service.run("audit", "key", "--audit-key", file)
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(file), done.stderr)

    def test_a_log_that_is_rewritten_while_nobody_runs_is_found_at_the_next_start(self):
        with Service(*audit.OFTEN) as service:
            client = service.client()
            user = people.new_machine(client)
            audit.many_sets(client, user, 20)
            size = audit.size_of(audit.signed(service))
            kept = service.data / "audit.checkpoint"
            wait_until(lambda: kept.exists() and audit.size_of(kept.read_text()) == size)
            # PostgreSQL is left behind, and all that it has of the tree is forgotten.
            service.kill()
            service.sql(
                "UPDATE events SET creator = 'another' WHERE position = 7;"
                " TRUNCATE audit_checkpoints, audit_tiles; UPDATE audit_log SET size = 0"
            )
            service.start()
            wait_until(lambda: "the transparency log stands still" in service.stderr)
            self.assertIn(f"but {size} of usermeta.invalid/", service.stderr)
            self.assertEqual(service.client().get("/audit/checkpoint").status, 404)
            self.assertEqual(service.client().set(user, "k", b"1").status, 200)
            service.sql(f"UPDATE events SET creator = '{service.admin}' WHERE position = 7")
            self.assertGreater(audit.size_of(audit.signed(service)), size)

    def test_verify_knows_what_the_service_has_seen_signed(self):
        with Service(*audit.OFTEN) as service:
            user = people.new_machine(service.client())
            audit.signed(service)
            service.client().done(service.client().set(user, "k", b"1"))
            end = audit.size_of(audit.signed(service))
            wait_until(lambda: audit.size_of((service.data / "audit.checkpoint").read_text()) == end)
            verify = ("audit", "verify", "--database-url", service.database_url)
            self.assertEqual(service.run(*verify).returncode, 0)
            service.kill()
            # Cut back to an earlier checkpoint.
            service.sql(
                f"DELETE FROM events WHERE position = {end}; UPDATE log_head SET position = {end - 1};"
                f" DELETE FROM audit_checkpoints WHERE size = {end}; UPDATE audit_log SET size = {end - 1};"
                f" TRUNCATE user_metadata; UPDATE projections SET position = {end - 1}"
            )
            done = service.run(*verify)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn(f"DIFFERS at position {end}: ", done.stdout)
            service.sql("TRUNCATE audit_checkpoints")
            done = service.run(*verify)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("has no checkpoint, but the service has seen one", done.stderr)

    def test_events_go_on_while_the_log_stands_still(self):
        with Service(*audit.OFTEN) as service:
            client = service.client()
            user = people.new_machine(client)
            size = audit.size_of(audit.signed(service))
            service.sql(f"UPDATE events SET creator = 'another' WHERE position = {size}")
            client.done(client.set(user, "k", b"1"))
            wait_until(lambda: "the transparency log stands still" in service.stderr)
            self.assertEqual(client.value(user, "k"), b"1")
            self.assertEqual(client.get("/debug/ready").status, 200)
            errors = [one["lastError"] for one in client.get("/debug/status").json["projections"]]
            self.assertTrue(any(f"position {size}" in error for error in errors), errors)
            service.sql(f"UPDATE events SET creator = '{service.admin}' WHERE position = {size}")
            self.assertGreater(audit.size_of(audit.signed(service)), size)
            wait_until(lambda: "the transparency log goes on" in service.stderr)


if __name__ == "__main__":
    unittest.main()
