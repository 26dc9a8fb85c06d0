"""The protobuf wire format, as much of it as the calls' messages need: varints and length-prefixed fields."""


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(fields):
    """A list of (number, int | str | bytes); a message within is its bytes."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
            continue
        data = value.encode() if isinstance(value, str) else value
        out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def _take_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def fields(data):
    """Field numbers to the lists of their values, ints or bytes."""
    found, at = {}, 0
    while at < len(data):
        tag, at = _take_varint(data, at)
        if tag & 7 == 0:
            value, at = _take_varint(data, at)
        elif tag & 7 == 2:
            length, at = _take_varint(data, at)
            value, at = data[at : at + length], at + length
            if len(value) != length:
                raise AssertionError("a field ends too early")
        else:
            raise AssertionError(f"wire type {tag & 7}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def text(found, number):
    return found.get(number, [b""])[-1].decode()


def error_detail(data):
    """Id and message of a zitadel.v1.ErrorDetail."""
    found = fields(data)
    return text(found, 1), text(found, 2)
