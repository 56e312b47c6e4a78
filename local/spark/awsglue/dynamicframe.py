"""DynamicFrame as far as jobs go between it and Spark's DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .absence import absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from .context import GlueContext


class DynamicFrame:
    """A frame under Glue's name: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html."""

    def __init__(self, dataframe: DataFrame, glue_ctx: GlueContext, name: str = "") -> None:
        self._frame = dataframe
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: GlueContext, name: str = "") -> DynamicFrame:  # noqa: N802
        """Wraps a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self) -> DataFrame:  # noqa: N802
        """The DataFrame."""
        return self._frame

    def count(self) -> int:
        """How many records it has."""
        return self._frame.count()

    def __getattr__(self, name: str) -> object:
        return absent("awsglue.dynamicframe.DynamicFrame")(name)


class DynamicFrameCollection:
    """Frames by name: what a transform with several results gives."""

    def __init__(self, dynamic_frames: Mapping[str, DynamicFrame], glue_ctx: GlueContext) -> None:
        self._frames = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key: str) -> DynamicFrame:
        return self._frames[key]

    def __len__(self) -> int:
        return len(self._frames)

    def keys(self) -> list[str]:
        """The names of its frames."""
        return list(self._frames)

    def select(self, key: str, transformation_ctx: str = "") -> DynamicFrame:  # noqa: ARG002 - Glue's signature
        """One frame by its name."""
        return self._frames[key]

    def __getattr__(self, name: str) -> object:
        return absent("awsglue.dynamicframe.DynamicFrameCollection")(name)


__getattr__ = absent("awsglue.dynamicframe")
