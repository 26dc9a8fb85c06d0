#!/usr/bin/env python3
"""Measures the service beside pgbench, in turn, on this machine: how fast it is against its database.

    script/bench                      # builds, then less than half an hour
    script/bench --quick              # under three minutes after the build, on a tenth of the data
    script/bench --only set,grpc      # some rows of the table; pgbench and others that they need come along

The service runs on a PostgreSQL of its own, with every promise kept (synchronous_commit on, the read model
following). bench/load checks every answer, and one that is wrong fails the run. Prints each figure with what
it is to reach (the ratio is 1 or more when it does), and leaves all of them, with the machine, in
build/bench.json; bench/plot.py draws them. The exit status says whether the run was clean, not whether the
figures were reached.

Rows: {rows}
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"

os.environ["USERMETA_BINARY"] = str(BUILD / "usermeta")
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests/end_to_end")]


def build():
    subprocess.run([ROOT / "script/install", "bench"], check=True, stdin=subprocess.DEVNULL)
    # A tree that script/test has configured keeps its tests; for them more would have to be installed.
    tests = [] if (BUILD / "CMakeCache.txt").exists() else ["-DBUILD_TESTING=OFF"]
    for command in (
        ["cmake", "--preset", "release", "-DUSERMETA_BENCH=ON", *tests],
        ["cmake", "--build", "build", "--target", "usermeta", "load"],
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"script/bench: the build failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def read_arguments(rows):
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description=__doc__.replace("{rows}", textwrap.fill(", ".join(rows), 100)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds, a tenth of the data")
    parser.add_argument("--only", metavar="ROW,...", help="these rows only")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    parser.add_argument("--directory", default="/var/tmp", help="where the databases are made (%(default)s)")
    arguments = parser.parse_args()
    arguments.rows = set(arguments.only.split(",")) if arguments.only else set(rows)
    if unknown := arguments.rows - set(rows):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are: {', '.join(rows)}")
    return arguments


def measure(directory, scale, figures, wanted):
    """All parts in turn."""
    import connections
    import history
    import large_database
    import overload
    import rounds
    from subject import Subject

    small = [part for part in (rounds, history, connections, overload) if wanted & set(part.ROWS)]
    if small:
        with Subject(directory / "small", BUILD, scale) as subject:
            for part in small:
                print(part.__name__, flush=True)
                part.measure(subject, figures, wanted & set(part.ROWS))
            subject.stop()
    if wanted & set(large_database.ROWS):
        print("large_database", flush=True)
        large_database.measure(directory, BUILD, scale, figures, wanted & set(large_database.ROWS))

def main():
    from figures import ROWS, Figures
    from scale import FULL, QUICK

    # These make plots, not rows.
    arguments = read_arguments([*ROWS, "connections", "growth"])
    scale = QUICK if arguments.quick else FULL
    free = shutil.disk_usage(arguments.directory).free >> 30
    if free < scale.room:
        sys.exit(
            f"script/bench: {scale.room} GB are needed in {arguments.directory}, {free} are free: --directory"
        )
    if not arguments.no_build:
        build()
    # The tests' service ends a test that is stuck; this takes longer than any of them.
    import faulthandler

    import machine
    import service
    from subject import Failed, program

    faulthandler.cancel_dump_traceback_later()
    begin = time.monotonic()
    figures = Figures(scale.name)
    with tempfile.TemporaryDirectory(prefix="usermeta-bench-", dir=arguments.directory) as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        try:
            measure(directory, scale, figures, arguments.rows)
        except (Failed, AssertionError, OSError, subprocess.TimeoutExpired) as error:
            sys.exit(f"script/bench: failed: {error}")
        finally:
            # A service that was killed or failed may have left its PostgreSQL.
            service.end_processes(directory)
    figures.print_table()
    figures.write(BUILD / "bench.json", machine.describe(ROOT, program("postgres")))
    print(f"\n{(time.monotonic() - begin) / 60:.1f} minutes; all of it is in build/bench.json")


if __name__ == "__main__":
    main()
