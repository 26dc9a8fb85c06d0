"""Which of several mistakes in one request is answered: form, token, organisation, limits, user."""

import unittest

import people
from client import encoded, metadata_path
from service import Service

GOOD = b'{"value": "YQ=="}'


class OrderOfChecks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.admin = cls.service.client()
        cls.org = people.new_org(cls.admin)
        cls.viewer = people.new_caller(cls.service, cls.org, "ORG_OWNER_VIEWER")
        cls.nobody = people.new_caller(cls.service, cls.org)
        cls.owner = people.new_caller(cls.service, cls.org, "ORG_OWNER")

    def test_v1_set_with_everything_wrong_is_mended_step_by_step(self):
        headers = {"authorization": None, "x-zitadel-orgid": "1"}
        client, user, long = self.service.client("x"), "123456789012345678", "k" * 201
        body, key = b'{"value": "*"}', long

        def answer(method="POST", path=None):
            return client.call(method, path or metadata_path(user, key), raw=body, headers=headers).error

        self.assertEqual(answer("PUT"), (405, 12, ""))
        self.assertEqual(answer(path="/management/v1/nothing"), (404, 5, ""))
        self.assertEqual(answer(), (400, 3, ""))
        body = b'{"value": "' + b"A" * (5 << 20) + b'"}'
        self.assertEqual(answer(), (413, 8, ""))
        client.close()
        body = b'{"value": ""}'
        self.assertEqual(answer(), (401, 16, ""))
        headers["authorization"] = "Token x"
        self.assertEqual(answer(), (401, 16, "AUTH-toLo1"))
        headers["authorization"] = "Bearer x"
        self.assertEqual(answer(), (401, 16, "AUTH-7fs1e"))
        headers["authorization"] = f"Bearer {self.nobody.token}"
        self.assertEqual(answer(), (403, 7, "AUTH-Bs7Ds"))
        headers["x-zitadel-orgid"] = self.org
        self.assertEqual(answer(), (404, 5, "AUTHZ-cdgFk"))
        headers["authorization"] = f"Bearer {self.viewer.token}"
        self.assertEqual(answer(), (403, 7, "AUTH-5mWD2"))
        headers["authorization"] = f"Bearer {self.owner.token}"
        self.assertEqual(answer(), (400, 3, ""))
        key = "key"
        self.assertEqual(answer(), (400, 3, ""))
        body = GOOD
        self.assertEqual(answer(), (400, 9, "COMMAND-uXHNj"))
        user = people.new_human(self.admin)  # of another organisation than the header's
        self.assertEqual(answer(), (400, 9, "COMMAND-uXHNj"))
        user = people.new_human(self.service.client(org=self.org))
        self.assertEqual(
            client.call("POST", metadata_path(user, key), raw=body, headers=headers).status, 200
        )

    def test_v2_looks_at_limits_then_the_user_then_permission(self):
        entry = {"metadata": [{"key": "a", "value": encoded(b"1")}]}
        long = {"metadata": [{"key": "k" * 201, "value": encoded(b"1")}]}
        user = people.new_human(self.service.client(org=self.org))
        other = people.new_human(self.admin)
        unknown = "123456789012345678"

        def set_v2(client, user, body):
            answer = client.post(f"/v2/users/{user}/metadata", body)
            return 200 if answer.status == 200 else answer.error

        def delete_v2(client, user, keys):
            answer = client.delete(f"/v2/users/{user}/metadata?{keys}")
            return 200 if answer.status == 200 else answer.error

        no_role, no_permission = (404, 5, "AUTHZ-cdgFk"), (403, 7, "AUTH-AWfge")
        for client in (self.nobody, self.viewer):
            self.assertEqual(set_v2(client, unknown, long), (400, 3, ""))
            self.assertEqual(set_v2(client, unknown, entry), (400, 9, "COMMAND-uXHNj"))
            self.assertEqual(set_v2(client, other, entry), no_role)
            self.assertEqual(delete_v2(client, unknown, "keys=" + "k" * 201), (400, 3, ""))
            self.assertEqual(delete_v2(client, unknown, "keys=a"), (400, 9, "COMMAND-uXHNj"))
        self.assertEqual(set_v2(self.nobody, user, entry), no_role)
        self.assertEqual(set_v2(self.viewer, user, entry), no_permission)
        self.assertEqual(set_v2(self.owner, user, entry), 200)
        self.assertEqual(set_v2(self.owner, user, {"metadata": []}), (400, 9, "META-9mm2d"))
        self.assertEqual(delete_v2(self.nobody, user, "keys=a"), no_role)
        self.assertEqual(delete_v2(self.viewer, user, "keys=a"), no_permission)
        self.assertEqual(delete_v2(self.owner, user, "keys=a&keys=b"), (404, 5, "META-2nnds"))
        self.assertEqual(delete_v2(self.owner, user, ""), (400, 9, "META-9mm2d"))
        self.assertEqual(delete_v2(self.owner, user, "keys=a"), 200)

    def test_v2_ignores_the_organisations_header(self):
        user = people.new_human(self.service.client(org=self.org))
        body = {"metadata": [{"key": "a", "value": encoded(b"1")}]}
        for org in (self.org, "1", ""):
            headers = {"x-zitadel-orgid": org}
            answer = self.owner.post(f"/v2/users/{user}/metadata", body, headers=headers)
            self.assertEqual((answer.status, set(answer.json)), (200, {"setDate"}))
            found = self.owner.post(f"/v2/users/{user}/metadata/search", headers=headers)
            self.assertEqual([entry["key"] for entry in found.json["metadata"]], ["a"])

    def test_v2_list_shows_and_counts_what_the_caller_may_see_only(self):
        user, other = people.new_human(self.service.client(org=self.org)), people.new_human(self.admin)
        for u in (user, other):
            self.admin.done(
                self.admin.post(f"/v2/users/{u}/metadata", {"metadata": [{"key": "a", "value": "YQ=="}]})
            )

        def search(client, u):
            return client.post(f"/v2/users/{u}/metadata/search")

        self.assertEqual(search(self.nobody, user).error, (404, 5, "AUTHZ-cdgFk"))
        self.assertEqual(len(search(self.viewer, user).json["metadata"]), 1)
        hidden = search(self.viewer, other)
        self.assertEqual(hidden.status, 200)
        self.assertNotIn("metadata", hidden.json)
        self.assertNotIn("totalResult", hidden.json.get("pagination", {}))
        self.assertEqual(len(search(self.admin, other).json["metadata"]), 1)

    def test_the_paths_id_and_key_win_over_the_bodys(self):
        user = people.new_human(self.admin)
        body = {"id": "1", "key": "other", "value": encoded(b"1")}
        self.assertEqual(self.admin.post(metadata_path(user, "key"), body).json["id"], user)
        self.assertEqual(self.admin.listed(user), {"key": b"1"})

    def test_bulk_is_one_transaction(self):
        user = people.new_human(self.admin)
        path = metadata_path(user, "_bulk")
        twice = {"metadata": [{"key": "a", "value": encoded(v)} for v in (b"1", b"2", b"2")]}
        self.assertEqual(
            self.admin.post(path, twice).sequence, 5, "each entry against the state before the call"
        )
        self.assertEqual(self.admin.value(user, "a"), b"2")
        bad = {"metadata": [{"key": "b", "value": encoded(b"1")}, {"key": "", "value": encoded(b"1")}]}
        self.assertEqual(self.admin.post(path, bad).error, (400, 3, ""))
        self.assertEqual(self.admin.delete(path, {"keys": ["a", "unknown"]}).error, (404, 5, "META-2nnds"))
        self.assertEqual(self.admin.listed(user), {"a": b"2"})
        self.assertEqual(self.admin.delete(path, {"keys": ["a", "a"]}).sequence, 7)
        self.assertEqual(self.admin.delete(metadata_path(user, "a")).error, (404, 5, "META-ncnw3"))
        self.assertEqual(self.admin.post(path, {"metadata": []}).error, (400, 9, "META-9mm2d"))
        self.assertEqual(self.admin.delete(path, {"keys": []}).error, (400, 9, "META-9mm2d"))


if __name__ == "__main__":
    unittest.main()
