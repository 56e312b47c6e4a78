"""Compaction as a sequence of steps, each of which may be the last: the next run mends what one leaves undone.

1. History is opened, which fixes the snapshot that the commit is validated against.
2. Receipts are read after that, so that whoever commits newer ones meanwhile is in conflict with this run.
3. One commit merges what they name.
4. Receipts are listed again. What was curated below history's cut meanwhile is shown from curated files still, and would not be once
   the view moves: then the run starts over with it.
5. The view's cut is moved to what history holds, whichever run committed it.
6. Curated files that the view no longer reads are tagged; only tagged ones expire.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from tickerlake_jobs.cut import (
    NOTHING,
    Cut,
    OffsetRange,
    Plan,
    exceeds,
    is_covered,
    make_plan,
    merge_cuts,
    select,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from tickerlake_jobs.receipts import ListedReceipt, LogPartition, Receipt

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""Others commit at the same time, or curate what is being read: start over, this often."""

OVERLAP = timedelta(minutes=15)
"""A receipt may show up this long after the time that S3 gives it: no function runs longer."""

SETTLING = timedelta(hours=8)
"""A query that began before the view moved still reads curated files below the new cut. A run may take four hours from its
commit to that move, and such a query four hours more.
https://docs.aws.amazon.com/athena/latest/ug/service-limits.html: DML queries time out after 240 minutes at most.
"""

FRESH = timedelta(days=1)
"""Expiry counts from a file's writing, not from its tag, and is two days at least: younger files outlast any query."""


class Conflict(Exception):
    """Somebody else committed to history since it was opened."""


class Unsettled(Exception):
    """What is there does not add up to what the receipts say: it is being curated again, or is gone."""


class Overtaken(Exception):
    """More was curated below history's cut while the run merged; the view was not moved."""

    def __init__(self, receipts: int, outcome: Outcome) -> None:
        super().__init__(f"{receipts} receipts came below the cut meanwhile")
        self.outcome = outcome


class ViewAhead(Exception):
    """The view states more than history holds, and what is missing cannot be merged again."""


@dataclass(frozen=True)
class Note:
    """What a commit tells the next run. It spares work and no more: without it everything is looked at again."""

    since: datetime | None = None
    """Receipts written up to then are in history."""
    tagged: Cut = field(default_factory=dict)
    """The curated files up to there were tagged before the commit."""


@dataclass(frozen=True)
class Held:
    """What history holds."""

    cut: Cut = field(default_factory=dict)
    note: Note = field(default_factory=Note)
    settled: Cut = field(default_factory=dict)
    """What it held longer ago than SETTLING."""


@dataclass(frozen=True)
class Shown:
    """What the view states."""

    cut: Cut


@dataclass(frozen=True)
class Merged:
    """What a commit did."""

    cut: Cut
    rows: int
    """Rows inserted, changed and removed."""


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    before: Cut
    after: Cut
    receipts: int = 0
    files: int = 0
    rows: int = 0
    tagged: int = 0
    attempts: int = 1

    def followed_by(self, later: Outcome) -> Outcome:
        """The two together."""
        return Outcome(
            before=self.before,
            after=later.after,
            receipts=self.receipts + later.receipts,
            files=self.files + later.files,
            rows=self.rows + later.rows,
            tagged=self.tagged + later.tagged,
            attempts=later.attempts,
        )


class Lake(Protocol):
    """Receipts and curated files of a topic."""

    def list_receipts(self) -> list[ListedReceipt]: ...

    def read_receipts(self, listed: Sequence[ListedReceipt]) -> list[Receipt]:
        """Those that can be read; a torn one counts as none."""

    def is_tagged(self, key: str) -> bool:
        """Whether a curated file is tagged; so is one that expired."""

    def tag(self, keys: Sequence[str]) -> None:
        """Tags curated files; those that are gone are left out. The last one is tagged when all others are."""


class History(Protocol):
    """The Iceberg table."""

    def open(self) -> Held:
        """Fixes the snapshot that the next merge is validated against. Of a table that is not there nothing is held."""

    def merge(self, plan: Plan, held: Held, note: Note) -> Merged | None:
        """Commits one snapshot, or none if history has it all.

        :raises Conflict: somebody else committed since `open`
        :raises Unsettled: curated files are not what their receipts say
        """


class View(Protocol):
    """The view over history and curated files."""

    def move(self, cut: Cut) -> Shown:
        """Raises what the view states, term by term; an empty cut changes nothing."""


@dataclass(frozen=True)
class Ports:
    """What a run works on."""

    lake: Lake
    history: History
    view: View
    now: Callable[[], datetime]
    wait: Callable[[int], None]
    """Waits before another attempt, which it is told the number of."""


def compact(ports: Ports, ranges: Sequence[OffsetRange] = ()) -> Outcome:
    """Brings history and view as far as the receipts are complete.

    :param ranges: offsets below the cut to be merged again, whenever they were curated
    :raises Conflict: others always were faster
    :raises Unsettled: curated files do not become what their receipts say
    :raises ViewAhead: history was rolled back or dropped, and curated files of what it lost have expired
    """
    done: Outcome | None = None
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outcome = _run(ports, ranges, attempt)
            return outcome if done is None else done.followed_by(outcome)
        except Overtaken as late:
            log.info("starting over before the view moves: %s", late)
            done = late.outcome if done is None else done.followed_by(late.outcome)
        except (Conflict, Unsettled) as reason:
            if attempt == ATTEMPTS:
                raise
            log.warning("starting over, attempt %d of %d: %s", attempt + 1, ATTEMPTS, reason)
            ports.wait(attempt)
    raise AssertionError


