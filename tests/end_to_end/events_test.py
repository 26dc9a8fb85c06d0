"""GET /usermeta/v1/events: the log page by page, and one event."""

import unittest

import people
from service import Service

EVENTS = "/usermeta/v1/events"


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def walk(self, query="", limit=7):
        """All events that match, page by page."""
        found, after = [], "0"
        while True:
            page = self.client.done(self.client.get(f"{EVENTS}?after={after}&limit={limit}&{query}"))
            found += page.get("events", [])
            after = page["next"]
            if page.get("end"):
                return found

    def test_pages_are_the_whole_log_in_order(self):
        user = people.new_human(self.client)
        for number in range(30):
            self.client.set(user, f"key {number}", b"x" * number)
        events = self.walk()
        stored = self.service.sql(
            "SELECT position, aggregate_type, aggregate_id, sequence, type, revision, creator, owner,"
            " request_id FROM events ORDER BY position"
        )
        names = "position aggregateType aggregateId sequence type revision creator owner".split()
        shown = [[str(event[name]) for name in names] + [event.get("requestId", "")] for event in events]
        self.assertEqual(shown, stored)
        self.assertEqual(self.walk(limit=1000), events)
        self.assertNotIn("tokenHash", str(events))

    def test_filters_are_those_of_sql(self):
        user, org = people.new_human(self.client), people.new_org(self.client)
        self.client.set(user, "k", b"v")
        people.new_machine(self.service.client(org=org))
        for query, condition in (
            (f"user={user}", f"aggregate_id = '{user}' AND aggregate_type = 'user'"),
            (f"org={org}", f"owner = '{org}'"),
            ("type=user.metadata.set&type=org.added", "type IN ('user.metadata.set', 'org.added')"),
            (f"type=org.added&org={org}", f"type = 'org.added' AND owner = '{org}'"),
            ("user=123", "false"),
        ):
            with self.subTest(query):
                wanted = self.service.sql(f"SELECT position FROM events WHERE {condition} ORDER BY position")
                self.assertEqual([[event["position"]] for event in self.walk(query, 2)], wanted)

    def test_large_values_make_short_pages(self):
        user = people.new_machine(self.client)
        for number in range(8):
            self.client.done(self.client.set(user, f"k{number}", b"%d" % number * 500_000))
        page = self.client.get(f"{EVENTS}?user={user}&limit=1000")
        self.assertLess(len(page.body), 4 * 1024 * 1024)
        self.assertNotIn("end", page.json)
        self.assertEqual(len(self.walk(f"user={user}", 1000)), 9)

    def test_one_event(self):
        event = self.walk()[3]
        self.assertEqual(self.client.get(f"{EVENTS}/{event['position']}").json, {"event": event})
        self.assertEqual(self.client.get(f"{EVENTS}/999999999").error, (404, 5, ""))
        self.assertEqual(self.client.get(f"{EVENTS}/nine").error, (400, 3, ""))

    def test_what_is_wrong_is_named(self):
        for query in ("after=x", "limit=1001", "tpye=a", "type=a"):
            word = query.partition("=")[0]
            answer = self.client.get(f"{EVENTS}?{query}")
            self.assertEqual(answer.error, (400, 3, ""))
            self.assertIn(word, answer.json["message"])

    def test_others_may_not(self):
        for role, error in (
            ("ORG_OWNER", (403, 7, "AUTH-5mWD2")),
            ("ORG_OWNER_VIEWER", (403, 7, "AUTH-5mWD2")),
        ):
            caller = people.new_caller(self.service, None, role)
            for path in (EVENTS, f"{EVENTS}/1"):
                self.assertEqual(caller.get(path).error, error)
        self.assertEqual(self.service.client("nonsense").get(EVENTS).status, 401)

    def test_a_read_sees_what_was_written_before_it(self):
        user = people.new_machine(self.client)
        for number in range(50):
            sequence = self.client.set(user, "k", b"%d" % number).sequence
            self.assertEqual(int(self.walk(f"user={user}", 1000)[-1]["sequence"]), sequence)


if __name__ == "__main__":
    unittest.main()
