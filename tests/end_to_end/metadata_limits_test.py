"""How long keys, values, lists and pages may be."""

import base64
import unittest

import people
from client import encoded, metadata_path
from service import Service

TOO_LONG = (400, 3, "")


class MetadataLimits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()
        cls.many = people.new_human(cls.client)
        cls.keys = [f"k{i:04d}" for i in range(1500)]
        for start in range(0, 1500, 500):
            entries = [
                {"key": key, "value": encoded(key.encode())} for key in cls.keys[start : start + 500]
            ]
            cls.client.done(cls.client.post(metadata_path(cls.many, "_bulk"), {"metadata": entries}))

    def search(self, user, **query):
        return self.client.done(self.client.post(metadata_path(user, "_search"), query))

    def search_v2(self, user, **query):
        return self.client.done(self.client.post(f"/v2/users/{user}/metadata/search", query))

    def test_keys_are_counted_in_code_points(self):
        user = people.new_human(self.client)
        for character in "aé語\U0001f600":
            key = character * 200
            with self.subTest(character):
                self.assertEqual(self.client.set(user, key, b"1").status, 200)
                self.assertEqual(self.client.value(user, key), b"1")
                self.assertEqual(self.client.set(user, key + "a", b"1").error, TOO_LONG)
                self.assertEqual(self.client.get(metadata_path(user, key + "a")).error, TOO_LONG)
                self.assertEqual(self.client.delete(metadata_path(user, key + "a")).error, TOO_LONG)
                bulk = {"metadata": [{"key": "fine", "value": "YQ=="}, {"key": key + "a", "value": "YQ=="}]}
                self.assertEqual(self.client.post(metadata_path(user, "_bulk"), bulk).error, TOO_LONG)
                self.assertEqual(self.client.post(f"/v2/users/{user}/metadata", bulk).error, TOO_LONG)
        self.assertIsNone(self.client.value(user, "fine"))
        self.assertEqual(len(self.client.listed(user)), 4)

    def test_any_unicode_key_works_and_stays_itself(self):
        user = people.new_human(self.client)
        keys = [
            "/",
            "a/b",
            "%",
            "%41",
            "..",
            ".",
            "?",
            "#",
            "&=+",
            " ",
            "\t",
            "\x01",
            "\x7f",
            "é",
            "e\u0301",
            "_x",
        ]
        keys += [
            "\u202e",
            "\ufeff",
            "\uffff",
            "\U0010ffff",
            "A",
            "a",
            "'",
            '"',
            "\\",
            "; DROP TABLE events",
            "%s",
        ]
        for number, key in enumerate(keys):
            self.assertEqual(self.client.set(user, key, b"%d" % number).status, 200, repr(key))
        for number, key in enumerate(keys):
            self.assertEqual(self.client.value(user, key), b"%d" % number, repr(key))
        listed = self.search(user)["result"]
        self.assertEqual([entry["key"] for entry in listed], sorted(keys, key=str.encode))

    def test_values(self):
        user = people.new_human(self.client)
        for size, status in ((0, 400), (1, 200), (500_000, 200), (500_001, 400)):
            value = bytes(i % 251 for i in range(size))
            with self.subTest(size):
                answer = self.client.set(user, "key", value)
                self.assertEqual(answer.status, status)
                if status == 400:
                    self.assertEqual(answer.error, TOO_LONG)
                else:
                    self.assertEqual(self.client.value(user, "key"), value)

    def test_v1_list_limits(self):
        for limit, expected in (
            (0, 1000),
            (1, 1),
            (999, 999),
            (1000, 1000),
            (1001, 1000),
            (4294967295, 1000),
        ):
            with self.subTest(limit):
                answer = self.search(self.many, query={"limit": limit})
                self.assertEqual([e["key"] for e in answer["result"]], self.keys[:expected])
                self.assertEqual(answer["details"]["totalResult"], "1500")
                self.assertNotIn("processedSequence", answer["details"])
        for offset in (0, 700, 1499, 1500, 2**63 - 1, 2**64 - 1):
            with self.subTest(offset=offset):
                answer = self.search(self.many, query={"offset": str(offset), "limit": 10})
                self.assertEqual(
                    [e["key"] for e in answer.get("result", [])], self.keys[offset : offset + 10]
                )
                self.assertEqual(answer["details"]["totalResult"], "1500")
        for query in (
            {"limit": -1},
            {"limit": 4294967296},
            {"offset": -1},
            {"offset": str(2**64)},
            {"limit": 1.5},
        ):
            with self.subTest(query):
                answer = self.client.post(metadata_path(self.many, "_search"), {"query": query})
                self.assertEqual(answer.error, TOO_LONG)

    def test_v2_list_limits(self):
        for pagination, expected in (({}, 100), ({"limit": 7}, 7), ({"limit": 1000}, 1000)):
            answer = self.search_v2(self.many, pagination={**pagination, "asc": True})
            self.assertEqual(answer["pagination"], {"totalResult": "1500", "appliedLimit": str(expected)})
            self.assertEqual([e["key"] for e in answer["metadata"]], self.keys[:expected])
        answer = self.client.post(f"/v2/users/{self.many}/metadata/search", {"pagination": {"limit": 1001}})
        self.assertEqual(answer.error, (400, 3, "QUERY-4M0fs"))
        # Newest first unless asc; the events of one command share their date, and come by key.
        newest = self.search_v2(self.many, pagination={"limit": 3})["metadata"]
        self.assertEqual([e["key"] for e in newest], self.keys[1000:1003])

    def test_a_page_ends_before_3_mib(self):
        user = people.new_human(self.client)
        for number in range(10):
            self.client.done(self.client.set(user, f"k{number}", bytes([number]) * 500_000))
        for search, query in ((self.search, {}), (self.search_v2, {"pagination": {"asc": True}})):
            answer = search(user, **query)
            entries = answer.get("result") or answer["metadata"]
            self.assertEqual([entry["key"] for entry in entries], [f"k{i}" for i in range(6)])
            total = (answer.get("details") or answer["pagination"])["totalResult"]
            self.assertEqual(total, "10")
        self.assertEqual(len(self.client.listed(user)), 10, "offset goes on where the page ended")

    def test_every_method_of_a_query(self):
        user = people.new_human(self.client)
        for key in ("alpha", "Alpha", "beta", "ALPHABET", "a_pha", "é", "É"):
            self.client.done(self.client.set(user, key, b"1"))
        for method, text, keys in (
            ("EQUALS", "alpha", ["alpha"]),
            ("EQUALS_IGNORE_CASE", "aLPHA", ["Alpha", "alpha"]),
            ("EQUALS_IGNORE_CASE", "É", ["É", "é"]),
            ("STARTS_WITH", "Al", ["Alpha"]),
            ("STARTS_WITH_IGNORE_CASE", "al", ["ALPHABET", "Alpha", "alpha"]),
            ("CONTAINS", "et", ["beta"]),
            ("CONTAINS_IGNORE_CASE", "et", ["ALPHABET", "beta"]),
            ("ENDS_WITH", "pha", ["Alpha", "a_pha", "alpha"]),
            ("ENDS_WITH_IGNORE_CASE", "BET", ["ALPHABET"]),
            ("CONTAINS", "_", ["a_pha"]),
            ("CONTAINS", "%", []),
        ):
            with self.subTest(method=method, text=text):
                query = {"keyQuery": {"key": text, "method": "TEXT_QUERY_METHOD_" + method}}
                answer = self.search(user, queries=[query])
                self.assertEqual([e["key"] for e in answer.get("result", [])], keys)
                self.assertEqual(answer["details"].get("totalResult", "0"), str(len(keys)))
                text_filter = {"keyFilter": {"key": text, "method": "TEXT_FILTER_METHOD_" + method}}
                found = self.search_v2(user, filters=[text_filter]).get("metadata", [])
                self.assertEqual(sorted(e["key"] for e in found), sorted(keys))

    def test_an_entrys_details(self):
        user = people.new_human(self.client)
        first = self.client.set(user, "a", b"1").json["details"]
        last = self.client.set(user, "a", b"2").json["details"]
        shown = self.client.get(metadata_path(user, "a")).json["metadata"]
        self.assertEqual(base64.b64decode(shown["value"]), b"2")
        self.assertEqual(shown["details"], {**last, "creationDate": first["creationDate"]})
        self.client.done(self.client.delete(metadata_path(user, "a")))
        again = self.client.set(user, "a", b"1").json["details"]
        shown = self.client.get(metadata_path(user, "a")).json["metadata"]["details"]
        self.assertEqual(shown, again, "creation is the first set since the last removal")


if __name__ == "__main__":
    unittest.main()
