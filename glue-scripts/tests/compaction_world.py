"""A lake in memory for the tests of compaction: every call may be interleaved with others' calls, and may be the last of
its run. What the Iceberg table does at a commit is done here as Iceberg does it, conflicts by offset ranges included.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tickerlake_jobs.compaction import Conflict, Held, Merged, Note, Ports, Shown, Unsettled
from tickerlake_jobs.cut import NOTHING, Cut, Plan, merge_cuts
from tickerlake_jobs.lineage import Snapshot, logical_id, read_held, write_note
from tickerlake_jobs.receipts import ListedReceipt, LogPartition, Receipt, parse_receipt, parse_receipt_key

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

EXPIRY = timedelta(days=2)
"""The shortest that a stage may set."""
FUNCTION_TIMEOUT = timedelta(minutes=15)


class Crash(Exception):
    """The process is gone."""


@dataclass
class Turns:
    """Lets one actor at a time do one step, in an order drawn at random."""

    dice: random.Random
    actors: dict[str, threading.Thread] = field(default_factory=dict)
    gates: dict[str, threading.Semaphore] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    failures: list[BaseException] = field(default_factory=list)

    def add(self, name: str, work: Callable[[], None]) -> None:
        gate = threading.Semaphore(0)
        self.gates[name] = gate

        def run() -> None:
            gate.acquire()
            try:
                work()
            except BaseException as failure:  # noqa: BLE001 - told by the main thread
                self.failures.append(failure)
            self.done.add(name)
            self.back.release()

        self.actors[name] = threading.Thread(target=run, name=name, daemon=True)
        self.actors[name].start()

    def step(self) -> None:
        """Ends the current actor's step; one that nobody schedules goes on at once."""
        gate = self.gates.get(threading.current_thread().name)
        if gate is not None:
            self.back.release()
            gate.acquire()

    def run(self) -> None:
        while waiting := [name for name in self.actors if name not in self.done]:
            self.gates[self.dice.choice(waiting)].release()
            self.back.acquire()
            if self.failures:
                raise self.failures[0]


@dataclass(frozen=True)
class Row:
    """A curated row: what it is, and what was made of it."""

    log: LogPartition
    offset: int
    identity: int
    dt: str
    value: int


@dataclass
class Stored:
    body: object
    written: datetime
    tagged: bool = False


@dataclass(frozen=True)
class TableVersion:
    """A snapshot with its rows."""

    snapshot: Snapshot
    rows: tuple[Row, ...]
    added: tuple[Row, ...]
    """Rows of the files that the commit added."""


