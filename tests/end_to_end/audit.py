"""What tests of the transparency log share."""

import hashlib
import json
import os
import pathlib
import subprocess
import unittest

import people
from client import encoded, metadata_path
from service import Service, clean_environment, wait_until

# So that no test waits for a signature.
OFTEN = ("--audit-checkpoint-seconds", "0.1")


def signed(service):
    """The newest checkpoint, a signed note, once it is one of all events so far."""
    client = service.client()
    head = int(service.sql("SELECT position FROM log_head")[0][0])

    def newest():
        answer = client.get("/audit/checkpoint")
        good = answer.status == 200 and int(answer.body.split(b"\n")[1]) >= head
        return answer.body.decode() if good else None

    return wait_until(newest, what=f"a checkpoint of {head} events")


def size_of(note):
    return int(note.split("\n")[1])


def key_of(service):
    done = service.run("audit", "key")
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


def many_sets(client, user, count):
    """So many events in one call."""
    entries = [{"key": f"k{i}", "value": encoded(os.urandom(8))} for i in range(count)]
    client.done(client.post(metadata_path(user, "_bulk"), {"metadata": entries}))


# An event's row as its entry has it, without what is empty.
ENTRY = """
    SELECT json_strip_nulls(json_build_object(
        'aggregatetype', aggregate_type, 'clientaddress', nullif(client_address, ''), 'creator', creator,
        'id', position::text, 'owner', nullif(owner, ''), 'payloadsha256', encode(coalesce(
            (SELECT hash FROM erased_payloads p WHERE p.position = e.position),
            sha256(salt || convert_to(payload, 'UTF8'))), 'hex'),
        'requestid', nullif(request_id, ''), 'revision', revision::text, 'sequence', sequence::text,
        'source', 'urn:usermeta:instance:' || (SELECT encode(substr(sha256(salt), 1, 16), 'hex')
            FROM events WHERE position = 1),
        'specversion', '1.0', 'subject', aggregate_type || 's/' || aggregate_id,
        'time', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || 'Z',
        'traceparent', nullif(traceparent, ''), 'type', type)) FROM events e ORDER BY position"""


def canonical(entry):
    """RFC 8785, of objects of texts whose names are ASCII."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entries_of(service, url=None):
    """All entries, found from the events by another way than the program's."""
    entries = []
    for (row,) in service.sql(ENTRY.replace("\n", " "), url):
        entry = json.loads(row)
        whole, fraction = entry["time"].removesuffix("Z").split(".")
        # No fraction, or three or six digits of it.
        fraction = fraction.removesuffix("000").removesuffix("000")
        entry["time"] = whole + ("." + fraction if fraction else "") + "Z"
        entries.append(canonical(entry))
    return entries


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\0" + entry)


def root_of(leaves):
    """RFC 6962 section 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while 2 * left < len(leaves):
        left *= 2
    return sha256(b"\1" + root_of(leaves[:left]) + root_of(leaves[left:]))


class Copy:
    """A database of its own with all that the service's has, for a test to spoil."""

    def __init__(self, test, service, name):
        self.service = service
        service.sql(f'CREATE DATABASE "{name}"')
        self.url = service.database_url.replace("/usermeta?", f"/{name}?")
        dump = subprocess.run(
            ["pg_dump", "-d", service.database_url],
            env=clean_environment(),
            capture_output=True,
            check=True,
            cwd="/",
        ).stdout
        load = ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        subprocess.run(
            load, env=clean_environment(), input=dump, check=True, stdout=subprocess.DEVNULL, cwd="/"
        )
        test.addCleanup(service.sql, f'DROP DATABASE "{name}"')

    def sql(self, statement):
        return self.service.sql(statement, self.url)

    def until_signed(self, size):
        newest = "SELECT max(size) FROM audit_checkpoints"
        wait_until(lambda: int(self.sql(newest)[0][0] or 0) >= size, what=f"a checkpoint of {size} events")

    def hash_again(self):
        """Makes the tree anew from the events, as anybody can who may write to the database."""
        leaves = [leaf_hash(entry) for entry in entries_of(self.service, self.url)]
        self.sql("TRUNCATE audit_tiles")
        level = 0
        while leaves:
            tiles = [leaves[at : at + 256] for at in range(0, len(leaves), 256)]
            for index, tile in enumerate(tiles):
                hashes = b"".join(tile).hex()
                self.sql(f"INSERT INTO audit_tiles VALUES ({level}, {index}, decode('{hashes}', 'hex'))")
            leaves = [root_of(tile) for tile in tiles if len(tile) == 256]
            level += 1


def new_key(directory):
    """A file with a new private key, made by another program than ours."""
    file = pathlib.Path(directory) / "another.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", file], check=True)
    return file


class Verify(unittest.TestCase):
    """What the tests of `usermeta audit verify` share: one log; each spoils a copy of it."""

    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls, *OFTEN)
        client = cls.service.client()
        cls.user = people.new_machine(client)
        many_sets(client, cls.user, 290)
        cls.old = cls.service.own_directory / "old.txt"
        cls.old.write_text(signed(cls.service))
        client.done(client.set(cls.user, "short", b"s" * 256))
        client.done(client.set(cls.user, "long", b"l" * 257))
        many_sets(client, cls.user, 290)
        client.done(client.post(f"/usermeta/v1/users/{cls.user}/metadata/_erase", {"key": "k7"}))
        cls.note = signed(cls.service)
        cls.size = size_of(cls.note)
        cls.key = key_of(cls.service)
        cls.erased = [
            int(row[0]) for row in cls.service.sql("SELECT position FROM erased_payloads ORDER BY 1")
        ]

    def copy(self):
        return Copy(self, self.service, self.id().rpartition(".")[2])

    def verify(self, *arguments, status=0):
        """What it says; its key is the one of the data directory unless told otherwise."""
        done = self.service.run("audit", "verify", *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr if status == 2 or not done.stdout else done.stdout

    def differs(self, source, position, what, *arguments):
        said = self.verify(source, *arguments, status=1)
        self.assertIn(f"DIFFERS at position {position}: ", said)
        self.assertIn(what, said)
