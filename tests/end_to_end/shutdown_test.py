"""SIGTERM and SIGINT: what runs is finished, PostgreSQL is stopped, exit status 0."""

import contextlib
import os
import signal
import subprocess
import time
import unittest

import load
import people
from client import Connection, encoded, metadata_path, request
from service import Service, wait_until


def set_request(service, user, value):
    headers = {"authorization": f"Bearer {service.token}", "content-type": "application/json"}
    return request("POST", metadata_path(user, "key"), headers, b'{"value":"%s"}' % encoded(value).encode())


class Shutdown(unittest.TestCase):
    def check_stopped(self, service):
        self.assertEqual(service.wait_exit(), 0, service.stderr)
        self.assertEqual(service.postgres_processes(), [])
        self.assertIsNone(service.postmaster())

    def check_running_request_is_finished(self, number):
        with Service() as service:
            user = people.new_human(service.client())
            data = set_request(service, user, b"last")
            with Connection(service.address) as idle, Connection(service.address) as running:
                idle.exchange(request("GET", "/debug/healthz"))
                running.send(data[:-5])
                # The answer of a later connection shows that the one before it was accepted.
                service.client().get("/debug/healthz")
                service.send_signal(number)
                service.wait_log("stopping")
                # Idle connections end at once; who is in the middle of a request is served.
                self.assertTrue(idle.is_closed())
                running.send(data[-5:])
                answer = running.answer()
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(answer.headers.get("connection"), "close")
                self.assertTrue(running.is_closed())
            self.check_stopped(service)
            service.start()
            self.assertEqual(service.client().value(user, "key"), b"last")

    def test_sigterm_finishes_a_running_request(self):
        self.check_running_request_is_finished(signal.SIGTERM)

    def test_sigint_finishes_a_running_request(self):
        self.check_running_request_is_finished(signal.SIGINT)

    def test_nobody_is_let_in_while_it_stops(self):
        with Service() as service, Connection(service.address) as running:
            data = set_request(service, service.admin, b"last")
            running.send(data[:-5])
            service.client().get("/debug/healthz")
            service.send_signal(signal.SIGTERM)
            service.wait_log("stopping")

            def refused():
                try:
                    Connection(service.address).close()
                except ConnectionRefusedError:
                    return True
                return False

            wait_until(refused, 5, "a refused connection")
            running.send(data[-5:])
            self.assertEqual(running.answer().status, 200)
            self.check_stopped(service)

    def test_under_load_every_acknowledged_set_is_kept_and_no_answer_is_an_error(self):
        with Service() as service:
            users = [people.new_human(service.client()) for _ in range(4)]
            writers = load.Writers([service.address], service.token, users, 16).go_on()
            writers.wait_acknowledged(300)
            service.send_signal(signal.SIGTERM)
            self.check_stopped(service)
            writers.stop()
            self.assertEqual(set(writers.statuses), {200})
            service.start()
            load.check_nothing_lost(self, service, writers)
            load.check_log(self, service)

    def test_a_client_that_never_ends_its_request_holds_it_up_for_ten_seconds_at_most(self):
        with Service("--body-timeout", "3600") as service, Connection(service.address) as running:
            running.send(set_request(service, service.admin, b"never")[:-5])
            service.client().get("/debug/healthz")
            begin = time.monotonic()
            service.send_signal(signal.SIGTERM)
            self.check_stopped(service)
            spent = time.monotonic() - begin
            self.assertGreater(spent, 9)
            self.assertLess(spent, 20)

    def test_calls_that_hang_in_the_database_are_cut_off_and_gone_before_the_service_is(self):
        with Service("--call-timeout", "60") as service, contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Connection(service.address)) for _ in range(6)]
            headers = {"authorization": f"Bearer {service.token}"}
            get = request("GET", metadata_path(service.admin, "key"), headers)
            self.assertEqual([client.exchange(get).status for client in clients], [404] * len(clients))
            name = "usermeta query%"
            rows = service.sql(f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE '{name}'")
            self.assertGreaterEqual(len(rows), 2)
            for row in rows:
                os.kill(int(row[0]), signal.SIGSTOP)
            for client in clients:
                client.send(get)
            # The answer of a later connection shows that theirs were accepted.
            set_one = set_request(service, service.admin, b"last")
            with Connection(service.address) as other:
                self.assertEqual(other.exchange(set_one).status, 200)
            service.send_signal(signal.SIGTERM)
            service.wait_log("the service is stopping")
            for row in rows:
                os.kill(int(row[0]), signal.SIGCONT)
            self.check_stopped(service)
            self.assertEqual(service.stderr.count("the service is stopping"), len(clients), service.stderr)

    def test_a_second_signal_does_not_wait_for_anybody(self):
        with Service("--body-timeout", "3600") as service, Connection(service.address) as running:
            running.send(set_request(service, service.admin, b"never")[:-5])
            service.client().get("/debug/healthz")
            service.send_signal(signal.SIGINT)
            service.wait_log("stopping")
            begin = time.monotonic()
            # What comes right behind the first is no second one: more of them, as somebody impatient sends.
            while service.process.poll() is None:
                service.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    service.process.wait(0.05)
            self.assertEqual(service.wait_exit(), 128 + signal.SIGINT)
            self.assertLess(time.monotonic() - begin, 5)
            # The next start takes the PostgreSQL over that was left behind.
            service.start()
            self.assertEqual(service.stop(), 0)


class StopWhileStarting(unittest.TestCase):
    def check(self, moment):
        service = Service(fresh=True)
        self.addCleanup(service.close)
        service.launch()
        service.wait_log(moment)
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait_exit(), 0, service.stderr)
        self.assertEqual(service.postgres_processes(), [])
        service.start()
        self.assertEqual(service.client().set(service.admin, "a", b"b").status, 200)

    def test_while_the_cluster_is_made(self):
        self.check("making a PostgreSQL")

    def test_right_after_postgres_started(self):
        self.check("started PostgreSQL")


if __name__ == "__main__":
    unittest.main()
