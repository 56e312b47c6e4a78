"""Stands for Glue Data Quality, which no package registry has: the same names, evaluated by our own code.

What it lacks is an error that names it. The page that it follows:
https://docs.aws.amazon.com/glue/latest/dg/glue-data-quality.html
"""

from awsglue.absence import absent

__getattr__ = absent("awsgluedq")
