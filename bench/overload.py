"""Twice as much as the service can do: what is refused at once, and what becomes of the rest.

The times count from when a request was sent: the load itself has no core left to be in time.
"""

ROWS = ("overload", "refused", "refusals")
USERS, KEYS = 1000, 10
FULL_QUEUE = 2000  # just below the default of --pending-commands
CONNECTIONS = 4096  # more than the commands that may be pending


def measure(subject, figures, wanted):
    users = subject.make_users("overload-users", USERS, KEYS)
    for _ in range(subject.scale.rounds // 2):
        # As many under way as may be pending: what an accepted command has before it at any time.
        normal = subject.load("set", FULL_QUEUE, users)
        usual = subject.load("set", 128, users)
        rate = round(2 * usual["per_second"])
        made = subject.load("set", CONNECTIONS, users, rate=rate, may_refuse=True)
        figures.note("overload", made["sent_p99_us"] / 1000, normal["p99_us"] / 1000)
        figures.note("refused", made["refused_p99_us"] / 1000)
        figures.note("refusals", 100 * made["refused"] / (made["refused"] + made["requests"]))
        figures.note_beside("overload: asked for, 1/s", rate)
        figures.note_beside("overload: accepted, 1/s", made["per_second"])
        figures.note_beside("p99 of 128 connections without overload, ms", usual["p99_us"] / 1000)
        figures.note_beside("overload: p99 from when it was due, ms", made["p99_us"] / 1000)
