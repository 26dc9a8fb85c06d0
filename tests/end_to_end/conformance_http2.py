#!/usr/bin/env python3
"""conformance.py over HTTP/2 with prior knowledge: the same arguments, cases and comparison. Needs the
package h2; conformance_test.py runs it."""

import pathlib
import socket
import sys
import urllib.parse

import h2.config
import h2.connection
import h2.events

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import conformance  # noqa: E402

# These are HTTP/1.1's own (RFC 9113 section 8.2.2).
OF_THE_CONNECTION = ("connection", "host", "transfer-encoding")
LIMIT = 30  # seconds


class Client(conformance.Client):
    """One connection a request, as conformance.Client has it."""

    def send(self, method, path, headers, body):
        head = [(":method", method), (":scheme", "http"), (":authority", self.host), (":path", path)]
        head += [(k.lower(), v) for k, v in headers.items() if k.lower() not in OF_THE_CONNECTION]
        if body is not None and "content-length" not in {name for name, _ in head}:
            head.append(("content-length", str(len(body))))
        host, port = self.netloc.rsplit(":", 1)
        # What the cases send is theirs, right or wrong: it goes out as it is.
        settings = h2.config.H2Configuration(
            validate_outbound_headers=False, normalize_outbound_headers=False, header_encoding="utf-8"
        )
        with socket.create_connection((host.strip("[]"), int(port)), LIMIT) as connection:
            return Exchange(connection, h2.connection.H2Connection(settings)).run(head, body or b"")


class Exchange:
    """One request and its answer."""

    def __init__(self, connection, http2):
        self.connection, self.http2 = connection, http2
        self.status, self.headers, self.body, self.over = 0, {}, b"", False

    def run(self, head, body):
        self.http2.initiate_connection()
        self.http2.send_headers(1, head, end_stream=not body)
        while not self.over:
            body = self.send(body)
            data = self.connection.recv(65536)
            if not data:
                raise ConnectionError("closed before the end of the answer")
            for event in self.http2.receive_data(data):
                self.on(event)
        return self.status, self.headers, self.body

    def send(self, body):
        """As much of it as the other side's windows take; gives back the rest."""
        while body:
            size = min(
                len(body), self.http2.local_flow_control_window(1), self.http2.max_outbound_frame_size
            )
            if size == 0:
                break
            self.http2.send_data(1, body[:size], end_stream=size == len(body))
            body = body[size:]
        self.connection.sendall(self.http2.data_to_send())
        return body

    def on(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            fields = dict(event.headers)
            self.status = int(fields.pop(":status"))
            self.headers = fields
        elif isinstance(event, h2.events.DataReceived):
            self.body += event.data
            self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.over = True
        elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
            # An answer that came before the request's end is followed by NO_ERROR (RFC 9113 section 8.1).
            if event.error_code != 0 or not self.status:
                raise ConnectionError(f"the stream ended with error {event.error_code}")
            self.over = True


if __name__ == "__main__":
    conformance.Client = Client
    conformance.main()
