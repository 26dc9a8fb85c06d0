"""16 writers on one key of one user: contention never reaches a client, and no answer is made up."""

import base64
import json
import threading
import unittest

import load
import people
from service import Service

WRITERS = 16
SETS = 10_000


class Contention(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)

    def write(self, user, value_of):
        """All the writers, each with its share of the sets: (sequence, value) of every answer."""
        answers, failures = [], []

        def run(writer):
            client = self.service.client()
            for number in range(SETS // WRITERS):
                value = value_of(writer, number)
                answer = client.set(user, "contended", value)
                if answer.status != 200:
                    failures.append(answer)
                    return
                answers.append((answer.sequence, value))
            client.close()

        threads = [threading.Thread(target=run, args=(i,)) for i in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(answers), SETS)
        return answers

    def events(self, user):
        """The value of every set by its sequence."""
        rows = self.service.sql(
            f"SELECT sequence, payload FROM events WHERE aggregate_id = '{user}'"
            " AND type = 'user.metadata.set'"
        )
        return {int(sequence): base64.b64decode(json.loads(payload)["value"]) for sequence, payload in rows}

    def test_different_values_get_different_sequences(self):
        user = people.new_machine(self.service.client())
        answers = self.write(user, lambda writer, number: f"{writer}:{number}".encode())
        self.assertEqual(len({sequence for sequence, _ in answers}), SETS)
        self.assertEqual(self.events(user), dict(answers))
        self.assertEqual(sorted(dict(answers)), list(range(2, SETS + 2)))
        self.assertEqual(self.service.client().value(user, "contended"), dict(answers)[SETS + 1])
        load.check_log(self, self.service)

    def test_few_values_get_a_new_sequence_or_an_unchanged_answer(self):
        user = people.new_machine(self.service.client())
        answers = self.write(user, lambda writer, number: str((writer + number) % 3).encode())
        events = self.events(user)
        # An answer names the event that made the value the current one, whoever wrote it.
        wrong = [(sequence, value) for sequence, value in answers if events.get(sequence) != value]
        self.assertEqual(wrong, [])
        self.assertEqual({sequence for sequence, _ in answers}, set(events))
        self.assertLess(len(events), SETS, "some of them must have found their value in place")
        load.check_log(self, self.service)


if __name__ == "__main__":
    unittest.main()
