"""Stands for Glue's own Python package where Glue is not: as much of it as the jobs of glue-scripts/ use.

The names and their meaning are those of https://github.com/awslabs/aws-glue-libs (branch glue-5.1) and of
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-extensions.html.
"""

from .absence import absent

__getattr__ = absent("awsglue")
