"""Certificates for tests, made by the openssl command: self-signed, for 127.0.0.1."""

import pathlib
import subprocess

from service import clean_environment


class Certificate:
    """The files cert.pem and key.pem in `directory`, which renew() writes again."""

    def __init__(self, directory):
        self.certificate = pathlib.Path(directory) / "cert.pem"
        self.key = pathlib.Path(directory) / "key.pem"
        self.options = ["--tls-cert", self.certificate, "--tls-key", self.key]
        self.renew()

    def renew(self):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        command += ["-nodes", "-days", "2", "-subj", "/CN=usermeta test"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-out", self.certificate, "-keyout", self.key]
        subprocess.run(command, env=clean_environment(), check=True, capture_output=True)
        # The service may run as another user than the test.
        self.key.chmod(0o644)
