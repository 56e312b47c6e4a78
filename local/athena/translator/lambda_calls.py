"""Functions that take a lambda and that DuckDB has no equal of, said with list_filter and list_transform."""

from sqlglot import exp


def any_match(self, node) -> str:
    return f"(LEN({_filtered(self, node)}) > 0)"


def none_match(self, node) -> str:
    return f"(LEN({_filtered(self, node)}) = 0)"


def all_match(self, node) -> str:
    return f"(LEN({_filtered(self, node)}) = LEN({self.sql(node.expressions[0])}))"


def map_filter(self, node) -> str:
    entries, condition = _over_entries(self, node)
    return f"MAP_FROM_ENTRIES(LIST_FILTER({entries}, LAMBDA _entry : {condition}))"


def transform_values(self, node) -> str:
    entries, value = _over_entries(self, node)
    return f"MAP_FROM_ENTRIES(LIST_TRANSFORM({entries}, LAMBDA _entry : ROW(_entry.key, {value})))"


def transform_keys(self, node) -> str:
    entries, key = _over_entries(self, node)
    return f"MAP_FROM_ENTRIES(LIST_TRANSFORM({entries}, LAMBDA _entry : ROW({key}, _entry.value)))"


def _filtered(self, node) -> str:
    array, condition = node.expressions
    return self.func("LIST_FILTER", array, condition)


def _over_entries(self, node) -> tuple[str, str]:
    """The map's entries, and the lambda's body with its two variables said as parts of an entry."""
    subject, body = node.expressions
    parts = dict(zip((variable.name for variable in body.expressions), ("key", "value")))

    def replace(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Identifier) and part.name in parts and not isinstance(part.parent, (exp.Column, exp.Dot)):
            return exp.Dot(this=exp.to_identifier("_entry"), expression=exp.to_identifier(parts[part.name]))
        return part

    return self.func("MAP_ENTRIES", subject), self.sql(body.this.copy().transform(replace))
