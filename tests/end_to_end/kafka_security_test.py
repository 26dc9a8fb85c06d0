"""A real Kafka that wants TLS, a name and a password: by librdkafka's own settings, and said when they are
wrong."""

import tempfile
import unittest

import kafka
import people
from certificates import Certificate
from publishing import check_each_once, publisher, records, wait_published
from service import Service, wait_until


class Secured(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="usermeta-e2e-")
        cls.addClassCleanup(directory.cleanup)
        cls.certificate = Certificate(directory.name)
        cls.broker = kafka.Kafka.of(cls, cls.certificate)

    def options(self, topic, **different):
        """What the service is started with; `different`: settings that are otherwise, or (None) left out."""
        settings = {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": kafka.USER,
            "sasl.password": kafka.PASSWORD,
            "ssl.ca.location": self.certificate.certificate,
        }
        settings |= {name.replace("_", "."): value for name, value in different.items()}
        given = [f"{name}={value}" for name, value in settings.items() if value is not None]
        options = ["--kafka", self.broker.secured, "--kafka-topic", topic]
        return [*options, *(word for setting in given for word in ("--kafka-config", setting))]

    def check_published(self, service, topic):
        client = service.client()
        client.done(client.set(people.new_human(client), "greeting", b"hello"))
        wait_published(client)
        head = client.get("/debug/status").json["logPosition"]
        check_each_once(self, records(self.broker, topic), head)

    def test_a_password_by_scram_or_plain(self):
        for mechanism in ("SCRAM-SHA-512", "PLAIN"):
            topic = mechanism.lower()
            with self.subTest(mechanism), Service(*self.options(topic, sasl_mechanism=mechanism)) as service:
                self.check_published(service, topic)
                self.assertNotIn(kafka.PASSWORD, service.stderr)

    def check_refused(self, topic, what, **different):
        """It says so, goes on without Kafka, and publishes all of it once its settings are right."""
        with Service(*self.options(topic, **different)) as service:
            client = service.client()
            self.assertEqual(client.set(service.admin, "k", b"1").status, 200)
            wait_until(lambda: what in publisher(client)["lastError"], what=f"{what!r} as the last error")
            service.wait_log(what)
            self.assertEqual(client.set(service.admin, "k", b"2").status, 200)
            self.assertEqual(service.stop(), 0)
            service.options = [str(option) for option in self.options(topic)]
            service.start()
            self.check_published(service, topic)

    def test_a_wrong_password(self):
        self.check_refused("password", "Authentication failed", sasl_password="another")

    def test_a_certificate_that_nobody_vouches_for(self):
        self.check_refused("certificate", "certificate verify failed", ssl_ca_location=None)


if __name__ == "__main__":
    unittest.main()
