"""`usermeta events tail`: what happens, as it happens, in a terminal."""

import json
import os
import signal
import subprocess
import threading
import unittest

import people
from service import BINARY, LIMIT, Service, clean_environment, wait_until


class Tail:
    """One that runs, and the lines that it has printed."""

    def __init__(self, service, *options):
        command = ["setpriv", "--pdeathsig", "KILL", BINARY, "events", "tail", "--data", str(service.data)]
        self.process = subprocess.Popen(
            [*command, *map(str, options)],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self.lines, self.stderr = [], ""
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.removesuffix("\n"))
                self._changed.notify_all()

    def _read_errors(self):
        for line in self.process.stderr:
            with self._changed:
                self.stderr += line
                self._changed.notify_all()

    def wait(self, condition):
        with self._changed:
            if not self._changed.wait_for(condition, LIMIT):
                raise AssertionError(f"{len(self.lines)} lines, {self.lines[-3:]}, {self.stderr}")

    def end(self, number=signal.SIGINT):
        """Its exit status."""
        self.process.send_signal(number)
        status = self.process.wait(LIMIT)
        for thread in self._threads:
            thread.join(LIMIT)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def close(self):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


class EventsTail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def tail(self, *options):
        tail = Tail(self.service, *options)
        self.addCleanup(tail.close)
        return tail

    def last(self):
        return int(self.service.sql("SELECT position FROM log_head")[0][0])

    def wait_connected(self):
        """Until one has looked for the log's end: what is appended from now on is for it to print."""
        looked = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'usermeta events tail'"
            " AND state = 'idle' AND query LIKE '%log_head%'"
        )
        wait_until(lambda: self.service.sql(looked) != [["0"]])

    def test_prints_what_there_is_and_what_happens(self):
        user = people.new_machine(self.client, "tailed")
        tail = self.tail("--after", 0, "--user", user)
        tail.wait(lambda: len(tail.lines) == 1)
        self.assertRegex(tail.lines[0], rf"^\d+  \S+Z  user\.machine\.added  {user}  tailed$")
        self.client.set(user, "greeting", b"hello")
        tail.wait(lambda: len(tail.lines) == 2)
        self.assertRegex(tail.lines[1], rf"  user\.metadata\.set  {user}  greeting = hello$")
        self.assertEqual((tail.end(), tail.stderr), (0, ""))

    def test_begins_at_the_end(self):
        tail = self.tail("--json")
        self.wait_connected()
        user = people.new_machine(self.client)
        tail.wait(lambda: tail.lines)
        self.assertEqual(json.loads(tail.lines[0])["aggregateId"], user)
        self.assertEqual(tail.end(signal.SIGTERM), 0)

    def test_json_is_what_replay_prints(self):
        user = people.new_human(self.client)
        self.client.set(user, "k", b"v")
        tail = self.tail("--after", 0, "--user", user, "--json")
        tail.wait(lambda: len(tail.lines) == 3)
        replayed = self.service.run("replay", "--user", user).stdout.splitlines()
        self.assertEqual(tail.lines, replayed[:3])
        self.assertEqual(tail.end(), 0)

    def test_types(self):
        user = people.new_machine(self.client)
        self.client.set(user, "k", b"v")
        self.client.post(f"/management/v1/users/{user}/_lock")
        options = ("--after", 0, "--json", "--type", "user.locked", "--type", "user.machine.added")
        tail = self.tail(*options, "--user", user)
        tail.wait(lambda: len(tail.lines) == 2)
        self.assertEqual(
            [json.loads(line)["type"] for line in tail.lines], ["user.machine.added", "user.locked"]
        )
        self.assertEqual(tail.end(), 0)

    def test_is_told_what_is_wrong(self):
        for options, word in (
            (("--type", "nope"), "nope"),
            (("--after", "-1"), "after"),
            (("--after", "x"), "after"),
            (("--nope",), "nope"),
        ):
            with self.subTest(options):
                done = self.service.run("events", "tail", *options)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(word, done.stderr)

    def test_ends_quietly_when_nobody_reads(self):
        for after in (0, self.last()):
            with self.subTest(after):
                read, write = os.pipe()
                command = [BINARY, "events", "tail", "--data", str(self.service.data), "--after", str(after)]
                tail = subprocess.Popen(
                    command, env=clean_environment(), stdout=write, stderr=subprocess.PIPE, cwd="/"
                )
                self.addCleanup(tail.kill)
                os.close(write)
                if after == 0:
                    os.read(read, 1)
                else:
                    self.wait_connected()
                os.close(read)
                with tail.stderr as stderr:
                    self.assertEqual((tail.wait(LIMIT), stderr.read()), (0, b""))

    def test_a_whole_log_in_order(self):
        user = people.new_machine(self.client)
        for start in range(0, 4000, 1000):
            entries = [{"key": f"k{start + i}", "value": "eA=="} for i in range(1000)]
            path = f"/management/v1/users/{user}/metadata/_bulk"
            self.client.done(self.client.post(path, {"metadata": entries}))
        last = self.last()
        tail = self.tail("--after", 0, "--json")
        tail.wait(lambda: len(tail.lines) >= last)
        positions = [json.loads(line)["position"] for line in tail.lines[:last]]
        self.assertEqual(positions, list(range(1, last + 1)))
        self.assertEqual(tail.end(), 0)


class Outage(unittest.TestCase):
    def test_is_waited_out_and_told_once(self):
        with Service() as service:
            tail = Tail(service, "--after", 0, "--json")
            self.addCleanup(tail.close)
            tail.wait(lambda: len(tail.lines) == 5)
            self.assertEqual(service.stop(), 0, service.stderr)
            tail.wait(lambda: "waiting for the database" in tail.stderr)
            service.start()
            tail.wait(lambda: "the database is back" in tail.stderr)
            user = people.new_machine(service.client())
            tail.wait(lambda: len(tail.lines) == 6)
            self.assertEqual(json.loads(tail.lines[-1])["aggregateId"], user)
            self.assertEqual(tail.end(), 0)
            self.assertEqual(len(tail.stderr.splitlines()), 2, tail.stderr)


if __name__ == "__main__":
    unittest.main()
