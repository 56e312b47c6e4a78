"""What compaction is told, what snapshots tell it, and what it asks of AWS."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tickerlake_jobs.compact_arguments import REQUIRED, parse_arguments, parse_ranges
from tickerlake_jobs.compaction import SETTLING, Note
from tickerlake_jobs.contract import find_topic
from tickerlake_jobs.cut import Cut, OffsetRange
from tickerlake_jobs.lake import JsonFunction, TopicLake
from tickerlake_jobs.lineage import Snapshot, logical_id, read_held, write_note
from tickerlake_jobs.merge_sql import Bound, join_bounds, merge
from tickerlake_jobs.optimizers import TableOptimizers
from tickerlake_jobs.receipts import LogPartition, parse_receipt, parse_receipt_key
from tickerlake_jobs.view import CutView

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOG = LogPartition("log-a", 3)

OPTIONS = {
    "JOB_NAME": "tickerlake-dev-compact",
    "topic": "quotes",
    "database": "tickerlake_dev",
    "lake_bucket": "lake",
    "view_function": "tickerlake-dev-move-cut",
    "target_file_bytes": "128000000",
    "quality_ruleset": "rules",
    "quality_action": "warn",
    "freshness_hours": "24",
    "optimizer_role": "",
    "snapshot_days": "5",
}


class Calls:
    """A client that answers as scripted and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:  # noqa: ANN401
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        def call(**request: Any) -> Any:  # noqa: ANN401
            self.asked.append((name, request))
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


def test_arguments_are_read_once() -> None:
    assert set(OPTIONS) == set(REQUIRED)
    arguments = parse_arguments(OPTIONS)
    assert (arguments.topic.history_table, arguments.target_file_bytes) == ("quotes_history", 128_000_000)
    assert (arguments.quality_action, arguments.ranges) == ("warn", [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("topic", "trades"),
        ("quality_action", "ignore"),
        ("target_file_bytes", "12e6"),
        ("freshness_hours", "0"),
        ("snapshot_days", ""),
        ("ranges", "{"),
        ("ranges", '[{"log_id": "log-a"}]'),
        ("ranges", '[{"log_id": "a", "kafka_partition": 0, "from_offset": 5, "to_offset": 4}]'),
    ],
)
def test_a_bad_argument_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        parse_arguments({**OPTIONS, name: value})


def test_ranges_are_a_list_of_offsets() -> None:
    text = '[{"log_id": "log-a", "kafka_partition": 3, "from_offset": 5, "to_offset": 9}]'
    assert parse_ranges(text) == [OffsetRange(LOG, 5, 9)]


def snapshot(
    number: int,
    parent: int | None,
    text: str | None = None,
    operation: str = "overwrite",
    age: timedelta = timedelta(),
) -> Snapshot:
    return Snapshot(number, parent, operation, NOW - age, text)


def note(offset: int, base: int | None) -> str:
    return write_note({LOG: offset}, base, Note(NOW, {LOG: 1}))


def held(*snapshots: Snapshot, scanned: Cut | None = None) -> tuple[dict[LogPartition, int], bool]:
    scans = []

    def scan() -> Cut:
        scans.append(1)
        return scanned or {}

    found = read_held(snapshots, snapshots[-1].id, now=NOW, scan=scan)
    return dict(found.cut), bool(scans)


def test_a_table_that_was_never_written_holds_nothing() -> None:
    assert read_held([], None, now=NOW, scan=dict).cut == {}


def test_the_newest_commit_tells_the_cut_without_reading_the_table() -> None:
    assert held(snapshot(1, None, note(5, None)), snapshot(2, 1, note(9, 1))) == ({LOG: 9}, False)


def test_an_optimizer_that_rewrites_files_changes_nothing() -> None:
    first, rewrite = snapshot(1, None, note(5, None)), snapshot(2, 1, None, "replace")
    assert held(first, rewrite) == ({LOG: 5}, False)
    assert held(first, rewrite, snapshot(3, 2, note(9, 1))) == ({LOG: 9}, False)
    assert logical_id([first, rewrite], 2) == 1


def test_of_two_runs_that_did_not_conflict_both_count() -> None:
    # The second was reckoned from the state before the first.
    base = snapshot(1, None, note(5, None))
    assert held(base, snapshot(2, 1, note(9, 1)), snapshot(3, 2, note(5, 1))) == ({LOG: 9}, False)


def test_a_commit_of_somebody_else_has_the_table_read() -> None:
    first = snapshot(1, None, note(5, None))
    assert held(first, snapshot(2, 1), scanned={LOG: 7}) == ({LOG: 7}, True)
    assert held(first, snapshot(2, 1, "{"), scanned={LOG: 4}) == ({LOG: 5}, True)
    # What came between has expired: who knows what it was.
    assert held(snapshot(3, 2, note(5, 1)), scanned={LOG: 8}) == ({LOG: 8}, True)


def test_a_table_that_was_taken_back_forgets_what_came_after() -> None:
    snapshots = [snapshot(1, None, note(5, None)), snapshot(2, 1, note(9, 1))]
    assert read_held(snapshots, 1, now=NOW, scan=dict).cut == {LOG: 5}


def test_only_what_was_committed_long_ago_is_settled() -> None:
    snapshots = [
        snapshot(1, None, note(5, None), age=SETTLING + timedelta(minutes=1)),
        snapshot(2, 1, note(9, 1), age=SETTLING - timedelta(minutes=1)),
    ]
    found = read_held(snapshots, 2, now=NOW, scan=dict)
    assert (found.settled, found.note) == ({LOG: 5}, Note(NOW, {LOG: 1}))


