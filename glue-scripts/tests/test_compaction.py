"""Invariant 5: whatever is curated, compacted, killed and expired at the same time, each row is shown once."""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.compaction_world import (
    Crash,
    RawObject,
    Record,
    Row,
    Turns,
    World,
    WorldHistory,
    curate,
    ports_of,
)
from tickerlake_jobs.compaction import (
    ATTEMPTS,
    Conflict,
    Unsettled,
    ViewAhead,
    compact,
)
from tickerlake_jobs.receipts import LogPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tickerlake_jobs.compaction import Held, Merged, Note, Shown
    from tickerlake_jobs.cut import Cut, Plan

SCHEDULES = int(os.environ.get("TICKERLAKE_SCHEDULES", "100"))
VERSIONS = 2
DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")
LOGS = (LogPartition("log-a", 0), LogPartition("log-a", 1), LogPartition("log-b", 0))
RUN_TIMEOUT = timedelta(hours=4)
QUERY_TIMEOUT = timedelta(hours=4)
IDLE = timedelta(days=3)


def make_raw(dice: random.Random, *, derived: bool) -> list[RawObject]:
    """Chains of a few partitions with holes, and fills of some of those."""
    objects: list[RawObject] = []
    records: list[Record] = []

    def record(log: LogPartition, offset: int) -> Record:
        # A batch that came twice was produced twice: another offset, the same record.
        if derived and records and dice.random() < 0.3:
            twin = dice.choice(records)
            made = Record(log, offset, twin.identity, twin.good, twin.days)
        else:
            good = tuple(derived or dice.random() < 0.85 for _ in range(VERSIONS))
            days = tuple(dice.choice(DAYS) for _ in range(VERSIONS))
            made = Record(log, offset, len(records), good, (days[0],) * VERSIONS if derived else days)
        records.append(made)
        return made

    for log in LOGS:
        end = -1
        for _ in range(dice.randint(1, 4)):
            start, held = end + 1, list[Record]()
            offset = start + dice.choice([0, 0, 1])
            for _ in range(dice.randint(1, 4)):
                held.append(record(log, offset))
                offset += dice.choice([1, 1, 1, 2])
            end = held[-1].offset
            objects.append(RawObject(log, start, tuple(held)))
            holes = sorted(set(range(start, end)) - {known.offset for known in held})
            objects += [
                RawObject(log, hole, (record(log, hole),), is_fill=True)
                for hole in holes
                if dice.random() < 0.5
            ]
    return objects


