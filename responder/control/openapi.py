"""The description of the API: OpenAPI 3.1, made of its operations and of the models they use."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from responder import __version__
from responder.control.documents import ProblemDocument
from responder.control.operation import JSON, Answer, Operation, Parameter
from responder.control.problem import PROBLEM
from responder.fault_files import FaultFiles
from responder.scenario.schema import scenario_schema
from responder.scenario.shape import Shape

_REF: Final = "#/components/schemas/{model}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)\}")
YAML: Final = "application/yaml"
_TYPED: Final = (JSON, YAML)
_ALWAYS: Final = (401, 403, 421)
"""Problems that any request may be answered with: no token, another page's, another's name."""

_OF_BODIES: Final = (413,)

_PHRASES: Final = {
    200: "It is so.",
    201: "It was added.",
    204: "It was done.",
    400: "A parameter is wrong.",
    401: "The token is missing, or another one.",
    403: "The page that sent it may not change anything.",
    404: "There is no such thing.",
    408: "It did not come in time.",
    409: "It contradicts what there is.",
    410: "What would tell is no longer kept.",
    412: "The rules are others by now.",
    413: "The body is too large.",
    421: "The responder is not known by this name.",
    422: "The body is wrong.",
    503: "It is ending.",
}


def description(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the document."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SIP responder",
            "version": __version__,
            "description": "Answers any SIP request with any status, and remembers what came.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed where others than this machine can come.",
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    answers = {
        str(status): {"description": _PHRASES[status], **_content(answer)}
        for status, answer in operation.answers.items()
    }
    errors = {*operation.errors, *_ALWAYS, *(_OF_BODIES if operation.body else ())}
    for status in sorted(errors):
        answers[str(status)] = {
            "description": _PHRASES[status],
            "content": {PROBLEM: {"schema": _ref("ProblemDocument")}},
        }
    made: dict[str, Any] = {
        "operationId": operation.handler.__module__.rpartition(".")[2]
        + "_"
        + operation.handler.__name__,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": answers,
        # Without a token where none is needed.
        "security": [{}, {"token": []}] if operation.guarded else [],
    }
    if operation.body is not None:
        schema = {
            "rules": {"anyOf": [_ref("RuleShape"), _ref("Scenario")]},
            "rule": _ref("RuleShape"),
        }
        body = operation.body
        asked = schema[body] if isinstance(body, str) else _ref(body.__name__)
        made["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": asked} for kind in _TYPED},
        }
    return made


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    told = {each.name: each for each in operation.parameters}
    for name in _PATH_PARAMETER.findall(operation.path):
        told.setdefault(name, Parameter(name, name, place="path"))
    return [
        {
            "name": each.name,
            "in": each.place,
            "required": each.place == "path",
            "description": each.about,
            "schema": dict(each.schema),
        }
        for each in told.values()
    ]


def _content(answer: Answer) -> Mapping[str, object]:
    if answer is None:
        return {}
    if isinstance(answer, str):
        schema = _ref("Scenario") if answer == YAML else {"type": "string"}
        return {"content": {answer: {"schema": schema}}}
    return {"content": {JSON: {"schema": _ref(answer.__name__)}}}


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the schema of each model that an operation names, and of those in them."""
    types = {ProblemDocument.__name__: ProblemDocument} | {
        answer.__name__: answer
        for each in operations
        for answer in each.answers.values()
        if answer is not None and not isinstance(answer, str)
    }
    adapters: list[tuple[str, Literal["serialization"], TypeAdapter[Any]]] = [
        (name, "serialization", TypeAdapter[Any](kind)) for name, kind in types.items()
    ]
    _, made = TypeAdapter.json_schemas(adapters, ref_template=_REF)
    schemas: dict[str, Any] = dict(made["$defs"])
    bodies: list[type[Shape]] = [each.body for each in operations if isinstance(each.body, type)]
    _, asked = models_json_schema([(each, "validation") for each in bodies], ref_template=_REF)
    scenario = scenario_schema(FaultFiles(), asked["$defs"])
    own = scenario.pop("$defs")
    scenario.pop("$schema")
    return schemas | _moved(own | {"Scenario": scenario})


def _moved(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return schemas that refer to each other where OpenAPI has them."""

    def moved(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: each.replace("#/$defs/", "#/components/schemas/")
                if key == "$ref" and isinstance(each, str)
                else moved(each)
                for key, each in value.items()
            }
        return [moved(each) for each in value] if isinstance(value, list) else value

    found = moved(schemas)
    assert isinstance(found, dict)
    return found


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}
