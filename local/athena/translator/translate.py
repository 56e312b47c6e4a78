"""One query, from Athena's SQL to DuckDB's, against the tables and views that the engine read from the catalog."""

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import TokenType

from binding import Binder, MissingTables
from dialect import LocalDuckDB, LocalTrino
from failure import QueryFailure
from function_names import check_functions
from operators import check_operators
from output_columns import output_columns
from partition_filters import partition_filters
from scanned_columns import scanned_columns
from value_ranges import Range


def translate(sql: str, context: dict) -> dict:
    """context: {database, tables: {'database.name': table or view or null}}.

    Returns {missing: ['database.name', …]} until the context has every table that the query and its views name, then
    {sql: [text, scan number, text, …], scans: […], columns: […]}."""
    query = parse_query(sql)
    try:
        binder = Binder(context["tables"], parse_query)
        query = binder.bind(query, context.get("database"))
    except MissingTables as missing:
        return {"missing": missing.names}
    check_operators(query)
    columns = output_columns(query)
    filters = partition_filters(query, binder.scans)
    used = scanned_columns(query, binder.scans)
    scans = [
        {
            "database": scan.database,
            "table": scan.table,
            "columns": used[scan.number],
            "partitionFilter": _sql(filters[scan.number]["filter"]),
            "equalities": {key: [_sql(v) for v in values] for key, values in filters[scan.number]["equalities"].items()},
            "ranges": {column: [_range(r) for r in ranges] for column, ranges in filters[scan.number]["ranges"].items()},
            **_as_of(scan.version),
        }
        for scan in binder.scans
    ]
    for scan in binder.scans:
        scan.mark()
    return {"sql": _split(_sql(query)), "scans": scans, "columns": columns}


def parse_query(sql: str) -> exp.Query:
    try:
        tokens = LocalTrino().tokenize(sql)
    except TokenError as error:
        raise QueryFailure("SYNTAX_ERROR", "the text ends inside a string, a quoted name or a comment", len(sql)) from error
    _check_tokens(tokens)
    try:
        statements = LocalTrino().parser().parse(tokens, sql)
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        raise _syntax_error(tokens, found) from error
    query = statements[0] if statements else None
    if query is None:
        raise QueryFailure("SYNTAX_ERROR", "the query is empty", 0)
    if not isinstance(query, (exp.Query, exp.Values)):
        raise QueryFailure("NOT_SUPPORTED", "the local engine runs SELECT, WITH and VALUES here", tokens[0].start)
    if isinstance(query, exp.Values):
        query = exp.select("*").from_(query)
    _name_values(query)
    marks = list(query.find_all(exp.Placeholder))
    if marks:
        raise QueryFailure("INVALID_PARAMETER_USAGE", f"Incorrect number of parameters: expected {len(marks)} but found 0", 0)
    own_names = {alias.name.lower() for alias in query.find_all(exp.TableAlias)}
    check_functions(sql, tokens, own_names)
    return query


def _name_values(query: exp.Query) -> None:
    """VALUES without names has the columns _col0, _col1, …, as in Trino."""
    for values in query.find_all(exp.Values):
        alias = values.args.get("alias") or exp.TableAlias(this=exp.to_identifier("_values"))
        if not alias.columns and values.expressions:
            first = values.expressions[0]
            width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
            alias.set("columns", [exp.to_identifier(f"_col{index}") for index in range(width)])
        values.set("alias", alias)


_CLAUSES = {TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.HAVING, TokenType.R_PAREN}
_BEFORE_EXPRESSIONS = {TokenType.COMMA, TokenType.SELECT}


def _check_tokens(tokens: list) -> None:
    """What sqlglot lets pass and Athena does not."""
    for token, after in zip(tokens, tokens[1:]):
        if token.token_type == TokenType.SEMICOLON:
            raise QueryFailure("SYNTAX_ERROR", "Only one sql statement is allowed", after.start)
        if token.token_type in _BEFORE_EXPRESSIONS and after.token_type in _CLAUSES:
            raise _mismatch(after)


def _mismatch(token) -> QueryFailure:
    return QueryFailure("SYNTAX_ERROR", f"mismatched input '{token.text}'", token.start)


def _syntax_error(tokens: list, found: dict) -> QueryFailure:
    line, end = found.get("line"), found.get("col")
    token = next((t for t in tokens if t.line == line and t.col == end), None)
    if token is None:
        return QueryFailure("SYNTAX_ERROR", "the query cannot be parsed", tokens[-1].end + 1 if tokens else 0)
    description = found.get("description", "")
    if token is tokens[-1] and "Expect" in description:
        return QueryFailure("SYNTAX_ERROR", "mismatched input '<EOF>'", token.end + 1)
    # A misspelt keyword reads as a name, and the parser stops only at what follows it.
    before = tokens[tokens.index(token) - 1] if token is not tokens[0] else None
    if before is not None and before is tokens[0]:
        return _mismatch(before)
    return _mismatch(token)


def _sql(node: exp.Expr | None) -> str | None:
    return None if node is None else node.sql(LocalDuckDB)


def _as_of(version: exp.Version | None) -> dict:
    if version is None:
        return {}
    if version.args.get("kind") != "AS OF":
        raise QueryFailure("NOT_SUPPORTED", "of versions, the local engine reads one: FOR VERSION AS OF or FOR TIMESTAMP AS OF")
    return {"asOf": {"kind": version.name.upper(), "value": _sql(version.expression)}}


def _range(values: Range) -> dict:
    return {side: [{"value": _sql(bound.value), "isOpen": bound.is_open} for bound in getattr(values, side)] for side in ("low", "high")}


def _split(sql: str) -> list:
    """The text around each scan, with the scan's number between."""
    from binding import SCAN_MARK

    pieces: list = []
    rest = sql
    while True:
        before, mark, rest_after = rest.partition(f'"{SCAN_MARK}')
        pieces.append(before)
        if not mark:
            return pieces
        number, _, rest = rest_after.partition('"')
        pieces.append(int(number))
