"""Where listings lie, by the lake's own contract."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class ListingPlaces:
    """Key prefixes in the lake bucket, and the table over the cleaned one."""

    dropped_prefix: str
    dimension_prefix: str
    dimension_table: str


def listing_places() -> ListingPlaces:
    """The places that contract.json names."""
    listing = json.loads(resources.files(__package__).joinpath("contract.json").read_text("utf-8"))["listing"]
    return ListingPlaces(
        dropped_prefix=listing["prefixes"]["dropped"],
        dimension_prefix=listing["prefixes"]["dimension"],
        dimension_table=listing["tables"]["dimension"],
    )
