"""`usermeta projections rebuild` while the service runs under load: the same reads before, meanwhile and
after."""

import os
import pty
import re
import signal
import subprocess
import threading
import unittest

import load
import people
from client import encoded, metadata_path
from service import BINARY, Service, clean_environment

EVENTS = 60_000
SAME = r"^compared at position \d+\n.*\n.*\nkeys that differ: 0\n"
LAST = r"rebuilt user_metadata up to position \d+; the projector stood still for \d+ ms\n$"


class Rebuild(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.users = [people.new_human(cls.client) for _ in range(4)]
        # Enough for a rebuild to take a while.
        for start in range(0, EVENTS, 2000):
            entries = [{"key": f"k{i % 700}", "value": encoded(b"%d" % (start + i))} for i in range(2000)]
            path = metadata_path(cls.users[start // 2000 % 4], "_bulk")
            cls.client.done(cls.client.post(path, {"metadata": entries}))
        cls.client.done(cls.client.delete(metadata_path(cls.users[0], "k1")))
        cls.before = cls.reads()

    @classmethod
    def reads(cls):
        """All that the calls show of the users that nobody writes to: bodies, less the moment of the
        answer."""
        answers = []
        for user in cls.users:
            for path, body in (
                (metadata_path(user, "_search"), {}),
                (metadata_path(user, "_search"), {"query": {"offset": 650}}),
                (f"/v2/users/{user}/metadata/search", {"pagination": {"limit": 1000, "asc": True}}),
            ):
                answer = cls.client.done(cls.client.post(path, body))
                answer.get("details", {}).pop("viewTimestamp", None)
                answers.append(answer)
        return answers

    def start(self, **options):
        command = [
            "setpriv",
            "--pdeathsig",
            "TERM",
            BINARY,
            "projections",
            "rebuild",
            "--data",
            self.service.data,
        ]
        process = subprocess.Popen(
            command, env=clean_environment(), stdin=subprocess.DEVNULL, cwd="/", **options
        )
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def tables(self):
        rows = self.service.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'usermeta'")
        return sorted(row[0] for row in rows)

    def check_settled(self):
        self.assertEqual(self.reads(), self.before)
        self.assertEqual(self.client.get("/debug/ready").status, 200)

    def test_under_load(self):
        tables = self.tables()
        busy = [people.new_machine(self.client) for _ in range(2)]
        writers = load.Writers([self.service.address], self.service.token, busy, 4).go_on()
        stop, wrong = threading.Event(), []

        def read():
            client = self.service.client()
            expected = {f"k{i}": None for i in range(700)}
            while not stop.is_set():
                with writers.lock:
                    acknowledged = dict(writers.last)
                seen = client.listed(self.users[1])
                if set(seen) != set(expected):
                    wrong.append(f"{len(seen)} keys in place of {len(expected)}")
                for user in busy:
                    shown = client.listed(user)
                    for (owner, key), value in acknowledged.items():
                        if owner == user and int(shown.get(key, b"-1")) < value:
                            wrong.append(f"{key}: {shown.get(key)} after {value} was acknowledged")

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for _ in range(2):
                writers.wait_acknowledged(50)
                done = self.service.run("projections", "rebuild")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout, SAME + LAST)
        finally:
            stop.set()
            writers.stop()
            reader.join()
        self.assertEqual(wrong, [])
        self.assertEqual(set(writers.statuses), {200})
        load.check_nothing_lost(self, self.service, writers)
        self.assertEqual(self.tables(), tables)
        self.check_settled()

    def test_progress_is_lines_when_the_output_is_no_terminal(self):
        done = self.service.run("projections", "rebuild")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("\r", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("usermeta: ")]
        self.assertGreaterEqual(len(lines), 1)
        for line in lines:
            self.assertRegex(
                line, r"^\[[#-]{30}\] +\d+ %  [\d,]+ of [\d,]+ events  [\d,]+/s(  [\d:]+ left)?$"
            )
        self.assertIn("100 %", lines[-1])
        count = int(self.service.sql("SELECT count(*) FROM events")[0][0])
        self.assertIn(f"{count:,} of {count:,} events", lines[-1])
        self.check_settled()

    def test_progress_is_a_bar_under_a_terminal(self):
        master, slave = pty.openpty()
        process = self.start(stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        shown = b""
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:  # the other end is gone
                break
            if not data:
                break
            shown += data
        os.close(master)
        output = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 0, shown)
        self.assertRegex(output.decode(), LAST)
        text = shown.decode()
        bars = text.split("\r")[1:]
        self.assertGreaterEqual(len(re.findall(r"\[[#-]{30}\]", text)), 2)
        self.assertIn("100 %", text)
        # It draws over itself, and a bar ends with its line before anything else is said.
        self.assertTrue(all(not bar.startswith("[") or "\n" not in bar for bar in bars), bars)
        self.assertTrue(text.endswith("\n"))

    def kill_in_the_middle(self):
        """A rebuild that is ended by kill -9 when it has done a part; the position that it has left."""
        process = self.start(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stderr.readline()  # the first line of progress: it is under way
        position = 0
        while position == 0:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGSTOP)
            position = int(self.service.sql("SELECT position FROM rebuild_progress")[0][0])
        process.kill()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        return position

    def test_killed_in_the_middle_it_changes_nothing_and_goes_on_when_begun_again(self):
        tables = self.tables()
        busy = [people.new_machine(self.client)]
        writers = load.Writers([self.service.address], self.service.token, busy, 2).go_on()
        try:
            for _ in range(3):
                writers.wait_acknowledged(20)
                position = self.kill_in_the_middle()
                self.check_settled()
                user = people.new_machine(self.client)
                self.assertEqual(self.client.set(user, "key", b"value").status, 200)
                self.assertEqual(self.client.value(user, "key"), b"value")
            writers.wait_acknowledged(20)
            done = self.service.run("projections", "rebuild")
        finally:
            writers.stop()
        self.assertEqual(done.returncode, 0, done.stderr)
        gone_on = int(re.search(r"^usermeta: goes on from position (\d+)$", done.stderr, re.M).group(1))
        self.assertGreaterEqual(gone_on, position)
        self.assertIn("keys that differ: 0\n", done.stdout)
        self.assertEqual(set(writers.statuses), {200})
        load.check_nothing_lost(self, self.service, writers)
        self.assertEqual(self.tables(), tables)
        self.check_settled()

    def test_begun_afresh_it_does_not_go_on(self):
        self.kill_in_the_middle()
        done = self.service.run("projections", "rebuild", "--fresh")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("goes on", done.stderr)
        self.check_settled()

    def test_it_repairs_a_read_model_that_was_tampered_with(self):
        tables = self.tables()
        rows = len(self.client.listed(self.users[2]))
        self.service.sql(f"DELETE FROM user_metadata WHERE user_id = '{self.users[2]}'")
        self.service.sql(
            f"UPDATE user_metadata SET value = 'x' WHERE user_id = '{self.users[3]}' AND key = 'k7'"
        )
        wrong = self.reads()
        self.assertNotEqual(wrong, self.before)
        looked = self.service.run("projections", "rebuild", "--dry-run")
        self.assertEqual(looked.returncode, 1, looked.stderr)
        self.assertEqual(looked.stderr.splitlines()[-1], "usermeta: the tables differ")
        self.assertIn(f"keys that differ: {rows + 1}\n  user {self.users[2]}, key k", looked.stdout)
        self.assertIn(f"  and {rows - 19} more\nnothing was changed; ", looked.stdout)
        self.assertEqual(self.tables(), tables)
        self.assertEqual(self.reads(), wrong)
        mended = self.service.run("projections", "rebuild")
        self.assertEqual(mended.returncode, 0, mended.stderr)
        self.assertIn(f"keys that differ: {rows + 1}\n", mended.stdout)
        self.check_settled()
        looked = self.service.run("projections", "rebuild", "--dry-run")
        self.assertEqual(looked.returncode, 0, looked.stderr)
        self.assertIn("keys that differ: 0\nnothing was changed; ", looked.stdout)

    def test_two_at_a_time(self):
        first, second = (self.start(stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2))
        texts = [process.communicate(timeout=60)[1].decode() for process in (first, second)]
        statuses = [first.returncode, second.returncode]
        self.assertIn(0, statuses, texts)
        for status, text in zip(statuses, texts):
            if status:
                self.assertRegex(text.splitlines()[-1], "^usermeta: .*rebuild", text)
        self.check_settled()

    def test_while_the_service_does_not_run(self):
        with Service() as service:
            service.client().set(service.admin, "key", b"value")
            self.assertEqual(service.stop(), 0)
            done = service.run("projections", "rebuild")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(service.postgres_processes(), [])
            service.start()
            self.assertEqual(service.client().value(service.admin, "key"), b"value")


if __name__ == "__main__":
    unittest.main()
