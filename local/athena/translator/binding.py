"""Names to things: tables and views from the catalog, columns to their tables, stars to columns, types to expressions."""

import secrets

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from dialect import LocalTrino
from failure import QueryFailure, failure_at, offset_of
from output_columns import remember_names

CATALOG = "awsdatacatalog"
VIEW_ALIAS = "_view"
# No text of a query can hold it: it is drawn anew by every translator.
SCAN_MARK = f"scan-{secrets.token_hex(8)}-"


class MissingTables(Exception):
    """The catalog entries that the engine has yet to read."""

    def __init__(self, names: list[str]):
        super().__init__(names)
        self.names = names


class Scan:
    """One reading of one table: each place that names it has its own, since each is filtered in its own way."""

    def __init__(self, number: int, database: str, table: str, node: exp.Table, entry: dict):
        self.number = number
        self.database = database
        self.table = table
        self.node = node
        self.partition_keys = set(entry.get("partitionKeys", []))
        # The engine finds that version's files: to DuckDB they are files as any others.
        self.version: exp.Version | None = node.args.get("version")
        node.set("version", None)

    def mark(self) -> None:
        """Puts the mark, for which the engine reads the files, in the place of the table's name."""
        self.node.set("this", exp.to_identifier(f"{SCAN_MARK}{self.number}", quoted=True))
        self.node.set("db", None)
        self.node.set("catalog", None)


class Binder:
    def __init__(self, tables: dict, parse):
        self._tables = tables
        self._parse = parse
        self._missing: list[str] = []
        self._open_views: list[str] = []
        self.scans: list[Scan] = []

    def bind(self, query: exp.Query, database: str | None) -> exp.Query:
        remember_names(query)
        query = self._resolve_tables(query, database)
        if self._missing:
            raise MissingTables(sorted(set(self._missing)))
        return _qualify(query, self._schema())

    def _schema(self) -> MappingSchema:
        databases: dict = {}
        for name, entry in self._tables.items():
            if entry is None or entry["kind"] == "view":
                continue
            database, table = name.split(".", 1)
            columns = {column["name"]: column["type"] for column in entry["columns"]}
            databases.setdefault(database, {})[table] = columns or {"_": "varchar"}
        return MappingSchema({CATALOG: databases or {"_": {"_": {"_": "varchar"}}}}, dialect=LocalTrino)

    def _resolve_tables(self, query: exp.Query, database: str | None) -> exp.Query:
        query = normalize_identifiers(query, dialect=LocalTrino)
        nodes = {
            id(source): source
            for scope in traverse_scope(query)
            for source in scope.sources.values()
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
        }
        _drop_databases(query, database)
        for node in nodes.values():
            self._resolve(node, database)
        return query

    def _resolve(self, node: exp.Table, default: str | None) -> None:
        offset = offset_of(node)
        if node.catalog and node.catalog != CATALOG:
            raise QueryFailure("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' not found", offset)
        database, table = node.db or default, node.name
        if not database:
            raise QueryFailure("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set", offset)
        key = f"{database}.{table}"
        if key not in self._tables:
            self._missing.append(key)
            return
        entry = self._tables[key]
        if entry is None:
            raise QueryFailure("TABLE_NOT_FOUND", f"Table '{CATALOG}.{key}' does not exist", offset)
        if entry["kind"] == "view":
            if node.args.get("version"):
                raise QueryFailure("NOT_SUPPORTED", "a version of a view is not read by the local engine: name its tables", offset)
            self._expand_view(node, key, entry)
            return
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(table)))
        node.set("db", exp.to_identifier(database))
        node.set("catalog", exp.to_identifier(CATALOG))
        self.scans.append(Scan(len(self.scans), database, table, node, entry))

    def _expand_view(self, node: exp.Table, key: str, entry: dict) -> None:
        """The view's query in the place of its name, its columns under the names and types that the catalog declares."""
        if key in self._open_views:
            raise QueryFailure("INVALID_VIEW", f"View '{CATALOG}.{key}' is recursive", offset_of(node))
        self._open_views.append(key)
        try:
            body = self._resolve_tables(self._parse(entry["sql"]), entry["database"])
        except QueryFailure as failure:
            message = f"Failed analyzing stored view '{CATALOG}.{key}': {failure.message}"
            raise QueryFailure("INVALID_VIEW", message, offset_of(node)) from failure
        finally:
            self._open_views.pop()
        for part in body.walk():
            part.meta.pop("start", None)
        inner = exp.TableAlias(
            this=exp.to_identifier(VIEW_ALIAS),
            columns=[exp.to_identifier(column["name"], quoted=True) for column in entry["columns"]],
        )
        selected = exp.select(
            *(
                exp.alias_(
                    exp.cast(exp.column(exp.to_identifier(column["name"], quoted=True), VIEW_ALIAS), column["type"], dialect=LocalTrino),
                    column["name"],
                    quoted=True,
                )
                for column in entry["columns"]
            )
        ).from_(exp.Subquery(this=body, alias=inner))
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
        kept = {name: node.args.get(name) for name in ("joins", "laterals", "pivots", "sample") if node.args.get(name)}
        view = exp.Subquery(this=selected, alias=alias, **kept)
        view.meta["view"] = {"name": f"{CATALOG}.{key}", "offset": offset_of(node)}
        node.replace(view)


