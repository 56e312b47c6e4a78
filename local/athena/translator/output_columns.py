"""The names of a result's columns, and the time zones in which its instants are shown."""

from sqlglot import exp


def remember_names(query: exp.Query) -> None:
    """Notes what the analyst called the output columns, before names are folded to lower case."""
    names = []
    for projection in _first_select(query).expressions:
        if projection.is_star:
            names.append(None)
        elif isinstance(projection, exp.Alias):
            names.append(projection.alias)
        else:
            names.append(projection.name if isinstance(projection, (exp.Column, exp.Dot)) else "")
    query.meta["names"] = names


def output_columns(query: exp.Query) -> list[dict]:
    """[{name, zone?}] in order. A column without a name is _col<n>, n from 0, as in Trino."""
    selects = _first_select(query).expressions
    given = query.meta.get("names", [])
    names = [projection.alias_or_name for projection in selects]
    if given.count(None) <= 1:
        stars = len(names) - (len(given) - given.count(None))
        spread = [name for entry in given for name in ([None] * stars if entry is None else [entry])]
        if len(spread) == len(names):
            names = [found if wanted is None else wanted for found, wanted in zip(names, spread)]
    columns = []
    for index, (name, projection) in enumerate(zip(names, selects)):
        column = {"name": f"_col{index}" if not name or name == f"_col_{index}" else name}
        zone = _zone(projection.unalias())
        columns.append(column if zone is None else {**column, "zone": zone})
    return columns


def _first_select(query: exp.Query) -> exp.Select:
    while True:
        if isinstance(query, exp.SetOperation):
            query = query.left
        elif isinstance(query, exp.Subquery):
            query = query.this
        else:
            return query


def _zone(node: exp.Expr) -> str | None:
    zone = None
    if isinstance(node, exp.AtTimeZone):
        zone = node.args.get("zone")
    elif isinstance(node, exp.Anonymous) and node.name.lower() in ("at_timezone", "with_timezone") and len(node.expressions) == 2:
        zone = node.expressions[1]
    elif isinstance(node, exp.UnixToTime):
        zone = node.args.get("zone")
    return zone.name if isinstance(zone, exp.Literal) and zone.is_string else None
