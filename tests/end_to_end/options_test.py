"""The command line: help, version, and where an option's value comes from."""

import os
import socket
import unittest

from service import Service, new_directory, run


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Help(unittest.TestCase):
    COMMANDS = {
        (): ["serve", "token", "replay", "projections", "healthcheck", "--config", "--version"],
        ("serve",): [
            "--listen",
            "--debug-listen",
            "--data",
            "--database-url",
            "--log-requests",
            "--trusted-proxies",
            "--max-connections",
        ],
        ("healthcheck",): ["--listen", "--debug-listen", "--tls-cert"],
        ("token",): ["create", "list", "remove"],
        ("token", "create"): ["--user", "--expires", "--data", "--database-url"],
        ("token", "list"): ["--user", "--data"],
        ("token", "remove"): ["TOKEN-ID", "--data"],
        ("replay",): ["--user", "--until", "POSITION|TIME", "--data"],
        ("projections",): ["rebuild"],
        ("projections", "rebuild"): ["--dry-run", "--fresh", "--data", "--database-url"],
    }

    def test_every_command_explains_itself(self):
        for command, words in self.COMMANDS.items():
            for flag in ("--help", "-h"):
                with self.subTest(command=command, flag=flag):
                    done = run(*command, flag)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    for word in words:
                        self.assertIn(word, done.stdout)
                    self.assertLessEqual(max(map(len, done.stdout.splitlines())), 200)

    def test_every_option_of_serve_names_its_environment_variable_and_explains_itself(self):
        text = run("serve", "--help").stdout
        options = [line for line in text.splitlines() if line.strip().startswith("--")]
        self.assertGreater(len(options), 10)
        for line in options:
            name = line.split()[0].split(",")[0]
            with self.subTest(name):
                self.assertIn("USERMETA_" + name[2:].upper().replace("-", "_"), text)

    def test_version(self):
        done = run("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^usermeta \d+\.\d+\.\d+\n$")

    def test_help_needs_no_data_directory(self):
        directory = new_directory()
        self.addCleanup(os.rmdir, directory)
        self.assertEqual(run("serve", "--help", "--data", directory / "none").returncode, 0)
        self.assertFalse((directory / "none").exists())


class WrongCommandLine(unittest.TestCase):
    CASES = [
        ([], "subcommand"),
        (["fly"], "subcommand"),
        (["serve", "--lisen", "127.0.0.1:0"], "--lisen"),
        (["serve", "surplus"], "surplus"),
        (["serve", "--threads", "many"], "--threads"),
        (["serve", "--threads", "-1"], "--threads"),
        (["serve", "--max-connections", "0"], "--max-connections"),
        (["serve", "--body-timeout", "0"], "--body-timeout"),
        (["serve", "--log-format", "xml"], "--log-format"),
        (["serve", "--log-level", "loud"], "--log-level"),
        (["serve", "--listen"], "--listen"),
        (["serve", "--config", "/nowhere/usermeta.toml"], "/nowhere/usermeta.toml"),
        (["token"], "subcommand"),
        (["token", "remove"], "token"),
        (["projections"], "subcommand"),
        (["replay"], "--user"),
    ]

    def test_it_names_what_is_wrong_in_a_line_or_two_and_points_at_the_help(self):
        for arguments, word in self.CASES:
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(done.stdout, "")
                self.assertIn(word, done.stderr)
                self.assertIn("--help", done.stderr)
                self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)

    def test_a_wrong_value_in_the_environment_is_named_too(self):
        done = run("serve", environment={"USERMETA_THREADS": "many"})
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "--threads|USERMETA_THREADS")


class WhereValuesComeFrom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # One data directory for all: a start on it takes a moment only.
        cls.first = Service.of(cls)
        assert cls.first.stop() == 0
        cls.config = cls.first.own_directory / "usermeta.toml"

    def started(self, *options, environment=None, listen=None):
        service = Service(*options, data=self.first.data, environment=environment, listen=listen)
        self.addCleanup(service.close)
        return service.start()

    def write(self, text):
        self.config.write_text(text)
        return "--config", self.config

    def test_the_environment(self):
        port = free_port()
        environment = {"USERMETA_LISTEN": f"127.0.0.1:{port}", "USERMETA_LOG_REQUESTS": "true"}
        service = self.started(environment=environment)
        self.assertEqual(service.address[1], port)
        service.client().get("/debug/healthz")
        service.wait_log("GET /debug/healthz 200")

    def test_the_data_directory_from_the_environment(self):
        listed = run("token", "list", environment={"USERMETA_DATA": str(self.first.data)})
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(self.first.admin, listed.stdout)

    def test_the_file(self):
        port = free_port()
        service = self.started(*self.write(f'[serve]\nlisten = "127.0.0.1:{port}"\nlog-requests = true\n'))
        self.assertEqual(service.address[1], port)
        service.client().get("/debug/healthz")
        service.wait_log("GET /debug/healthz 200")

    def test_the_file_with_the_lines_that_the_help_shows(self):
        port = free_port()
        self.assertIn("serve.listen=127.0.0.1:8080", run("--help").stdout)
        service = self.started(*self.write(f"serve.listen=127.0.0.1:{port}\n"))
        self.assertEqual(service.address[1], port)

    def test_the_file_named_by_the_environment(self):
        port = free_port()
        self.write(f"serve.listen=127.0.0.1:{port}\n")
        service = self.started(environment={"USERMETA_CONFIG": str(self.config)})
        self.assertEqual(service.address[1], port)

    def test_a_wrong_name_in_the_file_is_named(self):
        done = run("serve", "--data", self.first.data, *self.write("serve.lisen=127.0.0.1:0\n"), limit=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("lisen", done.stderr)

    def test_the_command_line_goes_before_the_environment_and_that_before_the_file(self):
        file, variable, argument = (f"127.0.0.1:{free_port()}" for _ in range(3))
        config = self.write(f"serve.listen={file}\n")
        environment = {"USERMETA_LISTEN": variable}
        for options, used in [
            ({"environment": environment}, variable),
            ({"environment": environment, "listen": argument}, argument),
            ({"listen": argument}, argument),
            ({}, file),
        ]:
            with self.subTest(used):
                with Service(*config, data=self.first.data, **{"listen": None, **options}) as service:
                    self.assertEqual(service.url, "http://" + used)

    def test_the_default_data_directory_of_another_user_than_root(self):
        text = run("serve", "--help", environment={"XDG_STATE_HOME": "/somewhere"}).stdout
        self.assertIn("/var/lib/usermeta" if os.geteuid() == 0 else "/somewhere/usermeta", text)

    def test_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("this machine has no IPv6")
        service = self.started(listen="[::1]:0")
        self.assertRegex(service.url, r"^http://\[::1\]:\d+$")
        self.assertEqual(service.client().get("/debug/healthz").body, b"ok")


if __name__ == "__main__":
    unittest.main()
