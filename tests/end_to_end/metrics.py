"""GET /debug/metrics as a scraper reads it, and a check that the text is well-formed."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{NAME}=\"[^\"\\\n]*\",?)*)\}})? (\S+)")
LABEL = re.compile(rf'({NAME})="([^"\\\n]*)"')
OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


class Metrics:
    """All series of one look, by name and labels."""

    def __init__(self, text):
        self.text = text
        self.types = {}
        self.values = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                if name in self.types:
                    raise AssertionError(f"{name} comes twice")
                self.types[name] = kind
            elif not line.startswith("# HELP "):
                self._take(line)

    def _take(self, line):
        sample = SAMPLE.fullmatch(line)
        if not sample:
            raise AssertionError(f"no sample: {line!r}")
        name, labels, value = sample.groups()
        key = (name, frozenset(LABEL.findall(labels or "")))
        if key in self.values:
            raise AssertionError(f"a series comes twice: {line!r}")
        family = name if name in self.types else OF_HISTOGRAM.sub("", name)
        if family not in self.types:
            raise AssertionError(f"a series without its type: {line!r}")
        self.values[key] = float(value)

    def value(self, name, **labels):
        """Of that series; 0 when there is none."""
        return self.values.get((name, frozenset(labels.items())), 0.0)

    def series(self, name):
        """Labels to values, of all series of that name."""
        return {labels: value for (other, labels), value in self.values.items() if other == name}

    def since(self, before, name):
        """What was added to each series of that name; those without a change are left out."""
        old = before.series(name)
        grown = {labels: value - old.get(labels, 0) for labels, value in self.series(name).items()}
        return {labels: value for labels, value in grown.items() if value}

    def pending(self):
        return self.value("usermeta_commands_queued") + self.value("usermeta_commands_in_flight")


def scrape(client):
    answer = client.get("/debug/metrics")
    if answer.status != 200:
        raise AssertionError(str(answer))
    return Metrics(answer.body.decode())
