"""The frames of gRPC's bodies: flags, length, payload."""

import struct


def frame(payload, flags=0):
    return struct.pack(">BI", flags, len(payload)) + payload


def frames(data):
    found = []
    while data:
        flags, length = struct.unpack(">BI", data[:5])
        found.append((flags, data[5 : 5 + length]))
        if len(found[-1][1]) != length:
            raise AssertionError("half a frame")
        data = data[5 + length :]
    return found
