# SPDX-License-Identifier: MIT
"""Read a checkpoint by the rules of the safetensors format, without optreg.

usage: read_checkpoint.py FILE
Prints "NAME DTYPE SHAPE first-value" for each tensor in the order of the data. With numpy
the values come through it, otherwise through struct. Exits with 1 when a rule is broken.
"""
import json
import struct
import sys

try:
    import numpy
except ImportError:
    numpy = None

SIZES = {"F64": (8, "d"), "F32": (4, "f"), "U8": (1, "B")}


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), "a key is there twice"
    return dict(pairs)


def values(raw, dtype):
    size, code = SIZES[dtype]
    if numpy is not None:
        return numpy.frombuffer(raw, "<" + {"d": "f8", "f": "f4", "B": "u1"}[code])
    return struct.unpack("<%d%s" % (len(raw) // size, code), raw)


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    text = data[8:8 + length].decode("utf-8")
    body = data[8 + length:]
    assert (8 + length) % 64 == 0, "the data do not begin at a multiple of 64"
    assert text[0] == "{", "the header does not begin with {"
    header = json.loads(text, object_pairs_hook=no_duplicates)
    metadata = header.pop("__metadata__")
    assert all(isinstance(value, str) for value in metadata.values())
    end, previous = 0, None
    for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = tensor["data_offsets"]
        size = SIZES[tensor["dtype"]][0]
        count = 1
        for extent in tensor["shape"]:
            count *= extent
        assert first == end, "a hole or an overlap before " + name
        assert last - first == count * size, "wrong length of " + name
        assert first % size == 0, name + " is not aligned"
        end = last
        key = (-size, name.encode("utf-8"))
        if last > first and previous is not None:
            assert previous < key, name + " is out of order"
        previous = key if last > first else previous
        numbers = values(body[first:last], tensor["dtype"])
        print(name, tensor["dtype"], tensor["shape"],
              "%.9g" % numbers[0] if count > 0 else "-")
    assert end == len(body), "bytes are left over"


main(sys.argv[1])
