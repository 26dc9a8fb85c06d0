"""kill -9 of PostgreSQL under load: 503 for a moment, then the service goes on by itself, and nothing is
lost."""

import os
import signal
import threading
import unittest

import load
import people
from client import metadata_path
from service import Service, wait_until


class Reader:
    """Gets one key again and again; any answer but 200 and 503 is a failure."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.statuses = []
        self.failure = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._stopping.is_set():
                answer = self.client.get(self.path)
                self.statuses.append(answer.status)
                check_answer(answer)
        except BaseException as error:
            self.failure = error

    def stop(self):
        self._stopping.set()
        self._thread.join(60)
        if self.failure:
            raise self.failure


def check_answer(answer):
    if answer.status == 503:
        if answer.json["code"] != 14 or answer.headers.get("retry-after") is None:
            raise AssertionError(f"no proper 503: {answer.headers} {answer}")
    elif answer.status != 200:
        raise AssertionError(f"neither 200 nor 503: {answer}")


class KilledPostgres(unittest.TestCase):
    # Calls that wait shorter than PostgreSQL needs to come back, so that the 503 is there to be seen.
    OPTIONS = ("--call-timeout", "0.05")

    def check(self, number, *options):
        with Service(*options) as service:
            client = service.client()
            users = [people.new_human(client) for _ in range(4)]
            client.done(client.set(users[0], "read", b"value"))
            writers = load.Writers([service.address], service.token, users, 16, check_answer).go_on()
            reader = Reader(service.client(), metadata_path(users[0], "read"))
            for _ in range(2):
                writers.wait_acknowledged(500)
                postmaster = service.postmaster()
                os.kill(postmaster, number)
                service.wait_log(rf"process {postmaster}, ended unexpectedly")
                again = wait_until(
                    lambda: service.postmaster() not in (None, postmaster) and service.postmaster()
                )
                service.wait_log(rf"started PostgreSQL \d+, process {again}")
                writers.wait_acknowledged(500)
                wait_until(lambda: client.get("/debug/ready").status == 200, what="readiness")
                seen = len(reader.statuses)
                wait_until(lambda: 200 in reader.statuses[seen:], what="reads")
            writers.stop()
            reader.stop()
            self.assertEqual(writers.broken, 0, "connections of clients end with PostgreSQL")
            load.check_nothing_lost(self, service, writers)
            load.check_log(self, service)
            self.assertEqual(client.value(users[0], "read"), b"value")
            self.assertEqual(service.stop(), 0, service.stderr)
            wait_until(lambda: not service.postgres_processes(), what="PostgreSQL's end")
            return writers.statuses, service

    def test_kill_9(self):
        statuses, service = self.check(signal.SIGKILL, *self.OPTIONS)
        self.assertGreater(statuses[503], 0)
        self.assertIn("the log can be written again", service.stderr)

    def test_a_patient_call_waits_until_postgres_is_back(self):
        statuses, _ = self.check(signal.SIGQUIT, "--call-timeout", "30")
        self.assertEqual(set(statuses), {200})


if __name__ == "__main__":
    unittest.main()