def _drop_databases(query: exp.Query, default: str | None) -> None:
    """lake.quotes.symbol means quotes.symbol where quotes is lake's."""
    for scope in traverse_scope(query):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if column.args.get("db") and isinstance(source, exp.Table) and column.text("db") == (source.db or default):
                column.set("db", None)
                column.set("catalog", None)


def _qualify(query: exp.Query, schema: MappingSchema) -> exp.Query:
    selects = _move_having_to_where(query)
    try:
        query = qualify(query, schema=schema, dialect=LocalTrino, expand_alias_refs=False, validate_qualify_columns=False)
    except OptimizeError as error:
        raise _column_failure(query, str(error)) from error
    _move_having_back(selects)
    _check_columns(query)
    return annotate_types(query, schema=schema, dialect=LocalTrino)


def _move_having_to_where(query: exp.Query) -> list[exp.Select]:
    """sqlglot takes a name in HAVING for an output column; in Trino it is one of a table, as in WHERE."""
    selects = [select for select in query.find_all(exp.Select) if select.args.get("having")]
    for select in selects:
        where, having = select.args.get("where"), select.args["having"]
        select.set("having", None)
        select.set("where", exp.Where(this=exp.Tuple(expressions=[having.this, *([where.this] if where else [])])))
    return selects


def _move_having_back(selects: list[exp.Select]) -> None:
    for select in selects:
        having, *where = select.args["where"].this.expressions
        select.set("where", exp.Where(this=where[0]) if where else None)
        select.set("having", exp.Having(this=having))


def _not_found(column: exp.Column) -> QueryFailure:
    name = ".".join(part.name for part in column.parts)
    if column.table == VIEW_ALIAS:
        return failure_at(column, "INVALID_VIEW", f"its query has no column for the declared {column.name}")
    message = f"Column '{name}' cannot be resolved or requester is not authorized to access requested resources"
    return failure_at(column, "COLUMN_NOT_FOUND", message)


def _column_failure(query: exp.Query, message: str) -> QueryFailure:
    """sqlglot names the column; the place is that of the first column of that name."""
    first_line = message.splitlines()[0]
    for column in query.find_all(exp.Column):
        if column.name and (f": {column.name}" in first_line or f"'{column.name}'" in first_line or f'"{column.name}"' in first_line):
            if "mbiguous" in first_line:
                return failure_at(column, "AMBIGUOUS_NAME", f"Column '{column.name}' is ambiguous")
            return _not_found(column)
    return QueryFailure("COLUMN_NOT_FOUND", first_line)


def _check_columns(query: exp.Query) -> None:
    for scope in traverse_scope(query):
        outer, names = scope, set()
        while outer is not None:
            names.update(outer.sources)
            outer = outer.parent
        # The scope leaves these out where they name an output column, which only ORDER BY may.
        having = scope.expression.args.get("having")
        for column in having.find_all(exp.Column) if having else []:
            if not column.table and column.find_ancestor(exp.Select) is scope.expression:
                raise _not_found(column)
        candidates = {source: _columns_of(scope, source) for source in scope.sources}
        for column in scope.columns:
            if column.table in names:
                continue
            if not column.table and _is_order_alias(column):
                continue
            holders = [source for source, columns in candidates.items() if column.name in columns]
            if not column.table and len(holders) > 1:
                raise failure_at(column, "AMBIGUOUS_NAME", f"Column '{column.name}' is ambiguous")
            raise _not_found(column)


def _columns_of(scope, name: str) -> set[str]:
    source = scope.sources.get(name)
    return set() if source is None or isinstance(source, exp.Table) else set(source.expression.named_selects)


def _is_order_alias(column: exp.Column) -> bool:
    """ORDER BY may name an output column; no other clause may."""
    order = column.find_ancestor(exp.Order, exp.Select, exp.SetOperation)
    if not isinstance(order, exp.Order) or not isinstance(order.parent, exp.Query):
        return False
    return column.name in order.parent.named_selects
