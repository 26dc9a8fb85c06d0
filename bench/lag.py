"""How far the read model is behind while a load runs: the age of the oldest event that it has not yet."""

import re
import subprocess
import threading
import time

from service import clean_environment
from subject import Failed

QUERY = (
    "SET search_path = usermeta;\n"
    "SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) * 1000 FROM events"
    " WHERE position = (SELECT position + 1 FROM projections WHERE name = 'user_metadata')), 0)"
    " \\watch 0.05\n"
)
PATIENCE = 60  # seconds


class LagWatch:
    """Asks the database twenty times a second, through one psql."""

    def __init__(self, subject):
        self.database_url = subject.service.database_url
        self.longest = 0.0  # milliseconds
        self._latest = None
        self._changed = threading.Condition()

    def __enter__(self):
        self._psql = subprocess.Popen(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        self._psql.stdin.write(QUERY)
        self._psql.stdin.flush()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *error):
        self._psql.terminate()
        self._psql.wait()
        self._reader.join()
        self._psql.stdin.close()
        self._psql.stdout.close()

    def _read(self):
        for line in self._psql.stdout:
            if re.fullmatch(r"-?\d+(\.\d+)?", line.strip()):
                with self._changed:
                    self._latest = max(0.0, float(line))
                    self.longest = max(self.longest, self._latest)
                    self._changed.notify_all()

    def until_zero(self):
        """Seconds until the next look that finds the read model up to date."""
        begin = time.monotonic()
        with self._changed:
            self._latest = None
            if not self._changed.wait_for(lambda: self._latest == 0, PATIENCE):
                raise Failed(f"the read model is behind, {PATIENCE} s after the load: {self._latest} ms")
        return time.monotonic() - begin
