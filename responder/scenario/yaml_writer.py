"""Values of scenario files written as people write them: the way back of `yaml_text`."""

import io
from collections.abc import Mapping, Sequence
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import LiteralScalarString

from responder.scenario.yaml_text import Nothing, Number

WIDTH: Final = 100
_SHORT: Final = 72
"""Columns that a mapping or list may take to stand on one line."""


def write_yaml(value: Mapping[str, object] | Sequence[object]) -> str:
    """Return YAML that `responder.scenario.yaml_text.read_yaml` reads as the same values.

    What is short stands on one line in braces or brackets; text of several lines stands under a
    bar.
    """
    yaml = YAML(pure=True)
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.Representer = _Representer
    out = io.StringIO()
    yaml.dump(_styled(value, outermost=True), out)
    return out.getvalue()


class _Representer(RoundTripRepresenter):
    """Writes numbers as they were written."""

    def number(self, value: Number) -> ScalarNode:
        """Return the scalar of a number in its own spelling."""
        tag = self.dumper.resolver.resolve(ScalarNode, value.written, (True, False))
        return ScalarNode(tag, value.written)

    def nothing(self, _value: Nothing) -> ScalarNode:
        """Return the scalar of a key without a value."""
        return ScalarNode("tag:yaml.org,2002:null", "null")


_Representer.add_representer(Number, _Representer.number)
_Representer.add_representer(Nothing, _Representer.nothing)


def _styled(value: object, outermost: bool = False) -> object:
    if isinstance(value, Mapping):
        table = CommentedMap({str(key): _styled(each) for key, each in value.items()})
        if not outermost and _is_short(table):
            table.fa.set_flow_style()
        return table
    if isinstance(value, (list, tuple)):
        row = CommentedSeq([_styled(each) for each in value])
        if not outermost and _is_short(row):
            row.fa.set_flow_style()
        return row
    if isinstance(value, str) and "\n" in value and "\r" not in value:
        return LiteralScalarString(value)
    return value


def _is_short(value: object) -> bool:
    """Whether it is nothing but single words and numbers, few of them."""
    return _length(value) <= _SHORT


def _length(value: object) -> int:
    if isinstance(value, Mapping):
        return 2 + sum(len(str(key)) + 4 + _length(each) for key, each in value.items())
    if isinstance(value, list):
        return 2 + sum(2 + _length(each) for each in value)
    if isinstance(value, LiteralScalarString):
        return _SHORT + 1
    return len(value.written if isinstance(value, Number) else str(value))
