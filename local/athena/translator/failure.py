"""What is wrong with a query, in Athena's words: an error name, a message, and where in the text."""


class QueryFailure(Exception):
    def __init__(self, name: str, message: str, offset: int | None = None):
        super().__init__(message)
        self.name = name
        self.message = message
        self.offset = offset

    def to_json(self, sql: str) -> dict:
        place = {} if self.offset is None else dict(zip(("line", "column"), position(sql, self.offset)))
        return {"name": self.name, "message": self.message, **place}


def position(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, as Trino counts them."""
    before = sql[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def failure_at(node, name: str, message: str) -> QueryFailure:
    """The failure of a part of the query. What is wrong inside a view is told of the view, at the place that names it."""
    view, above = None, node
    while above is not None:
        view = above.meta.get("view", view)
        above = above.parent
    if view is None:
        return QueryFailure(name, message, offset_of(node))
    return QueryFailure("INVALID_VIEW", f"Failed analyzing stored view '{view['name']}': {message}", view["offset"])


def offset_of(node) -> int | None:
    """Where the node starts in the text it was parsed from: that of its first identifier or literal known."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    return min(starts, default=None)
