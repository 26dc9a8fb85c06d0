"""The service as its operator sees it: the real binary as a process, on a data directory of its own in /tmp.

USERMETA_BINARY names the binary. Whatever a test does, its processes (PostgreSQL too) end with it: they are
found by the directory that they work in and ended by their ids; a service whose test was killed is told by
the kernel.
"""

import atexit
import faulthandler
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import client

BINARY = os.environ.get("USERMETA_BINARY", "")
if not os.path.isfile(BINARY):
    raise SystemExit(f"USERMETA_BINARY must name the binary under test, not {BINARY!r}")
# A data directory that was set up and stopped; its copy starts ten times faster than a new one. See
# template.py.
TEMPLATE = os.environ.get("USERMETA_TEST_TEMPLATE", "")
# ctest ends a test after 480 s without a word: so that it is known where it stood.
faulthandler.dump_traceback_later(470)
LIMIT = 60.0  # seconds for anything that a loaded machine may be slow at


def wait_until(condition, limit=LIMIT, what="the condition"):
    """The first true result of `condition`, which is asked until `limit` seconds are over."""
    end = time.monotonic() + limit
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {limit} s")
        time.sleep(0.01)


def clean_environment(extra=None):
    """Ours, without what would configure the binary or libpq, or send a client elsewhere than it was told."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("USERMETA_", "PG")) and not k.lower().endswith("_proxy")
    }
    return {**kept, **(extra or {})}


def new_directory():
    """An empty directory that any user may enter; PostgreSQL runs as another one than root."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="usermeta-e2e-", dir="/tmp"))
    path.chmod(0o755)
    return path


def processes_in(directory):
    """The processes that work below `directory`: a PostgreSQL server and its backends."""
    found = []
    top = os.path.realpath(directory)
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            place = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue  # it has ended, or is someone else's
        if place == top or place.startswith(top + "/"):
            found.append(int(entry))
    return found


def end_processes(directory):
    for number in (signal.SIGQUIT, signal.SIGKILL):
        # PostgreSQL's immediate shutdown first: it takes its shared memory along.
        for pid in processes_in(directory):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        try:
            wait_until(lambda: not processes_in(directory), 10)
            return
        except AssertionError:
            continue


def run(*arguments, environment=None, user=None, limit=LIMIT, binary=None):
    """Runs the binary to its end. `user`: as that user, when we are root."""
    command = [binary or BINARY, *map(str, arguments)]
    if user:
        command = ["setpriv", f"--reuid={user}", "--clear-groups", *command]
    return subprocess.run(
        command,
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit,
        cwd="/",
    )


class Service:
    """One `usermeta serve`. `data`: a directory that someone else looks after. `fresh`: set up from
    nothing."""

    def __init__(self, *options, data=None, environment=None, listen="127.0.0.1:0", fresh=False):
        self.own_directory = None if data else new_directory()
        self.data = pathlib.Path(data) if data else self.own_directory / "data"
        self.options = [str(option) for option in options]
        self.environment = environment
        self.listen = listen
        self.process = None
        self.stdout = ""
        self.stderr = ""
        self._changed = threading.Condition()
        atexit.register(self.close)
        if self.own_directory and os.path.isdir(TEMPLATE) and not fresh:
            subprocess.run(["cp", "-a", TEMPLATE, self.data], check=True)

    @classmethod
    def of(cls, test_class, *options, **more):
        """One for all the tests of a class; call it in setUpClass."""
        service = cls(*options, **more)
        test_class.addClassCleanup(service.close)
        return service.start()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *error):
        self.close()

    def start(self):
        self.launch()
        self.wait_ready()
        return self

    def launch(self):
        """Starts the process; the main thread's only, for the kernel ties the child to the thread."""
        command = [
            "setpriv",
            "--pdeathsig",
            "TERM",
            BINARY,
            "serve",
            "--data",
            str(self.data),
            *self.options,
        ]
        if self.listen:
            command += ["--listen", self.listen]
        self.stdout = self.stderr = ""
        self.process = subprocess.Popen(
            command,
            env=clean_environment(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd="/",
        )
        self._readers = [
            threading.Thread(target=self._read, args=(self.process, name), daemon=True)
            for name in ("stdout", "stderr")
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, process, name):
        with getattr(process, name) as stream:
            for line in stream:
                with self._changed:
                    if process is self.process:
                        setattr(self, name, getattr(self, name) + line)
                    self._changed.notify_all()

    def wait_ready(self, limit=LIMIT):
        def said():
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with {self.process.returncode}: {self.stderr}")
            return re.search(
                r" is ready on (\S+)\n[^$]*(?:\n\n  curl [^$]*\$.*\n.*\n\n|token create\n)", self.stdout
            )

        with self._changed:
            if not self._changed.wait_for(said, limit):
                raise AssertionError(f"the service was not ready in {limit} s: {self.stderr}")
            self.url = said().group(1)
        host, port = self.url.partition("//")[2].rsplit(":", 1)
        self.address = (host.strip("[]"), int(port))
        admin = re.search(r"/users/(\d+)/metadata/", self.stdout)
        self.admin = admin.group(1) if admin else None
        return self

    def wait_log(self, pattern, limit=LIMIT):
        """Until standard error has that; gives back the match."""
        with self._changed:
            found = self._changed.wait_for(lambda: re.search(pattern, self.stderr), limit)
        if not found:
            raise AssertionError(f"no {pattern!r} in the log: {self.stderr}")
        return found

    @property
    def token(self):
        return (self.data / "admin.pat").read_text().strip()

    def client(self, token=None, org=None):
        return client.Client(self.address, token or self.token, org)

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait_exit(self, limit=LIMIT):
        status = self.process.wait(limit)
        for reader in self._readers:
            reader.join(limit)
        return status

    def stop(self, number=signal.SIGTERM):
        """Asks it to stop; its exit status."""
        self.send_signal(number)
        return self.wait_exit()

    def kill(self):
        """kill -9; its PostgreSQL stays."""
        self.process.kill()
        return self.wait_exit()

    def postmaster(self):
        """The process id of its PostgreSQL, or None."""
        try:
            return int((self.data / "postgres/postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return None

    def postgres_processes(self):
        return processes_in(self.data)

    @property
    def database_url(self):
        return f"postgresql:///usermeta?host={self.data}/run&user=usermeta"

    def sql(self, statement, url=None):
        """The rows of a statement, each a list of texts; `url`: of another database."""
        command = ["psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", url or self.database_url]
        done = subprocess.run(
            [*command, "-c", "SET search_path = usermeta", "-c", statement],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            cwd="/",
        )
        if done.returncode:
            raise AssertionError(f"{statement}: {done.stderr}")
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def run(self, *arguments, **options):
        """An operator's command on the same data directory."""
        return run(*arguments, "--data", self.data, **options)

    def close(self):
        atexit.unregister(self.close)
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process:
            self.wait_exit()
        if self.own_directory and self.own_directory.exists():
            end_processes(self.own_directory)
            shutil.rmtree(self.own_directory, ignore_errors=True)


def limit_open_files(count=None):
    """For us and for what we start from now on, so many or all that the system grants; gives back how
    many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count or most, most))
    return count or most
