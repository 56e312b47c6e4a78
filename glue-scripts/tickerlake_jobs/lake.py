"""Receipts and curated files in the lake bucket, by boto3. Thousands of small objects: calls go in parallel."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from tickerlake_jobs.receipts import ListedReceipt, Receipt, parse_receipt, parse_receipt_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tickerlake_jobs.contract import Topic

Item = TypeVar("Item")
Answer = TypeVar("Answer")

CALLS_AT_ONCE = 16
"""boto3's clients may be shared by threads: https://docs.aws.amazon.com/boto3/latest/guide/clients.html."""

COVERED = {"Key": "covered", "Value": "history"}
"""Files with this tag expire by the bucket's lifecycle."""

GONE = frozenset({"NoSuchKey", "404", "NotFound", "MethodNotAllowed"})
"""The last of a key whose newest version is a delete marker.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
"""


@dataclass(frozen=True)
class TopicLake:
    """What the bucket holds of one topic."""

    s3: Any
    bucket: str
    topic: Topic

    def list_receipts(self) -> list[ListedReceipt]:
        prefix = self.topic.receipts_prefix
        logs = self._folders(prefix)
        partitions = [folder for found in _in_parallel(self._folders, logs) for folder in found]
        listed = _in_parallel(lambda folder: list(self._objects(folder)), partitions)
        receipts = (
            parse_receipt_key(entry["Key"], entry["LastModified"], entry["ETag"])
            for found in listed
            for entry in found
        )
        return [receipt for receipt in receipts if receipt is not None]

    def read_receipts(self, listed: Sequence[ListedReceipt]) -> list[Receipt]:
        def read(receipt: ListedReceipt) -> Receipt | None:
            try:
                body = self.s3.get_object(Bucket=self.bucket, Key=receipt.key)["Body"].read()
            except ClientError as error:
                if _is_gone(error):
                    return None
                raise
            return parse_receipt(receipt, body)

        return [receipt for receipt in _in_parallel(read, listed) if receipt is not None]

    def is_tagged(self, key: str) -> bool:
        try:
            found = self.s3.get_object_tagging(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _is_gone(error):
                return True
            raise
        return COVERED in found["TagSet"]

    def tag(self, keys: Sequence[str]) -> None:
        def tag(key: str) -> None:
            try:
                self.s3.put_object_tagging(Bucket=self.bucket, Key=key, Tagging={"TagSet": [COVERED]})
            except ClientError as error:
                if not _is_gone(error):
                    raise

        _in_parallel(tag, keys[:-1])
        tag(keys[-1])

    def file_sizes(self, days: Iterable[str]) -> dict[str, int]:
        """Bytes of every curated file of these days, by key."""
        folders = [f"{self.topic.curated_prefix}dt={day}/" for day in days]
        listed = _in_parallel(lambda folder: list(self._objects(folder)), folders)
        return {entry["Key"]: entry["Size"] for found in listed for entry in found}

    def _folders(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, Delimiter="/"
        )
        return [folder["Prefix"] for page in pages for folder in page.get("CommonPrefixes", [])]

    def _objects(self, prefix: str) -> Iterable[Mapping[str, Any]]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from page.get("Contents", [])


@dataclass(frozen=True)
class JsonFunction:
    """A Lambda function that takes and gives JSON."""

    client: Any
    name: str

    def call(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Invokes it and waits for its answer.

        :raises RuntimeError: it failed; what it says of it is in the message
        """
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(request).encode())
        text = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise RuntimeError(f"function {self.name} failed: {text[:1000]}")
        parsed: dict[str, Any] = json.loads(text)
        return parsed


def _in_parallel(act: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """Answers in the order of the items."""
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        return list(pool.map(act, items))


def _is_gone(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in GONE
