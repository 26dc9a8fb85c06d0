"""Python packages that tests need and Debian does not have, in a virtual environment beside the binary."""

import os
import pathlib
import subprocess
import sys
import unittest

import service

HERE = pathlib.Path(__file__).resolve().parent
INSTALL_LIMIT = 120  # seconds


def installed(name):
    """The directory of the environment with what NAME.txt pins. Where it cannot be had the tests of the
    calling class are skipped, but with CI=true they fail."""
    return installed_from(HERE / f"{name}.txt", name)


def installed_from(file, name):
    """The same of any such file, in an environment of that name."""
    pinned = file.read_text()
    place = pathlib.Path(service.BINARY).resolve().parent / "python" / name
    done = place / "installed.txt"
    if done.exists() and done.read_text() == pinned:
        return place
    try:
        for command in (
            [sys.executable, "-m", "venv", "--clear", place],
            [place / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", file],
        ):
            answer = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT)
            if answer.returncode:
                lines = (answer.stdout + answer.stderr).strip().splitlines()
                raise OSError(lines[-1] if lines else f"exit status {answer.returncode}")
    except (OSError, subprocess.TimeoutExpired) as error:
        if os.environ.get("CI") == "true":
            raise
        print(f"SKIPPED: the packages of {file.name} cannot be installed: {error}", flush=True)
        raise unittest.SkipTest(str(error)) from error
    done.write_text(pinned)
    return place
