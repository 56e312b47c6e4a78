"""sqlglot's Trino and DuckDB with what it translates wrongly mended. Each mend has a case in test/unit/athena/functions.test.ts.

What takes more than a line of SQL is a macro of ../functions.sql, named athena_<trino function>.
"""

from sqlglot import exp
from sqlglot.dialects import DuckDB, Trino
from sqlglot.generators.duckdb import DuckDBGenerator

import lambda_calls
from decimals import decimal_type, quotient_type
from failure import QueryFailure, offset_of
from time_patterns import joda_to_strftime

_INTEGERS = {exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT}
_FLOATS = {exp.DType.DOUBLE, exp.DType.FLOAT}
_TEXTS = {exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR}
_TIMESTAMPS = {exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ}


def _is(node: exp.Expr, types: set) -> bool:
    return node.type is not None and node.type.this in types


class LocalTrino(Trino):
    EXPRESSION_METADATA = {
        **Trino.EXPRESSION_METADATA,
        exp.TimestampTrunc: {"annotator": lambda self, e: self._annotate_by_args(e, "this")},
        exp.DateTrunc: {"annotator": lambda self, e: self._annotate_by_args(e, "this")},
        exp.DateAdd: {"annotator": lambda self, e: self._annotate_by_args(e, "this")},
        exp.DateDiff: {"returns": exp.DType.BIGINT},
        exp.UnixToTime: {"returns": exp.DType.TIMESTAMPTZ},
        exp.AtTimeZone: {"returns": exp.DType.TIMESTAMPTZ},
    }


def _macro(name: str, *arguments: str):
    """Calls athena_<name> with these arguments of the node, or with all its expressions."""

    def call(self, node) -> str:
        values = [node.args.get(argument) for argument in arguments] if arguments else node.expressions
        return self.func(f"athena_{name}", *(value for value in values if value is not None))

    return call


def _divide(self, node: exp.Div) -> str:
    if _is(node.left, _INTEGERS) and _is(node.right, _INTEGERS):
        return self.func("athena_divide", node.left, node.right)
    quotient = quotient_type(node)
    if quotient is not None:
        return f"CAST({self.func('athena_decimal_divide', node.left, node.right)} AS {quotient.sql()})"
    return self.binary(node, "/")


def _average(self, node: exp.Avg) -> str:
    known = decimal_type(node)
    return self.func("AVG", node.this) if known is None else f"CAST({self.func('AVG', node.this)} AS {known.sql()})"


def _modulo(self, node: exp.Mod) -> str:
    if _is(node.left, _INTEGERS) and _is(node.right, _INTEGERS):
        return self.func("athena_modulo", _bare(node.left), _bare(node.right))
    return self.binary(node, "%")


def _bare(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Paren) else node


def _cast(self, node: exp.Cast) -> str:
    source, target = node.this, node.to.this
    function = "TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"
    text = self.sql(source)
    if target in _TEXTS and _is(source, _TIMESTAMPS):
        return f"STRFTIME({text}, '%Y-%m-%d %H:%M:%S.%g')"
    if target in _INTEGERS and _is(source, _FLOATS):
        text = f"ROUND({text})"
    return f"{function}({text} AS {self.sql(node, 'to')})"


def _as_date(text: str, node: exp.Expr) -> str:
    """DuckDB turns a date into a timestamp where Trino keeps it one."""
    return f"CAST({text} AS DATE)" if _is(node, {exp.DType.DATE}) else text


def _add(operator: str):
    def calculate(self, node) -> str:
        text = self.binary(node, operator)
        day_or_more = any(isinstance(side, exp.Interval) for side in (node.left, node.right))
        if day_or_more and _is(node.left, {exp.DType.DATE}):
            return f"CAST({text} AS DATE)"
        if operator == "-" and _is(node.left, {exp.DType.DATE}) and _is(node.right, {exp.DType.DATE}):
            return f"TO_DAYS(CAST({text} AS INTEGER))"
        return text

    return calculate


def _date_add(self, node: exp.DateAdd) -> str:
    unit = (node.text("unit") or "day").lower().rstrip("s")
    return _as_date(self.func("athena_date_add", exp.Literal.string(unit), node.expression, node.this), node.this)


def _date_diff(self, node: exp.DateDiff) -> str:
    unit = exp.Literal.string((node.text("unit") or "day").lower())
    return self.func("DATE_SUB", unit, node.expression, node.this)


