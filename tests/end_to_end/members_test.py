"""Organisations, their members, and the members of the instance."""

import unittest

import people
from service import Service

ORG, INSTANCE = "/management/v1/orgs/me/members", "/admin/v1/members"


class Members(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def add(self, path, user, *roles):
        return self.client.post(path, {"userId": user, "roles": list(roles)})

    def count(self):
        return self.service.sql("SELECT count(*) FROM events")

    def test_members_of_an_organisation(self):
        user = people.new_machine(self.client)
        added = self.client.done(self.add(ORG, user, "ORG_OWNER", "ORG_USER_MANAGER"))
        self.assertEqual(set(added["details"]), {"sequence", "creationDate", "resourceOwner"})
        self.assertEqual(self.add(ORG, user, "ORG_OWNER_VIEWER").error, (409, 6, "ORG-poWwe"))
        removed = self.client.done(self.client.delete(f"{ORG}/{user}"))
        self.assertEqual(set(removed["details"]), {"sequence", "changeDate", "resourceOwner"})
        self.assertEqual(int(removed["details"]["sequence"]), int(added["details"]["sequence"]) + 1)
        self.assertEqual(self.add(ORG, user, "ORG_OWNER_VIEWER").status, 200)

    def test_what_no_member_can_be(self):
        user, human = people.new_machine(self.client), people.new_human(self.client)
        removed = people.new_machine(self.client)
        self.client.done(self.client.delete(f"/management/v1/users/{removed}"))
        before = self.count()
        for who, roles, error in (
            (user, ["ORG_NONSENSE"], (400, 3, "Org-4N8es")),
            (user, ["ORG_OWNER", "ORG_NONSENSE"], (400, 3, "Org-4N8es")),
            (user, ["IAM_OWNER"], (400, 3, "Org-4N8es")),
            (user, ["org_owner"], (400, 3, "Org-4N8es")),
            (user, [], (400, 3, "ORG-4Mlfs")),
            ("123", ["ORG_OWNER"], (400, 9, "ORG-GoXOn")),
            (removed, ["ORG_OWNER"], (400, 9, "ORG-GoXOn")),
        ):
            with self.subTest(roles=roles, who=who):
                self.assertEqual(self.add(ORG, who, *roles).error, error)
        self.assertEqual(self.count(), before)
        self.assertEqual(self.add(ORG, human, "ORG_OWNER").status, 200)

    def test_removing_one_who_is_no_member_is_a_success_without_an_event(self):
        user = people.new_machine(self.client)
        for path in (ORG, INSTANCE):
            before = self.count()
            answer = self.client.done(self.client.delete(f"{path}/{user}"))
            self.assertIn("sequence", answer["details"])
            self.assertEqual(self.count(), before)

    def test_members_of_the_instance(self):
        user = people.new_machine(self.client)
        added = self.client.done(self.add(INSTANCE, user, "IAM_OWNER_VIEWER"))
        self.assertEqual(set(added["details"]), {"sequence", "creationDate", "resourceOwner"})
        self.assertEqual(self.add(INSTANCE, user, "IAM_OWNER").error, (409, 6, "INSTA-pFDwe"))
        self.assertEqual(self.client.delete(f"{INSTANCE}/{user}").status, 200)
        self.assertEqual(self.add(INSTANCE, user, "IAM_NONSENSE").error, (400, 3, "INSTANCE-4m0fS"))
        self.assertEqual(self.add(INSTANCE, user, "ORG_OWNER").error, (400, 3, "INSTANCE-4m0fS"))
        self.assertEqual(self.add(INSTANCE, "123", "IAM_OWNER").error[:2], (400, 9))
        self.assertEqual(self.add(INSTANCE, user, "IAM_OWNER").status, 200)

    def test_a_member_may_be_of_another_organisation(self):
        there = self.service.client(org=people.new_org(self.client))
        guest = people.new_machine(there)
        self.assertEqual(self.add(ORG, guest, "ORG_USER_MANAGER").status, 200)
        user = people.new_human(self.client)
        home = self.client.done(self.client.set(user, "a", b"1"))["details"]["resourceOwner"]
        caller = self.service.client(people.new_token(there, guest)["token"], home)
        self.assertEqual(caller.set(user, "a", b"2").status, 200)

    def test_the_last_owner_can_go_and_come_back_by_the_operator(self):
        with Service() as service:
            client = service.client()
            self.assertEqual(client.delete(f"{INSTANCE}/{service.admin}").status, 200)
            self.assertEqual(client.set(service.admin, "a", b"1").status, 404)
            done = service.run("token", "create")
            self.assertEqual(done.returncode, 1)
            self.assertIn("IAM_OWNER", done.stderr)

    def test_organisations(self):
        name = people.free_name("Org")
        made = self.client.done(self.client.post("/management/v1/orgs", {"name": f"  {name} "}))
        self.assertEqual(set(made), {"id", "details"})
        self.assertEqual(set(made["details"]), {"sequence", "creationDate", "resourceOwner"})
        self.assertEqual(made["details"]["resourceOwner"], made["id"])
        for body, error in (
            ({"name": name}, (409, 6, "V3-DKcYh")),
            ({"name": name.upper()}, (409, 6, "V3-DKcYh")),
            ({"name": "x" * 201}, (400, 3, "")),
            ({}, (400, 3, "")),
        ):
            with self.subTest(str(body)[:40]):
                self.assertEqual(self.client.post("/management/v1/orgs", body).error, error)
        self.assertEqual(self.client.post("/management/v1/orgs", {"name": "   "}).error[:2], (400, 3))
        rows = self.service.sql(
            f"SELECT type FROM events WHERE aggregate_id = '{made['id']}' ORDER BY sequence"
        )
        self.assertEqual(rows, [["org.added"], ["org.member.added"]])


if __name__ == "__main__":
    unittest.main()
