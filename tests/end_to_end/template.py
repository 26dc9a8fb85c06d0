#!/usr/bin/env python3
"""Makes (or removes) a data directory for the tests to copy: template.py make|remove DIRECTORY."""

import pathlib
import shutil
import sys

import service


def main():
    what, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    shutil.rmtree(directory, ignore_errors=True)
    if what == "make":
        with service.Service(data=directory) as made:
            if made.stop() != 0:
                sys.exit(f"the service did not stop as it should: {made.stderr}")


if __name__ == "__main__":
    main()
