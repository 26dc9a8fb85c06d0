"""kill -9 of the service in the middle of 32 writers: nothing that was acknowledged is lost."""

import os
import signal
import unittest

import load
import people
from service import Service, wait_until

ROUNDS = 5
WRITERS = 32


class KilledService(unittest.TestCase):
    def test_five_kills_lose_nothing(self):
        with Service() as service:
            client = service.client()
            users = [people.new_human(client) for _ in range(8)]
            writers = load.Writers([service.address], service.token, users, WRITERS)
            for _ in range(ROUNDS):
                postmaster = service.postmaster()
                writers.go_on([service.address])
                writers.wait_acknowledged(1000)
                service.kill()
                writers.stop()
                self.assertEqual(service.postmaster(), postmaster)
                self.assertTrue(
                    service.postgres_processes(), "kill -9 of the service leaves its PostgreSQL behind"
                )

                service.start()
                self.assertEqual(service.postmaster(), postmaster)
                service.wait_log(rf"took over the running PostgreSQL \d+, process {postmaster}")
                load.check_nothing_lost(self, service, writers)
                load.check_log(self, service)
            self.assertEqual(set(writers.statuses), {200})
            self.assertEqual(service.stop(), 0, service.stderr)
            wait_until(lambda: not service.postgres_processes(), what="PostgreSQL's end")

    def test_killed_together_with_its_postgres(self):
        with Service() as service:
            users = [people.new_human(service.client()) for _ in range(4)]
            writers = load.Writers([service.address], service.token, users, 8).go_on()
            writers.wait_acknowledged(300)
            postmaster = service.postmaster()
            service.process.kill()
            os.kill(postmaster, signal.SIGKILL)
            service.wait_exit()
            writers.stop()
            service.start()
            self.assertNotEqual(service.postmaster(), postmaster)
            load.check_nothing_lost(self, service, writers)
            load.check_log(self, service)


if __name__ == "__main__":
    unittest.main()