class Schedule:
    """Curation, one or two series of runs that die anywhere, a reader, and a clock by which files expire."""

    def __init__(self, seed: int, *, derived: bool) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.world = World(Turns(self.dice), derived=derived)
        self.objects = make_raw(self.dice, derived=derived)
        self.again = [raw for raw in self.objects if self.dice.random() < 0.5]
        self.runs = ("run a", "run b")[: self.dice.choice([1, 2])]
        self.firm: set[int] = set()
        """Identities that must be shown from now on."""
        self.query_started: datetime | None = None

    def play(self) -> None:
        turns = self.world.turns
        turns.add("curator", self.curate)
        for name in self.runs:
            turns.add(name, partial(self.compact, name))
        turns.add("reader", self.read)
        turns.add("clock", self.pass_time)
        turns.run()
        for _ in range(2):
            compact(ports_of(self.world))
            compact(ports_of(self.world))
            self.check_all()
            self.world.now += IDLE
            self.world.expire()
        if len(self.runs) == 1:
            self.check_covered()

    def curate(self) -> None:
        for version, objects in enumerate([self.objects, self.again]):
            for raw in self.dice.sample(objects, len(objects)):
                curate(self.world, raw, version)
                if not raw.is_fill:
                    self.firm |= {record.identity for record in raw.records if record.is_firm}

    def compact(self, name: str) -> None:
        for _ in range(4):
            self.world.limits[name] = self.make_limit(self.dice.choice([1, 3, 6, 10, 15, 25, 1000, 1000]))
            with suppress(Crash, Conflict, Unsettled):
                compact(ports_of(self.world))
            del self.world.limits[name]
            self.world.tick()

    def make_limit(self, steps: int) -> Callable[[], None]:
        started, left = self.world.now, steps

        def limit() -> None:
            nonlocal left
            left -= 1
            if left < 0 or self.world.now - started > RUN_TIMEOUT:
                raise Crash

        return limit

    def read(self) -> None:
        for _ in range(25):
            self.query_started = self.world.now
            must, flux = set(self.firm), set(self.world.in_flux)

            def pause(flux: set[str] = flux) -> None:
                self.world.tick()
                flux |= self.world.in_flux

            seen = self.world.query(pause)
            self.query_started = None
            unsure = {record.identity for raw in self.objects if raw.name in flux for record in raw.records}
            self.check_once(seen, must - unsure)
            self.world.tick()

    def pass_time(self) -> None:
        for _ in range(15):
            jump = self.dice.choice(
                [timedelta(minutes=1), timedelta(hours=1), timedelta(hours=13), timedelta(days=3)]
            )
            if self.query_started is not None:
                left = QUERY_TIMEOUT - timedelta(hours=1) - (self.world.now - self.query_started)
                jump = min(jump, max(timedelta(0), left))
            self.world.now += jump
            self.world.expire()
            self.world.tick()

    def check_once(self, seen: Sequence[Row], must: set[int]) -> None:
        counts = Counter(row.identity for row in seen)
        doubled = [identity for identity, count in counts.items() if count > 1]
        missing = sorted(must - counts.keys())
        assert (doubled, missing) == ([], []), f"seed {self.seed}: rows that are shown twice, and not at all"

    def check_all(self) -> None:
        """When all is still, the view shows each row as it was last curated."""
        expected: dict[int, set[int]] = {}
        for raw in self.objects:
            version = 1 if raw in self.again else 0
            for record in raw.records:
                if record.good[version]:
                    expected.setdefault(record.identity, set()).add(record.identity * 10 + version)
        seen = self.world.query(lambda: None)
        assert Counter(row.identity for row in seen) == Counter(expected.keys()), (
            f"seed {self.seed}: at the end"
        )
        assert [row for row in seen if row.value not in expected[row.identity]] == [], (
            f"seed {self.seed}: stale"
        )

    def check_covered(self) -> None:
        """What history covers expires. Where two runs tag at once and one dies, some files may stay untagged, and so may fills
        that come late to a lake that nobody compacts: they cost storage and nothing else.
        """
        may_stay = [
            raw.name
            for raw in self.objects
            if raw.is_fill or raw in self.again or raw.records[-1].offset > self.world.view.get(raw.log, -1)
        ]
        left = [key for key in self.world.files if not key.endswith(tuple(may_stay))]
        assert left == [], f"seed {self.seed}: files outlive their cover"


@pytest.mark.parametrize("derived", [False, True], ids=["quotes", "derived"])
def test_each_row_is_shown_once_at_any_moment(derived: bool) -> None:
    for seed in range(SCHEDULES):
        Schedule(seed, derived=derived).play()


def make_world(*objects: RawObject) -> World:
    world = World(Turns(random.Random(0)))
    for raw in objects:
        curate(world, raw, 0)
    return world


def plain(start: int, *offsets: int, partition: int = 0) -> RawObject:
    log = LogPartition("log-a", partition)
    both = (True,) * VERSIONS
    records = tuple(Record(log, at, 1000 * partition + at, both, (DAYS[0],) * VERSIONS) for at in offsets)
    return RawObject(log, start, records)


def test_the_cut_goes_to_the_first_gap() -> None:
    world = make_world(plain(0, 0, 1), plain(2, 2, 4), plain(6, 6), plain(0, 0, partition=1))
    outcome = compact(ports_of(world))
    assert outcome.after == {LogPartition("log-a", 0): 4, LogPartition("log-a", 1): 0}
    assert world.view == outcome.after
    assert (outcome.receipts, outcome.files, outcome.rows, outcome.tagged) == (3, 3, 5, 3)


