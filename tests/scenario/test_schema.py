"""The JSON Schema: it is committed, explains every key, and agrees with the loader."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from responder.fault_files import FaultFiles
from responder.scenario.compiler import Files
from responder.scenario.schema import scenario_schema
from tests.scenario.scenarios import compiled
from tests.scenario.test_loader import BROKEN

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "scenarios" / "scenario.schema.json"
LIBRARY = sorted((ROOT / "scenarios").rglob("*.yaml"))
SCHEMA = jsonschema.Draft202012Validator(scenario_schema(FaultFiles()))


def valid(text: str) -> bool:
    found: bool = SCHEMA.is_valid(YAML(typ="safe", pure=True).load(text))
    return found


def properties(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for each in schema.values():
            yield from properties(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from properties(each)


def test_the_committed_schema_is_that_of_the_models() -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == scenario_schema(FaultFiles()), (
        "responder schema > scenarios/scenario.schema.json"
    )


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema(FaultFiles()))


def test_every_key_is_explained() -> None:
    told = list(properties(scenario_schema(FaultFiles())))
    assert len(told) > 60
    assert [name for name, each in told if not each.get("description")] == []


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_the_scenarios_of_the_library_fit_it(path: Path) -> None:
    assert valid(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "rules: [{respond: 486}]",
        "rules: [{respond: silent}]",
        "rules: [{respond: {status: 486, headers: {X-A: 1, X-B: null, X-C: [x], X-D: {add: y}}}}]",
        "rules: [{match: {method: [INVITE], uri.param.x: y, not: {port: 1}}, respond: [180, 486]}]",
        "rules: [{match: {uri.user: {any: [1, {regex: x}]}}, respond: {status: 200, sdp: none}}]",
        "rules: [{respond: {status: 200, media: {tone: 440}, body: {type: a/b, file: c}}}]",
        "rules: [{sequence: [{times: 2, respond: {status: 503, after: 1.5s}}], per: rule}]",
        "timers: {t1: 100ms}\nunmatched: 404\nseed: 1\ndial: true\nabout: x",
    ],
)
def test_what_it_takes_the_loader_takes(text: str) -> None:
    assert valid(text)
    assert compiled(text, files=Files(lambda *_: b"", lambda *_: "", FaultFiles())).findings == ()


@pytest.mark.parametrize("lines", BROKEN, ids=[" / ".join(lines[:-1])[:80] for lines in BROKEN])
def test_unknown_keys_are_errors_to_it_too(lines: list[str]) -> None:
    text = "\n".join(line[2:] for line in lines if line.startswith("= "))
    if any("unknown key" in line for line in lines):
        assert not valid(text)
