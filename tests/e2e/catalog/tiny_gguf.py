"""Writes small but valid GGUF files (format: ggml's docs/gguf.md), so that no real model is needed."""

import random
import struct

STRING = 8
UINT16 = 2
UINT32 = 4
INT32 = 5


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def make(kib=64, seed=1, template=True, split=None):
    """A model with one F32 tensor of `kib` KiB. `split` is (number from 0, count): one file of a split model."""
    values = [("general.architecture", STRING, string("llama")),
              ("general.name", STRING, string("Tiny %d" % seed)),
              ("general.license", STRING, string("mit")),
              ("llama.block_count", UINT32, struct.pack("<I", 1))]
    if template:
        values.append(("tokenizer.chat_template", STRING, string("{{ messages }}")))
    tensor = "blk.0.weight"
    if split:
        number, count = split
        values += [("split.no", UINT16, struct.pack("<H", number)), ("split.count", UINT16, struct.pack("<H", count)),
                   ("split.tensors.count", INT32, struct.pack("<i", count))]
        tensor = "blk.%d.weight" % number
    data = random.Random(seed).randbytes(kib * 1024)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(values))
    for key, kind, value in values:
        head += string(key) + struct.pack("<I", kind) + value
    head += string(tensor) + struct.pack("<IQQIQ", 2, 256, len(data) // 1024, 0, 0)
    head += b"\0" * (-len(head) % 32)
    return head + data
