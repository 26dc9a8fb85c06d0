"""HTTP/1.1 over a plain socket: calls for tests about answers, and bytes for tests about bytes.

A Connection is one socket and for one thread. A Client is a caller with a token: it keeps a Connection and
makes
a new one when the old one is gone.
"""

import base64
import json
import select
import socket
import time
import urllib.parse

LIMIT = 30.0  # seconds that an answer may take


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def sequence(self):
        return int(self.json["details"]["sequence"])

    @property
    def error(self):
        """Status, gRPC code, and ZITADEL's id or nothing."""
        details = self.json.get("details", [{}])
        return self.status, self.json.get("code"), details[0].get("id", "")

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Connection:
    def __init__(self, address, limit=LIMIT):
        self.socket = socket.create_connection(address, limit)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def has_ended(self):
        """Whether the other side has closed while nothing was asked, as it does after a minute; at once."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        if self._rest or not poll.poll(0):
            return False
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except ConnectionResetError:
            return True

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError(f"closed after {self._rest[:100]!r}")
        self._rest += data

    def answer(self, of_head=False):
        """The next answer; `of_head`: to a HEAD request. 100 (Continue) is an answer of its own."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, self._rest = self._rest.split(b"\r\n\r\n", 1)
        line, *fields = head.decode("latin-1").split("\r\n")
        version, status = line.split(" ")[:2]
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise AssertionError(f"no status line: {line!r}")
        headers = {}
        for field in fields:
            name, value = field.split(":", 1)
            headers[name.lower()] = value.strip()
        none = of_head or status in ("100", "204", "304")
        length = 0 if none else int(headers.get("content-length", "0"))
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return Answer(int(status), headers, body)

    def exchange(self, data, of_head=False):
        self.send(data)
        return self.answer(of_head)

    def is_closed(self):
        """Waits for what comes next; true when that is the end of the connection."""
        if self._rest:
            return False
        try:
            data = self.socket.recv(1)
        except ConnectionResetError:
            return True
        self._rest += data
        return not data


def request(method, path, headers=None, body=None):
    """A request's bytes."""
    lines = [f"{method} {path} HTTP/1.1"]
    fields = {"host": "test", **(headers or {})}
    if body is not None:
        fields.setdefault("content-length", str(len(body)))
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


def encoded(value):
    return base64.b64encode(value).decode()


def metadata_path(user, key):
    return f"/management/v1/users/{user}/metadata/{urllib.parse.quote(key, safe='')}"


class Client:
    def __init__(self, address, token=None, org=None):
        self.address, self.token, self.org = address, token, org
        self._connection = None
        self._used = 0.0  # when it was last

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    __del__ = close

    def call(self, method, path, body=None, headers=None, raw=None):
        """`body`: an object for JSON; `raw`: bytes. An exception when the connection breaks."""
        fields = {"content-type": "application/json"}
        if self.token:
            fields["authorization"] = f"Bearer {self.token}"
        if self.org:
            fields["x-zitadel-orgid"] = self.org
        fields.update(headers or {})
        if body is not None:
            raw = json.dumps(body, ensure_ascii=False).encode()
        try:
            # The service closes what is idle for a minute. A close before that is for the test to see.
            if self._connection and time.monotonic() - self._used > 30 and self._connection.has_ended():
                self.close()
            if not self._connection:
                self._connection = Connection(self.address)
            answer = self._connection.exchange(request(method, path, fields, raw), method == "HEAD")
        except BaseException:
            self.close()
            raise
        self._used = time.monotonic()
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, {} if body is None else body, **options)

    def delete(self, path, body=None, **options):
        return self.call("DELETE", path, body, **options)

    def set(self, user, key, value, **options):
        return self.post(metadata_path(user, key), {"value": encoded(value)}, **options)

    def value(self, user, key):
        """The value that a get shows, or None when there is none."""
        answer = self.get(metadata_path(user, key))
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise AssertionError(f"get {user} {key}: {answer}")
        return base64.b64decode(answer.json["metadata"]["value"])

    def listed(self, user):
        """All of a user's metadata as a v1 list shows it, page by page: key to value. The newest come first:
        keys that are made meanwhile move the others back, so that these may be met again."""
        found, offset = {}, 0
        while True:
            answer = self.post(
                f"/management/v1/users/{user}/metadata/_search", {"query": {"offset": str(offset)}}
            )
            if answer.status != 200:
                raise AssertionError(f"list {user}: {answer}")
            page = answer.json.get("result", [])
            found.update((entry["key"], base64.b64decode(entry["value"])) for entry in page)
            offset += len(page)
            if not page:
                return found

    def done(self, answer):
        """The JSON of an answer that must be a 200."""
        if answer.status != 200:
            raise AssertionError(str(answer))
        return answer.json
