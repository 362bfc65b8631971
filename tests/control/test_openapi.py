"""The description of the API, held against the server that it describes."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeAlias

import hypothesis
import jsonschema
import pytest
from hypothesis.strategies import SearchStrategy

from responder.control.openapi import description
from responder.control.operation import Operation
from responder.control.server import OPERATIONS
from tests.control.site import site

Case: TypeAlias = Any

SCENARIO = """
scenario: trunk
state: up
rules:
  - {name: first, match: {uri.user: "1001"}, respond: 486}
"""

DOCUMENT = description(OPERATIONS)
ENDLESS = "/api/v1/events"
WIDE = {"/api/v1/rules": 1, "/api/v1/rules/{name}": 1, "/api/v1/verify": 3, "/api/v1/calls/wait": 3}
"""How many bodies are tried of what takes scenarios or a ``match``: to make one takes long."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve one responder in a thread, for all of these tests."""
    home: Path = tmp_path_factory.mktemp("openapi")
    found: list[str] = []
    ready, over = Event(), Event()

    async def live() -> None:
        async with site(SCENARIO, home=home) as here:
            await here.dial("1001", "486")
            found.append(here.url(""))
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = Thread(target=asyncio.run, args=(live(),))
    thread.start()
    with ExitStack() as end:
        end.callback(thread.join)
        end.callback(over.set)
        assert ready.wait(20)
        yield found[0]


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.path != ENDLESS],
    ids=lambda each: f"{each.method} {each.path}",
)
def test_the_server_does_as_it_is_described(operation: Operation, address: str) -> None:
    # Not at the top: it takes seconds to import.
    schemathesis = import_module("schemathesis")
    openapi = import_module("schemathesis.specs.openapi.checks")
    checks = [
        import_module("schemathesis.checks").not_a_server_error,
        openapi.status_code_conformance,
        openapi.content_type_conformance,
        openapi.response_schema_conformance,
        openapi.negative_data_rejection,
    ]
    described = schemathesis.openapi.from_dict(DOCUMENT)[operation.path][operation.method]
    settings = hypothesis.settings(
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    rounds = {"positive": WIDE.get(operation.path, 8)}
    if operation.body or any(each.schema != {"type": "string"} for each in operation.parameters):
        rounds["negative"] = rounds["positive"]
    for mode, most in rounds.items():
        cases = described.as_strategy(generation_mode=schemathesis.GenerationMode(mode))
        waits = operation.path.endswith("/wait") and mode == "positive"
        _check(cases, hypothesis.settings(settings, max_examples=most), checks, address, waits)


def _check(
    cases: SearchStrategy[Case],
    settings: hypothesis.settings,
    checks: list[object],
    address: str,
    waits: bool,
) -> None:
    @settings
    @hypothesis.given(cases)
    def check(case: Case) -> None:
        if waits:
            case.body["timeout"] = "1ms"
        case.call_and_validate(base_url=address, checks=checks, timeout=20)

    check()


def test_it_is_sound_and_every_operation_is_in_it() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    found = {(method.upper(), path) for path, each in DOCUMENT["paths"].items() for method in each}
    assert found == {(each.method, each.path) for each in OPERATIONS}
    names = [each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_what_it_refers_to_is_in_it() -> None:
    def references(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (value["$ref"],) if isinstance(value.get("$ref"), str) else ()
            for each in value.values():
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    found = set(references(DOCUMENT))
    assert len(found) > 50
    assert found <= schemas
