"""What templates may do: names that are known, and no work without bound. Pure.

A template is checked once, when its scenario is read. What it is made of is listed here, so nothing
that is not listed can happen: no assignment, no macro, no loop in a loop, no call but those of
`responder.scenario.scope.CALLED`. So its time and its size are bounded by its own length and by the
longest message.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from jinja2 import meta, nodes

from responder.scenario.findings import listed, nearest
from responder.scenario.scope import CALLED, NAMED_FREELY, PARTS, SCOPES

NAMES: Final = (*SCOPES, "range")

_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Dict,
    nodes.Pair,
    nodes.Slice,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.Keyword,
    nodes.Concat,
    nodes.Compare,
    nodes.Operand,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.Pos,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.If,
    nodes.For,
)
_WORDS: Final = {
    "Assign": "set",
    "AssignBlock": "set",
    "CallBlock": "call",
    "FilterBlock": "filter",
    "FromImport": "from",
    "ScopedEvalContextModifier": "autoescape",
    "Pow": "**",
}


def faults(
    tree: nodes.Template, states: frozenset[str], filters: Iterable[str], tests: Iterable[str]
) -> Iterator[str]:
    """Yield a sentence for each thing that a template may not do, in its order.

    Args:
        tree: the template.
        states: the states that the scenario declares.
        filters: the filters that there are.
        tests: the tests that there are.
    """
    wrong = list(_forms(tree, states, filters, tests))
    yield from wrong
    if not wrong:
        # Not before: it reckons what is constant, such as a power of powers.
        for name in sorted(meta.find_undeclared_variables(tree) - {*NAMES}):
            yield f'unknown name "{name}"; {_hint(name, NAMES)}'


def _forms(
    tree: nodes.Template, states: frozenset[str], filters: Iterable[str], tests: Iterable[str]
) -> Iterator[str]:
    """Judge what a template is made of."""
    known = {"filter": list(filters), "test": list(tests)}
    whole: set[int] = set()
    for node in _nodes(tree):
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__
            yield f'"{_WORDS.get(kind, kind.lower())}" is not offered in templates'
        elif isinstance(node, (nodes.Filter, nodes.Test)):
            kind = type(node).__name__.lower()
            if node.name not in known[kind]:
                yield f'unknown {kind} "{node.name}"; {_hint(node.name, known[kind])}'
        elif isinstance(node, nodes.For):
            if node.recursive or any(each is not node for each in node.find_all(nodes.For)):
                yield "a loop in a loop is not offered in templates"
        elif isinstance(node, nodes.Call):
            yield from _call(node)
        elif isinstance(node, (nodes.Getattr, nodes.Getitem)) and id(node) not in whole:
            parts = _parts(node, whole)
            yield from _path(parts, states)
        elif isinstance(node, nodes.Name) and node.name == "state" and id(node) not in whole:
            yield from _path(("state", "state"), states)


def _nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield a node and all below it, from the top."""
    yield node
    for child in node.iter_child_nodes():
        yield from _nodes(child)


def _parts(node: nodes.Node, whole: set[int]) -> tuple[str, ...]:
    """Return the names that lead to a value, from the first; none where one is reckoned.

    Args:
        node: the last of them.
        whole: is given each node on the way, which is then no path of its own.
    """
    names: list[str] = []
    while True:
        whole.add(id(node))
        if isinstance(node, nodes.Getattr):
            names.append(node.attr)
            node = node.node
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            names.append(str(node.arg.value))
            node = node.node
        elif isinstance(node, nodes.Name):
            return (node.name, *reversed(names))
        else:
            return ()


def _call(node: nodes.Call) -> Iterator[str]:
    called = ".".join(_parts(node.node, set()))
    if called not in CALLED:
        what = f'"{called}"' if called else "that"
        yield f"{what} cannot be called; expected {listed(sorted(CALLED))}"
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        yield "* and ** before an argument are not offered in templates"


def _path(parts: tuple[str, ...], states: frozenset[str]) -> Iterator[str]:
    """Judge names that lead to a value, as far as they are known."""
    if len(parts) < 2 or parts[0] not in NAMES:
        return
    if parts[0] == "state":
        if parts[1] not in states:
            hint = _hint(parts[1], states) if states else 'write "state: up" at the top'
            yield f'no state "{parts[1]}" is declared; {hint}'
        return
    at = parts[0]
    for name in parts[1:]:
        if at in NAMED_FREELY:
            return
        known = PARTS.get(at)
        if known is None:
            yield f'"{at}" has no part "{name}"'
            return
        if name not in known:
            yield f'"{at}" has no part "{name}"; {_hint(name, known)}'
            return
        at = "request.uri" if name == "uri" and at != "request" else f"{at}.{name}"


def _hint(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = nearest(name, names)
    return f'did you mean "{near}"?' if near else f"expected {listed(names)}"
