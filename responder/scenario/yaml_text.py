"""YAML 1.2 as plain values that know where they stand in the text.

ruamel.yaml parses; what it leaves open is settled here: a key occurs once, numbers keep their
spelling (``0044`` is a telephone number too), aliases and merge keys are followed, and what grows
without end is refused.
"""

import warnings
from collections.abc import Iterator
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from responder.scenario.findings import WHOLE, BadScenario, Finding, Place

LARGEST: Final = 4 * 1024 * 1024
"""Characters of one file."""

MOST_NODES: Final = 1_000_000
"""Values of one file, each alias counted with all that it stands for."""

_DEEPEST: Final = 60
_TAG: Final = "tag:yaml.org,2002:"
_TRUE: Final = frozenset({"true", "yes", "on", "y"})
_KNOWN: Final = frozenset(
    _TAG + kind
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
)
_SAYINGS: Final = (
    ("found character '\\t'", "a tab stands where YAML wants spaces: indent with spaces"),
    ("found character '\t'", "a tab stands where YAML wants spaces: indent with spaces"),
    ("found character '%'", 'a value cannot start with "%": put it in quotes'),
    ("found character '@'", 'a value cannot start with "@": put it in quotes'),
    ("found character '`'", 'a value cannot start with "`": put it in quotes'),
    (
        "mapping values are not allowed here",
        'a ":" stands where no key can be: check the indentation, or put the text in quotes',
    ),
    (
        "sequence entries are not allowed here",
        'a "- " stands where no list can begin: put each element on a line of its own',
    ),
    (
        "but found another document",
        'a second document begins here: one file is one test, without "---"',
    ),
    ("found unexpected end of stream", "the quotes that begin before this are never closed"),
    ("found unknown escape character", "in double quotes a backslash starts an escape: write \\\\"),
    ("found undefined alias", "an alias without its anchor: nothing before it has that name"),
    (
        "expected <block end>",
        "this belongs to no list or mapping above it: check the indentation and the quotes",
    ),
    ("expected ',' or ']'", "a list that [ begins is not closed: , or ] is missing"),
    ("expected ',' or '}'", "a mapping that { begins is not closed: , or } is missing"),
    ("expected '<document start>'", "a bracket that nothing opened"),
    (
        "expected the node content, but found '<stream end>'",
        "the file ends where a value should stand",
    ),
    ("expected the node content", "a value should stand here"),
    ("maximum depth of data structure", "it is nested too deeply"),
    ("could not find expected ':'", 'a key without its ":"'),
)


class Number(float):
    """A number as it is written.

    Attributes:
        written: its spelling.
    """

    written: str

    def __new__(cls, written: str) -> "Number":
        """Make it of its spelling; ValueError for one that is no number."""
        bare = written.replace("_", "").lower()
        try:
            value = float(bare)
        except ValueError:
            unsigned = bare.lstrip("+-")
            if unsigned in {".inf", ".nan"}:
                value = float(bare.replace(".", ""))
            else:
                value = float(int(bare, 0))
        number = super().__new__(cls, value)
        number.written = written
        return number


class Nothing:
    """A key without a value, where one is needed."""


NOTHING: Final = Nothing()
"""The one of its kind."""


class Table(dict[str, object]):
    """A mapping.

    Attributes:
        place: where it begins.
        places: for each key, where it and its value stand.
    """

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, tuple[Place, Place]] = {}

    def put(self, key: str, at: Place, value: object, value_at: Place) -> None:
        """Add a key and its value."""
        self[key] = value
        self.places[key] = (at, value_at)


class Row(list[object]):
    """A list.

    Attributes:
        place: where it begins.
        places: where each element stands.
    """

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []


def read_yaml(text: str, file: str) -> Table:
    """Return the mapping that a text holds.

    Args:
        text: one YAML document.
        file: what findings call it.

    Raises:
        BadScenario: it is no YAML, holds more than one document or another thing than a mapping, or
            is too large.
    """
    if len(text) > LARGEST:
        raise _refusal(file, WHOLE, f"the file has more than {LARGEST:,} characters")
    root = _compose(text, file)
    if root is None:
        raise _refusal(file, WHOLE, "the file is empty: a scenario is a mapping with rules")
    reader = _Reader(file)
    value = reader.value(root)
    if not isinstance(value, Table):
        reader.note(_place(root), "a scenario is a mapping with rules, not " + described(value))
        raise BadScenario(reader.findings)
    if reader.findings:
        raise BadScenario(reader.findings)
    return value