def _date_trunc(self, node) -> str:
    return _as_date(self.func("DATE_TRUNC", exp.Literal.string(node.text("unit").lower()), node.this), node.this)


def _sequence(self, node: exp.GenerateSeries) -> str:
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    if _is(start, {exp.DType.DATE}) or start.find(exp.CurrentDate):
        return f"CAST({self.func('GENERATE_SERIES', start, end, step or exp.Interval(this=exp.Literal.string('1'), unit=exp.var('DAY')))} AS DATE[])"
    return self.func("GENERATE_SERIES", start, end, step)


def _unnest(self, node: exp.Unnest) -> str:
    """Several arrays side by side, maps as keys and values, numbered on demand: SELECT unnest(a), unnest(b) does that."""
    alias = node.args.get("alias")
    offset = node.args.get("offset")
    names = [f'"{column.name}"' for column in (alias.columns if alias else [])]
    # One name more than there are arrays: then one whose type is not known is a map.
    spare = len(names) - len(node.expressions) - (1 if offset and not isinstance(offset, exp.Identifier) else 0)
    arrays = []
    for array in node.expressions:
        if _is(array, {exp.DType.MAP}) or (spare > 0 and (array.type is None or array.type.this == exp.DType.UNKNOWN)):
            arrays += [f"MAP_KEYS({self.sql(array)})", f"MAP_VALUES({self.sql(array)})"]
        else:
            arrays.append(self.sql(array))
    if offset:
        name = offset.name if isinstance(offset, exp.Identifier) else "ordinality"
        longest = f"GREATEST({', '.join(f'COALESCE(LEN({array}), 0)' for array in arrays)})"
        arrays.append(f"GENERATE_SERIES(1, {longest})")
        names = [*names[: len(arrays) - 1], f'"{name}"']
    names += [f'"_col{index}"' for index in range(len(names), len(arrays))]
    columns = ", ".join(f"UNNEST({array}) AS {name}" for array, name in zip(arrays, names))
    table = f' AS "{alias.name}"' if alias and alias.name else ""
    return f"LATERAL (SELECT {columns}){table}"


def _at_time_zone(self, node: exp.AtTimeZone) -> str:
    return self.func("athena_at_timezone", node.this, node.args.get("zone"))


def _from_unixtime(self, node: exp.UnixToTime) -> str:
    instant = self.func("TO_TIMESTAMP", node.this)
    zone = node.args.get("zone")
    return instant if zone is None else f"TIMEZONE({self.sql(zone)}, {instant})"


def _typeof(self, node: exp.Typeof) -> str:
    known = node.this.type
    if known is None or known.this == exp.DType.UNKNOWN:
        raise QueryFailure("NOT_SUPPORTED", "typeof() of this expression is not known to the local engine", offset_of(node))
    names = {"INT": "integer", "TIMESTAMP": "timestamp(3)"}
    return f"'{names.get(known.sql('trino'), known.sql('trino').lower())}'"


def _cardinality(self, node: exp.Expr) -> str:
    return self.func("CARDINALITY" if _is(node.this, {exp.DType.MAP}) else "LEN", node.this)


def _random(self, node: exp.Rand) -> str:
    """random(), random(high) or random(low, high): sqlglot has the first argument in `this`, the second in `lower`."""
    first, second = node.this, node.args.get("lower")
    if first is None:
        return "RANDOM()"
    low, high = (exp.Literal.number(0), first) if second is None else (first, second)
    return self.func("athena_random", low, high)


def _approx_percentile(self, node: exp.ApproxQuantile) -> str:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise QueryFailure("NOT_SUPPORTED", "approx_percentile with weights is not run by the local engine", offset_of(node))
    return self.func("APPROX_QUANTILE", node.this, node.args["quantile"])


def _sign(self, node: exp.Sign) -> str:
    return f"CAST({self.func('SIGN', node.this)} AS DOUBLE)" if _is(node.this, _FLOATS) else self.func("SIGN", node.this)


def _regexp_replace(self, node: exp.RegexpReplace) -> str:
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Lambda):
        raise QueryFailure("NOT_SUPPORTED", "regexp_replace with a lambda is not run by the local engine", offset_of(node))
    if isinstance(replacement, exp.Literal):
        replacement = exp.Literal.string(_group_references(replacement.name))
    return self.func("REGEXP_REPLACE", node.this, node.expression, replacement or exp.Literal.string(""), "'g'")


