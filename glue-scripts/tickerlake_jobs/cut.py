"""Invariant 5, as algebra: which receipts a run merges, and how far history then goes.

History holds of each log and partition every offset up to its cut. It is moved on by receipts that follow one another
without a gap; what arrives at or below it later (fills, raw objects curated again) is merged by identity.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tickerlake_jobs.receipts import ListedReceipt, LogPartition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tickerlake_jobs.receipts import Receipt

Cut = Mapping[LogPartition, int]
"""The highest offset that is held, by log and partition; of one that it does not name none is."""

NOTHING = -1
"""The cut of a log and partition of which nothing is held: offsets start at 0."""


@dataclass(frozen=True)
class OffsetRange:
    """Offsets of one log and partition, both ends included."""

    log: LogPartition
    first: int
    last: int


@dataclass(frozen=True)
class Selection:
    """The receipts that a run has to read."""

    above: Sequence[ListedReceipt]
    """In the order of offsets; of each partition the first may be the one that holds the cut."""
    late: Sequence[ListedReceipt]
    """At or below the cut."""


@dataclass(frozen=True)
class Plan:
    """What a run merges."""

    above: Sequence[Receipt] = ()
    """Complete chains above the cut, and the fills in their range. The first of a partition may begin below the cut."""
    late: Sequence[Receipt] = ()
    reach: Cut = field(default_factory=dict)
    """The last offset of each chain: receipts are complete up to it."""

    @property
    def receipts(self) -> list[Receipt]:
        return [*self.above, *self.late]


def merge_cuts(*cuts: Cut) -> dict[LogPartition, int]:
    """The higher offset of each log and partition."""
    merged: dict[LogPartition, int] = {}
    for cut in cuts:
        for log, offset in cut.items():
            merged[log] = max(offset, merged.get(log, NOTHING))
    return merged


def exceeds(cut: Cut, other: Cut) -> list[LogPartition]:
    """Where a cut goes further than another."""
    return [log for log, offset in cut.items() if offset > other.get(log, NOTHING)]


def is_covered(receipt: Receipt, cut: Cut) -> bool:
    """Whether all that the receipt covers lies at or below the cut."""
    return receipt.last <= cut.get(receipt.log, NOTHING)


def is_late(
    receipt: ListedReceipt, last: int, *, since: datetime | None, ranges: Sequence[OffsetRange] = ()
) -> bool:
    """Whether a receipt at or below the cut may tell what history does not know."""
    is_new = since is None or receipt.modified > since
    return is_new or any(
        receipt.log == wanted.log and receipt.start <= wanted.last and last >= wanted.first
        for wanted in ranges
    )


def select(
    listed: Iterable[ListedReceipt],
    cut: Cut,
    *,
    since: datetime | None,
    ranges: Sequence[OffsetRange] = (),
) -> Selection:
    """Chooses by keys and times alone.

    :param since: receipts below the cut that were written before are in history; None: nobody knows, so all are looked at
    :param ranges: offsets to be merged again, whenever their receipts were written
    """
    chains: dict[LogPartition, list[ListedReceipt]] = defaultdict(list)
    above: list[ListedReceipt] = []
    late: list[ListedReceipt] = []
    for receipt in listed:
        if not receipt.is_fill:
            chains[receipt.log].append(receipt)
        elif receipt.start > cut.get(receipt.log, NOTHING):
            above.append(receipt)
        elif is_late(receipt, receipt.start, since=since, ranges=ranges):
            late.append(receipt)
    for log, chain in chains.items():
        chain.sort(key=lambda receipt: receipt.start)
        # The one that holds the cut tells where the next must start.
        holder = max(0, bisect_right(chain, cut.get(log, NOTHING), key=lambda receipt: receipt.start) - 1)
        above.extend(chain[holder:])
        ends = [following.start - 1 for following in chain[1:]]
        late.extend(
            receipt
            for receipt, last in zip(chain[:holder], ends, strict=False)
            if is_late(receipt, last, since=since, ranges=ranges)
        )
    return Selection(sorted(above, key=ListedReceipt.order), late)


def make_plan(
    above: Iterable[Receipt],
    late: Iterable[Receipt],
    cut: Cut,
    *,
    since: datetime | None,
    ranges: Sequence[OffsetRange] = (),
) -> Plan:
    """Follows each chain from the cut to its first gap. What lies beyond waits: history would otherwise claim offsets
    whose rows only curated files will hold.
    """
    chains: dict[LogPartition, list[Receipt]] = defaultdict(list)
    fills: list[Receipt] = []
    for receipt in above:
        (fills if receipt.listed.is_fill else chains[receipt.log]).append(receipt)
    merged: list[Receipt] = []
    below = list(late)
    reach: dict[LogPartition, int] = {}
    for log, chain in chains.items():
        held = end = cut.get(log, NOTHING)
        for receipt in sorted(chain, key=lambda receipt: receipt.start):
            if receipt.last <= held:
                if is_late(receipt.listed, receipt.last, since=since, ranges=ranges):
                    below.append(receipt)
            elif receipt.start <= held or receipt.start == end + 1:
                merged.append(receipt)
                end = receipt.last
            else:
                break
        if end > NOTHING:
            reach[log] = end
    merged.extend(fill for fill in fills if fill.start <= reach.get(fill.log, NOTHING))
    return Plan(above=merged, late=below, reach=reach)
