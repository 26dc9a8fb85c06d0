"""ZITADEL's own SDKs against the service, in clear text and over TLS."""

import shutil
import subprocess
import unittest

import node_packages
import python_packages
from certificates import Certificate
from service import Service, clean_environment, new_directory


class OfficialClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clear = Service.of(cls)
        directory = new_directory()
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.certificate = Certificate(directory)
        cls.encrypted = Service.of(cls, *cls.certificate.options)

    def check(self, service, command, environment=None, extra=()):
        done = subprocess.run(
            [*command, service.url, service.token, service.admin, *extra],
            env=clean_environment(environment),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("done\n", done.stdout)

    def check_node(self, name):
        command = ["node", node_packages.installed() / name]
        # What Node trusts, and what its gRPC does.
        variables = ("NODE_EXTRA_CA_CERTS", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")
        trust = {variable: str(self.certificate.certificate) for variable in variables}
        self.check(self.clear, command)
        self.check(self.encrypted, command, trust)

    def test_zitadel_node(self):
        self.check_node("zitadel_node.mjs")

    def test_zitadel_client(self):
        self.check_node("zitadel_client.mjs")

    def test_zitadel_python(self):
        python = python_packages.installed("zitadel_client") / "bin/python"
        command = [python, node_packages.CLIENTS / "zitadel_python.py"]
        self.check(self.clear, command)
        self.check(self.encrypted, command, extra=[self.certificate.certificate])


if __name__ == "__main__":
    unittest.main()
