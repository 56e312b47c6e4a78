"""The SQL of a run's commit. What is known of history's offsets is literal in it: Iceberg leaves out files by it, and
validates by it that nobody else committed rows of the same range.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tickerlake_jobs.cut import NOTHING, Cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tickerlake_jobs.contract import Topic
    from tickerlake_jobs.receipts import LogPartition, Receipt

MAX_RANGES = 100
"""Of one log and partition: beyond, ranges are joined to one."""


@dataclass(frozen=True)
class Bound:
    """How many rows change in a partition, and how far they and their identities reach."""

    log: LogPartition
    last: int
    """Offset."""
    rows: int
    removed: bool
    identity: LogPartition
    low: int
    high: int


def count_files(source: str, receipts: Iterable[Receipt]) -> str:
    """Rows of each file, the last offset, and how many of them are quarantined."""
    quarantined = _offsets_sql(_quarantined(receipts))
    return (
        f"SELECT file, count(*) AS rows, max(kafka_offset) AS last, count_if({quarantined}) AS quarantined "
        f"FROM {source} GROUP BY file"
    )


def find_doubles(source: str, files: Sequence[str]) -> str:
    """A record that stands in more than one of the files; no file holds one twice."""
    listed = ", ".join(f"'{file}'" for file in files)
    return (
        f"SELECT 1 FROM {source} WHERE file IN ({listed}) "
        "GROUP BY log_id, kafka_partition, kafka_offset HAVING count(*) > 1 LIMIT 1"
    )


def select_changes(topic: Topic, source: str, history: str, receipts: Sequence[Receipt], cut: Cut) -> str:
    """What a commit changes: rows to be there (`removed` false), and rows of history that are quarantined by now.

    Above the cut history holds nothing, so rows need not be compared. Not so those of a derived topic: history may hold
    another copy of the same record, and then keeps it.
    """
    names = [column.name for column in topic.columns]
    columns = ", ".join(names)
    below = [receipt for receipt in receipts if receipt.start <= cut.get(receipt.log, NOTHING)]
    covered = _covered_sql(cut)
    rows = f"SELECT {columns} FROM {source}"
    if topic.is_derived:
        changed = _select_derived(topic, source, history, _quarantined(below))
    elif below:
        changed = f"{rows} WHERE NOT ({covered}) UNION ALL {_select_changed(topic, source, history, covered, below)}"
    else:
        changed = rows
    quarantined = _quarantined(below)
    live = f"SELECT {columns}, false AS removed FROM ({changed})"
    if not quarantined:
        return live
    gone = f"SELECT {columns}, true AS removed FROM {history} WHERE {_offsets_sql(quarantined)}"
    if topic.is_derived:
        keys = ", ".join(topic.identity)
        gone = f"{gone} AND ({keys}) NOT IN (SELECT {keys} FROM ({changed}))"
    return f"{live} UNION ALL {gone}"


def _select_changed(
    topic: Topic, source: str, history: str, covered: str, receipts: Sequence[Receipt]
) -> str:
    """Rows at or below the cut that history lacks or has otherwise."""
    columns = ", ".join(f"s.{column.name}" for column in topic.columns)
    same = " AND ".join(f"s.{column.name} <=> t.{column.name}" for column in topic.columns)
    on = " AND ".join(f"s.{name} = t.{name}" for name in topic.coordinates)
    known = f"SELECT * FROM {history} WHERE {_ranges_sql(_spans(receipts))}"
    return (
        f"SELECT {columns} FROM (SELECT * FROM {source} WHERE {covered}) s LEFT JOIN ({known}) t ON {on} "
        f"WHERE t.log_id IS NULL OR NOT ({same})"
    )


def _select_derived(
    topic: Topic, source: str, history: str, quarantined: Mapping[LogPartition, set[int]]
) -> str:
    """Of each record that history lacks its first copy; of one that it has, that copy if it was curated otherwise."""
    names = [column.name for column in topic.columns]
    columns = ", ".join(f"s.{name} AS {name}" for name in names)
    on = " AND ".join(f"s.{name} = t.{name}" for name in topic.identity)
    same_copy = " AND ".join(f"s.{name} = t.{name}" for name in topic.coordinates)
    same = " AND ".join(f"s.{name} <=> t.{name}" for name in names)
    known = f"SELECT * FROM {history} WHERE NOT ({_offsets_sql(quarantined)})"
    compared = (
        f"SELECT {columns}, t.log_id IS NULL AS missing FROM {source} s LEFT JOIN ({known}) t ON {on} "
        f"WHERE t.log_id IS NULL OR ({same_copy} AND NOT ({same}))"
    )
    copy = (
        f"row_number() OVER (PARTITION BY {', '.join(topic.identity)} "
        f"ORDER BY missing, {', '.join(topic.coordinates)}) AS copy"
    )
    return f"SELECT {', '.join(names)} FROM (SELECT *, {copy} FROM ({compared})) WHERE copy = 1"


def has_below(topic: Topic, receipts: Iterable[Receipt], cut: Cut) -> bool:
    """Whether what changes is known only when history was looked at."""
    return topic.is_derived or any(receipt.start <= cut.get(receipt.log, NOTHING) for receipt in receipts)


def bound_changes(topic: Topic, changes: str, cut: Cut) -> str:
    """The bounds of changes by partition, below the cut and above."""
    log, partition, offset = topic.identity
    return (
        f"SELECT {log} AS identity_log, {partition} AS identity_partition, log_id, kafka_partition, removed, "
        f"{_covered_sql(cut)} AS covered, min({offset}) AS low, max({offset}) AS high, max(kafka_offset) AS last, "
        f"count(*) AS rows FROM {changes} GROUP BY 1, 2, 3, 4, 5, 6"
    )


def join_bounds(bounds: Iterable[Bound]) -> list[Bound]:
    """One bound a partition."""
    joined: dict[LogPartition, Bound] = {}
    for bound in bounds:
        known = joined.get(bound.log, bound)
        joined[bound.log] = replace(
            known,
            last=max(known.last, bound.last),
            rows=bound.rows + (known.rows if known is not bound else 0),
            low=min(known.low, bound.low),
            high=max(known.high, bound.high),
        )
    return list(joined.values())


def merge(topic: Topic, changes: str, history: str, bounds: Iterable[Bound]) -> str:
    """The commit. Rows were compared before: whatever is matched is to be replaced or removed."""
    log, partition, offset = topic.identity
    names = [column.name for column in topic.columns]
    on = " AND ".join(f"t.{name} = s.{name}" for name in topic.identity)
    ranges = " OR ".join(
        sorted(
            {
                f"(t.{log} = '{bound.identity.log_id}' AND t.{partition} = {bound.identity.partition} "
                f"AND t.{offset} BETWEEN {bound.low} AND {bound.high})"
                for bound in bounds
            }
        )
    )
    return (
        f"MERGE INTO {history} t USING {changes} s ON {on} AND ({ranges}) "
        "WHEN MATCHED AND s.removed THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET {', '.join(f't.{name} = s.{name}' for name in names)} "
        f"WHEN NOT MATCHED AND NOT s.removed THEN INSERT ({', '.join(names)}) "
        f"VALUES ({', '.join(f's.{name}' for name in names)})"
    )


def _covered_sql(cut: Cut) -> str:
    terms = [
        f"(log_id = '{log.log_id}' AND kafka_partition = {log.partition} AND kafka_offset <= {offset})"
        for log, offset in sorted(cut.items())
    ]
    return " OR ".join(terms) or "false"


def _quarantined(receipts: Iterable[Receipt]) -> dict[LogPartition, set[int]]:
    offsets: dict[LogPartition, set[int]] = defaultdict(set)
    for receipt in receipts:
        if receipt.quarantined:
            offsets[receipt.log].update(receipt.quarantined)
    return dict(offsets)


def _offsets_sql(offsets: Mapping[LogPartition, set[int]]) -> str:
    terms = [
        f"(log_id = '{log.log_id}' AND kafka_partition = {log.partition} "
        f"AND kafka_offset IN ({', '.join(map(str, sorted(found)))}))"
        for log, found in sorted(offsets.items())
    ]
    return " OR ".join(terms) or "false"


def _spans(receipts: Iterable[Receipt]) -> dict[LogPartition, list[tuple[int, int]]]:
    """What the receipts cover, neighbours joined."""
    spans: dict[LogPartition, list[tuple[int, int]]] = defaultdict(list)
    for receipt in sorted(receipts, key=lambda receipt: (receipt.log, receipt.start)):
        known = spans[receipt.log]
        if known and receipt.start <= known[-1][1] + 1:
            known[-1] = (known[-1][0], max(known[-1][1], receipt.last))
        else:
            known.append((receipt.start, receipt.last))
    return {
        log: known if len(known) <= MAX_RANGES else [(known[0][0], known[-1][1])]
        for log, known in spans.items()
    }


def _ranges_sql(spans: Mapping[LogPartition, Sequence[tuple[int, int]]]) -> str:
    terms = [
        f"(log_id = '{log.log_id}' AND kafka_partition = {log.partition} AND kafka_offset BETWEEN {first} AND {last})"
        for log, ranges in spans.items()
        for first, last in ranges
    ]
    return " OR ".join(terms) or "false"
