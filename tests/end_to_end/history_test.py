"""What was: a user's history, the metadata as of any moment, and what is erased, through the calls and the
commands."""

import base64
import json
import os
import threading
import unittest
import urllib.parse

import people
from client import encoded, metadata_path
from service import Service


def history_path(user, **parameters):
    return f"/usermeta/v1/users/{user}/history?{urllib.parse.urlencode(parameters)}"


def past_path(user, **parameters):
    return f"/usermeta/v1/users/{user}/metadata?{urllib.parse.urlencode(parameters)}"


def value_of(row):
    """The value of a PastValue or PastMetadata, "erased", or None."""
    if row is None:
        return None
    return "erased" if row.get("erased") else base64.b64decode(row.get("value", ""))


class History(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def history(self, user, **parameters):
        return self.client.done(self.client.get(history_path(user, **parameters)))

    def past(self, user, **parameters):
        """The position that is shown, and keys to values, of all pages."""
        found = {}
        while True:
            page = self.client.done(self.client.get(past_path(user, **parameters)))
            found.update((row["key"], value_of(row)) for row in page.get("metadata", []))
            if page.get("end"):
                return int(page["position"]), found
            parameters.update(at=page["position"], after=page["next"])

    def position(self, answer):
        self.client.done(answer)
        return int(answer.headers["x-usermeta-position"])

    def test_who_changed_this_value_when_and_from_where(self):
        user = people.new_human(self.client)
        editor = people.new_machine(self.client, "editor-of-history")
        people.add_member(self.client, editor, "ORG_OWNER")
        token = people.new_token(self.client, editor)["token"]
        self.client.set(user, "plan", b"free")
        answer = self.service.client(token).set(
            user, "plan", b"paid", headers={"x-request-id": "order-7"}
        )
        (first, second) = self.history(user, key="plan")["changes"]
        self.assertEqual(value_of(first.get("oldValue")), None)
        self.assertEqual(value_of(second["oldValue"]), b"free")
        self.assertEqual(value_of(second["newValue"]), b"paid")
        self.assertEqual(second["creator"], editor)
        self.assertEqual(second["creatorName"], "editor-of-history")
        self.assertEqual(second["requestId"], "order-7")
        self.assertEqual(second["clientAddress"], "127.0.0.1")
        self.assertEqual(int(second["position"]), self.position(answer))
        self.assertEqual(second["sequence"], answer.json["details"]["sequence"])
        self.assertEqual(second["createdAt"], answer.json["details"]["changeDate"])

    def test_every_page_of_a_long_history_both_ways(self):
        user = people.new_machine(self.client)
        entries = [{"key": f"k{i % 7}", "value": encoded(b"%d" % i)} for i in range(1500)]
        self.client.done(self.client.post(metadata_path(user, "_bulk"), {"metadata": entries}))
        for newest_first in ("false", "true"):
            sequences, cursor = [], 0
            while True:
                page = self.history(user, newest_first=newest_first, limit=400, cursor=cursor)
                sequences += [int(change["sequence"]) for change in page["changes"]]
                cursor = page["next"]
                if page.get("end"):
                    break
            expected = list(range(1, 1502))
            self.assertEqual(sequences, expected[::-1] if newest_first == "true" else expected)

    def test_the_past_is_what_the_calls_showed_then(self):
        user = people.new_machine(self.client)
        shown = {}
        for number in range(12):
            key = "abc"[number % 3]
            if number % 5 == 4:
                answer = self.client.delete(metadata_path(user, key))
                if answer.status == 404:
                    continue
            else:
                answer = self.client.set(user, key, b"%d" % number)
            shown[self.position(answer)] = self.client.listed(user)
        self.client.done(self.client.delete(f"/management/v1/users/{user}"))
        for position, values in shown.items():
            self.assertEqual(self.past(user, at=position, limit=2), (position, values))

    def test_erased_by_the_call(self):
        user = people.new_human(self.client)
        before = self.position(self.client.set(user, "address", b"Rue de l'Erased 1"))
        self.client.set(user, "plan", b"free")
        path = f"/usermeta/v1/users/{user}/metadata/_erase"
        erased = self.client.done(self.client.post(path, {"key": "address"}))
        self.assertEqual(erased["erased"], "1")
        self.assertEqual(self.past(user, at=before)[1], {"address": "erased"})
        self.assertEqual(self.client.listed(user), {"plan": b"free"})
        last = self.history(user, key="address")["changes"][-1]
        self.assertEqual(last["type"], "user.metadata.values.erased")
        self.assertEqual(last["creator"], self.service.admin)
        self.check_nothing_is_left(encoded(b"Rue de l'Erased 1"))

    def test_erased_by_the_command_while_the_service_runs_and_while_not(self):
        with Service() as service:
            client = service.client()
            user = people.new_human(client)
            for value in (b"secret 1", b"secret 2"):
                client.done(client.set(user, "a", value))
            client.done(client.set(user, "b", b"secret 3"))
            done = service.run("users", "erase-values", user, "--key", "a")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(
                done.stdout, rf"^erased 2 values of user {user}, by the event at position \d+\n$"
            )
            # The running service knows: the same value again is a change.
            self.assertEqual(client.listed(user), {"b": b"secret 3"})
            client.done(client.set(user, "a", b"secret 2"))
            self.assertEqual(client.value(user, "a"), b"secret 2")
            self.assertEqual(service.stop(), 0)
            done = service.run("users", "erase-values", user)
            self.assertRegex(done.stdout, "^erased 2 values ")
            replayed = service.run("replay", "--user", user).stdout
            self.assertNotIn(encoded(b"secret 2"), replayed)
            self.assertEqual(replayed.count('"erased":true'), 4)
            self.assertIn('"creator":"SYSTEM"', replayed)

    def test_what_cannot_be_erased(self):
        user = people.new_machine(self.client)
        self.client.set(user, "a", b"stays")
        for arguments, word in (
            (["123456"], "no such user"),
            ([user, "--key", ""], "at least one character"),
            ([], "user"),
        ):
            done = self.service.run("users", "erase-values", *arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stdout, "")
            self.assertIn(word, done.stderr)
        self.assertEqual(self.client.value(user, "a"), b"stays")

    def test_a_rebuild_after_an_erasure_gives_the_same(self):
        user = people.new_human(self.client)
        self.client.set(user, "a", b"1")
        self.client.set(user, "b", b"2")
        self.client.done(self.client.post(f"/usermeta/v1/users/{user}/metadata/_erase", {"key": "a"}))
        before = self.service.sql("SELECT * FROM user_metadata ORDER BY user_id, key")
        self.assertEqual(self.service.run("projections", "rebuild").returncode, 0)
        self.assertEqual(self.service.sql("SELECT * FROM user_metadata ORDER BY user_id, key"), before)
        self.assertEqual(self.client.listed(user), {"b": b"2"})

    def check_nothing_is_left(self, text):
        for table in ("events", "user_metadata"):
            rows = self.service.sql(f"SELECT count(*) FROM {table} t WHERE strpos(t::text, '{text}') > 0")
            self.assertEqual(rows, [["0"]])
        replayed = self.service.run("replay", "--at", "999999999999", "--to", "-").stdout
        self.assertNotIn(text, replayed)

    def test_the_whole_read_model_as_it_was(self):
        with Service() as service:
            client = service.client()
            users = [people.new_human(client) for _ in range(3)]
            shown = {}
            for number in range(9):
                answer = client.set(users[number % 3], f"k{number % 2}", b"%d" % number)
                client.done(answer)
                shown[int(answer.headers["x-usermeta-position"])] = {
                    (user, key): value for user in users for key, value in client.listed(user).items()
                }
            moments = {position: position for position in shown}
            last = client.done(client.get(history_path(users[2])))["changes"][-1]
            moments[last["createdAt"]] = int(last["position"])
            target = service.own_directory / "then.ndjson"
            for moment, position in moments.items():
                done = service.run("replay", "--at", moment, "--to", target)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"the read model as of position {position}: ", done.stderr)
                rows = [json.loads(line) for line in target.read_text().splitlines()]
                found = {(row["user"], row["key"]): base64.b64decode(row["value"]) for row in rows}
                self.assertEqual(found, shown[position])
            self.assertEqual([path.name for path in target.parent.glob("then*")], ["then.ndjson"])
            done = service.run("replay", "--at", last["position"], "--to", service.database_url)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(
                service.sql(
                    "SELECT count(*) FROM usermeta_replay.user_metadata NATURAL JOIN usermeta.user_metadata"
                ),
                service.sql("SELECT count(*) FROM usermeta.user_metadata"),
            )
            again = service.run("replay", "--at", last["position"], "--to", service.database_url)
            self.assertEqual(again.returncode, 1)
            self.assertIn("usermeta_replay", again.stderr)

    def test_a_pipe_or_a_device_is_written_to_and_stays(self):
        client = self.service.client()
        client.done(client.set(people.new_human(client), "key", b"value"))
        pipe = self.service.own_directory / "pipe"
        os.mkfifo(pipe)
        read = []
        reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
        reader.start()
        done = self.service.run("replay", "--at", "999999999999", "--to", pipe)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(pipe.is_fifo())
        reader.join(60)
        self.assertEqual(read, [self.service.run("replay", "--at", "999999999999", "--to", "-").stdout])
        # By another name, so that the device itself is safe from this test.
        full = self.service.own_directory / "full"
        full.symlink_to("/dev/full")
        done = self.service.run("replay", "--at", "999999999999", "--to", full)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"cannot write {full}: No space left on device", done.stderr)
        self.assertTrue(full.is_symlink())

    def test_what_is_no_replay(self):
        for arguments, word in (
            (["--at", "1"], "--to"),
            (["--to", "x"], "--at"),
            (["--at", "1", "--to", "-", "--user", "7"], "--user"),
            (["--at", "yesterday", "--to", "-"], "yesterday"),
            (["--at", "1", "--to", "/nowhere/x"], "/nowhere/x"),
            ([], "--user or --at"),
        ):
            with self.subTest(arguments):
                done = self.service.run("replay", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(done.stdout, "")
                self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main()
