"""Where moto's S3 accepts what S3 refuses, or lets two writers both win.

Each mend has a test in test/local/engines/moto-s3.test.ts.
"""

import base64
import binascii
import hashlib
import re
import threading

import moto.s3.responses as responses
from awscrt import checksums
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
ALGORITHMS = {
    "crc32": lambda body: binascii.crc32(body).to_bytes(4, "big"),
    "crc32c": lambda body: checksums.crc32c(body).to_bytes(4, "big"),
    "crc64nvme": lambda body: checksums.crc64nvme(body).to_bytes(8, "big"),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
}

# Writers of one key take turns; a fixed number of locks, so that keys cost nothing.
_KEY_LOCKS = [threading.RLock() for _ in range(256)]


class BadDigest(S3ClientError):
    code = "BadDigest"


class InvalidDigest(S3ClientError):
    code = "InvalidDigest"


class InvalidRequest(S3ClientError):
    code = "InvalidRequest"


def _compute(algorithm: str, body: bytes) -> str:
    return base64.b64encode(ALGORITHMS[algorithm](body)).decode("ascii")


def compute_checksum(body: bytes, algorithm: str, encode_base64: bool = True) -> bytes:
    """moto's own falls back to CRC32 under the names of algorithms that it lacks."""
    digest = ALGORITHMS[algorithm.lower()](body)
    return base64.b64encode(digest) if encode_base64 else digest


def _given_checksum(response: S3Response) -> tuple[str, str] | None:
    """The checksum that came with a body, as a header or as the trailer of a chunked body."""
    headers = [name for name in ALGORITHMS if f"x-amz-checksum-{name}" in response.headers]
    if len(headers) > 1:
        raise InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    if headers:
        return headers[0], response.headers[f"x-amz-checksum-{headers[0]}"]
    if "x-amz-trailer" in response.headers:
        trailer = re.search(rb"x-amz-checksum-(\w+):([^\r\n]+)", response.raw_body[-512:])
        if trailer is not None and trailer[1].decode("ascii") in ALGORITHMS:
            return trailer[1].decode("ascii"), trailer[2].decode("ascii").strip()
    return None


def _verify_checksum(response: S3Response) -> tuple[str, str] | None:
    given = _given_checksum(response)
    if given is not None:
        algorithm, value = given
        if _compute(algorithm, response.body or b"") != value:
            raise BadDigest(f"The {algorithm.upper()} you specified did not match the calculated checksum.")
    return given


def _verify_md5(response: S3Response) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: BadDigest, InvalidDigest.

    A copy has no body: what S3A says there is of the source (https://github.com/localstack/localstack/issues/538), and not a
    header of CopyObject (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
    """
    given = response.headers.get("Content-MD5")
    if given is None or "aws-chunked" in response.headers.get("Content-Encoding", ""):
        return
    if response.headers.get("x-amz-copy-source") is not None:
        return
    try:
        digest = base64.b64decode(given, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise InvalidDigest("The Content-MD5 you specified was invalid.")
    if hashlib.md5(response.raw_body or b"", usedforsecurity=False).digest() != digest:
        raise BadDigest("The Content-MD5 you specified did not match what we received.")


def _get_checksum(self, response_headers):
    """What the object keeps and the answer repeats: the checksum that was sent, else one that was asked for."""
    given = _verify_checksum(self)
    algorithm = given[0] if given else self.headers.get("x-amz-sdk-checksum-algorithm", "").lower()
    if algorithm not in ALGORITHMS:
        return "", None
    value = given[1] if given else _compute(algorithm, self.body or b"")
    response_headers[f"x-amz-checksum-{algorithm}"] = value
    return algorithm.upper(), value


def _check_bodies(name: str) -> None:
    original = getattr(S3Response, name)

    def mended(self, *args, **kwargs):
        if self.headers.get("Content-MD5") is not None:
            _verify_md5(self)
        return original(self, *args, **kwargs)

    setattr(S3Response, name, mended)


def _one_writer_a_key() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: of two, one succeeds."""
    original = S3Response._key_response

    def mended(self, request, full_url):
        if request.method not in ("PUT", "POST", "DELETE"):
            return original(self, request, full_url)
        with _KEY_LOCKS[hash((self.bucket_name, self.parse_key_name())) % len(_KEY_LOCKS)]:
            return original(self, request, full_url)

    S3Response._key_response = mended


class StoredContent:
    """The content of an object that is not read yet: a range of it costs a range of it."""

    def __init__(self, key: FakeKey):
        self._key = key

    def __len__(self) -> int:
        return self._key.contentsize

    def __getitem__(self, wanted: slice) -> bytes:
        start, stop, _ = wanted.indices(len(self))
        with self._key.lock:
            self._key._value_buffer.seek(start)
            return self._key._value_buffer.read(max(0, stop - start))


_reading = threading.local()


def _read_ranges_only() -> None:
    """moto reads an object whole for each range of it, so that reading one in pieces takes quadratic time."""
    whole = FakeKey.value
    get_object = S3Response.get_object
    handle_range = S3Response._handle_range_header

    def value(self):
        return StoredContent(self) if getattr(_reading, "is_range", False) else whole.fget(self)

    def mended_get_object(self):
        _reading.is_range = bool(self.headers.get("range"))
        try:
            return get_object(self)
        finally:
            _reading.is_range = False

    def mended_handle_range(self, request, headers, content):
        status, headers, content = handle_range(self, request, headers, content)
        # A range that S3 does not understand is answered with the whole object.
        return status, headers, content[:] if isinstance(content, StoredContent) else content

    FakeKey.value = property(value, whole.fset)
    S3Response.get_object = mended_get_object
    S3Response._handle_range_header = mended_handle_range


def apply() -> None:
    _read_ranges_only()
    responses.compute_checksum = compute_checksum
    S3Response._get_checksum = _get_checksum
    _one_writer_a_key()
    for name in ("_key_response", "_bucket_response"):
        _check_bodies(name)
