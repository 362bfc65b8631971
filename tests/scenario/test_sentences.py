"""Errors of the models as sentences; broken.txt has most of them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from responder.scenario import sentences
from responder.scenario.findings import Place
from responder.scenario.model import Timers
from responder.scenario.yaml_text import read_yaml


def said(text: str, kind: type) -> list[str]:
    data = read_yaml(text, "f")
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(data)
    return [str(each) for each in sentences.findings(raised.value, data, {}, "f")]


def test_an_error_of_a_kind_that_is_not_foreseen_is_told_all_the_same() -> None:
    (told,) = said("a: x", dict[str, int])
    assert told.startswith('f:1:4: a: found "x": ')


def test_a_mapping_whose_model_is_not_known_has_its_sentence() -> None:
    assert said("t9: 1", Timers) == ['f:1:1: unknown key "t9"']


def test_a_path_is_followed_as_far_as_it_is_in_the_file() -> None:
    data = read_yaml("a:\n  - b: 1\n", "f")
    assert sentences.place_of(data, ("a", 0, "b")) == Place(2, 5)
    assert sentences.place_of(data, ("a", 0, "branch", "c")) == Place(2, 5)
    assert sentences.place_of(data, ("a", 7)) == Place(1, 1)
