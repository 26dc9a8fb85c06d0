"""`usermeta healthcheck`, as a container's health check runs it: with the service's own environment."""

import os
import shutil
import signal
import socket
import threading
import unittest

from certificates import Certificate
from service import Service, new_directory, run


def port_of(service):
    return f"127.0.0.1:{service.address[1]}"


class Healthcheck(unittest.TestCase):
    def healthy(self, **environment):
        done = run("healthcheck", environment={f"USERMETA_{k.upper()}": v for k, v in environment.items()})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def unhealthy(self, *words, **environment):
        done = run("healthcheck", environment={f"USERMETA_{k.upper()}": v for k, v in environment.items()})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in ("usermeta healthcheck: ", *words):
            self.assertIn(word, done.stderr)

    def test_of_a_service_that_works_stops_working_and_is_gone(self):
        with Service() as service:
            port = port_of(service)
            self.healthy(listen=port)
            self.healthy(listen=port.replace("127.0.0.1", "0.0.0.0"))
            self.assertEqual(run("healthcheck", "--listen", port).returncode, 0)
            silent = service.postgres_processes()
            try:
                for process in silent:
                    os.kill(process, signal.SIGSTOP)
                self.unhealthy(f"the service on {port} gave no answer within", listen=port)
            finally:
                for process in silent:
                    os.kill(process, signal.SIGCONT)
            service.stop()
        self.unhealthy(f"no service answers on {port}", "with this --listen?", listen=port)

    def test_over_tls(self):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        certificate = Certificate(directory)
        with Service(*certificate.options) as service:
            self.healthy(listen=port_of(service), tls_cert=str(certificate.certificate))
            self.unhealthy("not ready: 400", "TLS", listen=port_of(service))

    def test_where_the_debug_calls_are_elsewhere(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            elsewhere = f"127.0.0.1:{probe.getsockname()[1]}"
        with Service("--debug-listen", elsewhere) as service:
            self.healthy(listen=port_of(service), debug_listen=elsewhere)
            # Where the calls are, readiness is not: it says so rather than believe another's answer.
            self.unhealthy("not ready: 404", listen=port_of(service))

    def test_the_reason_is_told(self):
        with socket.socket() as unready:
            unready.bind(("127.0.0.1", 0))
            unready.listen()
            address = f"127.0.0.1:{unready.getsockname()[1]}"
            reason = b"the read model stands still"

            def answer():
                peer, _ = unready.accept()
                with peer:
                    self.assertTrue(peer.recv(65536).startswith(b"GET /debug/ready HTTP/1.1\r\n"))
                    head = f"HTTP/1.1 503 Service Unavailable\r\ncontent-length: {len(reason)}\r\n\r\n"
                    peer.sendall(head.encode() + reason)

            thread = threading.Thread(target=answer)
            thread.start()
            self.unhealthy(f"the service on {address} is not ready: 503", reason.decode(), listen=address)
            thread.join()

    def test_a_wrong_address_is_named(self):
        self.unhealthy("--listen nonsense is not of the form ADDRESS:PORT", listen="nonsense")


if __name__ == "__main__":
    unittest.main()
