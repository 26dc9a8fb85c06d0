#!/usr/bin/env python3
"""Draws what script/bench has left: bench/plot.py [build/bench.json [docs/plots]].

Makes one SVG for each series that is in the file: connections.svg, growth.svg, history.svg.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True

from svg_chart import Panel, draw  # noqa: E402


def line(series, x, y):
    return [(point[x], point[y]) for point in series]


def connections(series):
    ticks = tuple(point["connections"] for point in series)
    common = {"x": "connections", "logarithmic": True, "ticks": ticks}
    return [
        Panel(
            title="Sets a second",
            y="sets/s",
            lines={"throughput": line(series, "connections", "per_second")},
            **common,
        ),
        Panel(
            title="Latency of a set",
            y="ms",
            lines={name: line(series, "connections", f"{name}_ms") for name in ("p50", "p99")},
            **common,
        ),
    ]


def growth(series):
    return [
        Panel(
            title="Sets a second while the log grows, 128 connections",
            x="events stored",
            y="sets/s",
            lines={"throughput": line(series, "events", "per_second")},
        )
    ]


def history(series):
    return [
        Panel(
            title="Latency of a set by its user's history, 1 connection",
            x="events of the user",
            y="p50, ms",
            lines={"p50": line(series, "events", "p50_ms")},
            logarithmic=True,
        )
    ]


ABOUT = {
    "connections": (connections, "Throughput, median and 99th percentile of sets by number of connections"),
    "growth": (growth, "Throughput of sets by number of events in the log"),
    "history": (history, "Median latency of a set by the number of its user's events"),
}


def main():
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/bench.json"
    plots = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs/plots"
    measured = json.loads(source.read_text())
    machine = measured["machine"]
    plots.mkdir(parents=True, exist_ok=True)
    for name, (panels, about) in ABOUT.items():
        series = measured["series"].get(name)
        if not series:
            print(f"{source} has no series {name}: that plot stays as it is")
            continue
        on = f"{about}; {machine['cpu']}, {machine['cores']} cores, {machine['date']}"
        (plots / f"{name}.svg").write_text(draw(panels(series), on))
        print(plots / f"{name}.svg")


if __name__ == "__main__":
    main()
