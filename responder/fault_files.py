"""Faults as scenario files write them: durations, numbers as written, places of mistakes. Pure.

It is the `responder.scenario.faults.Faults` that is handed to whoever reads scenario files.
"""

from collections.abc import Mapping
from typing import Any

from responder.faults.bundle import Bundle
from responder.faults.fault import Fault
from responder.faults.impairment import Impairment
from responder.faults.parameter import Parameter, Unfit, parameters, read, shown
from responder.faults.registry import FAULTS, compile_faults, parameters_of
from responder.scenario.duration import read_duration
from responder.scenario.faults import FAULT, IMPAIRMENT, BadFault
from responder.scenario.yaml_text import NOTHING, Number


class FaultFiles:
    """Reads what scenario files say of faults."""

    def fault(self, written: object) -> Bundle:
        """Return what a step has under ``fault``.

        Raises:
            BadFault: it cannot be.
        """
        try:
            return compile_faults(written, _read)
        except Unfit as fault:
            raise BadFault(str(fault), fault.path) from None

    def impairment(self, written: object) -> Impairment:
        """Return one impairment of all traffic.

        Raises:
            BadFault: it cannot be.
        """
        if not isinstance(written, Mapping):
            found = shown(_read_plain(written))
            msg = f"an impairment is a mapping such as {{loss: 0.1}}; found {found}"
            raise BadFault(msg)
        try:
            return read(Impairment, written, "impairment", _read)
        except Unfit as fault:
            raise BadFault(str(fault), fault.path) from None

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schemas of both, and of what they refer to."""
        named = {
            "anyOf": [
                {"enum": list(FAULTS), "description": "A fault with its defaults."},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        name: {
                            "description": " ".join((kind.__doc__ or "").split()),
                            **_one_or_more(f"{FAULT}-{name}"),
                        }
                        for name, kind in FAULTS.items()
                    },
                },
            ]
        }
        return {
            FAULT: _one_or_more(f"{FAULT}-named"),
            f"{FAULT}-named": named,
            **{f"{FAULT}-{name}": _described(kind) for name, kind in FAULTS.items()},
            IMPAIRMENT: _mapping(parameters(Impairment)),
        }


def _read(parameter: Parameter, value: object) -> object:
    """Return a value of a file as `Parameter.read` judges it."""
    if isinstance(value, str) and parameter.type == "seconds":
        seconds = read_duration(value.encode())
        return value if seconds is None else seconds
    if isinstance(value, Number) and parameter.type in {"text", "choice", "network"}:
        return value.written
    return _read_plain(value)


def _read_plain(value: object) -> object:
    if value is NOTHING:
        return None
    if isinstance(value, Number):
        return int(value) if value.is_integer() else float(value)
    return value


def _one_or_more(name: str) -> dict[str, Any]:
    one = {"$ref": f"#/$defs/{name}"}
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _described(kind: type[Fault]) -> dict[str, Any]:
    """Return what may stand behind the name of a fault, once."""
    found = parameters_of(kind)
    bare = [_value(each) for each in found if each.attribute == kind.SCALAR]
    absent = [] if any(each.required for each in found) else [{"enum": [True, None]}]
    return {"anyOf": [*bare, *absent, _mapping(found)]}


def _mapping(found: tuple[Parameter, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            each.name: {"description": f"{each.about[0].upper()}{each.about[1:]}.", **_value(each)}
            for each in found
        },
    }
    required = [each.name for each in found if each.required]
    return {**made, "required": required} if required else made


def _value(parameter: Parameter) -> dict[str, Any]:
    match parameter.type:
        case "choice":
            return {"enum": list(parameter.choices)}
        case "text":
            return {"type": ["string", "number"]}
        case "network":
            return {"type": "string"}
        case "seconds":
            return {"type": ["string", "number"]}
        case _:
            kind = "integer" if parameter.type == "integer" else "number"
            return {"type": kind, "minimum": parameter.least, "maximum": parameter.most}
