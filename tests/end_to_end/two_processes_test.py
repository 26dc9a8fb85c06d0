"""Two services on one database behave as one: what one acknowledged, the other knows."""

import threading
import time
import unittest

import load
import people
from service import Service, wait_until


class TwoProcesses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first = Service.of(cls)
        cls.second = Service.of(cls, "--database-url", cls.first.database_url, fresh=True)
        cls.one = cls.first.client()
        # The instance is set up once; its token is in the first one's directory.
        cls.two = cls.second.client(cls.first.token)

    def test_the_second_one_makes_no_instance_and_says_how_to_get_a_token(self):
        self.assertFalse((self.second.data / "admin.pat").exists())
        self.assertFalse((self.second.data / "postgres").exists())
        self.assertIn("usermeta token create", self.second.stdout)
        self.assertEqual(
            self.first.sql("SELECT count(*) FROM events WHERE type = 'instance.added'"), [["1"]]
        )

    def test_writes_through_both_have_no_gap_and_no_error(self):
        users = [people.new_human(self.one) for _ in range(3)]
        addresses = [self.first.address, self.second.address]
        writers = load.Writers(addresses, self.first.token, users, 16).go_on()
        writers.wait_acknowledged(4000)
        writers.stop()
        self.assertEqual(set(writers.statuses), {200})
        self.assertEqual(writers.broken, 0)
        load.check_nothing_lost(self, self.first, writers)
        load.check_log(self, self.first)

    def test_equal_sets_through_both_make_one_event(self):
        user = people.new_human(self.one)
        for number in range(100):
            value = str(number).encode()
            answers = []
            threads = [
                threading.Thread(
                    target=lambda c=client: answers.append(c.set(user, "same", value).sequence)
                )
                for client in (self.one, self.two)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(answers), 2)
            self.assertEqual(answers[0], answers[1])
        load.check_log(self, self.first)

    def test_a_get_after_a_set_through_the_other_sees_the_value(self):
        user = people.new_human(self.one)
        clients = [self.one, self.two]
        for number in range(60):
            value = str(number).encode()
            writer, reader = clients[number % 2], clients[1 - number % 2]
            writer.done(writer.set(user, "key", value))
            self.assertEqual(reader.value(user, "key"), value)
            self.assertEqual(reader.listed(user), {"key": value})

    def test_values_never_go_back_whichever_process_is_asked(self):
        user = people.new_human(self.one)
        writers = load.Writers(
            [self.first.address, self.second.address], self.first.token, [user], 2
        ).go_on()
        seen = {}
        try:
            writers.wait_acknowledged(2)
            for number in range(150):
                client = (self.one, self.two)[number % 2]
                with writers.lock:
                    least = {key: value for (_, key), value in writers.last.items()}
                now = {key: int(value) for key, value in client.listed(user).items()}
                for key in least:
                    self.assertGreaterEqual(now[key], max(least[key], seen.get(key, 0)), key)
                seen = now
        finally:
            writers.stop()
        self.assertEqual(set(writers.statuses), {200})

    def test_a_user_made_by_one_is_there_for_the_other_at_once(self):
        for client, other in [(self.one, self.two), (self.two, self.one)] * 10:
            user = people.new_human(client)
            self.assertEqual(other.set(user, "a", b"1").status, 200)
            client.done(client.delete(f"/management/v1/users/{user}"))
            self.assertEqual(other.set(user, "a", b"2").error, (400, 9, "COMMAND-uXHNj"))

    def test_a_name_taken_through_one_is_taken_at_the_other(self):
        for client, other in [(self.one, self.two), (self.two, self.one)] * 5:
            name = people.free_name()
            user = people.new_machine(client, name)
            again = other.post("/management/v1/users/machine", {"userName": name.upper(), "name": "n"})
            self.assertEqual(again.error, (409, 6, "V3-DKcYh"))
            client.done(client.delete(f"/management/v1/users/{user}"))
            people.new_machine(other, name)

    def test_an_organisation_made_by_one_can_be_named_at_the_other_at_once(self):
        for first, second in [(self.first, self.second), (self.second, self.first)] * 5:
            org = people.new_org(first.client(self.first.token))
            inside = second.client(self.first.token, org)
            self.assertEqual(inside.set(people.new_human(inside), "a", b"1").status, 200)

    def test_a_token_made_by_one_works_at_once_at_the_other_and_ends_there_within_a_second(self):
        for client, other in [(self.one, self.two), (self.two, self.one)] * 5:
            user = people.new_machine(client)
            people.add_member(client, user, "ORG_OWNER")
            made = people.new_token(client, user)
            there = type(other)(other.address, made["token"])
            self.assertEqual(there.set(user, "a", b"1").status, 200)
            client.done(client.delete(f"/management/v1/users/{user}/pats/{made['tokenId']}"))
            end = time.monotonic() + 1
            # Before a decision the log is read, so a write is refused at once; a read may have its second.
            self.assertEqual(there.set(user, "a", b"2").error, (401, 16, "AUTH-7fs1e"))
            wait_until(
                lambda: there.get(f"/management/v1/users/{user}/metadata/a").status == 401,
                1,
                "the token's end",
            )
            self.assertLess(time.monotonic(), end)
            self.assertEqual(client.value(user, "a"), b"1")

    def test_locking_at_one_ends_the_tokens_at_the_other(self):
        user = people.new_machine(self.one)
        people.add_member(self.one, user, "ORG_OWNER")
        there = self.second.client(people.new_token(self.one, user)["token"])
        self.assertEqual(there.set(user, "a", b"1").status, 200)
        self.one.done(self.one.post(f"/management/v1/users/{user}/_lock"))
        self.assertEqual(there.set(user, "a", b"2").error, (401, 16, "AUTH-7fs1e"))
        self.one.done(self.one.post(f"/management/v1/users/{user}/_unlock"))
        self.assertEqual(there.set(user, "a", b"3").error, (401, 16, "AUTH-7fs1e"))


class OneOfTwoIsKilled(unittest.TestCase):
    def test_the_other_goes_on(self):
        with Service() as first, Service("--database-url", first.database_url, fresh=True) as second:
            users = [people.new_human(first.client()) for _ in range(4)]
            # The killed one's projector held the lock that lets one project at a time.
            writers = load.Writers([first.address, second.address], first.token, users, 8).go_on()
            writers.wait_acknowledged(500)
            first.kill()
            writers.wait_acknowledged(500)
            writers.stop()
            client = second.client(first.token)
            for (user, key), last in writers.last.items():
                self.assertGreaterEqual(int(client.value(user, key)), last)
            load.check_log(self, first)
            self.assertEqual(second.stop(), 0, second.stderr)


if __name__ == "__main__":
    unittest.main()
