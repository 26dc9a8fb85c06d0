"""Throughput and latency against the number of connections."""

ROWS = ("connections",)
USERS, KEYS = 1000, 10


def measure(subject, figures, wanted):
    users = subject.make_users("connections-users", USERS, KEYS)
    for count in subject.scale.connections:
        made = subject.load("set", count, users)
        figures.add_to_series(
            "connections",
            connections=count,
            per_second=made["per_second"],
            p50_ms=made["p50_us"] / 1000,
            p99_ms=made["p99_us"] / 1000,
        )