def test_a_second_run_finds_nothing_to_do() -> None:
    world = make_world(plain(0, 0, 1))
    compact(ports_of(world))
    assert compact(ports_of(world)).rows == 0
    assert len(world.table) == 1


def test_a_torn_receipt_is_a_gap() -> None:
    world = make_world(plain(0, 0, 1), plain(2, 2))
    world.receipts[plain(2, 2).receipt_key].body = b'{"first": 2'
    assert compact(ports_of(world)).after == {LogPartition("log-a", 0): 1}


def test_history_that_was_taken_back_is_made_again_from_files_that_are_there() -> None:
    world = make_world(plain(0, 0, 1), plain(2, 2))
    compact(ports_of(world))
    world.table.clear()
    assert compact(ports_of(world)).after == world.view == {LogPartition("log-a", 0): 2}
    assert len(world.query(lambda: None)) == 3


def test_history_that_was_taken_back_for_good_is_told() -> None:
    world = make_world(plain(0, 0, 1))
    compact(ports_of(world))
    world.table.clear()
    world.files.clear()
    with pytest.raises(Unsettled):
        compact(ports_of(world))
    world.receipts.clear()
    with pytest.raises(ViewAhead, match="backfill"):
        compact(ports_of(world))


LOG = LogPartition("log-a", 0)
FILL = RawObject(LOG, 1, (Record(LOG, 1, 1, (True, True), (DAYS[0],) * VERSIONS),), is_fill=True)
MENDED = RawObject(LOG, 0, (Record(LOG, 0, 0, (False, True), (DAYS[0],) * VERSIONS), *plain(0, 1).records))


@pytest.mark.parametrize("came", [FILL, MENDED], ids=["a fill", "curated again"])
def test_what_comes_while_a_run_merges_is_merged_before_the_view_moves(came: RawObject) -> None:
    world = make_world(plain(0, 0, 2) if came.is_fill else came)
    waiting = [came]

    class Late(WorldHistory):
        def merge(self, plan: Plan, held: Held, note: Note) -> Merged | None:
            merged = super().merge(plan, held, note)
            while waiting:
                curate(world, waiting.pop(), 1)
            return merged

    class Watched(World):
        def move(self, cut: Cut) -> Shown:
            before = {row.offset for row in world.query(lambda: None)}
            shown = World.move(world, cut)
            assert before <= {row.offset for row in world.query(lambda: None)}
            return shown

    ports = replace(ports_of(world), history=Late(world), view=Watched(world.turns))
    outcome = compact(ports)
    assert (outcome.attempts, len(world.table)) == (2, 2)
    assert len(world.query(lambda: None)) == (3 if came.is_fill else 2)
    assert (outcome.before, outcome.after) == ({}, world.view)


def test_a_view_moves_at_last_though_more_comes() -> None:
    world = make_world(plain(0, 0, 2))

    class Late(WorldHistory):
        def merge(self, plan: Plan, held: Held, note: Note) -> Merged | None:
            merged = super().merge(plan, held, note)
            curate(world, FILL, 0)
            return merged

    assert compact(replace(ports_of(world), history=Late(world))).attempts == ATTEMPTS
    assert world.view == {LOG: 2}


def test_files_that_the_view_still_reads_are_not_tagged() -> None:
    world = make_world(plain(0, 0, 1))

    class Stuck(World):
        def move(self, cut: Cut) -> Shown:
            if cut:
                raise Crash
            return World.move(world, cut)

    for _ in range(2):
        with pytest.raises(Crash):
            compact(replace(ports_of(world), view=Stuck(world.turns)))
    assert (len(world.table), world.view) == (1, {})
    assert not any(stored.tagged for stored in world.files.values())
