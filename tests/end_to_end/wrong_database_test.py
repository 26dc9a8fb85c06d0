"""A --database-url that leads nowhere, or to a database that is not for this program."""

import os
import shutil
import unittest

import wrong
from service import Service, new_directory, run

PASSWORD = "very-secret-password"


class WrongDatabaseUrl(unittest.TestCase):
    def setUp(self):
        self.directory = new_directory()
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def check(self, url, *words):
        for arguments in (
            ["serve", "--listen", "127.0.0.1:0"],
            ["token", "list"],
            ["projections", "rebuild"],
        ):
            with self.subTest(arguments):
                done = run(*arguments, "--data", self.directory / "data", "--database-url", url)
                wrong.check(self, done, *words)
                self.assertNotIn(PASSWORD, done.stdout + done.stderr)

    def test_nobody_listens_there(self):
        self.check(
            f"postgresql://me:{PASSWORD}@127.0.0.1:1/none", "host=127.0.0.1", "port=1", "--database-url"
        )

    def test_there_is_no_such_host(self):
        self.check(f"postgresql://me:{PASSWORD}@nowhere.invalid/none", "nowhere.invalid", "--database-url")

    def test_there_is_no_such_socket(self):
        self.check(f"postgresql:///none?host={self.directory}&password={PASSWORD}", str(self.directory))

    def test_it_is_no_url(self):
        self.check(f"postgresql://me:{PASSWORD}@host:notaport/x", "--database-url")
        self.check(f"nonsense password={PASSWORD}", "--database-url")
        self.check(f"mysql://me:{PASSWORD}@127.0.0.1/none", "--database-url")


class WrongDatabase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.directory = new_directory()
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)

    def url(self, database):
        return f"postgresql:///{database}?host={self.service.data}/run&user=usermeta&password={PASSWORD}"

    def new_database(self, name, options=""):
        self.service.sql(f"DROP DATABASE IF EXISTS {name}")
        self.service.sql(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def check_serve(self, url, *words):
        wrong.check_serve(self, ["--data", self.directory / "data", "--database-url", url], *words)
        self.assertFalse((self.directory / "data/postgres").exists())

    def test_there_is_no_such_database(self):
        self.check_serve(self.url("absent"), "absent", "--database-url")

    def test_there_is_no_such_role(self):
        url = f"postgresql:///usermeta?host={self.service.data}/run&user=stranger"
        self.check_serve(url, "stranger", "--database-url")

    def test_it_is_at_a_newer_schema(self):
        url = self.new_database("newer")
        with Service("--database-url", url, fresh=True) as service:
            self.assertEqual(service.stop(), 0)
        self.service.sql("INSERT INTO schema_version (version, name) VALUES (9999, 'from the future')", url)
        before = self.service.sql("SELECT count(*) FROM events", url)
        self.check_serve(url, "schema 9999", "newer than this usermeta", "start the newer usermeta")
        for command in (["token", "list"], ["replay", "--user", "1"], ["projections", "rebuild"]):
            wrong.check(self, run(*command, "--database-url", url), "9999")
        self.assertEqual(self.service.sql("SELECT count(*) FROM events", url), before)

    def test_it_was_never_set_up(self):
        url = self.new_database("bare")
        for command in (["token", "list"], ["replay", "--user", "1"], ["projections", "rebuild"]):
            with self.subTest(command):
                wrong.check(self, run(*command, "--database-url", url), "usermeta serve")

    def test_its_encoding_is_not_utf8(self):
        url = self.new_database("latin", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        self.check_serve(url, "LATIN1", "UTF8")

    def test_the_newer_embedded_database_is_stopped_again(self):
        with Service() as service:
            service.sql("INSERT INTO schema_version (version, name) VALUES (9999, 'from the future')")
            self.assertEqual(service.stop(), 0)
            service.launch()
            wrong.check_line(self, service.wait_exit(), service.stderr, "9999", "start the newer usermeta")
            self.assertEqual(service.postgres_processes(), [])


class WrongPrograms(unittest.TestCase):
    def test_postgres_bin_without_postgres(self):
        directory = new_directory()
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        arguments = ["--data", directory / "data", "--postgres-bin", directory]
        wrong.check_serve(self, arguments, str(directory), "--database-url")
        self.assertFalse(os.path.exists(directory / "data/postgres"))


if __name__ == "__main__":
    unittest.main()
