"""GET /debug/metrics: what it says of the log, the projections, the cache and the connections is so."""

import itertools
import unittest

import people
from client import encoded
from metrics import scrape
from service import Service, wait_until


class State(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service.of(cls)
        cls.client = cls.service.client()

    def test_batches_commits_and_the_cache(self):
        user = people.new_machine(self.client)
        before = scrape(self.client)
        for number in range(20):
            self.client.done(self.client.set(user, "key", str(number).encode()))
        self.client.done(self.client.set(user, "key", b"19"))  # no change
        self.client.done(
            self.client.post(
                f"/management/v1/users/{user}/metadata/_bulk",
                {"metadata": [{"key": f"bulk{i}", "value": encoded(b"1")} for i in range(30)]},
            )
        )
        after = scrape(self.client)

        def grown(name):
            return after.value(name) - before.value(name)

        # One at a time: each is a batch of its own.
        self.assertEqual(grown("usermeta_batch_events_count"), 22)
        self.assertEqual(grown("usermeta_batch_events_sum"), 50)
        self.assertEqual(grown("usermeta_commit_duration_seconds_count"), 21)
        self.assertGreater(grown("usermeta_commit_duration_seconds_sum"), 0)
        self.assertEqual(grown("usermeta_cache_hits_total"), 20)
        self.assertEqual(grown("usermeta_cache_misses_total"), 2)  # the key, and the other thirty
        self.assertGreater(grown("usermeta_cache_bytes"), 0)
        self.assertGreater(after.value("usermeta_cache_entries"), 0)
        self.assertEqual(grown("usermeta_log_position"), 50)
        self.assertEqual(after.pending(), 0)
        self.assertEqual(after.value("usermeta_commands_queued_bytes"), 0)
        self.assertEqual(after.value("usermeta_conflicts_total"), 0)
        self.assertEqual(after.value("usermeta_requests_refused_total"), 0)

    def test_the_head_and_the_checkpoint_are_those_of_the_database_and_the_lag_ends(self):
        user = people.new_machine(self.client)
        for number in range(50):
            self.client.done(self.client.set(user, "key", str(number).encode()))

        def level():
            found = scrape(self.client)
            lag = found.value("usermeta_projection_lag_events", projection="user_metadata")
            return found if lag == 0 else None

        found = wait_until(level, what="a lag of 0")
        head, checkpoint = self.service.sql(
            "SELECT position, (SELECT position FROM projections WHERE name = 'user_metadata') FROM log_head"
        )[0]
        self.assertEqual(found.value("usermeta_log_position"), int(head))
        for projection in ("user_metadata", "directory"):
            place = found.value("usermeta_projection_position", projection=projection)
            self.assertEqual(place, int(checkpoint))
        for projection in ("user_metadata", "audit_log"):
            self.assertEqual(found.value("usermeta_projection_stopped", projection=projection), 0)

        def audited():
            found = scrape(self.client)
            place = found.value("usermeta_projection_position", projection="audit_log")
            return place == found.value("usermeta_log_position")

        wait_until(audited, what="the transparency log at the head")

    def test_a_projection_that_stands_still_is_seen_and_so_is_its_lag(self):
        with Service() as service:
            client = service.client()
            user = people.new_machine(client)
            client.done(client.set(user, "key", b"1"))
            client.value(user, "key")
            service.sql(
                "BEGIN; INSERT INTO events SELECT position + 1, aggregate_type, aggregate_id, sequence + 1,"
                " type, revision + 1000, created_at, creator, owner, slot, payload, salt, request_id,"
                " traceparent, client_address FROM events"
                f" WHERE aggregate_id = '{user}' AND type = 'user.metadata.set';"
                " UPDATE log_head SET position = position + 1; COMMIT"
            )

            def stopped():
                found = scrape(client)
                is_so = found.value("usermeta_projection_stopped", projection="user_metadata") == 1
                lag = found.value("usermeta_projection_lag_events", projection="user_metadata")
                return is_so and lag >= 1

            wait_until(stopped, what="a projection that stands still")

    def test_connections_to_postgresql(self):
        mine = "application_name LIKE 'usermeta%' AND datname = current_database()"

        def opened():
            return scrape(self.client).value("usermeta_postgres_connections", state="open")

        self.client.value(self.service.admin, "none")
        count = int(self.service.sql(f"SELECT count(*) FROM pg_stat_activity WHERE {mine}")[0][0])
        self.assertEqual(opened(), count)
        before = scrape(self.client)
        self.service.sql(f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE {mine}")
        lost = "usermeta_postgres_connections_lost_total"
        wait_until(lambda: scrape(self.client).value(lost) == before.value(lost) + count, what="the losses")
        self.client.done(self.client.set(self.service.admin, "after", people.free_name().encode()))
        wait_until(opened, what="a new connection")

    def test_the_process_is_this_one(self):
        found = scrape(self.client)
        with open(f"/proc/{self.service.process.pid}/statm") as file:
            resident = int(file.read().split()[1]) * 4096
        self.assertAlmostEqual(found.value("process_resident_memory_bytes") / resident, 1, delta=0.5)
        self.assertGreater(found.value("process_open_fds"), 3)
        self.assertGreaterEqual(found.value("process_max_fds"), found.value("process_open_fds"))
        self.assertGreater(found.value("process_cpu_seconds_total"), 0)
        self.assertEqual(len(found.series("usermeta_build_info")), 1)

    def test_http_connections_come_and_go(self):
        before = scrape(self.client).value("usermeta_http_connections")
        others = [self.service.client() for _ in range(3)]
        for other in others:
            other.get("/debug/healthz")
        self.assertEqual(scrape(self.client).value("usermeta_http_connections"), before + 3)
        for other in others:
            other.close()
        wait_until(
            lambda: scrape(self.client).value("usermeta_http_connections") == before, what="their leaving"
        )


class TwoProcesses(unittest.TestCase):
    def test_a_conflict_is_counted_where_it_was_met(self):
        with Service() as first, Service("--database-url", first.database_url, fresh=True) as second:
            clients = [first.client(), second.client(first.token)]
            user = people.new_machine(clients[0])

            def conflicts():
                return sum(scrape(client).value("usermeta_conflicts_total") for client in clients)

            # What one has just appended the other does not know of, unless it happens to look right then.
            turns = itertools.count()

            def met():
                for client in clients:
                    client.done(client.set(user, "key", str(next(turns)).encode()))
                return conflicts() > 0

            wait_until(met, what="a conflict")
            for client in clients:
                found = scrape(client)
                retried = found.value("usermeta_commands_retried_total")
                self.assertGreaterEqual(retried, found.value("usermeta_conflicts_total"))
            # The one that does not project sees the other's checkpoint.
            head = int(first.sql("SELECT position FROM log_head")[0][0])
            for client in clients:
                wait_until(
                    lambda c=client: head
                    == scrape(c).value("usermeta_projection_position", projection="user_metadata"),
                    what="both at the head",
                )


if __name__ == "__main__":
    unittest.main()