@dataclass
class World:
    turns: Turns
    derived: bool = False
    now: datetime = datetime(2026, 11, 20, tzinfo=UTC)
    files: dict[str, Stored] = field(default_factory=dict)
    receipts: dict[str, Stored] = field(default_factory=dict)
    table: list[TableVersion] = field(default_factory=list)
    view: dict[LogPartition, int] = field(default_factory=dict)
    in_flux: set[str] = field(default_factory=set)
    """Raw objects that are being curated again: their files do not agree with one another meanwhile."""
    limits: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What may end an actor at its next step."""

    def tick(self) -> None:
        self.turns.step()
        self.now += timedelta(seconds=1)
        self.limits.get(threading.current_thread().name, lambda: None)()

    # The lake, as a run sees it.

    def list_receipts(self) -> list[ListedReceipt]:
        self.tick()
        listed = [parse_receipt_key(key, stored.written) for key, stored in self.receipts.items()]
        return [receipt for receipt in listed if receipt is not None]

    def read_receipts(self, listed: Sequence[ListedReceipt]) -> list[Receipt]:
        found = []
        for receipt in listed:
            self.tick()
            body = self.receipts[receipt.key].body
            assert isinstance(body, bytes)
            parsed = parse_receipt(receipt, body)
            if parsed is not None:
                found.append(parsed)
        return found

    def is_tagged(self, key: str) -> bool:
        self.tick()
        return key not in self.files or self.files[key].tagged

    def tag(self, keys: Sequence[str]) -> None:
        for key in [*self.turns.dice.sample(keys[:-1], len(keys) - 1), keys[-1]]:
            self.tick()
            if key in self.files:
                self.files[key].tagged = True

    def expire(self) -> None:
        """As a lifecycle rule does: by tag, and by the time of writing."""
        for key, stored in list(self.files.items()):
            if stored.tagged and stored.written < self.now - EXPIRY:
                del self.files[key]

    # The view.

    def move(self, cut: Cut) -> Shown:
        self.tick()
        self.view = merge_cuts(self.view, cut)
        return Shown(dict(self.view))

    def rows_of(self, receipt_key: str) -> list[Row]:
        return [
            row for key, stored in self.files.items() if key.endswith(receipt_key) for row in _rows(stored)
        ]

    def query(self, pause: Callable[[], None]) -> list[Row]:
        """As an engine does: the view's text, then the table's metadata, then the curated files."""
        cut = dict(self.view)
        pause()
        history = self.table[-1].rows if self.table else ()
        pause()
        seen = [row for row in history if row.offset <= cut.get(row.log, NOTHING)]
        for key, stored in self.files.items():
            if not any(key.endswith(name) for name in self.in_flux):
                seen += [row for row in _rows(stored) if row.offset > cut.get(row.log, NOTHING)]
        if not self.derived:
            return seen
        return list(
            {
                row.identity: row for row in sorted(seen, key=lambda row: (row.log, row.offset), reverse=True)
            }.values()
        )


def _rows(stored: Stored) -> list[Row]:
    assert isinstance(stored.body, list)
    return list(stored.body)


class WorldHistory:
    """The table, as one run sees it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.opened = 0

    def open(self) -> Held:
        self.world.tick()
        self.opened = len(self.world.table)
        return read_held(
            [version.snapshot for version in self.world.table],
            self.world.table[-1].snapshot.id if self.world.table else None,
            now=self.world.now,
            scan=self.scan,
        )

    def scan(self) -> Cut:
        cut: dict[LogPartition, int] = {}
        for row in self.world.table[self.opened - 1].rows:
            cut[row.log] = max(row.offset, cut.get(row.log, NOTHING))
        return cut

    def merge(self, plan: Plan, held: Held, note: Note) -> Merged | None:
        world, opened = self.world, self.world.table[: self.opened]
        above, late = self._read(plan.above, must=True), self._read(plan.late, must=False)
        rows = [row for _, found in [*above, *late] for row in found]
        if len({(row.log, row.offset) for row in rows}) != len(rows):
            raise Unsettled("a record stands in two files")
        target = opened[-1].rows if opened else ()
        by_identity = {row.identity: row for row in target}
        changed: dict[int, Row] = {}
        for row in sorted(rows, key=lambda row: (row.log, row.offset)):
            known = by_identity.get(row.identity)
            if known is None:
                changed.setdefault(row.identity, row)
            elif known != row and (known.log, known.offset) == (row.log, row.offset):
                changed[row.identity] = row
        quarantined = {
            (receipt.log, offset) for receipt, _ in [*above, *late] for offset in receipt.quarantined
        }
        removed = {row.identity for row in target if (row.log, row.offset) in quarantined} - changed.keys()
        if not changed and not removed:
            return None
        world.tick()
        base = logical_id(
            [version.snapshot for version in opened], opened[-1].snapshot.id if opened else None
        )
        touched = [*changed.values(), *(by_identity[identity] for identity in removed)]
        if any(self._may_hold(version.added, touched, held) for version in world.table[self.opened :]):
            raise Conflict("somebody else committed")
        current = world.table[-1] if world.table else None
        cut = dict(held.cut)
        for row in changed.values():
            cut[row.log] = max(row.offset, cut.get(row.log, NOTHING))
        # Rows that were known are rewritten; those that were not are added, whatever others added meanwhile.
        gone = (changed.keys() & by_identity.keys()) | removed
        kept = [row for row in (current.rows if current else ()) if row.identity not in gone]
        snapshot = Snapshot(
            id=len(world.table) + 1,
            parent=None if current is None else current.snapshot.id,
            operation="overwrite",
            committed=world.now,
            text=write_note(cut, base, note),
        )
        added = tuple(changed.values())
        world.table.append(TableVersion(snapshot, (*kept, *added), added))
        return Merged(cut, len(changed) + len(removed))

    def _read(self, receipts: Sequence[Receipt], *, must: bool) -> list[tuple[Receipt, list[Row]]]:
        found = []
        for receipt in receipts:
            rows: list[Row] = []
            for file in receipt.files:
                self.world.tick()
                stored = self.world.files.get(file.key)
                if stored is None:
                    if must:
                        raise Unsettled("a file is gone")
                    break
                if len(_rows(stored)) != file.rows:
                    raise Unsettled("a file is not what its receipt says")
                if any(row.offset in receipt.quarantined for row in _rows(stored)):
                    raise Unsettled("a file holds what its receipt calls quarantined")
                rows += _rows(stored)
            else:
                found.append((receipt, rows))
        return found

    def _may_hold(self, added: Sequence[Row], touched: Sequence[Row], held: Held) -> bool:
        """Whether files with these rows may hold some of the ranges that are merged: above the cut, and below."""
        ranges: dict[tuple[LogPartition, bool], list[int]] = {}
        for row in touched:
            log, offset = self._identity(row)
            ranges.setdefault((log, row.offset > held.cut.get(row.log, NOTHING)), []).append(offset)
        return any(
            log == other and min(offsets) <= offset <= max(offsets)
            for (log, _), offsets in ranges.items()
            for other, offset in map(self._identity, added)
        )

    def _identity(self, row: Row) -> tuple[LogPartition, int]:
        return (LogPartition("source", 0), row.identity) if self.world.derived else (row.log, row.offset)


