"""Glue's transforms. The jobs use Spark's own."""

from .absence import absent

__getattr__ = absent("awsglue.transforms")
