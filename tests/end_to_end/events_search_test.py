"""POST /admin/v1/events/_search: ZITADEL's event API."""

import unittest

import people
from service import Service

SEARCH = "/admin/v1/events/_search"


class EventsSearch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.human = people.new_human(cls.client)
        cls.machine = people.new_machine(cls.client)
        for number in range(5):
            cls.client.set(cls.human, "key", b"%d" % number)
            cls.client.set(cls.machine, "key", b"%d" % number)
        cls.client.post(f"/management/v1/users/{cls.machine}/_lock")

    def search(self, **request):
        return self.client.done(self.client.post(SEARCH, request)).get("events", [])

    def positions(self, **request):
        return [int(event["position"]) for event in self.search(**request)]

    def expected(self, condition, order="DESC"):
        rows = self.service.sql(f"SELECT position FROM events WHERE {condition} ORDER BY position {order}")
        return [int(row[0]) for row in rows]

    def test_an_event_has_all_that_theirs_have(self):
        event = self.search(limit=1, eventTypes=["user.metadata.set"], aggregateId=self.human)[0]
        self.assertEqual(
            set(event),
            {"editor", "aggregate", "sequence", "creationDate", "payload", "type", "position", "id"},
        )
        self.assertEqual(event["editor"]["userId"], self.service.admin)
        self.assertTrue(event["editor"]["displayName"])
        self.assertEqual(event["aggregate"]["id"], self.human)
        self.assertEqual(
            event["aggregate"]["type"],
            {"type": "user", "localized": {"key": "AggregateTypes.user", "localizedMessage": "User"}},
        )
        self.assertEqual(
            event["type"],
            {
                "type": "user.metadata.set",
                "localized": {
                    "key": "EventTypes.user.metadata.set",
                    "localizedMessage": "User metadata set",
                },
            },
        )
        self.assertEqual(event["payload"], {"key": "key", "value": "NA=="})
        self.assertEqual(event["id"], event["position"])

    def test_the_editor_goes_by_the_name_of_the_user(self):
        admin = self.service.sql(
            f"SELECT payload::json ->> 'name' FROM events WHERE aggregate_id = '{self.service.admin}'"
            " AND type = 'user.machine.added'"
        )[0][0]
        self.assertEqual(self.search(limit=1)[0]["editor"]["displayName"], admin)

    def test_every_condition(self):
        dates = self.service.sql(
            "SELECT position, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            " FROM events ORDER BY position"
        )
        early, late = dates[6], dates[12]
        for request, condition in (
            ({}, "true"),
            (
                {"eventTypes": ["user.metadata.set", "user.locked"]},
                "type IN ('user.metadata.set', 'user.locked')",
            ),
            ({"aggregateTypes": ["org", "instance"]}, "aggregate_type IN ('org', 'instance')"),
            ({"aggregateId": self.human}, f"aggregate_id = '{self.human}'"),
            ({"aggregateId": self.human, "sequence": "3"}, f"aggregate_id = '{self.human}' AND sequence > 3"),
            ({"sequence": "5"}, "sequence > 5"),
            ({"editorUserId": "SYSTEM"}, "creator = 'SYSTEM'"),
            ({"resourceOwner": "instance"}, "owner = 'instance'"),
            (
                {"range": {"since": early[1], "until": late[1]}},
                f"created_at > '{early[1]}' AND created_at < '{late[1]}'",
            ),
            ({"from": late[1]}, f"created_at < '{late[1]}'"),
            ({"eventTypes": ["no.such.type"]}, "false"),
            ({"aggregateId": "none"}, "false"),
        ):
            with self.subTest(request):
                self.assertEqual(self.positions(**request), self.expected(condition))
                if "from" not in request:
                    self.assertEqual(self.positions(**request, asc=True), self.expected(condition, "ASC"))
        later = self.expected(f"created_at > '{early[1]}'", "ASC")
        self.assertEqual(self.positions(**{"from": early[1], "asc": True}), later)
        self.assertEqual(self.positions(limit=3), self.expected("true")[:3])
        of_one = self.expected(f"aggregate_id = '{self.human}'")
        self.assertEqual(self.positions(limit=3, aggregateId=self.human), of_one[:3])
        self.assertEqual(self.positions(limit=5000), self.expected("true"))

    def test_what_is_wrong(self):
        for request in (
            {"eventTypes": ["user.locked"] * 31},
            {"aggregateTypes": ["user"] * 11},
            {"aggregateId": "x" * 201},
            {"editorUserId": "\0"},
            {"from": "yesterday"},
            {"from": "2025-01-01T00:00:00Z", "range": {}},
        ):
            with self.subTest(request):
                self.assertEqual(self.client.post(SEARCH, request).error, (400, 3, ""))

    def test_what_is_too_large_is_refused_and_not_cut(self):
        user = people.new_machine(self.client)
        for number in range(6):
            self.client.done(self.client.set(user, f"k{number}", b"x" * 500_000))
        self.assertEqual(self.client.post(SEARCH, {"aggregateId": user}).error, (400, 9, ""))
        self.assertEqual(len(self.search(aggregateId=user, limit=3)), 3)

    def test_others_may_not(self):
        caller = people.new_caller(self.service, None, "ORG_OWNER")
        self.assertEqual(caller.post(SEARCH, {}).error, (403, 7, "AUTH-5mWD2"))
        self.assertEqual(self.service.client("nonsense").post(SEARCH, {}).status, 401)


if __name__ == "__main__":
    unittest.main()