def _group_references(text: str) -> str:
    """$1 of Java as \\1 of RE2."""
    import re

    return re.sub(r"(?<!\\)\$(\d)", r"\\\1", text)


def _time_pattern(function: str):
    def call(self, node) -> str:
        value, pattern = node.expressions
        if not isinstance(pattern, exp.Literal):
            message = "a time pattern that is not a literal is not run by the local engine"
            raise QueryFailure("NOT_SUPPORTED", message, offset_of(node))
        return self.func(function, value, exp.Literal.string(joda_to_strftime(pattern.name)))

    return call


_ANONYMOUS = {
    **{
        name: _macro(name)
        for name in (
            "at_timezone checksum is_finite is_infinite infinity nan e every hamming_distance json_array_get json_array_length "
            "json_size map_agg millisecond arrays_overlap regexp_split to_iso8601 codepoint url_decode url_encode"
        ).split()
    },
    "with_timezone": lambda self, node: self.func("TIMEZONE", *reversed(node.expressions)),
    "format_datetime": _time_pattern("STRFTIME"),
    **{
        name: getattr(lambda_calls, name)
        for name in ("any_match", "none_match", "all_match", "map_filter", "transform_values", "transform_keys")
    },
}


def _anonymous(self, node: exp.Anonymous) -> str:
    mend = _ANONYMOUS.get(node.name.lower())
    return mend(self, node) if mend else self.func(node.name, *node.expressions)


class LocalDuckDB(DuckDB):
    class Generator(DuckDBGenerator):
        TRANSFORMS = {
            **DuckDBGenerator.TRANSFORMS,
            exp.Add: _add("+"),
            exp.Anonymous: _anonymous,
            exp.ApproxQuantile: _approx_percentile,
            exp.ArgMax: lambda self, e: self.func("ARG_MAX_NULL" if not e.args.get("count") else "ARG_MAX", e.this, e.expression, e.args.get("count")),
            exp.ArgMin: lambda self, e: self.func("ARG_MIN_NULL" if not e.args.get("count") else "ARG_MIN", e.this, e.expression, e.args.get("count")),
            exp.ArrayPosition: lambda self, e: f"COALESCE({self.func('LIST_POSITION', e.this, e.expression)}, 0)",
            exp.ArraySize: _cardinality,
            exp.ArraySlice: _macro("slice", "this", "start", "end"),
            exp.AtTimeZone: _at_time_zone,
            exp.Avg: _average,
            exp.Cast: _cast,
            # DuckDB's own gives NULL where all is NULL.
            exp.CountIf: lambda self, e: f"COUNT(CASE WHEN {self.sql(e, 'this')} THEN 1 END)",
            exp.CurrentTimezone: lambda self, e: "'UTC'",
            exp.DateAdd: _date_add,
            exp.DateDiff: _date_diff,
            exp.DateTrunc: _date_trunc,
            exp.Div: _divide,
            exp.GenerateSeries: _sequence,
            exp.JSONArrayContains: _macro("json_array_contains", "this", "expression"),
            exp.JSONExtractScalar: _macro("json_extract_scalar", "this", "expression"),
            exp.Mod: _modulo,
            exp.Rand: _random,
            exp.RegexpExtract: _macro("regexp_extract", "this", "expression", "group"),
            exp.RegexpReplace: _regexp_replace,
            exp.Repeat: _macro("repeat", "this", "times"),
            exp.Sign: _sign,
            exp.Skewness: _macro("skewness", "this"),
            exp.SplitPart: _macro("split_part", "this", "delimiter", "part_index"),
            exp.Sub: _add("-"),
            exp.TimestampTrunc: _date_trunc,
            exp.TryCast: _cast,
            exp.Typeof: _typeof,
            exp.UnixToTime: _from_unixtime,
            exp.Unnest: _unnest,
            exp.WidthBucket: _macro("width_bucket", "this", "min_value", "max_value", "num_buckets"),
        }

        def datatype_sql(self, expression: exp.DataType) -> str:
            # All timestamps are DuckDB's plain ones: those with fewer digits lack half the functions.
            if expression.this in _TIMESTAMPS:
                return "TIMESTAMP"
            if expression.this == exp.DType.TIMESTAMPTZ:
                return "TIMESTAMPTZ"
            return super().datatype_sql(expression)
