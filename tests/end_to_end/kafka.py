"""A real Kafka broker: one node in KRaft mode, from Maven Central's jars, in a directory below /tmp."""

import atexit
import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest
import uuid

import service

VERSION = "3.9.1"
# Shared by all who test on this machine: the jars are 100 MB.
JARS = pathlib.Path("/var/tmp") / f"usermeta-kafka-{VERSION}"
DOWNLOAD_LIMIT = 200  # seconds
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>usermeta</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={directory}/logs
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""
# A second way in, over TLS with a name and a password.
USER, PASSWORD = "usermeta", "a password's \"password\""
SECURED = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{secured}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={directory}/keystore.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={jaas}.plain.PlainLoginModule required {plain};
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={jaas}.scram.ScramLoginModule required;
"""


def jars():
    """The directory with the jars. Where they cannot be had the tests of the calling class are skipped, but
    with CI=true they fail."""
    if JARS.is_dir():
        return JARS
    with open(f"{JARS}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if JARS.is_dir():
            return JARS
        try:
            with tempfile.TemporaryDirectory(dir=JARS.parent) as directory:
                place = pathlib.Path(directory)
                (place / "pom.xml").write_text(POM)
                goal = ["dependency:copy-dependencies", f"-DoutputDirectory={place}/libs"]
                command = ["mvn", "-q", "-B", *goal]
                done = subprocess.run(
                    command, cwd=place, capture_output=True, text=True, timeout=DOWNLOAD_LIMIT
                )
                if done.returncode:
                    raise OSError((done.stdout + done.stderr).strip().splitlines()[0])
                (place / "libs").rename(JARS)
        except (OSError, subprocess.TimeoutExpired) as error:
            if os.environ.get("CI") == "true":
                raise
            print(f"SKIPPED: Kafka's jars cannot be had: {error}", flush=True)
            raise unittest.SkipTest(str(error)) from error
    return JARS


def free_ports(count):
    """Ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Kafka:
    """One broker. It keeps its ports and its data when it is stopped and started again. With a certificate it
    has `secured`, an address for SASL_SSL with USER and PASSWORD, as well."""

    def __init__(self, certificate=None):
        self.jars = jars()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="usermeta-kafka-", dir="/tmp"))
        atexit.register(self.close)
        self.port, controller, secured = free_ports(3)
        self.address = f"127.0.0.1:{self.port}"
        self.secured = f"127.0.0.1:{secured}"
        self.process = None
        self.properties = self.directory / "server.properties"
        ports = {"port": self.port, "controller": controller, "secured": secured}
        text, scram = PROPERTIES.format(**ports, directory=self.directory), []
        if certificate:
            password = PASSWORD.replace('"', '\\\\"')
            login = {"jaas": "org.apache.kafka.common.security", "plain": f'user_{USER}="{password}"'}
            text += SECURED.format(**ports, **login, directory=self.directory)
            keystore = self.directory / "keystore.pem"
            keystore.write_text(certificate.key.read_text() + certificate.certificate.read_text())
            scram = ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
        self.properties.write_text(text)
        cluster = uuid.uuid4().hex[:22]
        self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self.properties, *scram)

    @classmethod
    def of(cls, test_class, *arguments):
        """One for all the tests of a class; call it in setUpClass."""
        broker = cls(*arguments)
        test_class.addClassCleanup(broker.close)
        return broker.start()

    def _command(self, main, *arguments):
        options = ["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return ["java", *options, "-cp", f"{self.jars}/*", main, *map(str, arguments)]

    def _java(self, main, *arguments):
        done = subprocess.run(
            self._command(main, *arguments), capture_output=True, text=True, timeout=service.LIMIT
        )
        if done.returncode:
            raise AssertionError(f"{main}: {done.stdout}{done.stderr}")

    def start(self):
        self.output = open(self.directory / "output.txt", "ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *self._command("kafka.Kafka", self.properties)],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
        )

        def started():
            if self.process.poll() is not None:
                said = (self.directory / "output.txt").read_text(errors="replace")
                raise AssertionError(f"Kafka ended: {said[-2000:]}")
            # It listens when all else of it has started.
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        service.wait_until(started, what="Kafka's start")
        return self

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.output.close()

    def close(self):
        atexit.unregister(self.close)
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
