"""Listing files as they were dropped: which of them are news, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from tickerlake_jobs.listing import find_footer_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

NEW_YORK = ZoneInfo("America/New_York")

TAIL_BYTES = 1024
"""The footer is the last row, or the last but an empty one."""

MAX_BYTES = 16 * 1024 * 1024
"""A whole listing of the exchange is half a megabyte."""


class S3(Protocol):
    """What is used of boto3's S3 client."""

    def get_paginator(self, operation: str) -> Any: ...  # noqa: ANN401 - boto3 has no types
    def get_object(self, **request: str) -> dict[str, Any]: ...
    def put_object_tagging(self, **request: Any) -> object: ...  # noqa: ANN401


@dataclass(frozen=True, order=True)
class Edition:
    """Orders listings: by the exchange's own time, and of the same one by when they were dropped."""

    file_time: datetime
    """New York time, without a zone."""
    dropped: datetime


@dataclass(frozen=True)
class ListingFile:
    """A dropped file."""

    key: str
    etag: str
    edition: Edition


def find_news(s3: S3, bucket: str, prefix: str, loaded: Edition | None) -> Sequence[ListingFile]:
    """Files of a later edition than the loaded one, the newest first. One without a footer is as new as its drop."""
    files = [_describe(s3, bucket, entry) for entry in list_objects(s3, bucket, prefix) if entry["Size"] > 0]
    news = [file for file in files if loaded is None or file.edition > loaded]
    return sorted(news, key=lambda file: file.edition, reverse=True)


def read_file(s3: S3, bucket: str, file: ListingFile) -> bytes:
    """All of the file, as it was when it was listed."""
    answer = s3.get_object(Bucket=bucket, Key=file.key, IfMatch=file.etag)
    content: bytes = answer["Body"].read(MAX_BYTES + 1)
    return content


def list_objects(s3: S3, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Objects under the prefix, in the order of their keys."""
    pages: Iterable[dict[str, Any]] = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix
    )
    for page in pages:
        yield from page.get("Contents", [])


def _describe(s3: S3, bucket: str, entry: dict[str, Any]) -> ListingFile:
    key, etag, dropped = entry["Key"], entry["ETag"], entry["LastModified"]
    tail = s3.get_object(Bucket=bucket, Key=key, IfMatch=etag, Range=f"bytes=-{TAIL_BYTES}")["Body"].read()
    file_time = find_footer_time(tail.decode("utf-8", "replace"))
    by_drop = dropped.astimezone(NEW_YORK).replace(tzinfo=None, second=0, microsecond=0)
    return ListingFile(key, etag, Edition(file_time or by_drop, dropped))
