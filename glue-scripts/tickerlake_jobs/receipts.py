"""Receipts of curated raw objects: what curation wrote of each, and how much of it there must be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

KEY = re.compile(r"receipts/[\w.-]+/log_id=([\w.-]+)/kafka_partition=(\d{4,})/(fill/)?(\d{20})\.json")
CURATED_KEY = re.compile(r"curated/[\w.-]+/dt=(\d{4}-\d{2}-\d{2})/[^/]+\.parquet")


class LogPartition(NamedTuple):
    """A partition of the topic in one log: the unit in which offsets mean something."""

    log_id: str
    partition: int


@dataclass(frozen=True)
class ListedReceipt:
    """A receipt as a listing shows it."""

    key: str
    log: LogPartition
    is_fill: bool
    """Whether its raw object is a single late record in the range of another, no link of the chain."""
    start: int
    modified: datetime
    etag: str = ""
    """Tells two writings of one second apart."""

    def order(self) -> tuple[LogPartition, int, bool]:
        """Of offsets; a fill may start where a link of the chain does, and comes behind it."""
        return self.log, self.start, self.is_fill


@dataclass(frozen=True)
class CuratedFile:
    """A curated file that a receipt names."""

    key: str
    rows: int

    @property
    def dt(self) -> str:
        """The day of its rows."""
        match = CURATED_KEY.fullmatch(self.key)
        if match is None:
            raise ValueError(f"{self.key} is no curated file")
        return match[1]


@dataclass(frozen=True)
class Receipt:
    """What became of the records of a raw object: each is a row in one of the files, or quarantined."""

    listed: ListedReceipt
    last: int
    files: tuple[CuratedFile, ...]
    quarantined: tuple[int, ...]

    @property
    def log(self) -> LogPartition:
        return self.listed.log

    @property
    def start(self) -> int:
        return self.listed.start

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


def parse_receipt_key(key: str, modified: datetime, etag: str = "") -> ListedReceipt | None:
    """What the key says, None if it is no receipt's."""
    match = KEY.fullmatch(key)
    if match is None:
        return None
    log_id, partition, fill, start = match.groups()
    return ListedReceipt(
        key, LogPartition(log_id, int(partition)), fill is not None, int(start), modified, etag
    )


def parse_receipt(listed: ListedReceipt, text: bytes) -> Receipt | None:
    """The receipt, None if it is torn, something else or does not add up: then its raw object is as good as not curated,
    and the next sweep has it curated again.
    """
    try:
        body = json.loads(text)
        files = tuple(CuratedFile(file["key"], int(file["rows"])) for file in body["curated"])
        quarantined = tuple(int(record["offset"]) for record in body["quarantined"])
        first, last, records = int(body["first"]), int(body["last"]), int(body["records"])
    except (ValueError, KeyError, TypeError):
        return None
    receipt = Receipt(listed, last, files, quarantined)
    adds_up = receipt.rows + len(quarantined) == records and first == listed.start <= last
    named = all(CURATED_KEY.fullmatch(file.key) for file in files)
    return receipt if adds_up and named else None
