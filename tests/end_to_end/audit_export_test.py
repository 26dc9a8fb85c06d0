"""`usermeta audit export`, and `verify` of the file: on any machine, with the public key alone."""

import json
import unittest

import audit
from service import Service, run

CHANGED = "the event is not the one that was put into the tree"


class Export(audit.Verify):
    """The file alone, and the public key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.service.own_directory / "log.ndjson"
        done = cls.service.run("audit", "export", "--to", cls.file)
        if done.returncode:
            raise AssertionError(done.stderr)
        cls.lines = cls.file.read_bytes().splitlines(keepends=True)

    def verify(self, *arguments, status=0):
        done = run("audit", "verify", *arguments, "--key", self.key, "--data", "/nowhere")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr if status == 2 or not done.stdout else done.stdout

    def spoilt(self, lines):
        file = self.service.own_directory / "spoilt.ndjson"
        file.write_bytes(b"".join(lines))
        return file

    def part(self, first, last):
        file = self.service.own_directory / f"part-{first}-{last}.ndjson"
        done = self.service.run("audit", "export", "--from", first, "--until", last, "--to", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        return file

    def test_an_export_is_good(self):
        said = self.verify(self.file)
        self.assertIn(f"good: the events up to position {self.size} are those that were signed", said)
        self.assertIn("erased      2 values", said)
        self.verify(self.file, "--checkpoint", self.old)
        self.assertEqual(len(self.lines), 1 + self.size)

    def test_its_lines_are_cloud_events_that_add_up_to_the_entries(self):
        entries = audit.entries_of(self.service)
        for position, line in enumerate(self.lines[1:], 1):
            event = json.loads(line)
            self.assertEqual(event["specversion"], "1.0")
            self.assertEqual(event["id"], str(position))
            self.assertEqual("salt" in event, position not in self.erased)
            entry = {
                name: value
                for name, value in event.items()
                if name not in ("data", "datacontenttype", "salt", "erasedby", "leafhash")
            }
            if position not in self.erased:
                payload = line.partition(b',"data":')[2].rstrip(b"\n")[:-1]
                entry["payloadsha256"] = audit.sha256(bytes.fromhex(event["salt"]) + payload).hex()
            self.assertEqual(audit.canonical(entry), entries[position - 1])
            self.assertEqual(audit.leaf_hash(entries[position - 1]).hex(), event["leafhash"])

    def test_parts(self):
        end = self.size
        for first, last in ((1, 1), (57, 57), (57, 300), (256, 257), (257, 512), (1, 512), (end, end)):
            with self.subTest((first, last)):
                file = self.part(first, last)
                self.assertIn(f"the events up to position {last} are", self.verify(file))
                self.assertEqual(len(file.read_bytes().splitlines()), 2 + last - first)
        lines = self.part(57, 300).read_bytes().splitlines(keepends=True)
        header = json.loads(lines[0])
        for side in ("before", "after"):
            spoilt = {**header, side: [*header[side][1:], header[side][0]]}
            file = self.spoilt([json.dumps(spoilt).encode() + b"\n", *lines[1:]])
            self.differs(file, 57, "what the header has of the others")
        self.differs(self.spoilt([lines[0], lines[2]]), 57, "missing")

    def test_what_a_part_does_not_prove(self):
        for first, last, unproved in ((self.erased[0], self.erased[0], True), (1, self.size, False)):
            with self.subTest((first, last)):
                said = self.verify(self.part(first, last))
                self.assertEqual("not proved  that 1 values were erased" in said, unproved, said)
                self.assertIn(f"erased      {0 if unproved else 2} values", said)

    def test_old_checkpoints_of_parts(self):
        old = audit.size_of(self.old.read_text())
        self.verify(self.part(old - 5, old + 5), "--checkpoint", self.old)
        self.verify(self.part(old + 1, old + 5), "--checkpoint", self.old)
        for first, last in ((old + 2, old + 5), (old - 5, old - 1)):
            said = self.verify(self.part(first, last), "--checkpoint", self.old, status=2)
            self.assertIn(f"the old checkpoint is of position {old}", said)

    def test_one_byte_anywhere(self):
        for position in (57, self.erased[0], self.size):
            line = self.lines[position]
            for at in range(0, len(line) - 1, 61):
                changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
                file = self.spoilt([*self.lines[:position], changed, *self.lines[position + 1 :]])
                with self.subTest(changed):
                    self.verify(file, status=1)
        line = self.lines[57].replace(b'"data":{"key":"', b'"data":{"key":"x')
        self.differs(self.spoilt([*self.lines[:57], line, *self.lines[58:]]), 57, CHANGED)

    def test_lines_that_are_lost_or_changed_places_or_are_too_many(self):
        lines = self.lines
        self.differs(self.spoilt([*lines[:57], *lines[58:]]), 57, "missing")
        self.differs(self.spoilt([*lines[:57], lines[58], lines[57], *lines[59:]]), 57, "missing")
        self.differs(self.spoilt(lines[:-5]), self.size - 4, "the file ends before it")
        self.differs(self.spoilt([*lines, lines[-1]]), self.size + 1, "goes on")

    def test_one_that_was_signed_by_somebody_else(self):
        with Service(*audit.OFTEN, fresh=True) as other:
            audit.signed(other)
            file = self.service.own_directory / "other.ndjson"
            self.assertEqual(other.run("audit", "export", "--to", file).returncode, 0)
        self.assertIn("is not signed by the key", self.verify(file, status=1))

    def test_what_cannot_be_exported(self):
        target = self.service.own_directory / "none.ndjson"
        for arguments, what in (
            (["--from", "5", "--until", "4", "--to", target], "there is nothing"),
            (["--until", self.size + 1, "--to", target], f"up to position {self.size}"),
            (["--to", "/nowhere/x"], "/nowhere/x"),
            (["--from", "0", "--to", target], "0"),
            ([], "--to"),
        ):
            with self.subTest(arguments):
                done = self.service.run("audit", "export", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(what, done.stderr)
                self.assertFalse(target.exists())


if __name__ == "__main__":
    unittest.main()
