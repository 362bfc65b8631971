"""Values of Python as those of a scenario that know their place."""

from pathlib import Path

from responder.api.written import table, written
from responder.scenario.findings import Place
from responder.scenario.yaml_text import Row, Table

AT = Place(3, 9)


def test_mappings_and_lists_know_where_they_are_written() -> None:
    made = table({"rules": [{"respond": (180, 486)}]}, AT)
    assert made == {"rules": [{"respond": [180, 486]}]}
    assert (made.place, made.places) == (AT, {"rules": (AT, AT)})
    rules = made["rules"]
    assert isinstance(rules, Row)
    assert (rules.place, rules.places) == (AT, [AT])
    assert isinstance(rules[0], Table)


def test_what_knows_its_place_keeps_it() -> None:
    first = table({"a": 1}, Place(1, 1))
    assert written(first, AT) is first
    again = table({"b": first}, AT)["b"]
    assert again is first


def test_a_path_is_its_text_and_all_else_is_as_it_is() -> None:
    assert written(Path("a/b"), AT) == "a/b"
    assert [written(each, AT) for each in (1, 0.5, True, None, "x")] == [1, 0.5, True, None, "x"]
