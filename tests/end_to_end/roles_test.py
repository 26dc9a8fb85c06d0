"""What each role may do, in its organisation and in another one."""

import unittest

import people
from service import Service

NO_ROLE, NO_PERMISSION = (404, 5, "AUTHZ-cdgFk"), (403, 7, "AUTH-5mWD2")

# wire.md's table: role -> user.read, user.write, user.delete, org.create, org.member.write, IAM_OWNER only
TABLE = {
    "IAM_OWNER": "rwdomi",
    "IAM_OWNER_VIEWER": "r",
    "IAM_ORG_MANAGER": "rwdom",
    "IAM_USER_MANAGER": "rwd",
    "IAM_LOGIN_CLIENT": "rwm",
    "ORG_OWNER": "rwdm",
    "ORG_USER_MANAGER": "rwd",
    "ORG_OWNER_VIEWER": "r",
    "ORG_USER_PERMISSION_EDITOR": "r",
    "ORG_PROJECT_PERMISSION_EDITOR": "r",
    "ORG_SETTINGS_MANAGER": "",
}


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.root = cls.service.client()
        cls.org, cls.other = people.new_org(cls.root), people.new_org(cls.root)
        cls.inside = cls.service.client(org=cls.org)
        cls.elsewhere = cls.service.client(org=cls.other)

    def caller(self, role):
        """A client of a new machine user with that role in the organisation, or in the instance."""
        if role.startswith("ORG_"):
            return people.new_caller(self.service, self.org, role)
        caller = people.new_caller(self.service, self.org)
        self.root.done(self.root.post("/admin/v1/members", {"userId": caller.user, "roles": [role]}))
        return caller

    def attempts(self, caller, org):
        """The answer to one call of each permission, by its letter."""
        inside = self.service.client(org=org)
        user = people.new_machine(inside)
        member = people.new_machine(inside)
        inside.done(inside.set(user, "key", b"value"))
        headers = {"headers": {"x-zitadel-orgid": org}}
        return {
            "r": caller.get(f"/management/v1/users/{user}/metadata/key", **headers),
            "w": caller.set(user, "other", b"value", **headers),
            "o": caller.post("/management/v1/orgs", {"name": people.free_name()}, **headers),
            "m": caller.post(
                "/management/v1/orgs/me/members", {"userId": member, "roles": ["ORG_OWNER"]}, **headers
            ),
            "i": caller.post(
                "/admin/v1/members", {"userId": member, "roles": ["IAM_OWNER_VIEWER"]}, **headers
            ),
            "d": caller.delete(f"/management/v1/users/{user}", **headers),
        }

    def check(self, caller, org, permitted, refused):
        for letter, answer in self.attempts(caller, org).items():
            with self.subTest(permission=letter):
                self.assertEqual(
                    200 if answer.status == 200 else answer.error, 200 if letter in permitted else refused
                )

    def test_the_table_in_the_roles_own_organisation(self):
        for role, permitted in TABLE.items():
            with self.subTest(role):
                self.check(self.caller(role), self.org, permitted, NO_PERMISSION)

    def test_roles_of_an_organisation_end_at_its_border(self):
        for role in TABLE:
            if role.startswith("ORG_"):
                with self.subTest(role):
                    self.check(self.caller(role), self.other, "", NO_ROLE)

    def test_roles_of_the_instance_hold_everywhere(self):
        for role, permitted in TABLE.items():
            if role.startswith("IAM_"):
                with self.subTest(role):
                    self.check(self.caller(role), self.other, permitted, NO_PERMISSION)

    def test_no_role_at_all(self):
        self.check(people.new_caller(self.service, self.org), self.org, "", NO_ROLE)

    def test_an_organisation_that_does_not_exist(self):
        for role in ("ORG_OWNER", "IAM_OWNER"):
            answer = self.caller(role).get(
                "/management/v1/users/1/metadata/a", headers={"x-zitadel-orgid": "1"}
            )
            self.assertEqual(answer.error, (403, 7, "AUTH-Bs7Ds"))

    def test_a_role_that_is_taken_away_is_gone_at_once(self):
        caller = self.caller("ORG_OWNER")
        user = people.new_human(self.inside)
        self.assertEqual(caller.set(user, "a", b"1").status, 200)
        self.inside.done(self.inside.delete(f"/management/v1/orgs/me/members/{caller.user}"))
        self.assertEqual(caller.set(user, "a", b"2").error, NO_ROLE)
        people.add_member(self.inside, caller.user, "ORG_OWNER_VIEWER")
        self.assertEqual(caller.set(user, "a", b"2").error, NO_PERMISSION)
        self.assertEqual(caller.value(user, "a"), b"1")

    def test_several_roles_add_up(self):
        caller = people.new_caller(self.service, self.org, "ORG_OWNER_VIEWER", "ORG_SETTINGS_MANAGER")
        people.add_member(self.elsewhere, caller.user, "ORG_USER_MANAGER")
        user, there = people.new_human(self.inside), people.new_human(self.elsewhere)
        self.assertEqual(caller.set(user, "a", b"1").error, NO_PERMISSION)
        self.assertEqual(caller.set(there, "a", b"1", headers={"x-zitadel-orgid": self.other}).status, 200)
        # The user is looked for in the organisation that the header names only.
        answer = caller.set(user, "a", b"1", headers={"x-zitadel-orgid": self.other})
        self.assertEqual(answer.error, (400, 9, "COMMAND-uXHNj"))

    def test_the_creator_of_an_organisation_owns_it(self):
        caller = self.caller("IAM_ORG_MANAGER")
        org = caller.done(caller.post("/management/v1/orgs", {"name": people.free_name()}))["id"]
        self.root.done(self.root.delete(f"/admin/v1/members/{caller.user}"))
        own = self.service.client(caller.token, org)
        self.assertEqual(own.set(people.new_machine(own), "a", b"1").status, 200)
        self.assertEqual(caller.post("/management/v1/orgs", {"name": people.free_name()}).error, NO_ROLE)


if __name__ == "__main__":
    unittest.main()
