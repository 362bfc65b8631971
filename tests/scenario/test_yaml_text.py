"""YAML as values that know their places."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from responder.scenario.findings import BadScenario, Place
from responder.scenario.yaml_text import Number, Row, Table, described, read_yaml


def sentences(text: str) -> list[str]:
    with pytest.raises(BadScenario) as raised:
        read_yaml(text, "f")
    return [str(finding) for finding in raised.value.findings]


def test_every_value_knows_its_place() -> None:
    table = read_yaml("a: 1\nb:\n  - x\n  - {c: y}\nd:\n", "f")
    assert table.place == Place(1, 1)
    assert table.places["b"] == (Place(2, 1), Place(3, 3))
    assert table.places["d"] == (Place(5, 1), Place(5, 1))
    row = table["b"]
    assert isinstance(row, Row)
    assert row.places == [Place(3, 5), Place(4, 5)]
    inner = row[1]
    assert isinstance(inner, Table)
    assert inner.places["c"] == (Place(4, 6), Place(4, 9))


def test_scalars_are_those_of_yaml_1_2() -> None:
    table = read_yaml("a: yes\nb: true\nc: ~\nd: 0044\ne: '5'\nf: 2026-01-01\ng: 12:30\n", "f")
    assert table == {
        "a": "yes",
        "b": True,
        "c": None,
        "d": 44.0,
        "e": "5",
        "f": "2026-01-01",
        "g": "12:30",
    }
    number = table["d"]
    assert isinstance(number, Number)
    assert number.written == "0044"


@pytest.mark.parametrize(
    ("written", "value"),
    [("1_000", 1000.0), ("0x1F", 31.0), ("-2", -2.0), ("1e3", 1000.0), ("-.inf", -math.inf)],
)
def test_numbers_of_every_form_are_read(written: str, value: float) -> None:
    number = Number(written)
    assert (number, number.written) == (value, written)


def test_a_number_beyond_all_bounds_is_text() -> None:
    assert read_yaml("a: 0x" + "f" * 400, "f")["a"] == "0x" + "f" * 400
    assert math.isnan(Number(".NaN"))


def test_aliases_and_merge_keys_are_followed() -> None:
    text = "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [*a, {z: 4, x: 9}]}\n"
    table = read_yaml(text, "f")
    assert table["b"] == {"x": 1.0, "y": 2.0}
    assert table["c"] == {"x": 1.0, "y": 3.0}
    merged = table["d"]
    assert isinstance(merged, Table)
    assert merged == {"x": 1.0, "y": 2.0, "z": 4.0}
    assert merged.places["y"] == (Place(1, 14), Place(1, 17))


def test_an_anchor_may_be_given_anew() -> None:
    assert read_yaml("a: &x 1\nb: &x 2\nc: *x\n", "f")["c"] == 2.0


def test_a_billion_laughs_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.scenario.yaml_text.MOST_NODES", 10_000)
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (said,) = sentences("\n".join(lines))
    assert said.endswith("aliases make this more than 10,000 values")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &a [*a]", "f:1:4: an alias stands inside what it is an alias for"),
        ("&a {b: *a}", "f:1:1: an alias stands inside what it is an alias for"),
        ("a: " + "[" * 100, "f:1:63: it is nested too deeply"),
        ("a: \x07", "f:1:4: a character that YAML does not allow (U+0007)"),
        ("a: 1\n\x00", "f:2:1: a character that YAML does not allow (U+0000)"),
    ],
)
def test_what_has_no_end_or_no_meaning_is_refused(text: str, expected: str) -> None:
    assert sentences(text) == [expected]


def test_depth_through_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x]", *[f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 80)]]
    (said,) = sentences("\n".join(lines))
    assert said.endswith("more than 60 levels in one another")


PIECES = st.sampled_from(
    [*"a:- \n[]{}&*!|>'\"#%@?,.~\\\t1_", "&x", "*x", "<<", "---", "%YAML 1.2", "!!int", "\x85"]
)


@given(st.lists(PIECES, max_size=15).map("".join) | st.text(max_size=20))
def test_whatever_is_written_is_read_or_gets_a_sentence(text: str) -> None:
    try:
        found: Table | BadScenario = read_yaml(text, "f")
    except BadScenario as fault:
        found = fault
    assert isinstance(found, Table) or found.findings


def test_what_the_parser_says_of_its_own_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def compose(_parser: YAML, _text: str) -> None:
        raise YAMLError("it is odd")

    monkeypatch.setattr(YAML, "compose", compose)
    assert sentences("a: 1") == ["f: this is not YAML: it is odd"]


def test_a_text_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.scenario.yaml_text.LARGEST", 10)
    assert sentences("about: long enough") == ["f: the file has more than 10 characters"]


def test_all_keys_that_are_twice_are_told() -> None:
    assert sentences("a: 1\na: 2\nb: {c: 1, c: 2}") == [
        'f:2:1: the key "a" is here twice; it stands in line 1 too',
        'f:3:11: the key "c" is here twice; it stands in line 3 too',
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (Number("0044"), "0044"),
        (5, "5"),
        ("abc", '"abc"'),
        ("x" * 50, '"' + "x" * 40 + '..."'),
        ([], "a list"),
        ({}, "a mapping"),
    ],
)
def test_a_value_is_described(value: object, expected: str) -> None:
    assert described(value) == expected
