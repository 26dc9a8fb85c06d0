"""Tokens that the calls make: they end for good with what happens to their owner, with expiry and by
removal."""

import datetime
import unittest

import people
from service import Service, wait_until

REFUSED = (401, 16, "AUTH-7fs1e")


def in_seconds(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class TokenOwner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.admin = cls.service.client()
        cls.target = people.new_human(cls.admin)

    def caller(self):
        user = people.new_machine(self.admin)
        people.add_member(self.admin, user, "ORG_OWNER")
        client = self.service.client(people.new_token(self.admin, user)["token"])
        client.user = user
        self.assertEqual(client.set(self.target, "a", b"1").status, 200)
        return client

    def check_refused(self, client):
        self.assertEqual(client.set(self.target, "a", b"2").error, REFUSED)
        self.assertEqual(client.get(f"/management/v1/users/{self.target}/metadata/a").error, REFUSED)
        self.assertEqual(client.post(f"/v2/users/{self.target}/metadata/search").error, REFUSED)
        self.assertEqual(client.post("/management/v1/orgs", {"name": people.free_name()}).error, REFUSED)

    def act(self, user, what):
        self.admin.done(self.admin.post(f"/management/v1/users/{user}/{what}"))

    def test_locking_and_deactivating_end_them_at_once_and_for_good(self):
        for end, revive in (("_lock", "_unlock"), ("_deactivate", "_reactivate")):
            with self.subTest(end):
                client = self.caller()
                self.act(client.user, end)
                self.check_refused(client)
                # One that is made now is dead from its start.
                made = self.service.client(people.new_token(self.admin, client.user)["token"])
                self.check_refused(made)
                self.act(client.user, revive)
                self.check_refused(client)
                self.check_refused(made)
                fresh = self.service.client(people.new_token(self.admin, client.user)["token"])
                self.assertEqual(fresh.set(self.target, "a", b"1").status, 200)

    def test_removing_the_owner_ends_them(self):
        client = self.caller()
        self.admin.done(self.admin.delete(f"/management/v1/users/{client.user}"))
        self.check_refused(client)

    def test_an_owner_that_locks_itself_is_out(self):
        client = self.caller()
        self.assertEqual(client.post(f"/management/v1/users/{client.user}/_lock").status, 200)
        self.check_refused(client)

    def test_a_restart_changes_nothing_of_it(self):
        with Service() as service:
            admin = service.client()
            user, living = people.new_machine(admin), people.new_machine(admin)
            tokens = [people.new_token(admin, u)["token"] for u in (user, living)]
            for u in (user, living):
                people.add_member(admin, u, "ORG_OWNER")
            for what in ("_lock", "_unlock"):
                admin.done(admin.post(f"/management/v1/users/{user}/{what}"))
            self.assertEqual(service.stop(), 0)
            service.start()
            self.assertEqual(service.client(tokens[0]).set(living, "a", b"1").error, REFUSED)
            self.assertEqual(service.client(tokens[1]).set(living, "a", b"1").status, 200)

    def test_expiry(self):
        user = people.new_machine(self.admin)
        people.add_member(self.admin, user, "ORG_OWNER")
        client = self.service.client(people.new_token(self.admin, user, in_seconds(1.5))["token"])
        self.assertEqual(client.set(self.target, "a", b"1").status, 200)
        wait_until(lambda: client.set(self.target, "a", b"2").status == 401, 10, "the expiry")
        self.check_refused(client)

    def test_one_of_two_tokens_is_removed(self):
        user = people.new_machine(self.admin)
        people.add_member(self.admin, user, "ORG_OWNER")
        first, second = people.new_token(self.admin, user), people.new_token(self.admin, user)
        path = f"/management/v1/users/{user}/pats/{first['tokenId']}"
        details = self.admin.done(self.admin.delete(path))["details"]
        self.assertLessEqual({"sequence", "changeDate", "resourceOwner"}, set(details))
        self.check_refused(self.service.client(first["token"]))
        self.assertEqual(self.service.client(second["token"]).set(self.target, "a", b"1").status, 200)
        self.assertEqual(self.admin.delete(path).error, (404, 5, "COMMAND-4m77G"))

    def test_errors_of_the_call(self):
        human, machine = people.new_human(self.admin), people.new_machine(self.admin)
        for user, body, error in (
            (human, {}, (400, 9, "COMMAND-Df2f1")),
            ("123", {}, (400, 9, "COMMAND-Dggw2")),
            (machine, {"expirationDate": "2001-01-01T00:00:00Z"}, (400, 3, "DOMAIN-dv3t5")),
            (machine, {"expirationDate": "tomorrow"}, (400, 3, "")),
            ("x" * 201, {}, (400, 3, "")),
        ):
            with self.subTest(user=user, body=body):
                self.assertEqual(self.admin.post(f"/management/v1/users/{user}/pats", body).error, error)

    def test_what_a_token_looks_like(self):
        user = people.new_machine(self.admin)
        made = people.new_token(self.admin, user)
        self.assertEqual(set(made), {"tokenId", "token", "details"})
        self.assertEqual(set(made["details"]), {"sequence", "creationDate", "resourceOwner"})
        self.assertRegex(made["token"], r"^umpat_[A-Za-z0-9_-]{43}$")
        self.assertRegex(made["tokenId"], r"^\d{18,19}$")

    def test_authorization_headers(self):
        token = self.service.token
        changed = token[:-1] + ("A" if token[-1] != "A" else "B")
        for header, error in (
            (f"Bearer {token}", None),
            (f"bearer {token}", None),
            ("", (401, 16, "AUTH-toLo1")),
            ("Bearer", (401, 16, "AUTH-toLo1")),
            (token, (401, 16, "AUTH-toLo1")),
            (f"Basic {token}", (401, 16, "AUTH-toLo1")),
            (f"Bearer {token} x", (401, 16, "AUTH-toLo1")),
            (f"Bearer {changed}", REFUSED),
            (f"Bearer {token.lower()}", REFUSED),
            (f"Bearer {token}x", REFUSED),
            ("Bearer " + "x" * 10_000, REFUSED),
        ):
            with self.subTest(header[:30]):
                answer = self.admin.set(self.target, "a", b"1", headers={"authorization": header})
                self.assertEqual(answer.error if error else answer.status, error or 200)
        self.assertEqual(
            self.service.client("x")
            .call("GET", "/management/v1/users/1/metadata/a", headers={"authorization": None})
            .error,
            (401, 16, ""),
        )


if __name__ == "__main__":
    unittest.main()
