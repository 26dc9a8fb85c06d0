"""Holds the log's lock as another process does that appends for long: nothing is committed meanwhile."""

import subprocess

from service import LIMIT, clean_environment


class LogLock:
    """From its beginning until release()."""

    def __init__(self, service):
        self._psql = subprocess.Popen(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", service.database_url],
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self._say("BEGIN; SELECT position FROM usermeta.log_head FOR UPDATE;\n")
        if not self._psql.stdout.readline().strip().isdigit():
            raise AssertionError("the lock could not be taken")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.release()

    def _say(self, text):
        self._psql.stdin.write(text)
        self._psql.stdin.flush()

    def release(self):
        if self._psql.poll() is not None:
            return
        self._say("COMMIT;\n")
        self._psql.stdin.close()
        self._psql.wait(LIMIT)
        self._psql.stdout.close()
