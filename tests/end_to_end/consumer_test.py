"""examples/consumer: the copy that it keeps is everyone's metadata, whatever happens to it on the way."""

import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import unittest

import kafka
import people
import publishing
import python_packages
from service import Service, clean_environment, wait_until

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/consumer"
USERS, KEYS = 5, 8


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = kafka.Kafka.of(cls)
        cls.python = python_packages.installed_from(EXAMPLE / "requirements.txt", "consumer") / "bin/python"
        cls.service = Service.of(cls, "--kafka", cls.broker.address, "--kafka-partitions", "3")

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="usermeta-consumer-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.database = self.directory / "metadata.db"
        self.process = None
        self.addCleanup(self.end)

    def begin(self):
        command = [self.python, EXAMPLE / "consumer.py", "--kafka", self.broker.address]
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command, "--database", self.database],
            env=clean_environment({"USERMETA_TOKEN": self.service.token, "USERMETA_URL": self.service.url}),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, number=signal.SIGKILL):
        if self.process:
            self.process.send_signal(number)
            said = self.process.communicate(timeout=60)[1]
            status, self.process = self.process.returncode, None
            return status, said
        return None

    def copy(self):
        """(user, key) to value, as it is in SQLite now."""
        if self.process and self.process.poll() is not None:
            raise AssertionError(self.process.stderr.read())
        try:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as copy:
                return {(user, key): value for user, key, value in copy.execute(
                    "SELECT user, key, value FROM metadata")}  # fmt: skip
        except sqlite3.OperationalError:
            return {}  # it has not made its tables yet

    def change(self, client, users, chance):
        user, key = chance.choice(users), f"key-{chance.randrange(KEYS)}"
        if chance.random() < 0.3:
            client.delete(f"/management/v1/users/{user}/metadata/{key}")
        else:
            client.done(client.set(user, key, b"%d" % chance.randrange(1000)))

    def test_the_copy_is_everyones_metadata_although_it_is_killed_again_and_again(self):
        chance = random.Random(20)
        client = self.service.client()
        users = [people.new_human(client) for _ in range(USERS)]
        for run in range(3):
            self.begin()
            for _ in range(150):
                self.change(client, users, chance)
            marker = (users[0], "marker")
            client.done(client.set(*marker, b"%d" % run))
            # It reads while it is written to, and is killed wherever it stands then.
            wait_until(lambda: marker in self.copy() or run, what="the first marker")
            self.end()
        client.done(client.delete(f"/management/v1/users/{users[-1]}"))
        large = os.urandom(400_000)
        client.done(client.set(users[0], "large", large))
        self.begin()
        wanted = {
            (user, key): value for user in users[:-1] for key, value in client.listed(user).items()
        }
        wait_until(lambda: self.mine(users) == wanted, what="the copy is complete")
        self.assertEqual(self.end(signal.SIGTERM), (0, ""))
        self.assertEqual(self.applied(), self.published())

    def mine(self, users):
        return {place: value for place, value in self.copy().items() if place[0] in users}

    def applied(self):
        """Up to which offset the copy has each partition."""
        with sqlite3.connect(self.database) as copy:
            return dict(copy.execute("SELECT partition, next FROM offsets"))

    def published(self):
        last = {}
        for record in publishing.records(self.broker):
            last[record["partition"]] = record["offset"] + 1
        return last


if __name__ == "__main__":
    unittest.main()
