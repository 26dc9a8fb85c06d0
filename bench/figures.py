"""What is to be reached, what was measured, and the table and the file that say so.

A row has one entry a round: its figure, and what it was to reach by what was measured beside it in the same
round. The machine gets slower and faster while the rounds go on: each ratio is taken within its round, and
the row's ratio is the median of them, not the ratio of medians. Where a bound must never be crossed, the
worst round counts.
"""

import dataclasses
import json
import statistics


@dataclasses.dataclass
class Row:
    what: str
    unit: str
    more_is_better: bool
    goal: str  # in words; empty: nothing is to be reached
    worst: bool = False  # of the rounds is what counts, not the median


MORE, LESS = True, False
ROWS = {
    "set": Row("set, 128 connections", "1/s", MORE, "1.2 x pgbench, 32 clients"),
    "latency": Row("set, 1 connection, p50", "ms", LESS, "2.5 x pgbench, 1 client"),
    "p99": Row("set, 128 connections at 70 % of that, p99", "ms", LESS, "12 ms"),
    "cpu": Row("CPU of a set, service and PostgreSQL", "us", LESS, "40 us"),
    "grpc": Row("set over gRPC, 4 connections of 32 streams", "1/s", MORE, "0.9 x JSON"),
    "get": Row("get, 128 connections", "1/s", MORE, "30,000/s"),
    "list": Row("list of 10 keys, 128 connections", "1/s", MORE, "15,000/s"),
    "bulk": Row("bulk set of 100 keys, 16 connections", "events/s", MORE, "100,000 events/s"),
    "cold": Row("uniformly cold users, cache for 10 %", "1/s", MORE, "0.5 x hot users"),
    "size": Row("large database", "1/s", MORE, "0.85 x an empty one"),
    "history": Row("user with a long history, set, p50", "ms", LESS, "1.3 x a fresh one"),
    "lag": Row("read model's lag at full load, longest", "ms", LESS, "200 ms", worst=True),
    "settled": Row("lag is 0 after the load", "s", LESS, "1 s", worst=True),
    "rebuild": Row("rebuild of the read model", "events/s", MORE, "150,000 events/s"),
    "start": Row("start on the large database", "s", LESS, "3 s"),
    "rest": Row("memory of the service at rest", "MB", LESS, "30 MB"),
    "touched": Row("memory after all its users were touched", "MB", LESS, "256 MB"),
    "overload": Row("overload: p99 of what is accepted", "ms", LESS, "that of a full queue without overload"),
    "refused": Row("overload: p99 of 429", "ms", LESS, ""),
    "refusals": Row("overload: part that is refused", "%", LESS, ""),
}


def spelled(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def middle(rounds, key):
    """The median; None where the row has no such thing."""
    return None if rounds[0][key] is None else statistics.median(round_[key] for round_ in rounds)


class Figures:
    def __init__(self, scale):
        self.scale = scale
        self.rounds = {}  # by row: a list of {figure, target, ratio}
        self.series = {}  # for the plots
        self.beside = {}  # what else was measured, by name: a list
        self.remarks = {}  # by row: what it was measured on

    def note(self, name, figure, target=None, remark=None):
        """One round of a row. `target`: what the figure is to reach, by what was measured beside it."""
        row = ROWS[name]
        ratio = None
        if target is not None:
            ratio = figure / target if row.more_is_better else target / max(figure, 1e-3)
        self.rounds.setdefault(name, []).append({"figure": figure, "target": target, "ratio": ratio})
        if remark:
            self.remarks[name] = remark
        of = "" if target is None else f", to reach {spelled(target)}"
        print(f"    {row.what}: {spelled(figure)} {row.unit}{of}", flush=True)

    def note_beside(self, name, value):
        self.beside.setdefault(name, []).append(value)

    def add_to_series(self, name, **point):
        self.series.setdefault(name, []).append(point)
        print(f"    {name}: " + ", ".join(f"{k} {spelled(v)}" for k, v in point.items()), flush=True)

    def rows(self):
        """As they are left in the file and printed."""
        for name, row in ROWS.items():
            rounds = self.rounds.get(name)
            if not rounds:
                continue
            if row.worst:
                counts = min(rounds, key=lambda round_: round_["ratio"])
            else:
                counts = {key: middle(rounds, key) for key in ("figure", "target", "ratio")}
            yield {
                "row": name,
                "what": row.what,
                "unit": row.unit,
                "goal": row.goal,
                "remark": self.remarks.get(name, ""),
                **counts,
                "rounds": rounds,
            }

    def print_table(self):
        print(f"\n{'':46}{'figure':>10} {'':8}{'target':>10}{'ratio':>7}")
        for row in self.rows():
            line = f"{row['what']:46}{spelled(row['figure']):>10} {row['unit']:8}{spelled(row['target']):>10}"
            ratio = row["ratio"]
            line += f"{'-' if ratio is None else f'{min(ratio, 999):.2f}':>7}  {row['goal']}"
            if ratio is not None and ratio < 1:
                line += ": not reached"
            print(line + (f" ({row['remark']})" if row["remark"] else ""))

    def write(self, path, machine):
        document = {
            "machine": machine,
            "scale": self.scale,
            "rows": list(self.rows()),
            "series": self.series,
            "beside": self.beside,
        }
        path.write_text(json.dumps(document, indent=1) + "\n")
