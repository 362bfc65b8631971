"""The JSON Schema of scenario files, made of their models."""

from collections.abc import Mapping
from typing import Any, Final

from responder.scenario.faults import Faults
from responder.scenario.model import Scenario
from responder.scenario.values import FOREIGN

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def scenario_schema(faults: Faults, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema in the types that JSON has.

    Args:
        faults: knows what may be written of faults.
        more: further definitions that are made of shapes, by their names.
    """
    made = Scenario.model_json_schema(by_alias=True)
    made["$defs"] |= {**(more or {}), **made["$defs"]} | faults.schema()
    return {"$schema": DIALECT, **_tidy(made), "title": "SIP responder scenario"}


def _tidied(value: object) -> object:
    if isinstance(value, list):
        return [_tidied(each) for each in value]
    return _tidy(value) if isinstance(value, dict) else value


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out what no editor needs: titles that repeat keys, null where a key may be absent."""
    tidy = {
        key: {name: _tidied(each) for name, each in value.items()}
        if key in {"properties", "patternProperties", "$defs"}
        else _tidied(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and value is None)
    }
    if FOREIGN in tidy:
        # pydantic follows no reference but its own.
        tidy["$ref"] = f"#/$defs/{tidy.pop(FOREIGN)}"
    options = tidy.get("anyOf")
    if isinstance(options, list) and "default" in schema and schema["default"] is None:
        left = [option for option in options if option != {"type": "null"}]
        if len(left) < len(options):
            del tidy["anyOf"]
            tidy = {**(left[0] if len(left) == 1 else {"anyOf": left}), **tidy}
    return tidy
