"""The service and pgbench in turn, round after round: most rows of the table, on a small database."""

from lag import LagWatch

ROWS = ("set", "latency", "p99", "cpu", "grpc", "get", "list", "bulk", "lag", "settled", "rest")
USERS, KEYS = 1000, 10
BULK_USERS, BULK_KEYS = 104, 100  # others, so that the lists stay short


def measure(subject, figures, wanted):
    if "rest" in wanted:
        figures.note("rest", subject.memory(), 30)
    if wanted <= {"rest"}:
        return
    print(f"  making {USERS} users with {KEYS} keys", flush=True)
    users = subject.make_users("users", USERS, KEYS)
    bulk_users = subject.make_users("bulk-users", BULK_USERS, KEYS) if "bulk" in wanted else None
    for number in range(subject.scale.rounds):
        print(f"  round {number + 1} of {subject.scale.rounds}", flush=True)
        if wanted & {"set", "cpu", "lag", "settled", "p99", "grpc"}:
            _full_load(subject, figures, wanted, users)
        if "latency" in wanted:
            _, insert = subject.pgbench(1)
            figures.note("latency", subject.load("set", 1, users)["p50_us"] / 1000, 2.5 * insert)
        if "get" in wanted:
            figures.note("get", subject.load("get", 128, users)["per_second"], 30_000)
        if "list" in wanted:
            figures.note("list", subject.load("list", 128, users)["per_second"], 15_000)
        if "bulk" in wanted:
            made = subject.load("bulk", 16, bulk_users, entries=BULK_KEYS)
            figures.note("bulk", made["per_second"] * BULK_KEYS, 100_000)
            subject.wait_until_followed()


def _full_load(subject, figures, wanted, users):
    insert, _ = subject.pgbench(32)
    with LagWatch(subject) as lag:
        before = subject.cpu_seconds()
        made = subject.load("set", 128, users)
        used = subject.cpu_seconds() - before
        settled = lag.until_zero()
    figures.note("set", made["per_second"], 1.2 * insert)
    figures.note("cpu", used / made["answered_in_all"] * 1e6, 40)
    figures.note("lag", lag.longest, 200)
    figures.note("settled", settled, 1)
    figures.note_beside("pgbench, 32 clients, 1/s", insert)
    figures.note_beside("load's own CPU of a set, us", made["own_cpu_us"])
    # As h2load has it: -c4 -m32 is 32 streams on each of 4 connections, as many under way as above.
    if "grpc" in wanted:
        grpc = subject.load("set", 4, users, format="grpc", streams=32)
        figures.note("grpc", grpc["per_second"], 0.9 * made["per_second"])
    if "p99" in wanted:
        # Of this round's throughput: by the next one the machine may have become slower than that rate.
        calm = subject.load("set", 128, users, rate=round(0.7 * made["per_second"]))
        figures.note("p99", calm["p99_us"] / 1000, 12)
        figures.note_beside("p50 at 70 %, ms", calm["p50_us"] / 1000)
        figures.note_beside("load's own lateness at 70 %, p99, ms", calm["late_p99_us"] / 1000)
