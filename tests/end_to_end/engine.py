"""A Docker engine of the test's own: `dockerd` on a socket and a data root beside the binary, and the images
that docker-compose.yml names. What it has built stays there for the next run.
"""

import os
import pathlib
import shutil
import subprocess
import time
import unittest

COMPOSE = pathlib.Path(__file__).resolve().parent / "compose"
PULL_LIMIT = 120  # seconds


class Engine:
    def __init__(self, place):
        self.place = pathlib.Path(place)
        self.socket = self.place / "docker.sock"
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{self.socket}", "DOCKER_BUILDKIT": "0"}
        self.process = None

    def start(self):
        """Raises unittest.SkipTest, loudly, where there can be none."""
        for program in ("dockerd", "docker-compose", "debootstrap"):
            if not shutil.which(program):
                self._skip(f"there is no {program}")
        if os.geteuid() != 0:
            self._skip("dockerd wants root")
        if subprocess.run(["pgrep", "-x", "dockerd"], capture_output=True).returncode == 0:
            self._skip("another Docker engine runs here, whose images would be in the way")
        self.place.mkdir(parents=True, exist_ok=True)
        with (self.place / "log").open("w") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "dockerd"]
                + ["--data-root", self.place / "data", "--exec-root", self.place / "run"]
                + ["--pidfile", self.place / "pid", "--host", f"unix://{self.socket}"],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + 60
        while self.docker("info", check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                last = (self.place / "log").read_text().strip().splitlines()[-1:]
                self._skip(f"dockerd does not start: {''.join(last)}")
            time.sleep(0.2)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    @staticmethod
    def _skip(reason):
        print(f"SKIPPED: docker-compose.yml is not tried: {reason}", flush=True)
        raise unittest.SkipTest(reason)

    def run(self, *command, limit=120, check=True, environment=None):
        done = subprocess.run(
            [*map(str, command)],
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit,
        )
        if check and done.returncode:
            words = " ".join(map(str, command))
            raise AssertionError(f"{words}: {done.returncode}\n{(done.stdout + done.stderr)[-8000:]}")
        return done

    def docker(self, *arguments, **options):
        # Debian's: the client must speak the engine's own version of the protocol.
        return self.run("/usr/bin/docker", *arguments, **options)

    def inspect(self, container, template):
        return self.docker("inspect", "--format", "{{" + template + "}}", container).stdout.strip()

    def have(self, image, make):
        """The official image where it can be had, or what `make` leaves under its name."""
        if self.docker("image", "inspect", image, check=False).returncode == 0:
            return
        try:
            if self.docker("pull", image, limit=PULL_LIMIT, check=False).returncode == 0:
                return
        except subprocess.TimeoutExpired:
            pass
        print(f"{image} cannot be pulled: a stand-in is built", flush=True)
        make()

    def make_debian(self):
        """debian:trixie-slim, as debootstrap makes it."""
        root = self.place / "trixie"
        shutil.rmtree(root, ignore_errors=True)
        archive_of_debian = "http://deb.debian.org/debian"
        self.run("debootstrap", "--variant=minbase", "trixie", root, archive_of_debian, limit=900)
        archive = self.place / "trixie.tar"
        self.run("tar", "-C", root, "-cf", archive, ".", limit=120)
        self.docker("import", archive, "debian:trixie-slim")
        archive.unlink()
        shutil.rmtree(root)

    def make_postgres(self):
        self.docker("build", "-t", "postgres:17", COMPOSE / "postgres", limit=900)

    def make_kafka(self, libraries):
        """`libraries`: the directory with Kafka's jars."""
        context = self.place / "kafka"
        shutil.rmtree(context, ignore_errors=True)
        shutil.copytree(COMPOSE / "kafka", context)
        shutil.copytree(libraries, context / "libs")
        self.docker("build", "-t", "apache/kafka:3.9.1", context, limit=900)
        shutil.rmtree(context)
