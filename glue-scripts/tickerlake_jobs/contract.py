"""What the jobs know of the lake: contract.json, which the lake's own code renders. Nothing of it is written here again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Column:
    """A column as the Glue catalog names its type."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Topic:
    """A topic's place in the lake."""

    name: str
    curated_prefix: str
    receipts_prefix: str
    history_prefix: str
    history_table: str
    view: str
    columns: tuple[Column, ...]
    """Those of curated files, and dt at the end."""
    coordinates: tuple[str, ...]
    identity: tuple[str, ...]
    """What a record and its copies share: log, partition and offset of the record, or of the one that it repeats."""

    @property
    def is_derived(self) -> bool:
        """Whether a record may stand in the topic more than once."""
        return self.identity != self.coordinates


def find_topic(name: str) -> Topic:
    """The topic of that name.

    :raises ValueError: the lake has none
    """
    topics = json.loads(resources.files(__package__).joinpath("contract.json").read_text("utf-8"))["topics"]
    if name not in topics:
        raise ValueError(f"topic is {name!r}, which is none of {', '.join(topics)}")
    topic = topics[name]
    return Topic(
        name=name,
        curated_prefix=topic["prefixes"]["curated"],
        receipts_prefix=topic["prefixes"]["receipts"],
        history_prefix=topic["prefixes"]["history"],
        history_table=topic["tables"]["history"],
        view=topic["tables"]["view"],
        columns=tuple(
            Column(column["name"], column["type"], column["comment"]) for column in topic["columns"]
        ),
        coordinates=tuple(topic["coordinates"]),
        identity=tuple(topic["identity"]),
    )
