"""AWS's binary event stream, written from its description: a prelude with its own checksum, headers, payload, checksum.

See https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html; botocore checks both checksums.
"""

from __future__ import annotations

import json
import struct
import zlib

_STRING = 7


def event(kind: str, payload: bytes, *, content_type: str = "application/json") -> bytes:
    """Return the frame of an event."""
    return frame({":message-type": "event", ":event-type": kind, ":content-type": content_type}, payload)


def exception(kind: str, message: str) -> bytes:
    """Return the frame of an error inside the stream."""
    headers = {":message-type": "exception", ":exception-type": kind, ":content-type": "application/json"}
    return frame(headers, json.dumps({"message": message}).encode())


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    written = b"".join(
        bytes([len(name)]) + name.encode() + struct.pack(">BH", _STRING, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 12 + len(written) + len(payload) + 4, len(written))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + written + payload
    return message + struct.pack(">I", zlib.crc32(message))