def described(value: object) -> str:
    """Return what a value is, for a sentence: ``the text "abc"``, ``a list``."""
    if value is None or value is NOTHING:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.written
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return f'"{value if len(value) <= 40 else value[:40] + "..."}"'
    return "a list" if isinstance(value, list) else "a mapping"


def _refusal(file: str, place: Place, text: str) -> BadScenario:
    return BadScenario([Finding(file, place, text)])


def _compose(text: str, file: str) -> Node | None:
    parser = YAML(typ="safe", pure=True)
    parser.max_depth = _DEEPEST
    try:
        with warnings.catch_warnings():
            # An anchor may be given anew; the nearest one before an alias counts.
            warnings.simplefilter("ignore")
            composed: Node | None = parser.compose(text)
            return composed
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = WHOLE if mark is None else Place(mark.line + 1, mark.column + 1)
        raise BadScenario([Finding(file, place, _saying(fault))]) from None
    except ReaderError as fault:
        before = text[: fault.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        said = f"a character that YAML does not allow (U+{ord(text[fault.position]):04X})"
        raise BadScenario([Finding(file, place, said)]) from None
    except (YAMLError, ValueError) as fault:
        raise _refusal(file, WHOLE, f"this is not YAML: {fault}") from None


def _saying(fault: MarkedYAMLError) -> str:
    problem = str(fault.problem or "")
    for start, saying in _SAYINGS:
        if problem.startswith(start):
            return saying
    return f"this is not YAML: {problem or fault.context}"


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


class _Reader:
    """Makes values of nodes, and notes what is wrong on the way."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: set[int] = set()
        self._nodes = 0
        self.findings: list[Finding] = []

    def note(self, place: Place, text: str) -> None:
        self.findings.append(Finding(self._file, place, text))

    def value(self, node: Node) -> object:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _refusal(
                self._file, _place(node), f"aliases make this more than {MOST_NODES:,} values"
            )
        if node.tag is not None and str(node.tag) not in _KNOWN:
            tag = str(node.tag).replace(_TAG, "!!")
            self.note(_place(node), f'the tag "{tag}" is not known here: leave it out')
            return None
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            self.note(_place(node), "an alias stands inside what it is an alias for")
            return None
        if len(self._open) > _DEEPEST:
            raise _refusal(self._file, _place(node), f"more than {_DEEPEST} levels in one another")
        self._open.add(id(node))
        made = self._row(node) if isinstance(node, SequenceNode) else self._table(node)
        self._open.discard(id(node))
        return made

    def _row(self, node: SequenceNode) -> Row:
        row = Row(_place(node))
        for element in node.value:
            row.append(self.value(element))
            row.places.append(_place(element))
        return row

    def _table(self, node: Node) -> Table:
        table = Table(_place(node))
        merged: list[Table] = []
        for key, value in node.value:
            at = _place(key)
            if not isinstance(key, ScalarNode):
                self.note(
                    at, 'a key is one word; text that begins with a brace needs quotes: "{{ ... }}"'
                )
            elif str(key.tag) == _TAG + "merge":
                merged += self._merged(value)
            elif key.value in table:
                first = table.places[key.value][0].line
                self.note(at, f'the key "{key.value}" is here twice; it stands in line {first} too')
            else:
                # What is empty is said to stand where whatever follows it does.
                empty = isinstance(value, ScalarNode) and not value.value and value.style is None
                table.put(key.value, at, self.value(value), at if empty else _place(value))
        for other in merged:
            for name, places in other.places.items():
                if name not in table:
                    table.put(name, places[0], other[name], places[1])
        return table

    def _merged(self, node: Node) -> Iterator[Table]:
        made = self.value(node)
        for each in made if isinstance(made, Row) else [made]:
            if isinstance(each, Table):
                yield each
            else:
                self.note(_place(node), f'"<<" takes a mapping, not {described(each)}')


def _scalar(node: ScalarNode) -> object:
    kind = str(node.tag).removeprefix(_TAG)
    text = str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in _TRUE
    if kind in {"int", "float"}:
        try:
            return Number(text)
        except (ValueError, OverflowError):
            return text
    return text
