"""The cut that history itself holds, told by its snapshots: each commit of a run carries the cut that it leads to, so that no
run need read all of history. A snapshot that does not is no run's; then the table is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tickerlake_jobs.compaction import SETTLING, Held, Note
from tickerlake_jobs.cut import Cut, merge_cuts
from tickerlake_jobs.receipts import LogPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PROPERTY = "tickerlake.compaction"
"""Of a snapshot's summary."""

REWRITE = "replace"
"""The operation of a snapshot that changes files and no rows, as table optimizers commit them.
https://iceberg.apache.org/spec/#snapshots
"""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot as metadata table `snapshots` shows it."""

    id: int
    parent: int | None
    operation: str
    committed: datetime
    text: str | None
    """What a run wrote into its summary."""


@dataclass(frozen=True)
class _Commit:
    snapshot: Snapshot
    cut: Cut
    base: int | None
    note: Note


def write_note(cut: Cut, base: int | None, note: Note) -> str:
    """What a commit carries.

    :param base: the snapshot that the cut was reckoned from
    """
    since = None if note.since is None else note.since.isoformat()
    return json.dumps({"cut": _terms(cut), "base": base, "since": since, "tagged": _terms(note.tagged)})


def read_held(
    snapshots: Iterable[Snapshot], current: int | None, *, now: datetime, scan: Callable[[], Cut]
) -> Held:
    """What history holds at the current snapshot.

    :param scan: reads the highest offset of each log and partition from the table itself
    """
    chain = _ancestors({snapshot.id: snapshot for snapshot in snapshots}, current)
    if not chain:
        return Held()
    commits = [commit for snapshot in chain if (commit := _read(snapshot)) is not None]
    cut = merge_cuts(*(commit.cut for commit in commits))
    if not _is_told(chain, commits):
        cut = merge_cuts(cut, scan())
    settled = merge_cuts(*(commit.cut for commit in commits if commit.snapshot.committed < now - SETTLING))
    return Held(cut, commits[0].note if commits else Note(), settled)


def logical_id(snapshots: Iterable[Snapshot], current: int | None) -> int | None:
    """The newest snapshot that changed rows."""
    chain = _ancestors({snapshot.id: snapshot for snapshot in snapshots}, current)
    return chain[0].id if chain else None


def _is_told(chain: Sequence[Snapshot], commits: Sequence[_Commit]) -> bool:
    """Whether the newest commit's cut is that of the table. It is reckoned from the snapshot that its run opened; where another
    run came between without a conflict, that one's counts as well.
    """
    if not commits or commits[0].snapshot is not chain[0]:
        return False
    parent = chain[1] if len(chain) > 1 else None
    if commits[0].base == chain[0].parent or (parent is not None and commits[0].base == parent.id):
        return True
    return len(commits) > 1 and commits[1].snapshot is parent


def _ancestors(by_id: dict[int, Snapshot], current: int | None) -> list[Snapshot]:
    """The snapshots that led to the current one, newest first, without those that changed no rows; expired ones end the list."""
    chain: list[Snapshot] = []
    snapshot = None if current is None else by_id.get(current)
    while snapshot is not None:
        if snapshot.operation != REWRITE:
            chain.append(snapshot)
        snapshot = None if snapshot.parent is None else by_id.get(snapshot.parent)
    return chain


def _read(snapshot: Snapshot) -> _Commit | None:
    if snapshot.text is None:
        return None
    try:
        body = json.loads(snapshot.text)
        since = None if body["since"] is None else datetime.fromisoformat(body["since"])
        note = Note(since, _cut(body["tagged"]))
        return _Commit(snapshot, _cut(body["cut"]), body["base"], note)
    except (ValueError, KeyError, TypeError):
        return None


def _terms(cut: Cut) -> list[list[str | int]]:
    return [[log.log_id, log.partition, offset] for log, offset in sorted(cut.items())]


def _cut(terms: Iterable[tuple[str, int, int]]) -> dict[LogPartition, int]:
    return {LogPartition(log_id, int(partition)): int(offset) for log_id, partition, offset in terms}
