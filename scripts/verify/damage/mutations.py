"""Ways to damage a file: functions of its bytes and a stream of random numbers."""

import json
import re
import struct
import zlib

NUMBERS = [
    "-1", "0", "1", "2", "0.5", "-0.0", "200", "65535", "65536", "1e300", "-1e300", "5e-324", "1e-320", "1e19", "1.8e308",
    "4294967296", "2147483648", "9007199254740993", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "1" + "0" * 400, "null", '""', '"x"', "[]", "{}", "true", "[1,2]", "-5",
]
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def bytes_changed(content, stream):
    """Bits, bytes and stretches: what disks, copies and editors do."""
    data = bytearray(content)
    for _ in range(stream.choice([1, 1, 1, 2, 3, 8])):
        place = stream.randrange(len(data)) if data else 0
        match stream.randrange(8):
            case 0 if data:
                data[place] ^= 1 << stream.randrange(8)
            case 1 if data:
                data[place] = stream.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF])
            case 2 if data:
                data[place] = stream.randrange(256)
            case 3:
                del data[place:]
            case 4:
                del data[place : place + stream.randrange(1, 40)]
            case 5:
                data[place:place] = data[place : place + stream.randrange(1, 40)]
            case 6:
                data[place : place + 4] = struct.pack(stream.choice("<>") + "I", stream.choice([0, 1, 2**31, 2**32 - 1]))
            case 7:
                data[place : place + 8] = struct.pack(
                    stream.choice("<>") + "Q", stream.choice([0, 2**31, 2**32, 2**40, 2**61, 2**62, 2**63 - 1, 2**64 - 1]))
    return bytes(data)


def number_changed(content, stream):
    """One number of a text is changed."""
    found = list(NUMBER.finditer(content))
    if not found:
        return bytes_changed(content, stream)
    place = stream.choice(found)
    return content[: place.start()] + stream.choice(NUMBERS).encode() + content[place.end() :]


def lines_changed(content, stream):
    """Lines are missing, duplicated, in another order, or end early."""
    lines = content.split(b"\n")
    place = stream.randrange(len(lines))
    match stream.randrange(5):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, stream.choice(lines))
        case 2:
            other = stream.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        case 3:
            lines[place] = lines[place][: stream.randrange(len(lines[place]) + 1)]
        case 4:
            lines[place] = lines[place] * stream.choice([2, 3, 1000])
    return b"\n".join(lines)


def member_changed(content, stream):
    """A JSON line lacks a member, or has a number where something else was."""
    lines = content.split(b"\n")
    places = [i for i, line in enumerate(lines) if line.startswith(b"{")]
    try:
        place = stream.choice(places) if len(places) > 1 else None
        value = json.loads(lines[place] if place is not None else content)
    except (ValueError, IndexError):
        return lines_changed(content, stream)
    holder = value
    while True:
        items = list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder))
        if not items:
            break
        key, inner = stream.choice(items)
        if isinstance(inner, (dict, list)) and inner and stream.random() < 0.7:
            holder = inner
            continue
        match stream.randrange(3):
            case 0:
                del holder[key]
            case 1:
                holder[key] = stream.choice([-1, 0, 1e300, 2**63 - 1, -(2**63), 2**64, None, "", "\x1b[31m\x00", [], {}, True])
            case 2:
                if isinstance(holder, list):
                    holder.append(inner)
                else:
                    holder[key] = [inner, inner]
        break
    text = json.dumps(value).encode()
    if place is None:
        return text
    lines[place] = text
    return b"\n".join(lines)


def text_changed(content, stream):
    return stream.choice([bytes_changed, number_changed, number_changed, lines_changed])(content, stream)


def json_changed(content, stream):
    return stream.choice([bytes_changed, number_changed, number_changed, number_changed, lines_changed, member_changed])(
        content, stream)


def png_changed(content, stream):
    """A chunk is damaged, and its checksum is corrected."""
    if stream.random() < 0.3 or content[:8] != b"\x89PNG\r\n\x1a\n":
        return bytes_changed(content, stream)
    chunks, place = [], 8
    while place + 12 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    index = stream.randrange(len(chunks))
    kind, data = chunks[index]
    if kind == b"IDAT" and stream.random() < 0.6:
        try:
            data = zlib.compress(bytes_changed(zlib.decompress(data), stream))
        except zlib.error:
            data = bytes_changed(data, stream)
    elif stream.random() < 0.1:
        kind = bytes_changed(kind, stream)[:4].ljust(4, b"x")
    else:
        data = bytes_changed(data, stream)
    chunks[index] = (kind, data)
    return content[:8] + b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)


def safetensors_parts(content):
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def safetensors_joined(header, data):
    """With the checksum that Tessera's own files carry."""
    key = "tessera.crc32"
    metadata = header.get("__metadata__")
    if isinstance(metadata, dict) and key in metadata:
        metadata[key] = "00000000"
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % 8)
    if isinstance(metadata, dict) and key in metadata:
        sum_ = format(zlib.crc32(text + data), "08x")
        text = text.replace(f'"{key}":"00000000"'.encode(), f'"{key}":"{sum_}"'.encode(), 1)
    return struct.pack("<Q", len(text)) + text + data


