"""The service under measurement, with what is asked of it, and its database measured beside it."""

import json
import os
import pathlib
import re
import subprocess
import threading
import time

import people
from service import Service, clean_environment

INSERT = """\\set n random(1, 1000000)
INSERT INTO public.bench_insert (user_id, key, value)
VALUES (:n, 'key', '0123456789012345678901234567890123456789');
"""


class Failed(Exception):
    """The run is worth nothing: something answered wrongly or not at all."""


def program(name):
    """A program of the PostgreSQL that the service starts."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise Failed(f"there is no {name}: apt-get install postgresql")
    return str(found[-1])


def run(command, what):
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment())
    if done.returncode:
        raise Failed(f"{what}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Subject:
    """A service on a data directory of its own below `directory`."""

    def __init__(self, directory, build, scale, *options):
        self.directory, self.build, self.scale = directory, build, scale
        self.directory.mkdir()
        self.directory.chmod(0o755)
        self.service = Service(*options, data=directory / "data", fresh=True)
        self._insert = directory / "insert.sql"
        self._insert.write_text(INSERT)

    def __enter__(self):
        self.service.__enter__()
        self._age()
        return self

    def __exit__(self, *error):
        self.service.close()

    def stop(self):
        if self.service.stop() != 0:
            raise Failed(f"the service did not stop as it should: {self.service.stderr[-2000:]}")

    def restart(self, *options):
        """With these options; seconds from its start until it is ready."""
        self.stop()
        self.service.options = [str(option) for option in options]
        begin = time.monotonic()
        self.service.start()
        return time.monotonic() - begin

    def sql(self, statement):
        return self.service.sql(statement)

    def _age(self):
        """Writes as much of the write-ahead log as there is between two checkpoints.

        Until then its every segment is a new file: whoever needs one fills 16 MB with zeros and syncs them.
        From the first checkpoint on they are used again, which is how a database spends its life.
        """
        self.sql(
            "SELECT count(pg_logical_emit_message(false, 'bench', repeat('x', 1 << 20)))"
            " FROM generate_series(1, 2300)"
        )
        self.sql("CHECKPOINT")

    def make_users(self, name, count, keys):
        """A file with the ids of so many new users, each with its keys."""
        made, lock = [], threading.Lock()

        def make(number):
            client = self.service.client()
            for _ in range(number, count, 8):
                user = people.new_machine(client)
                entries = [{"key": f"key{i}", "value": "eA=="} for i in range(keys)]
                client.done(client.post(f"/management/v1/users/{user}/metadata/_bulk", {"metadata": entries}))
                with lock:
                    made.append(user)

        threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(made) != count:
            raise Failed(f"only {len(made)} of {count} users could be made: {self.service.stderr[-2000:]}")
        return self.users_file(name, made)

    def users_file(self, name, users):
        file = self.directory / name
        file.write_text("\n".join(users) + "\n")
        return file

    def load(self, call, connections, users, **options):
        """What bench/load measured; see its --help. It fails when any answer is wrong."""
        command = [self.build / "load", "--call", call, "--port", str(self.service.address[1])]
        command += ["--token-file", self.service.data / "admin.pat", "--users-file", users]
        command += ["--connections", str(connections)]
        options = {"seconds": self.scale.seconds, "warm_up": self.scale.warm_up, **options}
        for name, value in options.items():
            command.append("--" + name.replace("_", "-"))
            if value is not True:
                command.append(str(value))
        return json.loads(run(command, f"load {call}"))

    def pgbench(self, clients):
        """Transactions a second, and the mean latency in milliseconds; a prepared insert each."""
        self.sql(
            "CREATE TABLE IF NOT EXISTS public.bench_insert"
            " (n bigserial PRIMARY KEY, user_id bigint, key text, value text)"
            # It is the yardstick's: what is measured after it should not wait for its vacuum.
            " WITH (autovacuum_enabled = off)"
        )
        command = [program("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1"]
        seconds = str(max(1, round(self.scale.seconds)))
        command += ["-T", seconds, "-f", self._insert, self.service.database_url]
        printed = run(command, "pgbench")
        rate = float(re.search(r"tps = ([\d.]+)", printed).group(1))
        return rate, float(re.search(r"latency average = ([\d.]+) ms", printed).group(1))

    def cpu_seconds(self):
        """What the service and its PostgreSQL have used so far."""
        ticks = 0
        for pid in [self.service.process.pid, *self.service.postgres_processes()]:
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended, and its parent counts it
            ticks += sum(map(int, fields[11:15]))  # its own, and its ended children's
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """The service's own, resident, in megabytes."""
        status = pathlib.Path(f"/proc/{self.service.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def head(self):
        return int(self.sql("SELECT position FROM log_head")[0][0])

    def wait_until_followed(self, limit=600):
        """Until the read model has all events."""
        end = time.monotonic() + limit
        query = (
            "SELECT (SELECT position FROM log_head) <= position FROM projections WHERE name = 'user_metadata'"
        )
        while self.sql(query) != [["t"]]:
            if time.monotonic() > end:
                raise Failed("the read model does not catch up")

    def rebuild(self):
        """Of the read model: events a second."""
        events, begin = self.head(), time.monotonic()
        done = self.service.run("projections", "rebuild", limit=900)
        if done.returncode:
            raise Failed(f"projections rebuild: {done.stderr}")
        return events / (time.monotonic() - begin)
