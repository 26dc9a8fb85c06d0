"""x-usermeta-position: what one process has written, another shows to whoever names its position."""

import http.client
import unittest

import people
from client import encoded, metadata_path
from service import Service

FIELD = "x-usermeta-position"


class ReadYourWrites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first = Service.of(cls)
        cls.second = Service.of(cls, "--database-url", cls.first.database_url, fresh=True)
        cls.one = cls.first.client()
        cls.two = cls.second.client(cls.first.token)

    def test_a_read_through_the_other_process_sees_the_write_that_it_names(self):
        user = people.new_human(self.one)
        clients = [self.one, self.two]
        for number in range(60):
            writer, reader = clients[number % 2], clients[1 - number % 2]
            answer = writer.set(user, "key", b"%d" % number)
            writer.done(answer)
            fields = {FIELD: answer.headers[FIELD]}
            got = reader.done(reader.get(metadata_path(user, "key"), headers=fields))
            self.assertEqual(got["metadata"]["value"], encoded(b"%d" % number))
            past = reader.done(reader.get(f"/usermeta/v1/users/{user}/metadata/key", headers=fields))
            self.assertEqual(past["metadata"]["value"], encoded(b"%d" % number))
            self.assertGreaterEqual(int(past["position"]), int(fields[FIELD]))

    def test_a_position_that_does_not_come_ends_with_504_and_holds_nobody_up(self):
        user = people.new_human(self.one)
        answer = self.one.set(user, "key", b"1")
        ahead = str(int(answer.headers[FIELD]) + 1_000_000)
        late = self.two.get(metadata_path(user, "key"), headers={FIELD: ahead})
        self.assertEqual((late.status, late.json["code"]), (504, 4))
        # Whoever names no position does not wait for it meanwhile.
        waiting = http.client.HTTPConnection(*self.second.address)
        waiting.request(
            "GET",
            metadata_path(user, "key"),
            headers={"authorization": f"Bearer {self.first.token}", FIELD: ahead},
        )
        self.assertEqual(self.two.value(user, "key"), b"1")
        response = waiting.getresponse()
        self.assertEqual(response.status, 504)
        waiting.close()

    def test_what_is_no_position_is_refused(self):
        user = people.new_human(self.one)
        for text in ("x", "-1", "1.5"):
            answer = self.one.get(metadata_path(user, "key"), headers={FIELD: text})
            self.assertEqual((answer.status, answer.json["code"]), (400, 3))


if __name__ == "__main__":
    unittest.main()
