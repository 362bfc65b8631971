"""Values of scenarios written: as people write them, and read as the same."""

from pathlib import Path

import pytest

from responder.scenario.yaml_text import Number, read_yaml
from responder.scenario.yaml_writer import write_yaml

LIBRARY = sorted((Path(__file__).parents[2] / "scenarios").rglob("*.yaml"))


def same(one: object, other: object) -> bool:
    """Whether two values are the same, numbers in their spelling and keys in their order."""
    if isinstance(one, Number) and isinstance(other, Number):
        return one.written == other.written
    if isinstance(one, dict) and isinstance(other, dict):
        return [*one] == [*other] and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_the_library_is_read_as_the_same(path: Path) -> None:
    read = read_yaml(path.read_text(), path.name)
    assert same(read_yaml(write_yaml(read), path.name), read)


@pytest.mark.parametrize(
    "text",
    [
        "a: 0044",
        "a: 1_000",
        "a: 1e3",
        "a: .5",
        "a: '0044'",
        'a: "yes"',
        "a: true",
        "a: null",
        "a: '{{ request.from.user }}'",
        'a: "x\\r\\ny"',
        "a: |\n  one\n  two\n",
        "a: '#'",
        "a: {b: [], c: {}}",
        "'a: b': '- c'",
        f"a: {'long ' * 60}",
    ],
)
def test_what_is_easily_another_thing_is_read_as_the_same(text: str) -> None:
    read = read_yaml(text, "x")
    written = write_yaml(read)
    assert same(read_yaml(written, "x"), read), written


def test_what_is_short_stands_on_one_line() -> None:
    read = read_yaml("rules: [{name: a, match: {method: INVITE}, respond: [180, {wait: 2s}]}]", "x")
    assert write_yaml(read) == (
        "rules:\n  - {name: a, match: {method: INVITE}, respond: [180, {wait: 2s}]}\n"
    )
    steps = [{"status": 486, "reason": "Busy " * 20}, "silent"]
    assert write_yaml({"respond": steps}).count("\n") == 4


def test_plain_values_of_python_are_taken_too() -> None:
    assert write_yaml({"a": 1, "b": 1.5, "c": ("x", None)}) == "a: 1\nb: 1.5\nc: [x, null]\n"
