"""A --data that cannot be used: one line that names it, why, and the way out; nothing is touched or left."""

import os
import pwd
import shutil
import socket
import unittest

import wrong
from service import BINARY, Service, new_directory, processes_in, run


def another_user():
    """The name of a user who is not root, when we are; None means that we cannot become one."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("nobody").pw_name


class WrongDataDirectory(unittest.TestCase):
    def setUp(self):
        self.directory = new_directory()
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def check(self, data, *words, **options):
        wrong.check_serve(self, ["--data", data], str(data), *words, **options)
        self.assertEqual(processes_in(self.directory), [])

    def test_it_holds_something_else(self):
        (self.directory / "letter.txt").write_text("mine")
        self.check(self.directory, "holds something else", "choose another --data")
        self.assertEqual(os.listdir(self.directory), ["letter.txt"])

    def test_it_is_a_file(self):
        (self.directory / "file").write_text("mine")
        self.check(self.directory / "file", "choose another --data")
        self.assertEqual((self.directory / "file").read_text(), "mine")

    def test_it_is_below_a_file(self):
        (self.directory / "file").write_text("mine")
        self.check(self.directory / "file/data", "choose another --data")

    def test_its_marker_is_damaged(self):
        (self.directory / "usermeta.json").write_text("{")
        self.check(self.directory, "usermeta.json", "restore it, or choose another --data")

    def test_it_is_of_a_newer_format(self):
        (self.directory / "usermeta.json").write_text('{"product":"usermeta","format":99}')
        self.check(self.directory, "format 99", "choose another --data")

    def test_it_is_not_writable(self):
        user = another_user()
        closed = self.directory / "closed"
        closed.mkdir()
        closed.chmod(0o555)
        binary = BINARY
        if user:
            # The build may be where they cannot enter, and of no use to them, as our umask is.
            binary = shutil.copy(BINARY, self.directory / "usermeta")
            os.chmod(binary, 0o755)
        self.check(closed, "is not writable", "choose another --data", user=user, binary=binary)
        self.check(closed / "below", "cannot be created", "choose another --data", user=user, binary=binary)
        self.assertEqual(os.listdir(closed), [])

    def test_it_does_not_exist_for_an_operators_command(self):
        for command in (["token", "list"], ["replay", "--user", "1"], ["projections", "rebuild"]):
            with self.subTest(command):
                wrong.check(
                    self, run(*command, "--data", self.directory / "none"), str(self.directory / "none")
                )
                self.assertFalse((self.directory / "none").exists())

    def test_it_is_not_ours_for_an_operators_command(self):
        done = run("token", "create", "--data", self.directory)
        wrong.check(self, done, str(self.directory), "is not usermeta's", "--data")
        self.assertEqual(os.listdir(self.directory), [])

    def test_its_path_is_too_long_for_a_socket_and_works_all_the_same(self):
        with Service(data=self.directory / ("long-" * 20) / "data") as service:
            self.assertEqual(service.client().set(service.admin, "a", b"b").status, 200)
            self.assertEqual(service.run("token", "list").returncode, 0)
            self.assertEqual(service.stop(), 0, service.stderr)


class InUse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)

    def tearDown(self):
        self.assertEqual(self.service.client().get("/debug/ready").status, 200)

    def test_the_data_directory_by_another_service(self):
        pid = self.service.process.pid
        wrong.check_serve(
            self, ["--data", self.service.data], str(self.service.data), f"process {pid}", "--data"
        )

    def test_the_port(self):
        port = self.service.address[1]
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            for number in (port, taken.getsockname()[1]):
                with self.subTest(number):
                    other = Service(listen=f"127.0.0.1:{number}")
                    self.addCleanup(other.close)
                    other.launch()
                    status = other.wait_exit()
                    wrong.check_line(
                        self, status, other.stderr, f"127.0.0.1:{number}", "in use", "--listen"
                    )
                    self.assertEqual(other.postgres_processes(), [])
                    self.assertNotIn("ready", other.stdout)


if __name__ == "__main__":
    unittest.main()