KEY = "receipts/quotes/log_id=log-a/kafka_partition=0003/00000000000000000005.json"
FILE = "curated/quotes/dt=2026-11-20/log-a-0003-00000000000000000005.parquet"


def receipt(**changes: object) -> bytes:
    body = {
        "first": 5,
        "last": 9,
        "records": 3,
        "curated": [{"key": FILE, "rows": 2}],
        "quarantined": [{"offset": 7}],
    }
    return json.dumps({**body, **changes}).encode()


def test_a_receipt_is_read_by_key_and_text() -> None:
    listed = parse_receipt_key(KEY, NOW)
    assert listed is not None
    assert (listed.log, listed.start, listed.is_fill) == (LOG, 5, False)
    read = parse_receipt(listed, receipt())
    assert read is not None
    assert (read.last, read.rows, read.quarantined, read.files[0].dt) == (9, 2, (7,), "2026-11-20")
    fill = parse_receipt_key(KEY.replace("0003/", "0003/fill/"), NOW)
    assert fill is not None
    assert fill.is_fill
    assert parse_receipt_key("receipts/quotes/strays.txt", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        receipt(records=4),
        receipt(first=4),
        receipt(last=4),
        receipt(curated=[{"key": "secrets/key", "rows": 2}]),
        receipt(quarantined=[{}]),
    ],
)
def test_a_receipt_that_does_not_add_up_is_none(text: bytes) -> None:
    listed = parse_receipt_key(KEY, NOW)
    assert listed is not None
    assert parse_receipt(listed, text) is None


@pytest.mark.parametrize("code", ["NoSuchKey", "MethodNotAllowed"], ids=["no version", "a delete marker"])
def test_what_is_gone_needs_no_tag(code: str) -> None:
    calls = Calls(get_object_tagging=refusal(code), put_object_tagging=refusal(code))
    lake = TopicLake(calls, "lake", find_topic("quotes"))
    assert lake.is_tagged(FILE)
    lake.tag([FILE, FILE])
    assert len(calls.asked) == 3


def test_a_refused_tag_is_told() -> None:
    calls = Calls(get_object_tagging=refusal("AccessDenied"), put_object_tagging=refusal("AccessDenied"))
    lake = TopicLake(calls, "lake", find_topic("quotes"))
    with pytest.raises(ClientError):
        lake.is_tagged(FILE)
    with pytest.raises(ClientError):
        lake.tag([FILE])


def test_the_view_is_moved_by_its_function() -> None:
    answer = {"view": "quotes", "result": "moved", "cut": [{"logId": "log-a", "partition": 3, "offset": 9}]}
    calls = Calls(invoke={"Payload": io.BytesIO(json.dumps(answer).encode())})
    shown = CutView(JsonFunction(calls, "move-cut"), "quotes").move({LOG: 7})
    assert shown.cut == {LOG: 9}
    sent = json.loads(calls.asked[0][1]["Payload"])
    assert sent == {"view": "quotes", "cut": [{"logId": "log-a", "partition": 3, "offset": 7}]}


def test_a_function_that_fails_is_told_with_its_words() -> None:
    failed = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "there is no view"}')}
    with pytest.raises(RuntimeError, match=r"move-cut failed.*there is no view"):
        CutView(JsonFunction(Calls(invoke=failed), "move-cut"), "quotes").move({})


def optimizers(calls: Calls) -> TableOptimizers:
    return TableOptimizers(
        calls, "123456789012", "tickerlake_dev", "quotes_history", "arn:aws:iam::1:role/o", 5
    )


def test_optimizers_are_created_once() -> None:
    calls = Calls(create_table_optimizer={})
    assert optimizers(calls).ensure() == ["compaction", "retention", "orphan_file_deletion"]
    retention = calls.asked[1][1]["TableOptimizerConfiguration"]
    assert retention["retentionConfiguration"]["icebergConfiguration"]["snapshotRetentionPeriodInDays"] == 5
    assert optimizers(Calls(create_table_optimizer=refusal("AlreadyExistsException"))).ensure() == []


def test_a_refused_optimizer_is_told() -> None:
    with pytest.raises(ClientError):
        optimizers(Calls(create_table_optimizer=refusal("AccessDeniedException"))).ensure()


def bound(first: int, last: int, rows: int) -> Bound:
    return Bound(log=LOG, last=last, rows=rows, removed=False, identity=LOG, low=first, high=last)


def test_bounds_of_a_partition_are_joined() -> None:
    assert join_bounds([bound(5, 9, 4), bound(0, 4, 3), bound(10, 10, 1)]) == [bound(0, 10, 8)]


def test_a_commit_says_literally_which_offsets_it_touches() -> None:
    statement = merge(find_topic("quotes"), "changes", "history", [bound(5, 9, 4)])
    assert "(t.log_id = 'log-a' AND t.kafka_partition = 3 AND t.kafka_offset BETWEEN 5 AND 9)" in statement
    derived = merge(find_topic("quotes_filtered"), "changes", "history", [bound(5, 9, 4)])
    assert (
        "(t.source_log_id = 'log-a' AND t.source_partition = 3 AND t.source_offset BETWEEN 5 AND 9)"
        in derived
    )
