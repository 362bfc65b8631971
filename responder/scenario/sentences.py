"""Errors of the models as sentences, each at its place in the file."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from responder.scenario.findings import Finding, Place, nearest
from responder.scenario.shape import Shape, Shapes
from responder.scenario.yaml_text import Row, Table, described


def findings(fault: ValidationError, data: Table, shapes: Shapes, file: str) -> list[Finding]:
    """Return what is wrong with a file, top to bottom.

    Args:
        fault: what its models say.
        data: the file's values.
        shapes: see `responder.scenario.shape.Shapes`.
        file: the file's name.
    """
    errors = fault.errors(include_url=False, include_input=True)
    misspelt = {
        _walk(data, error["loc"]).keys[:-1]
        for error in errors
        if error["type"] == "extra_forbidden"
    }
    made = [
        Finding(file, *_sentence(error, data, shapes))
        for error in errors
        if not (error["type"] == "missing" and _walk(data, error["loc"]).keys in misspelt)
    ]
    return sorted(dict.fromkeys(made), key=lambda finding: finding.place)


def place_of(data: Table, path: Sequence[str | int]) -> Place:
    """Return where a part of a file stands: its key, or as an element its beginning."""
    return _walk(data, path).key


class _Spot:
    """Where an error's path leads.

    Attributes:
        holder: the mapping or list that the last step of the path is in.
        name: the last key on the path.
        key: where the key stands.
        value: where its value stands.
        keys: the path, as far as it is in the file.
        here: what stands there.
        of_key: whether the error is the key's and not the value's.
    """

    def __init__(self, data: Table) -> None:
        self.holder: object = data
        self.here: object = data
        self.name = ""
        self.key = self.value = data.place
        self.keys: tuple[str | int, ...] = ()
        self.of_key = False


def _walk(data: Table, path: Sequence[str | int]) -> _Spot:
    """Follow a path; what is not in the file, such as the branch of a union, is passed over."""
    spot = _Spot(data)
    for step in path:
        here = spot.here
        if isinstance(here, Table) and isinstance(step, str) and step in here:
            spot.key, spot.value = here.places[step]
            spot.name = step
            spot.keys += (step,)
            spot.holder, spot.here = here, here[step]
        elif isinstance(here, Row) and isinstance(step, int) and step < len(here):
            spot.key = spot.value = here.places[step]
            spot.keys += (step,)
            spot.holder, spot.here = here, here[step]
        elif step == "[key]":
            spot.of_key = True
    return spot


def _sentence(error: ErrorDetails, data: Table, shapes: Shapes) -> tuple[Place, str]:
    spot = _walk(data, error["loc"])
    kind = error["type"]
    if kind == "extra_forbidden":
        return spot.key, _unknown(str(error["loc"][-1]), shapes.get(id(spot.holder)))
    if kind == "missing":
        shape = shapes.get(id(spot.here))
        what = shape.WHAT if shape is not None else spot.name or "a scenario"
        return spot.key, f'{what} needs the key "{error["loc"][-1]}"'
    place = spot.key if spot.of_key else spot.value
    said = _said(error)
    named = spot.name and not spot.of_key and said.startswith(("found ", "expected "))
    return place, f"{spot.name}: {said}" if named else said


def _said(error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "sentence":
            return str(context["text"])
        case "list_type":
            return f"found {described(error['input'])}, expected a list"
        case "dict_type" | "model_type":
            return f"found {described(error['input'])}, expected a mapping"
        case "too_short" if isinstance(error["input"], dict):
            return "found an empty mapping, expected at least one key"
        case "too_short":
            return "found an empty list, expected at least one element"
        case "too_long":
            most = context["max_length"]
            return f"found {context['actual_length']} elements, expected at most {most}"
        case _:
            return f"found {described(error['input'])}: {error['msg']}"


def _unknown(key: str, shape: type[Shape] | None) -> str:
    if shape is None:
        return f'unknown key "{key}"'
    said = f'unknown key "{key}" in {shape.WHAT}'
    if key in shape.MEANT:
        return f"{said}; {shape.MEANT[key]}"
    near = nearest(key, shape.key_names())
    return f'{said}; did you mean "{near}"?' if near else f"{said}; {shape.advice(key)}"