@dataclass(frozen=True)
class Record:
    """A raw record; each version of the curation judges it anew."""

    log: LogPartition
    offset: int
    identity: int
    good: tuple[bool, ...]
    """By version."""
    days: tuple[str, ...]

    @property
    def is_firm(self) -> bool:
        return all(self.good)


@dataclass(frozen=True)
class RawObject:
    log: LogPartition
    start: int
    records: tuple[Record, ...]
    is_fill: bool = False

    @property
    def name(self) -> str:
        """What keys of its files end with."""
        fill = "fill-" if self.is_fill else ""
        return f"/{self.log.log_id}-{self.log.partition:04}-{fill}{self.start:020}.parquet"

    @property
    def receipt_key(self) -> str:
        fill = "fill/" if self.is_fill else ""
        return f"receipts/quotes/log_id={self.log.log_id}/kafka_partition={self.log.partition:04}/{fill}{self.start:020}.json"


def curate(world: World, raw: RawObject, version: int) -> None:
    """As curate-quotes does: files, then what an earlier version left, then the receipt; from the start if that takes too long."""
    while not _try_curate(world, raw, version):
        pass


def _try_curate(world: World, raw: RawObject, version: int) -> bool:
    started = world.now
    days: dict[str, list[Row]] = {}
    for record in raw.records:
        if record.good[version]:
            row = Row(
                record.log,
                record.offset,
                record.identity,
                record.days[version],
                record.identity * 10 + version,
            )
            days.setdefault(row.dt, []).append(row)
    keys = {dt: f"curated/quotes/dt={dt}{raw.name}" for dt in days}
    if raw.receipt_key in world.receipts:
        world.in_flux.add(raw.name)
    for dt, rows in days.items():
        world.tick()
        world.files[keys[dt]] = Stored(rows, world.now)
    for key in [key for key in world.files if key.endswith(raw.name) and key not in keys.values()]:
        world.tick()
        world.files.pop(key, None)
    world.tick()
    if world.now - started > FUNCTION_TIMEOUT:
        return False
    body = {
        "first": raw.start,
        "last": raw.records[-1].offset,
        "records": len(raw.records),
        "curated": [{"key": keys[dt], "rows": len(rows)} for dt, rows in days.items()],
        "quarantined": [{"offset": record.offset} for record in raw.records if not record.good[version]],
    }
    world.receipts[raw.receipt_key] = Stored(json.dumps(body).encode(), world.now)
    world.in_flux.discard(raw.name)
    return True


def ports_of(world: World) -> Ports:
    return Ports(
        lake=world,
        history=WorldHistory(world),
        view=world,
        now=lambda: world.now,
        wait=lambda _: world.tick(),
    )
