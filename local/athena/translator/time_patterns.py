"""Joda-Time patterns, which format_datetime and parse_datetime take, as strftime's."""

from itertools import groupby

from failure import QueryFailure

_LETTERS = {
    ("y", 2): "%y", ("y", 4): "%Y", ("Y", 4): "%Y", ("M", 1): "%-m", ("M", 2): "%m", ("M", 3): "%b", ("M", 4): "%B",
    ("d", 1): "%-d", ("d", 2): "%d", ("D", 3): "%j", ("E", 1): "%a", ("E", 2): "%a", ("E", 3): "%a", ("E", 4): "%A",
    ("H", 1): "%-H", ("H", 2): "%H", ("h", 1): "%-I", ("h", 2): "%I", ("m", 1): "%-M", ("m", 2): "%M", ("s", 1): "%-S",
    ("s", 2): "%S", ("S", 3): "%g", ("S", 6): "%f", ("a", 1): "%p", ("Z", 1): "%z", ("e", 1): "%u",
}  # fmt: skip


def joda_to_strftime(pattern: str) -> str:
    """Raises NOT_SUPPORTED for a letter that strftime has no word for.
    https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html"""
    result = []
    # Text between single quotes stands for itself, '' for a quote.
    for index, part in enumerate(pattern.replace("''", "\0").split("'")):
        if index % 2:
            result.append(part.replace("%", "%%"))
            continue
        for letter, run in groupby(part):
            count = len(list(run))
            if not letter.isalpha():
                result.append(letter.replace("%", "%%") * count)
            elif (letter, count) in _LETTERS:
                result.append(_LETTERS[letter, count])
            else:
                raise QueryFailure("NOT_SUPPORTED", f"the time pattern '{letter * count}' is not run by the local engine")
    return "".join(result).replace("\0", "'")
