"""`usermeta audit verify` of a database: what was signed is good, and whatever is done to it is found."""

import unittest

import audit
from service import Service

CHANGED = "the event is not the one that was put into the tree"


class Database(audit.Verify):
    def test_what_was_signed_is_good(self):
        for arguments in ([], [self.service.database_url], ["--checkpoint", self.old], ["--key", self.key]):
            with self.subTest(arguments):
                said = self.verify(*arguments)
                self.assertIn(f"good: the events up to position {self.size} are those that were signed", said)
                self.assertIn(f"root {self.note.splitlines()[2]}", said)
                self.assertIn("erased      2 values", said)
                self.assertIn("read model  291 rows", said)

    def test_one_byte(self):
        copy = self.copy()
        copy.sql("UPDATE events SET payload = overlay(payload PLACING 'X' FROM 20) WHERE position = 57")
        self.differs(copy.url, 57, CHANGED)

    def test_each_column(self):
        copy = self.copy()
        for column, value in (
            ("creator", "'x'"),
            ("owner", "'x'"),
            ("type", "'user.locked'"),
            ("revision", "1"),
            ("created_at", "created_at + interval '1 microsecond'"),
            ("salt", "set_byte(salt, 5, get_byte(salt, 5) # 1)"),
            ("request_id", "'x'"),
            ("traceparent", "'x'"),
            ("client_address", "'x'"),
            ("sequence", "1000"),
            ("aggregate_id", "'x'"),
        ):
            with self.subTest(column):
                where = "WHERE position = 58"
                copy.sql(f"CREATE TABLE kept AS SELECT * FROM events {where}")
                copy.sql(f"UPDATE events SET {column} = {value} {where}")
                self.differs(copy.url, 58, CHANGED)
                copy.sql(f"DELETE FROM events {where}; INSERT INTO events TABLE kept; DROP TABLE kept")
        self.verify(copy.url)

    def test_an_event_that_is_found_under_another_key(self):
        copy = self.copy()
        copy.sql("UPDATE events SET slot = 'metadata/zzz' WHERE position = 57")
        self.differs(copy.url, 57, "kept as one of metadata/zzz")

    def test_a_lost_event(self):
        copy = self.copy()
        copy.sql("DELETE FROM events WHERE position = 57")
        self.differs(copy.url, 57, "missing")

    def test_two_that_changed_places(self):
        copy = self.copy()
        copy.sql("UPDATE events SET position = 115 - position WHERE position IN (57, 58)")
        self.differs(copy.url, 57, CHANGED)

    def test_a_log_that_ends_too_early(self):
        copy = self.copy()
        last = self.size - 5
        copy.sql(f"DELETE FROM events WHERE position > {last}; UPDATE log_head SET position = {last}")
        self.differs(copy.url, last + 1, f"signed up to position {self.size}")

    def test_a_log_that_ends_too_early_together_with_its_checkpoints(self):
        copy = self.copy()
        last = audit.size_of(self.old.read_text()) - 5
        copy.sql(
            f"DELETE FROM events WHERE position > {last}; UPDATE log_head SET position = {last};"
            f" DELETE FROM audit_checkpoints WHERE size > {last}; UPDATE audit_log SET size = {last};"
            f" DELETE FROM erased_payloads WHERE position > {last}"
        )
        self.differs(copy.url, last + 1, "but was signed up to position", "--checkpoint", self.old)

    def test_all_hashes_rewritten_without_the_key(self):
        copy = self.copy()
        copy.sql("UPDATE events SET creator = 'another' WHERE position = 57")
        copy.hash_again()
        said = self.verify(copy.url, status=1)
        self.assertRegex(said, r"DIFFERS at position \d+: one of the events from here to position \d+ is not")
        between = [int(word) for word in said.replace(":", "").split() if word.isdigit()]
        self.assertTrue(between[0] <= 57 <= between[1], said)

    def test_all_hashes_rewritten_and_signed_with_another_key(self):
        copy = self.copy()
        copy.sql("UPDATE events SET creator = 'another' WHERE position = 57")
        copy.hash_again()
        copy.sql("DELETE FROM audit_checkpoints")
        key = audit.new_key(self.service.own_directory)
        with Service("--database-url", copy.url, "--audit-key", key, *audit.OFTEN, fresh=True):
            copy.until_signed(self.size)
        self.assertIn("is not signed by the key", self.verify(copy.url, status=1))
        self.assertIn("is not signed by the key", self.verify(copy.url, "--key", self.key, status=1))
        self.verify(copy.url, "--audit-key", key)

    def test_the_read_model(self):
        copy = self.copy()
        one = f"WHERE user_id = '{self.user}' AND key = 'k9'"
        long = f"WHERE user_id = '{self.user}' AND key = 'long'"
        rest = "value, owner, created_at, changed_at, sequence"
        for change, undo, what in (
            (f"UPDATE user_metadata SET value = value || 'x' {one}",
             f"UPDATE user_metadata SET value = substr(value, 1, length(value) - 1) {one}",
             f"key k9 of user {self.user} otherwise than"),
            (f"UPDATE user_metadata SET value = overlay(value PLACING 'x' FROM 257) {long}",
             f"UPDATE user_metadata SET value = overlay(value PLACING 'l' FROM 257) {long}",
             f"key long of user {self.user} otherwise than"),
            (f"UPDATE user_metadata SET value = sha256(value) {long}",
             f"UPDATE user_metadata SET value = decode(repeat('6c', 257), 'hex') {long}",
             f"key long of user {self.user} otherwise than"),
            ("UPDATE user_metadata SET value = overlay(value PLACING 'x' FROM 256) WHERE key = 'short'",
             "UPDATE user_metadata SET value = overlay(value PLACING 's' FROM 256) WHERE key = 'short'",
             f"key short of user {self.user} otherwise than"),
            (f"UPDATE user_metadata SET sequence = sequence + 1 {one}",
             f"UPDATE user_metadata SET sequence = sequence - 1 {one}",
             f"key k9 of user {self.user} otherwise than"),
            (f"INSERT INTO user_metadata SELECT user_id, 'k90x', {rest} FROM user_metadata {one}",
             "DELETE FROM user_metadata WHERE key = 'k90x'",
             "has the key k90x"),
            (f"INSERT INTO user_metadata SELECT user_id, 'z', {rest} FROM user_metadata {one}",
             "DELETE FROM user_metadata WHERE key = 'z'",
             "has the key z"),
            (f"DELETE FROM user_metadata {one}", "", "has not the key k9 "),
            ("DELETE FROM user_metadata", "", "has not the key k0 "),
        ):
            with self.subTest(change):
                copy.sql(change)
                self.differs(copy.url, self.size, what)
                if undo:
                    copy.sql(undo)

    def test_only_what_was_erased_counts_as_erased(self):
        copy = self.copy()
        first = self.erased[0]
        by = copy.sql("SELECT max(erased_by) FROM erased_payloads")[0][0]
        for change, undo, position, what in (
            (f"UPDATE events SET payload = '{{\"erased\":true,\"key\":\"k8\"}}' WHERE position = {first}",
             f"UPDATE events SET payload = '{{\"erased\":true,\"key\":\"k7\"}}' WHERE position = {first}",
             first, "has not asked for that"),
            (f"UPDATE events SET payload = '{{\"key\":\"k7\",\"value\":\"eA==\"}}' WHERE position = {first}",
             f"UPDATE events SET payload = '{{\"erased\":true,\"key\":\"k7\"}}' WHERE position = {first}",
             first, "more than an erased one has"),
            (f"UPDATE erased_payloads SET erased_by = erased_by + 1 WHERE position = {first}",
             f"UPDATE erased_payloads SET erased_by = erased_by - 1 WHERE position = {first}",
             first, "which is not there"),
            # As if its value had been erased, although nobody has asked for that.
            (f"INSERT INTO erased_payloads SELECT aggregate_id, position,"
             f" sha256(salt || convert_to(payload, 'UTF8')), {by} FROM events WHERE position = 57;"
             " UPDATE events SET payload = '{\"erased\":true,\"key\":' || (payload::json -> 'key')::text"
             " || '}' WHERE position = 57",
             "", 57, "has not asked for that"),
        ):
            with self.subTest(change):
                copy.sql(change)
                self.differs(copy.url, position, what)
                if undo:
                    copy.sql(undo)

    def test_what_cannot_be_told(self):
        copy = self.copy()
        copy.sql("DELETE FROM audit_checkpoints")
        for arguments, what in (
            ([copy.url], "no checkpoint"),
            (["postgresql:///nothing?host=/nowhere"], "/nowhere"),
            (["/nowhere/export"], "/nowhere/export"),
            (["--key", "nonsense"], "nonsense"),
            (["--checkpoint", "/nowhere/old"], "/nowhere/old"),
            (["--audit-key", "/nowhere/key"], "/nowhere/key"),
        ):
            with self.subTest(arguments):
                self.assertIn(what, self.verify(*arguments, status=2))


if __name__ == "__main__":
    unittest.main()
