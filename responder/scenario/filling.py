"""Responses whose values are templates: found here, compiled and filled where Jinja2 is. Pure.

Only a scenario that has a template imports `responder.scenario.templates`, and with it Jinja2.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module

from responder.scenario.steps import Filling, Respond

_MARKS = (b"{{", b"{%")


def is_template(value: bytes) -> bool:
    """Whether a value is a template: it holds ``{{`` or ``{%``."""
    return any(mark in value for mark in _MARKS)


def templated(
    step: Respond,
    scenario: str,
    states: Iterable[str],
    note: Callable[[tuple[str, ...], str], None],
    body: bool = True,
) -> Respond:
    """Return a response that is filled in each time, if one of its values is a template.

    Args:
        step: the response, with its values as they are written.
        scenario: the name of its scenario.
        states: the states that the scenario declares.
        note: takes the key that a value stands under, such as ``("headers", "Subject")``, and the
            sentence of what is wrong with it.
        body: whether the body may be a template; one that a file holds is none.
    """
    values = [value for _, value in (*step.headers, *step.beside)]
    values += [step.reason or b"", (step.body if body else None) or b""]
    values += [b"" if step.sdp is None else step.sdp.text or b""]
    if not any(map(is_template, values)):
        return step
    templates = import_module("responder.scenario.templates")
    filling: Filling = templates.compile_filling(step, scenario, frozenset(states), note, body)
    return replace(step, filling=filling)
