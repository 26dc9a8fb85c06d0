"""The calls that make, change and remove users: what they answer, refuse and leave behind."""

import unittest

import people
from client import metadata_path
from service import Service

UNKNOWN = {
    "_deactivate": (404, 5, "COMMAND-3M9ds"),
    "_reactivate": (404, 5, "COMMAND-4M0sd"),
    "_lock": (404, 5, "COMMAND-5M9fs"),
    "_unlock": (404, 5, "COMMAND-M0dos"),
}


class Lifecycle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def act(self, user, what):
        return self.client.post(f"/management/v1/users/{user}/{what}")

    def user_in(self, state):
        """A new user that is active, initial, inactive or locked."""
        user = people.new_human(self.client, verified=state != "initial")
        if state in ("inactive", "locked"):
            self.assertEqual(self.act(user, "_deactivate" if state == "inactive" else "_lock").status, 200)
        return user

    def test_every_change_in_every_state(self):
        inactive, active, lockable, locked = (
            (400, 9, f"COMMAND-{text}") for text in ("5M0sf", "6M0sf", "3NN8v", "4M0ds")
        )
        table = {
            "active": {"_deactivate": 200, "_reactivate": active, "_lock": 200, "_unlock": locked},
            "initial": {"_deactivate": 200, "_reactivate": active, "_lock": 200, "_unlock": locked},
            "inactive": {"_deactivate": inactive, "_reactivate": 200, "_lock": lockable, "_unlock": locked},
            "locked": {"_deactivate": 200, "_reactivate": active, "_lock": lockable, "_unlock": 200},
        }
        for state, row in table.items():
            for what, expected in row.items():
                with self.subTest(state=state, what=what):
                    answer = self.act(self.user_in(state), what)
                    self.assertEqual(200 if answer.status == 200 else answer.error, expected)
                    if answer.status == 200:
                        self.assertEqual(set(answer.json), {"details"})
                        self.assertEqual(
                            set(answer.json["details"]), {"sequence", "changeDate", "resourceOwner"}
                        )

    def test_metadata_in_every_state(self):
        for state in ("active", "initial", "inactive", "locked"):
            with self.subTest(state):
                user = self.user_in(state)
                self.assertEqual(self.client.set(user, "a", b"1").status, 200)
                self.assertEqual(self.client.value(user, "a"), b"1")
                self.assertEqual(self.client.delete(metadata_path(user, "a")).status, 200)

    def test_an_unknown_and_a_removed_user(self):
        removed = people.new_human(self.client)
        self.client.done(self.client.set(removed, "a", b"1"))
        answer = self.client.delete(f"/management/v1/users/{removed}")
        self.assertEqual(set(answer.json["details"]), {"sequence", "changeDate", "resourceOwner"})
        for user in ("123456789012345678", removed):
            for what, error in UNKNOWN.items():
                self.assertEqual(self.act(user, what).error, error, what)
            self.assertEqual(
                self.client.delete(f"/management/v1/users/{user}").error, (404, 5, "COMMAND-m9od")
            )
            self.assertEqual(self.client.set(user, "a", b"1").error, (400, 9, "COMMAND-uXHNj"))
            self.assertEqual(self.client.get(metadata_path(user, "a")).error, (404, 5, "QUERY-Rgh32"))
            self.assertEqual(self.client.listed(user), {})

    def test_removing_a_user_appends_no_metadata_events(self):
        user = people.new_human(self.client)
        self.client.set(user, "a", b"1")
        self.client.done(self.client.delete(f"/management/v1/users/{user}"))
        rows = self.service.sql(f"SELECT type FROM events WHERE aggregate_id = '{user}' ORDER BY sequence")
        self.assertEqual([row[0] for row in rows][-2:], ["user.metadata.set", "user.removed"])
        self.assertEqual(
            self.service.sql(f"SELECT count(*) FROM user_metadata WHERE user_id = '{user}'"), [["0"]]
        )

    def test_all_the_events_of_a_user_share_one_sequence(self):
        user = people.new_machine(self.client)
        numbers = [
            self.client.set(user, "a", b"1").sequence,
            self.act(user, "_lock").sequence,
            self.client.set(user, "a", b"1").sequence,
            self.client.set(user, "b", b"1").sequence,
            self.act(user, "_unlock").sequence,
        ]
        # The unchanged set answers with the last metadata event's.
        self.assertEqual(numbers, [2, 3, 2, 4, 5])

    def test_a_removed_users_name_is_free_and_its_id_is_not(self):
        name, user = people.free_name(), people.free_name("id")
        body = {"userName": name, "name": "n", "userId": user}
        path = "/management/v1/users/machine"
        self.assertEqual(self.client.done(self.client.post(path, body))["userId"], user)
        self.assertEqual(self.client.post(path, {**body, "userId": user + "2"}).error, (409, 6, "V3-DKcYh"))
        self.assertEqual(
            self.client.post(path, {**body, "userName": name + "2"}).error, (400, 9, "COMMAND-k2una")
        )
        self.client.done(self.client.delete(f"/management/v1/users/{user}"))
        self.assertEqual(self.client.post(path, body).error, (400, 9, "COMMAND-k2una"))
        people.new_human(self.client, name=name)

    def test_user_names_are_taken_in_the_whole_instance_whatever_their_case(self):
        name = people.free_name("Élan-Жук-Αθήνα")
        people.new_machine(self.client, name)
        other = self.service.client(org=people.new_org(self.client))
        for taken in (name.upper(), name.lower()):
            answer = other.post("/management/v1/users/machine", {"userName": taken, "name": "n"})
            self.assertEqual(answer.error, (409, 6, "V3-DKcYh"))

    def test_ids_are_long_numbers_in_order_of_time(self):
        users = [people.new_machine(self.client) for _ in range(20)]
        for user in users:
            self.assertRegex(user, r"^\d{18,19}$")
        self.assertEqual(len(set(users)), 20)
        self.assertEqual([int(user) for user in users], sorted(map(int, users)))

    def test_what_the_adding_calls_answer(self):
        name = people.free_name()
        profile = {"firstName": "A", "lastName": "B"}
        human = {"userName": name, "profile": profile, "email": {"email": "a@example.com"}}
        for path, body, dates in (
            ("human", human, "creationDate"),
            ("human/_import", {**human, "userName": name + "i"}, "creationDate"),
            ("machine", {"userName": name + "m", "name": "n"}, "changeDate"),
        ):
            answer = self.client.done(self.client.post(f"/management/v1/users/{path}", body))
            self.assertEqual(set(answer), {"userId", "details"}, path)
            self.assertEqual(set(answer["details"]), {"sequence", dates, "resourceOwner"}, path)

    def test_limits_of_the_fields(self):
        name = people.free_name
        human = {"profile": {"firstName": "A", "lastName": "B"}, "email": {"email": "a@example.com"}}

        def with_profile(**fields):
            return {**human, "profile": {**human["profile"], **fields}}

        good = [
            with_profile(
                firstName="é" * 200, lastName="語" * 200, nickName="n" * 200, displayName="d" * 200
            ),
            with_profile(preferredLanguage="l" * 10, gender="GENDER_DIVERSE"),
            {**human, "phone": {"phone": "+41 79 123 45 67"}},
        ]
        bad = [
            with_profile(firstName=""),
            with_profile(firstName="x" * 201),
            with_profile(lastName=""),
            with_profile(lastName="x" * 201),
            with_profile(nickName="x" * 201),
            with_profile(displayName="x" * 201),
            with_profile(preferredLanguage="x" * 11),
            with_profile(gender="GENDER_NONSENSE"),
            {**human, "email": {"email": "no address"}},
            {**human, "email": {"email": ""}},
            {**human, "email": None},
            {**human, "profile": None},
            {**human, "phone": {"phone": "079 123 45 67"}},
        ]
        for path in ("/management/v1/users/human", "/management/v1/users/human/_import"):
            for body in good:
                with self.subTest(path=path, body=str(body)[:80]):
                    self.assertEqual(self.client.post(path, {**body, "userName": name()}).status, 200)
            for body in bad:
                with self.subTest(path=path, body=str(body)[:80]):
                    self.assertEqual(
                        self.client.post(path, {**body, "userName": name()}).error, (400, 3, "")
                    )
            for user_name in ("", "x" * 201):
                self.assertEqual(
                    self.client.post(path, {**human, "userName": user_name}).error, (400, 3, "")
                )
        for fields, status in (
            ({"name": "n" * 200, "description": "d" * 500}, 200),
            ({"name": ""}, 400),
            ({"name": "n" * 201}, 400),
            ({"name": "n", "description": "d" * 501}, 400),
            ({"name": "n", "accessTokenType": "ACCESS_TOKEN_TYPE_JWT"}, 200),
            ({"name": "n", "accessTokenType": 7}, 400),
            ({"name": "n", "userId": "u" * 201}, 400),
        ):
            with self.subTest(str(fields)[:60]):
                answer = self.client.post("/management/v1/users/machine", {"userName": name(), **fields})
                self.assertEqual(answer.status, status, answer)


if __name__ == "__main__":
    unittest.main()
