"""A database with 10,000,000 events of 1,000,000 users (with --quick a tenth): how fast the service starts on
it, and what a set costs, with users that are in the cache and with users that are not.

It is filled by fill.sql in stages, each with a rebuild of the read model and a look at the throughput.
"""

import pathlib

from subject import Failed, Subject, run

ROWS = ("rebuild", "start", "touched", "size", "cold", "growth")
FILL = pathlib.Path(__file__).resolve().parent / "fill.sql"
SETS = 9  # of each user, after its creation
HOT_USERS = 1000
CONNECTIONS = 128
# What a user takes in the service's cache with a key or two, by commands/aggregate_cache.cpp.
BYTES_OF_A_USER = 700


def measure(directory, build, scale, figures, wanted):
    with Subject(directory / "large", build, scale) as large:
        if "growth" in wanted:
            _look_at_growth(large, figures, large.make_users("first-users", HOT_USERS, SETS))
        _fill(large, figures, wanted)
        size = f"{large.head():,} events, {scale.users:,} users"
        if "start" in wanted:
            for _ in range(3):
                figures.note("start", large.restart(), 3, size)
        everybody = large.users_file("everybody", user_ids(0, scale.users))
        hot = large.users_file("hot", user_ids(0, scale.users, HOT_USERS))
        if "touched" in wanted:
            large.restart()
            large.load("set", CONNECTIONS, everybody, keys=SETS, each=True)
            figures.note("touched", large.memory(), 256, f"{scale.users:,} users")
            large.wait_until_followed()
        if "size" in wanted:
            with Subject(directory / "empty", build, scale) as empty:
                _compare_sizes(large, empty, hot, figures, size)
                empty.stop()
        if "cold" in wanted:
            _compare_cold(large, everybody, hot, figures)
        large.stop()


def user_ids(first, end, count=None):
    """Of users that fill.sql has made; `count`: so many of them, evenly spread."""
    step = (end - first) // count if count else 1
    return [str(800000000000000000 + i * 1000003) for i in range(first, end, step)]


def _fill(large, figures, wanted):
    first = 0
    for end in large.scale.stages:
        print(f"  filling: users {first:,} to {end:,}, {SETS + 1} events each", flush=True)
        # Its PostgreSQL stays, and the next start takes it over.
        large.service.kill()
        _psql(large, "-v", f"first={first}", "-v", f"users={end - first}", "-v", f"sets={SETS}", "-f", FILL)
        # At every stage: the service would have to follow all that otherwise, while it is measured.
        speed = large.rebuild()
        # So that neither is done by itself while the load runs.
        _psql(large, "-c", "VACUUM (ANALYZE) usermeta.user_metadata", "-c", "CHECKPOINT")
        if end == large.scale.users:
            _check(large)
            if "rebuild" in wanted:
                figures.note("rebuild", speed, 150_000, f"{large.head():,} events")
        large.service.start()
        if "growth" in wanted:
            hot = large.users_file("hot-so-far", user_ids(0, end, HOT_USERS))
            _look_at_growth(large, figures, hot)
        first = end


def _psql(large, *arguments):
    """However long it takes."""
    command = ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", large.service.database_url, *arguments]
    run(command, f"psql {arguments[-1]}")


def _check(large):
    """The log is what the service would have written: its own calls work on it, and the read model agrees."""
    keys, events = SETS * large.scale.users, large.head()
    rows = large.sql(
        "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM names WHERE name LIKE 'bench-%'),"
        " (SELECT count(*) FROM user_metadata WHERE user_id < '9')"
    )
    if rows != [[str(events), str(large.scale.users), str(keys)]]:
        raise Failed(f"fill.sql did not make {events} events and {keys} keys: {rows}")
    # The last one has not been hot: its events are fill.sql's alone, and a line more is their sum.
    replayed = large.service.run("replay", "--user", user_ids(large.scale.users - 1, large.scale.users)[0])
    if replayed.returncode or replayed.stdout.count("\n") != SETS + 2:
        raise Failed(f"usermeta replay on what fill.sql made: {replayed.stdout[-2000:]}{replayed.stderr}")


def _warm(subject, users):
    """Not measured: after a start or a checkpoint caches are empty, and each page's first change is dear."""
    subject.load("set", CONNECTIONS, users, keys=SETS)


def _look_at_growth(large, figures, users):
    _warm(large, users)
    made = large.load("set", CONNECTIONS, users, keys=SETS)
    figures.add_to_series(
        "growth", events=large.head(), per_second=made["per_second"], p99_ms=made["p99_us"] / 1000
    )
    large.wait_until_followed()


def _compare_sizes(large, empty, hot, figures, size):
    users = empty.make_users("users", HOT_USERS, SETS)
    _warm(empty, users)
    _warm(large, hot)
    large.wait_until_followed()
    for _ in range(large.scale.rounds):
        on_empty = empty.load("set", CONNECTIONS, users, keys=SETS)["per_second"]
        empty.wait_until_followed()
        on_large = large.load("set", CONNECTIONS, hot, keys=SETS)["per_second"]
        large.wait_until_followed()
        figures.note("size", on_large, 0.85 * on_empty, size)


def _compare_cold(large, everybody, hot, figures):
    megabytes = max(1, large.scale.users // 10 * BYTES_OF_A_USER >> 20)
    large.restart("--cache-size", megabytes)
    # Until the cache is full.
    _warm(large, everybody)
    for _ in range(large.scale.rounds):
        on_hot = large.load("set", CONNECTIONS, hot, keys=SETS)["per_second"]
        on_cold = large.load("set", CONNECTIONS, everybody, keys=SETS)["per_second"]
        large.wait_until_followed()
        figures.note("cold", on_cold, 0.5 * on_hot, f"{large.scale.users:,} users, {megabytes} MB")