def _run(ports: Ports, ranges: Sequence[OffsetRange], attempt: int) -> Outcome:
    lake, history, view = ports.lake, ports.history, ports.view
    held = history.open()
    shown = view.move({})
    if exceeds(shown.cut, held.cut):
        # Another run may have committed and moved the view since; otherwise somebody took history back.
        held = history.open()
        if exceeds(shown.cut, held.cut):
            log.warning("the view states more than history holds: what is missing is merged again")
    is_behind = bool(exceeds(held.cut, shown.cut))
    listed = lake.list_receipts()
    tagged, rest = _tag_rest(ports, held, listed, is_behind=is_behind)
    since = held.note.since
    selection = select(listed, held.cut, since=since, ranges=ranges)
    above, late = lake.read_receipts(selection.above), lake.read_receipts(selection.late)
    plan = make_plan(above, late, held.cut, since=since, ranges=ranges)
    log.info("%d receipts, %d of them to be merged", len(listed), len(plan.receipts))
    newest = max((receipt.modified for receipt in listed), default=None)
    note = Note(since=None if newest is None else newest - OVERLAP, tagged=tagged)
    merged = history.merge(plan, held, note) if plan.receipts else None
    cut = held.cut if merged is None else merged.cut
    outcome = Outcome(
        before=held.cut,
        after=cut,
        receipts=len(plan.receipts),
        files=sum(len(receipt.files) for receipt in plan.receipts),
        rows=0 if merged is None else merged.rows,
        tagged=rest,
        attempts=attempt,
    )
    if exceeds(cut, shown.cut):
        came = _came_below(cut, listed, lake.list_receipts())
        if came and attempt < ATTEMPTS:
            raise Overtaken(len(came), outcome)
    shown = view.move(cut)
    if exceeds(shown.cut, cut) and (ahead := exceeds(shown.cut, history.open().cut)):
        raise ViewAhead(
            f"the view states offsets that history does not hold, of {', '.join(map(_name, ahead))}: "
            "curate them again from raw by `tickerlake backfill --target history`"
        )
    fresh = ports.now() - FRESH
    # Files are tagged in order, so that a tagged one means that all before it are. Those that were written again have lost
    # their tag; those that had to wait go on waiting, and what follows with them.
    unread = {} if is_behind else held.settled
    keys = _files(
        receipt
        for receipt in plan.late
        if is_covered(receipt, tagged) and (receipt.listed.modified > fresh or is_covered(receipt, unread))
    )
    covered = [receipt for receipt in plan.above if is_covered(receipt, cut)]
    if not exceeds(held.cut, tagged) and all(receipt.listed.modified > fresh for receipt in covered):
        keys += _files(covered)
    if keys:
        lake.tag(keys)
    return replace(outcome, tagged=rest + len(keys))


def _came_below(
    cut: Cut, before: Iterable[ListedReceipt], now: Iterable[ListedReceipt]
) -> list[ListedReceipt]:
    """Receipts that begin at or below the cut and were written since an earlier listing."""
    known = set(before)
    return [
        receipt for receipt in now if receipt.start <= cut.get(receipt.log, NOTHING) and receipt not in known
    ]


def _tag_rest(
    ports: Ports, held: Held, listed: Sequence[ListedReceipt], *, is_behind: bool
) -> tuple[Cut, int]:
    """Tags what earlier runs covered and left untagged: they died, or queries could still be reading it.

    :param is_behind: whether the view shows less from history than that holds
    :returns: up to where files are tagged now, and how many were tagged
    """
    lake, done = ports.lake, held.note.tagged
    rest = [
        receipt
        for receipt in select(listed, done, since=None).above
        if receipt.start <= held.cut.get(receipt.log, NOTHING)
    ]
    if _is_last_tagged(lake, rest, held.cut):
        return held.cut, 0
    receipts = lake.read_receipts(rest)
    fresh = ports.now() - FRESH
    is_fresh = all(receipt.listed.modified > fresh for receipt in receipts)
    until = done if is_behind else held.cut if is_fresh else merge_cuts(done, held.settled)
    keys = _files(
        receipt for receipt in receipts if is_covered(receipt, until) and not is_covered(receipt, done)
    )
    if keys:
        lake.tag(keys)
    return until, len(keys)


def _is_last_tagged(lake: Lake, receipts: Sequence[ListedReceipt], cut: Cut) -> bool:
    """Whether the last file of each partition at or below the cut is tagged; files are tagged in order."""
    by_log: dict[LogPartition, list[ListedReceipt]] = defaultdict(list)
    for receipt in receipts:
        by_log[receipt.log].append(receipt)
    for chain in by_log.values():
        for listed in reversed(chain):
            found = [
                receipt
                for receipt in lake.read_receipts([listed])
                if receipt.files and is_covered(receipt, cut)
            ]
            if found:
                if not lake.is_tagged(found[0].files[-1].key):
                    return False
                break
    return True


def _files(receipts: Iterable[Receipt]) -> list[str]:
    """Keys of their curated files, in the order of offsets."""
    ordered = sorted(receipts, key=lambda receipt: receipt.listed.order())
    return [file.key for receipt in ordered for file in receipt.files]


def _name(partition: LogPartition) -> str:
    return f"partition {partition.partition} of log {partition.log_id}"
