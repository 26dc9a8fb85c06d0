"""A client of server-sent events over a plain socket (WHATWG HTML, "Server-sent events")."""

import json
import socket

from client import LIMIT

END = "usermeta.end"


def end_of(client):
    """The log's last position, as the calls show it."""
    return int(client.get("/usermeta/v1/events?after=9223372036854775807").json["next"])


class Event:
    def __init__(self, kind, data):
        self.kind, self.data = kind, data

    @property
    def position(self):
        return int(self.data["position"])

    def __repr__(self):
        return f"{self.kind} {self.data}"


class EventStream:
    """`context`: of TLS. `last_id` moves on with what was read, as an EventSource's does."""

    def __init__(self, address, token, query="", last_id=None, context=None, buffer=None):
        self.last_id = last_id
        self.retry = None
        self._bytes = b""
        self._text = b""
        self._ended = False
        self.socket = socket.socket()
        try:
            self._ask(address, token, query, context, buffer)
        except BaseException:
            self.close()
            raise

    def _ask(self, address, token, query, context, buffer):
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(LIMIT)
        self.socket.connect(address)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=address[0])
        fields = {"host": "test", "accept": "text/event-stream", "authorization": f"Bearer {token}"}
        if self.last_id is not None:
            fields["last-event-id"] = str(self.last_id)
        lines = [f"GET /usermeta/v1/events?{query} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._begin()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.socket.close()

    def _begin(self):
        while b"\r\n\r\n" not in self._bytes:
            self._more()
        head, self._bytes = self._bytes.split(b"\r\n\r\n", 1)
        line, *fields = head.decode("latin-1").split("\r\n")
        self.status = int(line.split(" ")[1])
        self.headers = {}
        for field in fields:
            name, value = field.split(":", 1)
            self.headers[name.lower()] = value.strip()

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("closed within a chunk")
        self._bytes += data

    def _chunk(self):
        """The next chunk's bytes; none of them: the last one."""
        while b"\r\n" not in self._bytes:
            self._more()
        size, self._bytes = self._bytes.split(b"\r\n", 1)
        size = int(size, 16)
        while len(self._bytes) < size + 2:
            self._more()
        data, self._bytes = self._bytes[:size], self._bytes[size + 2 :]
        self._ended = not data
        return data

    def body(self):
        """All of it, of an answer that is no stream."""
        while not self._ended:
            self._text += self._chunk()
        return json.loads(self._text)

    def next(self):
        """The next event; None when the stream has ended in order."""
        while True:
            while b"\n\n" not in self._text:
                if self._ended:
                    return None
                self._text += self._chunk()
            block, self._text = self._text.split(b"\n\n", 1)
            event = self._dispatch(block.decode())
            if event:
                return event

    def _dispatch(self, block):
        kind, data = "message", []
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = int(value)
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif name == "retry":
                self.retry = int(value)
            elif name:
                raise AssertionError(f"no line of an event stream: {line!r}")
        return Event(kind, json.loads("\n".join(data))) if data else None

    def take(self, count):
        """So many events."""
        found = []
        while len(found) < count:
            event = self.next()
            if event is None or event.kind == END:
                raise AssertionError(f"ended after {len(found)} of {count} events: {event}")
            found.append(event)
        return found
