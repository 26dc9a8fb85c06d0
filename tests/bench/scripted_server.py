"""A server for the load generator whose answers a test writes: HTTP/1.1, and gRPC over HTTP/2.

`answer(body)` gets a request's body (gRPC: its message) and gives the answer; None cuts the connection.
"""

import socket
import struct
import threading

DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS, ACK = 1, 4, 1


class ScriptedServer:
    def __init__(self, answer, serve):
        self.answer, self.serve = answer, serve
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        self.thread = threading.Thread(target=self._accept)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for connection, thread in self.sockets:
            thread.join()
            connection.close()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # the test is over
            thread = threading.Thread(target=self._serve, args=(connection,))
            self.sockets.append((connection, thread))
            thread.start()

    def _serve(self, connection):
        try:
            self.serve(connection, self.answer)
        except ConnectionError:
            pass  # the load ends where it finds a wrong answer
        finally:
            connection.close()


def read(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionError("closed by the load")
    return data


def http1(connection, answer):
    """`answer` gives (status, body)."""
    with connection.makefile("rb") as stream:
        while line := stream.readline():
            length = 0
            while (field := stream.readline()) != b"\r\n":
                if not field:
                    return
                name, _, value = field.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            given = answer(line.split()[1].decode(), read(stream, length))
            if given is None:
                return
            status, text = given
            connection.sendall(
                f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
            )


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def fields(*pairs):
    """A header block (RFC 7541): literals that are not indexed."""
    block = b""
    for name, value in pairs:
        block += bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
    return block


def grpc(connection, answer):
    """`answer` gives (message, grpc-status)."""
    with connection.makefile("rb") as stream:
        if not stream.read(24):
            return
        connection.sendall(frame(SETTINGS, 0, 0))
        while head := stream.read(9):
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            payload = read(stream, length)
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            if kind != DATA or not flags & END_STREAM:
                continue
            given = answer("", payload[5:])
            if given is None:
                return
            message, status = given
            number = int.from_bytes(head[5:], "big")
            head = fields((":status", "200"), ("content-type", "application/grpc"))
            connection.sendall(
                frame(HEADERS, END_HEADERS, number, head)
                + frame(DATA, 0, number, b"\0" + struct.pack(">I", len(message)) + message)
                + frame(HEADERS, END_HEADERS | END_STREAM, number, fields(("grpc-status", status)))
            )
