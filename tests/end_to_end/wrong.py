"""What the binary owes to whoever started it wrongly: an exit status and one line that helps."""

import re

from service import run

CRASH = re.compile(r"terminate called|Assertion|AddressSanitizer|core dumped|std::|what\(\)")


def check_line(test, status, stderr, *words):
    """Not 0, no signal, and exactly one line of complaint with all the words in it."""
    test.assertGreater(status, 0, stderr)
    complaints = [
        line for line in stderr.splitlines() if re.search(r" (critical|error) |^usermeta: ", line)
    ]
    test.assertEqual(len(complaints), 1, stderr)
    for word in words:
        test.assertIn(word, complaints[0])
    test.assertNotRegex(stderr, CRASH)


def check(test, done, *words):
    """The same of a finished run."""
    check_line(test, done.returncode, done.stderr, *words)
    test.assertEqual(done.stdout, "")


def check_serve(test, arguments, *words, **options):
    listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
    check(test, run("serve", *arguments, *listen, **options), *words)