def checkpoint_changed(content, stream):
    """Numbers of the network's card, the run's state and configuration, or of the header; checksums are right."""
    header, data = safetensors_parts(content)
    part = stream.choice(["card", "state", "state", "configuration", "header", "observer", "floats"])
    if part == "card":
        card = header["__metadata__"]["tessera"].encode()
        header["__metadata__"]["tessera"] = json_changed(card, stream).decode("utf-8", "replace")
        return safetensors_joined(header, data)
    if part == "header":
        text = json.dumps(header, separators=(",", ":")).encode()
        try:
            return safetensors_joined(json.loads(json_changed(text, stream)), data)
        except (ValueError, AttributeError, RecursionError):
            return bytes_changed(content, stream)
    names = [n for n in header if n.startswith("training/" + part)] or [n for n in header if n != "__metadata__"]
    name = stream.choice(names)
    first, last = header[name]["data_offsets"]
    inner = data[first:last]
    if header[name]["dtype"] == "U8":
        changed = json_changed(inner, stream)
    else:
        value = stream.choice([float("nan"), float("inf"), -1.0, 1e38, -1e38, 0.0, 1e-45])
        place = 4 * stream.randrange(max(1, len(inner) // 4))
        changed = inner[:place] + struct.pack("<f", value) + inner[place + 4 :] if inner else inner
    growth = len(changed) - len(inner)
    if growth:
        header[name]["shape"] = [len(changed)]
        header[name]["data_offsets"] = [first, first + len(changed)]
        for other, entry in header.items():
            if other not in ("__metadata__", name) and entry["data_offsets"][0] >= last:
                entry["data_offsets"] = [offset + growth for offset in entry["data_offsets"]]
    return safetensors_joined(header, data[:first] + changed + data[last:])


def zip_changed(content, stream):
    """An entry of an uncompressed zip is damaged, and its checksum is corrected."""
    import io
    import zipfile

    if stream.random() < 0.4:
        return bytes_changed(content, stream)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = [(item, archive.read(item)) for item in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, EOFError):
        return bytes_changed(content, stream)
    # The description is what machines follow; numbers of weights are mere numbers.
    pickles = [i for i, (item, _) in enumerate(entries) if item.filename.endswith("data.pkl")]
    chosen = pickles[0] if pickles and stream.random() < 0.8 else stream.randrange(len(entries))
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as target:
        for index, (item, data) in enumerate(entries):
            if index == chosen:
                data = bytes_changed(data, stream)
            target.writestr(item.filename, data)
    return output.getvalue()


def varint(content, place):
    value = shift = 0
    while True:
        byte = content[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def varint_bytes(value):
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(data + bytes([value]))


def protobuf_fields(content):
    """The fields of a message: number, kind on the wire, and an integer or bytes."""
    fields, place = [], 0
    while place < len(content):
        tag, place = varint(content, place)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, place = varint(content, place)
        else:
            length, place = varint(content, place) if wire == 2 else ({1: 8, 5: 4}[wire], place)
            value, place = content[place : place + length], place + length
        fields.append((number, wire, value))
    return fields


def protobuf_joined(fields):
    parts = []
    for number, wire, value in fields:
        parts.append(varint_bytes(number << 3 | wire))
        if wire == 2:
            parts.append(varint_bytes(len(value)))
        parts.append(varint_bytes(value) if wire == 0 else value)
    return b"".join(parts)


# The messages within an ONNX model, by the numbers of their fields.
ONNX = {
    "model": {7: "graph", 8: "operators"}, "graph": {1: "node", 5: "tensor", 11: "value", 12: "value"},
    "node": {5: "attribute"}, "attribute": {5: "tensor"}, "value": {2: "type"}, "type": {1: "tensor type"},
    "tensor type": {2: "shape"}, "shape": {1: "dimension"},
}


def onnx_changed(content, stream, kind="model"):
    """A field of a message is another number, name or length, missing, there twice, or in another place; the lengths of
    what it lies in are right."""
    if kind == "model" and stream.random() < 0.2:
        return bytes_changed(content, stream)
    fields = protobuf_fields(content)
    if not fields:
        return content
    inner = ONNX.get(kind, {})
    numbers = [index for index, field in enumerate(fields) if kind != "model" or field[0] == 7]
    place = stream.choice(numbers if stream.random() < 0.9 else range(len(fields)))
    number, wire, value = fields[place]
    if number in inner and stream.random() < 0.9:
        fields[place] = (number, wire, onnx_changed(value, stream, inner[number]))
        return protobuf_joined(fields)
    other = stream.randrange(len(fields))
    match stream.randrange(5):
        case 0:
            del fields[place]
        case 1:
            fields.insert(other, fields[place])
        case 2:
            fields[place], fields[other] = fields[other], fields[place]
        case 3 if wire == 2:
            same = [field for field in fields if field[0] == number]
            fields[place] = stream.choice(same)
        case _:
            if wire == 0:
                value = stream.choice([0, 1, 2, 3, 2**31 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1, value + 1])
            elif wire == 2:
                value = bytes_changed(value, stream)
            else:
                value = stream.randbytes(len(value))
            fields[place] = (number, wire, value)
    return protobuf_joined(fields)
