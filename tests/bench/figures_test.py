#!/usr/bin/env python3
"""The table of script/bench, its file, and the plots made of it."""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BENCH = pathlib.Path(__file__).resolve().parent.parent.parent / "bench"
sys.path.insert(0, str(BENCH))

import figures  # noqa: E402
import svg_chart  # noqa: E402


class Table(unittest.TestCase):
    def setUp(self):
        self.figures = figures.Figures("quick")
        self.printed = io.StringIO()

    def note(self, *arguments):
        with contextlib.redirect_stdout(self.printed):
            self.figures.note(*arguments)

    def row(self, name):
        return next(row for row in self.figures.rows() if row["row"] == name)

    def table(self):
        with contextlib.redirect_stdout(self.printed):
            self.figures.print_table()
        return self.printed.getvalue()

    def test_ratios_are_taken_within_a_round(self):
        # The machine is slow in the middle round: the ratio of medians would be 1.5.
        for figure, target in ((30_000, 20_000), (10_000, 10_000), (20_000, 20_000)):
            self.note("set", figure, target)
        row = self.row("set")
        self.assertEqual((row["figure"], row["target"], row["ratio"]), (20_000, 20_000, 1))
        self.assertEqual([round_["ratio"] for round_ in row["rounds"]], [1.5, 1, 1])

    def test_less_is_better(self):
        self.note("latency", 0.5, 0.25)
        self.assertEqual(self.row("latency")["ratio"], 0.5)
        self.assertIn("not reached", self.table())

    def test_what_is_reached_is_not_said_to_be_missed(self):
        self.note("latency", 0.25, 0.25)
        self.assertNotIn("not reached", self.table())

    def test_the_worst_round_counts_where_a_bound_must_never_be_crossed(self):
        for lag in (10, 400, 20):
            self.note("lag", lag, 200)
        self.assertEqual((self.row("lag")["figure"], self.row("lag")["ratio"]), (400, 0.5))

    def test_a_row_without_a_goal(self):
        self.note("refused", 3.0)
        self.assertIsNone(self.row("refused")["ratio"])
        self.assertNotIn("not reached", self.table())

    def test_nothing_takes_no_time_at_all(self):
        self.note("settled", 0, 1)
        self.assertGreaterEqual(self.row("settled")["ratio"], 1)

    def test_file_and_plots(self):
        self.note("set", 30_000, 20_000)
        with contextlib.redirect_stdout(self.printed):
            for count in (1, 16, 512):
                self.figures.add_to_series(
                    "connections", connections=count, per_second=50 * count, p50_ms=1.0, p99_ms=2.0
                )
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            file, plots = directory / "bench.json", directory / "plots"
            self.figures.write(file, {"cpu": "A & B", "cores": 2, "date": "today"})
            document = json.loads(file.read_text())
            self.assertEqual(document["machine"]["cores"], 2)
            self.assertEqual(document["rows"][0]["ratio"], 1.5)
            drawn = subprocess.run(
                [sys.executable, BENCH / "plot.py", file, plots], capture_output=True, text=True
            )
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            self.assertEqual([plot.name for plot in plots.iterdir()], ["connections.svg"])
            svg = xml.etree.ElementTree.parse(plots / "connections.svg").getroot()
            lines = svg.findall(".//{*}polyline")
            self.assertEqual([len(line.get("points").split()) for line in lines], [3, 3, 3])


class Ticks(unittest.TestCase):
    def test_even(self):
        self.assertEqual(svg_chart.even_ticks(29_000), [0, 5000, 10_000, 15_000, 20_000, 25_000, 30_000])
        self.assertEqual(svg_chart.even_ticks(10), [0, 2, 4, 6, 8, 10])
        self.assertEqual(svg_chart.even_ticks(0), [0, 1])
        for highest in (0.013, 0.99, 1, 7, 8.1, 99, 101, 123_456):
            ticks = svg_chart.even_ticks(highest)
            self.assertLessEqual(highest, ticks[-1])
            self.assertLessEqual(len(ticks), 8)

    def test_powers(self):
        self.assertEqual(svg_chart.powers(11, 100_000), [10, 100, 1000, 10_000, 100_000])


if __name__ == "__main__":
    unittest.main()
