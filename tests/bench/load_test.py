#!/usr/bin/env python3
"""bench/load notices every answer that is wrong. USERMETA_LOAD names the program."""

import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import unittest

import scripted_server

USER = "123456789012345678"


def load(serve, answer, *options, users=(USER,)):
    """Its exit status, what it printed, and its complaint."""
    with tempfile.TemporaryDirectory() as name, scripted_server.ScriptedServer(answer, serve) as server:
        directory = pathlib.Path(name)
        (directory / "users").write_text("\n".join(users) + "\n")
        (directory / "token").write_text("the-token\n")
        command = [os.environ["USERMETA_LOAD"], "--port", str(server.port), "--seconds", "0.2"]
        command += ["--warm-up", "0", "--users-file", directory / "users"]
        command += ["--token-file", directory / "token", *options]
        done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def numbers():
    """1, 2, 3 ... for any thread."""
    count, lock = itertools.count(1), threading.Lock()

    def following():
        with lock:
            return next(count)

    return following


class Json(unittest.TestCase):
    def good(self, *options, answer=None, **more):
        following = numbers()
        answer = answer or (lambda path, body: (200, self.of_set(following())))
        status, printed, complaint = load(scripted_server.http1, answer, *options, **more)
        self.assertEqual((status, complaint), (0, ""))
        return json.loads(printed)

    def wrong(self, answer, complaint, *options):
        status, printed, said = load(scripted_server.http1, answer, *options)
        self.assertEqual((status, printed), (1, ""))
        self.assertRegex(said, complaint)

    @staticmethod
    def of_set(sequence, user=USER):
        return json.dumps({"id": user, "details": {"sequence": str(sequence)}}, separators=(",", ":"))

    def test_right_answers(self):
        for options in ([], ["--connections", "5"], ["--rate", "500", "--connections", "3"]):
            figures = self.good(*options)
            self.assertGreater(figures["requests"], 0)
            self.assertGreater(figures["p99_us"], 0)

    def test_open_loop_asks_all_that_is_due(self):
        self.assertEqual(self.good("--rate", "500", "--connections", "3")["requests"], 100)

    def test_each_user_once(self):
        asked, following = [], numbers()

        def answer(path, body):
            asked.append(path)
            return 200, self.of_set(following(), path.split("/")[4])

        users = [str(10**17 + i) for i in range(50)]
        figures = self.good("--each", "--connections", "3", answer=answer, users=users)
        self.assertEqual(figures["requests"], 50)
        self.assertEqual(sorted(path.split("/")[4] for path in asked), users)

    def test_what_is_asked(self):
        asked, following = [], numbers()

        def answer(path, body):
            asked.append((path, body))
            return 200, self.of_set(following())

        self.good(answer=answer)
        self.assertGreater(len({body for _, body in asked}), len(asked) // 2, "values repeat")
        self.assertEqual(len({path for path, _ in asked}), min(10, len(asked)), "keys are not all in use")
        for path, body in asked:
            self.assertRegex(path, f"^/management/v1/users/{USER}/metadata/key[0-9]$")
            self.assertRegex(body.decode(), r'^\{"value":"[A-Za-z0-9+/]{54}=="\}$')

    def test_wrong_status(self):
        self.wrong(lambda path, body: (500, self.of_set(1)), "refused: HTTP/1.1 500")

    def test_wrong_id(self):
        self.wrong(lambda path, body: (200, self.of_set(1, "1" + USER[1:-1] + "0")), "not what was asked for")

    def test_no_sequence(self):
        self.wrong(lambda path, body: (200, f'{{"id":"{USER}","details":{{}}}}'), "no sequence")

    def test_sequence_that_stands_still(self):
        self.wrong(lambda path, body: (200, self.of_set(7)), "sequence 7 after 7")

    def test_sequence_that_was_given_twice(self):
        # Each pair that is under way at the same time gets the same one.
        both, following = threading.Barrier(2, timeout=10), numbers()

        def answer(path, body):
            try:
                both.wait()
            except threading.BrokenBarrierError:
                return None
            return 200, self.of_set((following() + 1) // 2)

        self.wrong(answer, "answered twice|closed a connection", "--connections", "2")

    def test_connection_that_is_cut(self):
        following = numbers()

        def answer(path, body):
            number = following()
            return (200, self.of_set(number)) if number < 5 else None

        self.wrong(answer, "closed a connection|cannot (send|receive)")

    def test_refusals_count_only_when_allowed(self):
        following = numbers()

        def answer(path, body):
            number = following()
            return (429, "{}") if number % 2 else (200, self.of_set(number))

        self.wrong(answer, "refused: HTTP/1.1 429")
        figures = self.good("--may-refuse", answer=answer)
        self.assertGreater(figures["refused"], 0)
        self.assertGreater(figures["requests"], 0)

    def test_get(self):
        def answer(path, body):
            key = path.rpartition("/")[2]
            return 200, f'{{"metadata":{{"details":{{"sequence":"3"}},"key":"{key}","value":"eA=="}}}}'

        self.assertGreater(self.good("--call", "get", answer=answer)["requests"], 0)
        for change in (('"key":"key', '"key":"kex'), ('"value"', '"valve"'), ('"sequence"', '"sequel"')):
            self.wrong(
                lambda path, body, change=change: (200, answer(path, body)[1].replace(*change)),
                "not what was asked for|no sequence",
                "--call",
                "get",
            )

    def test_list(self):
        def answer(count, total):
            entries = ",".join(f'{{"key":"key{i}","value":"eA=="}}' for i in range(count))
            return lambda path, body: (
                200,
                f'{{"details":{{"totalResult":"{total}"}},"result":[{entries}]}}',
            )

        self.assertGreater(self.good("--call", "list", answer=answer(10, 10))["requests"], 0)
        for count, total in ((9, 10), (10, 11)):
            self.wrong(answer(count, total), "not what was asked for", "--call", "list")

    def test_bulk(self):
        options = ["--call", "bulk", "--entries", "3"]

        def of_bulk(step):
            following = numbers()
            return lambda path, body: (
                200,
                f'{{"details":{{"sequence":"{3 + step * following()}"}}}}',
            )

        self.assertGreater(self.good(*options, answer=of_bulk(3))["requests"], 0)
        self.wrong(of_bulk(2), "sequence 7 after 5", *options)


class Grpc(unittest.TestCase):
    options = ["--format", "grpc", "--streams", "3", "--connections", "2"]

    @staticmethod
    def of_set(sequence, user=USER):
        """SetUserMetadataResponse: id, and details with the sequence as a varint of two bytes."""
        details = bytes([8, 0x80 | sequence & 0x7F, sequence >> 7]) if sequence else b""
        return b"\x0a" + bytes([len(user)]) + user.encode() + b"\x12" + bytes([len(details)]) + details

    def wrong(self, answer, complaint):
        status, printed, said = load(scripted_server.grpc, answer, *self.options)
        self.assertEqual((status, printed), (1, ""))
        self.assertRegex(said, complaint)

    def test_right_answers(self):
        asked, following = [], numbers()

        def answer(path, message):
            asked.append(message)
            return self.of_set(min(following(), 0x3FFF)), "0"

        # Slower than the 16,383 sequences that fit.
        status, printed, complaint = load(scripted_server.grpc, answer, *self.options, "--rate", "1000")
        self.assertEqual((status, complaint), (0, ""))
        self.assertEqual(json.loads(printed)["requests"], 200)
        for message in asked:
            self.assertEqual(message[:20], b"\n\x12" + USER.encode())
            self.assertTrue(re.fullmatch(rb"\x12\x04key[0-9]\x1a\x28[a-z]{40}", message[20:]))

    def test_wrong_status(self):
        self.wrong(lambda path, message: (self.of_set(1), "13"), "grpc-status 13")

    def test_wrong_id(self):
        self.wrong(lambda path, message: (self.of_set(1, "9" * len(USER)), "0"), "not what was asked for")

    def test_no_sequence(self):
        self.wrong(lambda path, message: (self.of_set(0), "0"), "sequence 0 after 0")

    def test_sequence_that_stands_still(self):
        self.wrong(lambda path, message: (self.of_set(7), "0"), "sequence 7 after 7|answered twice")

    def test_broken_message(self):
        self.wrong(lambda path, message: (self.of_set(1)[:-1], "0"), "not what was asked for")

    def test_connection_that_is_cut(self):
        self.wrong(lambda path, message: None, "closed a connection|cannot (send|receive)")


if __name__ == "__main__":
    unittest.main()
