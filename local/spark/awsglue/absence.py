"""What this stand-in lacks says so: by its full name, and where to add it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class NotProvidedError(NotImplementedError):
    """Glue has it, the local stand-in has not."""


def not_provided(name: str) -> NotProvidedError:
    """The error for `name`, as it is known on Glue: 'awsglue.transforms.ApplyMapping'."""
    folder = f"local/spark/{name.partition('.')[0]}"
    return NotProvidedError(
        f"{name}: AWS Glue has it, the local stand-in has not; add it in {folder}, or do without it"
    )


def absent(owner: str) -> Callable[[str], object]:
    """A `__getattr__` for the module or class `owner`: only asked for what is not there."""

    def refuse(name: str) -> object:
        # Python itself asks for names of this kind, and goes on without.
        if name.startswith(("__", "_ipython")):
            raise AttributeError(name)
        raise not_provided(f"{owner}.{name}")

    return refuse
