"""What was measured on, for whoever reads the figures later."""

import datetime
import os
import pathlib
import platform
import re
import subprocess


def _first(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def _printed(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def describe(root, postgres):
    """`postgres`: the server's program."""
    memory = _first(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "cpu": _first(r"^model name\s*:(.*)", pathlib.Path("/proc/cpuinfo").read_text()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory) / 1024 / 1024, 1),
        "kernel": platform.release(),
        "postgresql": _printed(postgres, "--version"),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": _printed("git", "-C", root, "rev-parse", "HEAD"),
        "changes": _printed("git", "-C", root, "status", "--porcelain", "--untracked-files=no").splitlines(),
    }
