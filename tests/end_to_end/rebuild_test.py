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
                self.assertRegex(done.stdout, r"^rebuilt user_metadata up to position \d+\n$")
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
        lines = done.stderr.splitlines()
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
        self.assertRegex(output, rb"^rebuilt user_metadata")
        text = shown.decode()
        bars = text.split("\r")[1:]
        self.assertGreaterEqual(len(re.findall(r"\[[#-]{30}\]", text)), 2)
        self.assertIn("100 %", text)
        # It draws over itself, and ends with the line.
        self.assertTrue(all("\n" not in bar.rstrip("\r\n") for bar in bars))
        self.assertTrue(text.endswith("\n"))

    def test_killed_in_the_middle_it_changes_nothing_and_can_be_done_again(self):
        tables = self.tables()
        for _ in range(3):
            process = self.start(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stderr.readline()  # the first line of progress: it is under way
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, -signal.SIGKILL)
            self.check_settled()
            user = people.new_machine(self.client)
            self.assertEqual(self.client.set(user, "key", b"value").status, 200)
            self.assertEqual(self.client.value(user, "key"), b"value")
        done = self.service.run("projections", "rebuild")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.tables(), tables)
        self.check_settled()

    def test_it_repairs_a_read_model_that_was_tampered_with(self):
        self.service.sql(f"DELETE FROM user_metadata WHERE user_id = '{self.users[2]}'")
        self.service.sql(f"UPDATE user_metadata SET value = 'x' WHERE user_id = '{self.users[3]}'")
        self.assertNotEqual(self.reads(), self.before)
        self.assertEqual(self.service.run("projections", "rebuild").returncode, 0)
        self.check_settled()

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
