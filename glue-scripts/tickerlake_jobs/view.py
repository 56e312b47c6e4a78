"""The view's cut, which function move-cut alone knows how to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickerlake_jobs.compaction import Shown
from tickerlake_jobs.receipts import LogPartition

if TYPE_CHECKING:
    from tickerlake_jobs.cut import Cut
    from tickerlake_jobs.lake import JsonFunction


@dataclass(frozen=True)
class CutView:
    """A topic's view."""

    function: JsonFunction
    name: str

    def move(self, cut: Cut) -> Shown:
        terms = [
            {"logId": log.log_id, "partition": log.partition, "offset": offset}
            for log, offset in sorted(cut.items())
        ]
        answer = self.function.call({"view": self.name, "cut": terms})
        shown = {LogPartition(term["logId"], term["partition"]): term["offset"] for term in answer["cut"]}
        return Shown(shown)
