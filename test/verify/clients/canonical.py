"""The hash of a quote that core/hash.ts defines, so that readers of any kind can be compared with the producer."""

import hashlib
import struct


def hash_of(values):
    """First 8 bytes of SHA-256 over the values in the contract's order, up to the last one, as an unsigned number."""
    values = list(values)
    while values and values[-1] is None:
        values.pop()
    canonical = b""
    for value in values:
        if value is None:
            canonical += b"\0"
        elif isinstance(value, str):
            text = value.encode()
            canonical += b"\1" + struct.pack(">I", len(text)) + text
        else:
            canonical += b"\2" + struct.pack(">d", value + 0.0)
    return int.from_bytes(hashlib.sha256(canonical).digest()[:8], "big")
