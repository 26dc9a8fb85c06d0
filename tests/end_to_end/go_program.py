"""Programs in Go that tests use: installed by Go below the directory of the binary under test, once."""

import os
import pathlib
import shutil
import subprocess

from service import BINARY


def installed(test, module, version):
    """The path of the module's program. Skips the test when it cannot be installed, but fails it in CI."""
    name = module.rsplit("/", 1)[1]
    directory = pathlib.Path(BINARY).resolve().parent / "go" / f"{name}-{version}"
    program = directory / name
    if program.exists():
        return program
    trouble = "there is no go"
    if shutil.which("go"):
        done = subprocess.run(
            ["go", "install", f"{module}@{version}"],
            env={**os.environ, "GOBIN": str(directory)},
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            return program
        trouble = done.stderr
    what = f"{name} cannot be installed, it wants go and its module proxy: {trouble}"
    if os.environ.get("CI") == "true":
        test.fail(what)
    print(f"SKIPPED: {what}")
    test.skipTest(what)
