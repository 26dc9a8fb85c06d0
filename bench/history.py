"""Whether a user with a long history costs more than fresh ones: sets at one connection, in turn."""

import base64
import statistics

import people

ROWS = ("history",)
KEYS = 10_000  # of the user with the history
AT_ONCE = 100  # keys of a bulk set
# Many of them: a measurement is some thousand sets, and one user would not stay fresh.
FRESH_USERS, FRESH_KEYS = 1000, 10


def measure(subject, figures, wanted):
    client = subject.service.client()
    old = people.new_machine(client)
    old_file = subject.users_file("old-user", [old])
    fresh_file = subject.make_users("fresh-users", FRESH_USERS, FRESH_KEYS)
    fresh, events = [], 1
    for goal in subject.scale.history:
        while events < goal:
            events += _grow(client, old, events, goal)
        subject.wait_until_followed()
        latencies = []
        for _ in range(max(3, subject.scale.rounds)):
            short = {"seconds": subject.scale.seconds / 3, "warm_up": 0.2}
            fresh.append(subject.load("set", 1, fresh_file, **short)["p50_us"] / 1000)
            made = subject.load("set", 1, old_file, keys=KEYS, **short)
            events += made["answered_in_all"]
            latencies.append(made["p50_us"] / 1000)
            if goal == subject.scale.history[-1]:
                remark = f"{goal:,} events, {min(goal, KEYS):,} keys"
                figures.note("history", latencies[-1], 1.3 * fresh[-1], remark)
        figures.add_to_series("history", events=goal, p50_ms=statistics.median(latencies))
    figures.add_to_series("history", events=1 + FRESH_KEYS, p50_ms=statistics.median(fresh))


def _grow(client, user, events, goal):
    """One bulk set more, of the keys whose turn it is, named as bench/load does; how many events."""
    numbers = range(events, min(events + AT_ONCE, goal))
    entries = [
        {"key": f"key{number % KEYS:04}", "value": base64.b64encode(f"{number:040}".encode()).decode()}
        for number in numbers
    ]
    client.done(client.post(f"/management/v1/users/{user}/metadata/_bulk", {"metadata": entries}))
    return len(numbers)
