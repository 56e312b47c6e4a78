"""What a run of job compact is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tickerlake_jobs.contract import Topic, find_topic
from tickerlake_jobs.cut import OffsetRange
from tickerlake_jobs.receipts import LogPartition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tickerlake_jobs.quality import QualityAction

REQUIRED = (
    "JOB_NAME",
    "topic",
    "database",
    "lake_bucket",
    "view_function",
    "target_file_bytes",
    "quality_ruleset",
    "quality_action",
    "freshness_hours",
    "optimizer_role",
    "snapshot_days",
)
OPTIONAL = ("ranges",)


@dataclass(frozen=True)
class CompactArguments:
    """Arguments of a run, read once."""

    topic: Topic
    database: str
    bucket: str
    view_function: str
    target_file_bytes: int
    quality_ruleset: str
    quality_action: QualityAction
    freshness_hours: int
    optimizer_role: str
    """Empty: the table gets no optimizers."""
    snapshot_days: int
    ranges: Sequence[OffsetRange]
    """Offsets to be merged again, of a backfill."""


def parse_arguments(options: Mapping[str, str]) -> CompactArguments:
    """:raises ValueError: an argument is not what it should be; the message names it"""
    return CompactArguments(
        topic=find_topic(options["topic"]),
        database=options["database"],
        bucket=options["lake_bucket"],
        view_function=options["view_function"],
        target_file_bytes=_count(options, "target_file_bytes"),
        quality_ruleset=options["quality_ruleset"],
        quality_action=cast("QualityAction", _choice(options, "quality_action", ("fail", "warn"))),
        freshness_hours=_count(options, "freshness_hours"),
        optimizer_role=options["optimizer_role"],
        snapshot_days=_count(options, "snapshot_days"),
        ranges=parse_ranges(options.get("ranges", "[]")),
    )


def parse_ranges(text: str) -> list[OffsetRange]:
    """:raises ValueError: it is no JSON list of ranges"""
    try:
        return [_range(given) for given in json.loads(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            'ranges is no JSON list of {"log_id","kafka_partition","from_offset","to_offset"}: ' + repr(error)
        ) from error


def _range(given: Mapping[str, Any]) -> OffsetRange:
    log = LogPartition(str(given["log_id"]), int(given["kafka_partition"]))
    first, last = int(given["from_offset"]), int(given["to_offset"])
    if not 0 <= first <= last:
        raise ValueError(f"offsets {first} to {last} are no range")
    return OffsetRange(log, first, last)


def _count(options: Mapping[str, str], name: str) -> int:
    text = options[name]
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{name} is {text!r}, not a whole number above 0")
    return int(text)


def _choice(options: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    if options[name] not in allowed:
        raise ValueError(f"{name} is {options[name]!r}, not one of {', '.join(allowed)}")
    return options[name]
