"""grpc++ against the service (clients/grpc_client.hpp), in clear text and over TLS."""

import os
import shutil
import subprocess
import unittest

from certificates import Certificate
from service import Service, clean_environment, new_directory

CLIENT = os.environ["USERMETA_GRPC_CLIENT"]


def environment(service, ca=""):
    host, port = service.address
    return clean_environment(
        {
            "USERMETA_ADDRESS": f"{host}:{port}",
            "USERMETA_TOKEN": service.token,
            "USERMETA_USER": service.admin,
            "USERMETA_CA": str(ca),
        }
    )


class GrpcClient(unittest.TestCase):
    def check(self, *options, ca=""):
        with Service(*options) as service:
            done = subprocess.run([CLIENT], env=environment(service, ca), capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"\[  PASSED  \] \d\d tests")

    def check_stop(self, *options, ca=""):
        with Service(*options) as service:
            command = [CLIENT, "--gtest_filter=Stop.*", "--gtest_also_run_disabled_tests"]
            with subprocess.Popen(
                command, env=environment(service, ca), stdout=subprocess.PIPE, text=True
            ) as running:
                said = iter(running.stdout.readline, "")
                self.assertIn("going\n", said)
                self.assertEqual(service.stop(), 0)
                rest = "".join(said)
                self.assertEqual(running.wait(), 0, rest)

    def certificate(self):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        return Certificate(directory)

    def test_in_clear_text(self):
        self.check()

    def test_over_tls(self):
        certificate = self.certificate()
        self.check(*certificate.options, ca=certificate.certificate)

    def test_a_stop_in_clear_text(self):
        self.check_stop()

    def test_a_stop_over_tls(self):
        certificate = self.certificate()
        self.check_stop(*certificate.options, ca=certificate.certificate)


if __name__ == "__main__":
    unittest.main()
