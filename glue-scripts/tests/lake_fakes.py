"""A bucket that is a folder, and a catalog of one table, as boto3's clients show them."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class FolderS3:
    """Objects are files, so that Spark writes what it lists; when one was written can be set."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tags: dict[str, object] = {}

    def put(self, key: str, content: bytes, dropped: datetime) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (dropped.timestamp(), dropped.timestamp()))

    def get_paginator(self, operation: str) -> FolderS3:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: ARG002, N803 - boto3's names
        files = sorted(path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".crc")
        for path in files:
            key = path.relative_to(self.root).as_posix()
            if key.startswith(Prefix):
                modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                entry = {
                    "Key": key,
                    "ETag": self._etag(key),
                    "Size": path.stat().st_size,
                    "LastModified": modified,
                }
                yield {"Contents": [entry]}

    def get_object(self, **request: str) -> dict[str, Any]:
        key = request["Key"]
        assert request["IfMatch"] == self._etag(key)
        content = (self.root / key).read_bytes()
        if "Range" in request:
            content = content[int(request["Range"].removeprefix("bytes=")) :]
        return {"Body": io.BytesIO(content)}

    def put_object_tagging(self, **request: Any) -> None:  # noqa: ANN401
        self.tags[request["Key"]] = request["Tagging"]

    def _etag(self, key: str) -> str:
        return hashlib.sha256((self.root / key).read_bytes()).hexdigest()


class OneTableGlue:
    """Refuses what a catalog refuses: a table that is there, and an update of a version that is not the newest."""

    def __init__(self) -> None:
        self.table: dict[str, Any] | None = None
        self.version = 0

    def get_table(self, **_: str) -> dict[str, Any]:
        if self.table is None:
            raise _error("EntityNotFoundException")
        return {"Table": {**self.table, "VersionId": str(self.version)}}

    def create_table(self, **request: Any) -> None:  # noqa: ANN401
        if self.table is not None:
            raise _error("AlreadyExistsException")
        self.table = request["TableInput"]

    def update_table(self, **request: Any) -> None:  # noqa: ANN401
        if request["VersionId"] != str(self.version):
            raise _error("ConcurrentModificationException")
        self.table = request["TableInput"]
        self.version += 1


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")
