"""TLS on the service's port, as curl and Python speak it; the certificate anew on SIGHUP."""

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import unittest
import warnings

from certificates import Certificate
from client import Connection, encoded, metadata_path, request
from service import Service, clean_environment, new_directory
from wrong import check_serve

HEALTH = request("GET", "/debug/healthz")


def trusting(certificate, *protocols):
    context = ssl.create_default_context(cafile=certificate.certificate)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


class TlsConnection(Connection):
    """An end without a goodbye (close_notify) is an error here."""

    def __init__(self, service, context):
        super().__init__(service.address)
        self.socket = context.wrap_socket(
            self.socket, server_hostname=service.address[0], suppress_ragged_eofs=False
        )

    @property
    def certificate(self):
        return self.socket.getpeercert(binary_form=True)


class WithCertificate(unittest.TestCase):
    @classmethod
    def new_certificate(cls):
        directory = new_directory()
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        return Certificate(directory)


class Tls(WithCertificate):
    @classmethod
    def setUpClass(cls):
        cls.certificate = cls.new_certificate()
        cls.service = Service.of(cls, *cls.certificate.options)

    def curl(self, path, *options):
        """(version, status, body) of one call."""
        command = ["curl", "-sS", "-m", "60", "-w", "\n%{http_version} %{http_code}"]
        command += ["--cacert", self.certificate.certificate]
        command += ["-H", f"Authorization: Bearer {self.service.token}", *options, self.service.url + path]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, _, last = done.stdout.rpartition("\n")
        version, status = last.split()
        return version, int(status), body

    def connect(self, *protocols):
        return TlsConnection(self.service, trusting(self.certificate, *protocols))

    def test_the_line_to_paste_works(self):
        self.assertRegex(self.service.url, r"^https://127\.0\.0\.1:\d+$")
        line = re.search(r"\n\n(  curl [^$]*\$.*\n.*)\n\n", self.service.stdout).group(1)
        done = subprocess.run(["sh", "-c", line], env=clean_environment(), capture_output=True, text=True)
        self.assertIn('"details"', done.stdout, done.stderr)

    def test_curl_in_both_versions(self):
        path = metadata_path(self.service.admin, "tls")
        for option, version in (("--http2", "2"), ("--http1.1", "1.1"), ("--http2-prior-knowledge", "2")):
            with self.subTest(option):
                body = json.dumps({"value": encoded(option.encode())})
                self.assertEqual(self.curl(path, option, "-d", body)[:2], (version, 200))
                got = self.curl(path, option)
                self.assertEqual(got[:2], (version, 200))
                self.assertEqual(json.loads(got[2])["metadata"]["value"], encoded(option.encode()))

    def test_the_version_is_agreed_on(self):
        for offered, chosen in [
            ((), None),
            (["http/1.1"], "http/1.1"),
            (["h2"], "h2"),
            (["http/1.1", "h2"], "h2"),
        ]:
            with self.subTest(offered), self.connect(*offered) as connection:
                self.assertEqual(connection.socket.selected_alpn_protocol(), chosen)
                if chosen != "h2":
                    self.assertEqual(connection.exchange(HEALTH).body, b"ok")

    def test_old_versions_of_tls_are_refused(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context = trusting(self.certificate)
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaisesRegex(ssl.SSLError, "(?i)alert protocol version"):
            TlsConnection(self.service, context)

    def test_whoever_speaks_clear_text_is_told(self):
        with Connection(self.service.address) as connection:
            answer = connection.exchange(HEALTH)
            self.assertEqual(answer.status, 400)
            self.assertIn(b"https://", answer.body)
            self.assertTrue(connection.is_closed())


class Reload(WithCertificate):
    def setUp(self):
        self.certificate = self.new_certificate()
        self.service = Service(*self.certificate.options)
        self.addCleanup(self.service.close)
        self.service.start()

    def connect(self):
        connection = TlsConnection(self.service, trusting(self.certificate))
        self.addCleanup(connection.close)
        return connection

    def reload(self, pattern):
        self.service.stderr = ""
        self.service.send_signal(signal.SIGHUP)
        return self.service.wait_log(pattern).group(0)

    def test_new_connections_get_the_new_certificate_and_old_ones_go_on(self):
        old = self.connect()
        self.assertEqual(old.exchange(HEALTH).body, b"ok")
        self.certificate.renew()
        self.reload(r" info SIGHUP: .*")
        new = self.connect()
        self.assertNotEqual(new.certificate, old.certificate)
        self.assertEqual(new.exchange(HEALTH).body, b"ok")
        self.assertEqual(old.exchange(HEALTH).body, b"ok")

    def test_a_bad_file_changes_nothing_and_is_named(self):
        old = self.connect()
        key = self.certificate.key.read_text()
        self.certificate.key.write_text("no PEM")
        line = self.reload(r" error SIGHUP: .*")
        self.assertIn(f"--tls-key {self.certificate.key} holds no private key", line)
        self.assertIn("send SIGHUP again", line)
        self.assertEqual(self.connect().certificate, old.certificate)
        self.certificate.key.write_text(key)
        self.reload(r" info SIGHUP: .*")


class Start(WithCertificate):
    def check(self, options, *words, **more):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        check_serve(self, ["--data", directory / "data", *options], *words, **more)
        self.assertFalse((directory / "data").exists(), "it costs no database")

    def test_what_is_wrong_is_named_with_the_way_out(self):
        one, other = self.new_certificate(), self.new_certificate()
        cert, key = str(one.certificate), str(one.key)
        self.check(["--tls-cert", cert], f"--tls-cert {cert}", "--tls-key FILE")
        self.check(["--tls-key", key], f"--tls-key {key}", "--tls-cert FILE")
        self.check(["--tls-cert", cert, "--tls-key", other.key], str(other.key), cert, "is not the key")
        self.check(["--tls-cert", "/none", "--tls-key", key], "--tls-cert /none", "No such file", "PEM")
        self.check(["--tls-cert", cert, "--tls-key", "/"], "--tls-key /", "Is a directory", "PEM")
        self.check(["--tls-cert", key, "--tls-key", key], f"--tls-cert {key}", "BEGIN CERTIFICATE")
        self.check(["--tls-cert", cert, "--tls-key", cert], f"--tls-key {cert}", "BEGIN PRIVATE KEY")

    def test_the_environment_is_asked_too(self):
        one = self.new_certificate()
        self.check([], "--tls-key FILE", environment={"USERMETA_TLS_CERT": str(one.certificate)})


class Stop(WithCertificate):
    def test_a_running_request_is_finished_and_everybody_gets_a_goodbye(self):
        certificate = self.new_certificate()
        with Service(*certificate.options) as service:
            context = trusting(certificate)
            headers = {"authorization": f"Bearer {service.token}", "content-type": "application/json"}
            body = b'{"value":"%s"}' % encoded(b"last").encode()
            data = request("POST", metadata_path(service.admin, "key"), headers, body)
            silent = socket.create_connection(service.address, 60)
            self.addCleanup(silent.close)
            idle, running = TlsConnection(service, context), TlsConnection(service, context)
            self.addCleanup(idle.close)
            self.addCleanup(running.close)
            idle.exchange(HEALTH)
            running.send(data[:-5])
            # The answer of a later connection shows that the ones before it were accepted.
            with TlsConnection(service, context) as later:
                later.exchange(HEALTH)
            service.send_signal(signal.SIGTERM)
            service.wait_log("stopping")
            self.assertTrue(idle.is_closed())
            self.assertEqual(silent.recv(1), b"")
            running.send(data[-5:])
            answer = running.answer()
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.headers.get("connection"), "close")
            self.assertTrue(running.is_closed())
            self.assertEqual(service.wait_exit(), 0, service.stderr)

    def test_without_tls_a_hangup_is_harmless_and_logged(self):
        with Service() as service:
            service.send_signal(signal.SIGHUP)
            service.wait_log(r" info SIGHUP: .*--tls-cert")
            self.assertEqual(service.client().get("/debug/healthz").body, b"ok")
            self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    unittest.main()
