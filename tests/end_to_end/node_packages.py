"""Node packages that clients/package-lock.json pins, in a directory beside the binary."""

import os
import pathlib
import shutil
import subprocess
import unittest

import service

CLIENTS = pathlib.Path(__file__).resolve().parent / "clients"
INSTALL_LIMIT = 150  # seconds


def install(place):
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise OSError(f"there is no {program}")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(CLIENTS / name, place)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    answer = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=INSTALL_LIMIT)
    if answer.returncode:
        raise OSError(answer.stdout + answer.stderr)
    (place / "installed.json").write_bytes((CLIENTS / "package-lock.json").read_bytes())


def installed():
    """The directory with node_modules, and the scripts of clients/ beside it. Where it cannot be had the
    tests of the calling class are skipped, but with CI=true they fail."""
    place = pathlib.Path(service.BINARY).resolve().parent / "node"
    done = place / "installed.json"
    try:
        if not done.exists() or done.read_bytes() != (CLIENTS / "package-lock.json").read_bytes():
            install(place)
    except (OSError, subprocess.TimeoutExpired) as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"SKIPPED: the Node packages cannot be installed: {error}", flush=True)
        raise unittest.SkipTest(str(error)) from error
    for script in CLIENTS.glob("*.mjs"):
        shutil.copy(script, place)
    return place
