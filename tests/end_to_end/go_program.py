"""Programs in Go that tests use: built once, below the directory of the binary under test, from what
go/NAME/go.mod and go.sum pin, and from what is written in Go there.

To take a newer one: `go get -tool MODULE@VERSION` in that directory.
"""

import os
import pathlib
import re
import shutil
import subprocess

from service import BINARY

PINNED = pathlib.Path(__file__).resolve().parent / "go"


def installed(test, name):
    """The path of the program. Skips the test when it cannot be built, but fails it in CI."""
    pinned = PINNED / name
    sources = [pinned / "go.mod", pinned / "go.sum", *sorted(pinned.glob("*.go"))]
    wanted = "".join(source.read_text() for source in sources)
    directory = pathlib.Path(BINARY).resolve().parent / "go" / name
    program, done = directory / name, directory / "built.txt"
    if done.exists() and done.read_text() == wanted:
        return program
    trouble = "there is no go"
    if shutil.which("go"):
        package = re.search(r"^tool (\S+)$", wanted, re.MULTILINE).group(1)
        command = ["go", "build", "-mod=readonly", "-o", program, package]
        built = subprocess.run(command, cwd=pinned, env=os.environ, capture_output=True, text=True)
        if built.returncode == 0:
            done.write_text(wanted)
            return program
        trouble = built.stderr
    what = f"{name} cannot be built, it wants go and its module proxy: {trouble}"
    if os.environ.get("CI") == "true":
        test.fail(what)
    print(f"SKIPPED: {what}")
    test.skipTest(what)
